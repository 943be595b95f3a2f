package house

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/bus"
)

// ErrNoConsumer says that no consumer has the name.
var ErrNoConsumer = errors.New("there is no such consumer")

// Events says how the facts flow.
func (h *House) Events(ctx context.Context) (bus.Status, error) {
	var names []string
	for _, c := range h.consumers() {
		names = append(names, c.Name())
	}
	return bus.Look(ctx, h.db, h.nats, "", names)
}

// Replay hands a consumer the history of its facts again, from the outbox and after a number of it: its read model is
// made anew. The error is ErrNoConsumer or one of bus.Consumer.Replay.
func (h *House) Replay(ctx context.Context, name string, after int64, progress func(bus.Replayed)) (bus.Replayed, error) {
	for _, c := range h.consumers() {
		if c.Name() == name {
			return c.Replay(ctx, after, progress)
		}
	}
	return bus.Replayed{}, fmt.Errorf("%w: %q; these take the history again: %s", ErrNoConsumer, name, strings.Join(readModels, ", "))
}
