package natstest_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/bus/natstest"
)

func TestRestartKeepsTheStream(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	ctx := t.Context()
	js := server.JetStream()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "s.a", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	server.Restart()
	stream, err := server.JetStream().Stream(ctx, "S")
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d messages after a restart, want 1", n)
	}
}
