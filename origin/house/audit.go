package house

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/bus"
)

// Audit compares what was sold with what was paid, told and shown. It changes nothing. What is on its way for less than
// grace is not missed; 0 is a minute.
func (h *House) Audit(ctx context.Context, grace time.Duration) (audit.Report, error) {
	js, err := jetstream.New(h.nats)
	if err != nil {
		return audit.Report{}, fmt.Errorf("audit: %w", err)
	}
	stream, err := bus.Stream{}.Ensure(ctx, js)
	if err != nil {
		return audit.Report{}, fmt.Errorf("audit: %w", err)
	}
	return audit.Run(ctx, audit.Deps{
		DB: h.db, Payments: h.payments, SeatMap: h.holds, Stream: audit.JetStream{Stream: stream}, Catalogue: h.feed, Now: h.now, Grace: grace,
	})
}
