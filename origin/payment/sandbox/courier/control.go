package courier

import (
	"container/heap"
	"context"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// Plan is what happens to events that are sent from now on.
type Plan struct {
	// Delay is how long each waits before it goes out.
	Delay time.Duration
	// Copies is how many more times each is delivered after it was accepted.
	Copies int
}

// SetPlan replaces the plan. The zero Plan is the ordinary one.
func (k *Courier) SetPlan(p Plan) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.plan = p
}

// Hold keeps back every event that is sent from now on, until Release. Events held
// when the process ends are delivered when it starts again.
func (k *Courier) Hold() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holding = true
}

// Release delivers what was held, one after the other, in the order that reorder
// leaves them (nil: as they happened). What fails is tried again later like any other.
func (k *Courier) Release(reorder func([]*ledger.Event)) {
	k.mu.Lock()
	held := k.held
	k.held, k.holding = nil, false
	k.moving += len(held)
	k.mu.Unlock()
	parcels := map[string]*parcel{}
	events := make([]*ledger.Event, 0, len(held))
	for _, p := range held {
		parcels[p.event.ID] = p
		events = append(events, p.event)
	}
	if reorder != nil {
		reorder(events)
	}
	for _, e := range events {
		k.deliver(parcels[e.ID])
	}
}

// Repeat delivers an event once more, whenever it happened and whether or not it was
// accepted before.
func (k *Courier) Repeat(e *ledger.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	heap.Push(&k.waiting, &parcel{event: e, due: k.Now()})
	k.change()
}

// Retry makes every delivery that waits for another attempt due now.
func (k *Courier) Retry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	for _, p := range k.waiting {
		p.due = now
	}
	k.change()
}

// Quiet waits until nothing is on its way or waiting to be, held events aside.
func (k *Courier) Quiet(ctx context.Context) error {
	for {
		k.mu.Lock()
		quiet, changed := k.moving == 0 && len(k.waiting) == 0, k.changed
		k.mu.Unlock()
		if quiet {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
