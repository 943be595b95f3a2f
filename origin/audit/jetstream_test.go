package audit_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/bus/natstest"
)

func TestJetStreamAsItIs(t *testing.T) {
	t.Parallel()
	ctx, js := t.Context(), natstest.Start(t).JetStream()
	stream, err := bus.Stream{}.Ensure(ctx, js)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"first", "second"} {
		if _, err := js.Publish(ctx, "stagedoor.test.v1", nil, jetstream.WithMsgID(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.DeleteMsg(ctx, 1); err != nil {
		t.Fatal(err)
	}
	kept := audit.JetStream{Stream: stream}
	if first, last, err := kept.Range(ctx); err != nil || first != 2 || last != 2 {
		t.Errorf("range %d to %d, %v", first, last, err)
	}
	if id, err := kept.EventID(ctx, 2); err != nil || id != "second" {
		t.Errorf("number 2 is %q, %v", id, err)
	}
	if id, err := kept.EventID(ctx, 1); err != nil || id != "" {
		t.Errorf("number 1, deleted, is %q, %v", id, err)
	}
}
