package redistest_test

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
)

func TestKillRestartEmpty(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.Client()
	ctx := t.Context()
	if err := client.Set(ctx, "act", "one", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("a killed server answers")
	}
	server.Restart()
	if got := client.Get(ctx, "act").Val(); got != "one" {
		t.Errorf("after a restart: %q, want what was written", got)
	}
	server.Kill()
	server.Empty()
	server.Restart()
	if n := client.Exists(ctx, "act").Val(); n != 0 {
		t.Error("an emptied server still has the key")
	}
}
