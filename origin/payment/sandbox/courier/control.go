package courier

import (
	"container/heap"
	"context"
	"slices"
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
func (k *Courier) Release(reorder func([]*ledger.Event)) { k.release(reorder, 0)() }

// ReleaseSoon does the same in the background, and delivers each some times more once it was accepted.
func (k *Courier) ReleaseSoon(reorder func([]*ledger.Event), copies int) {
	k.done.Go(k.release(reorder, copies))
}

// release takes what is held; the function it returns delivers that.
func (k *Courier) release(reorder func([]*ledger.Event), copies int) (deliver func()) {
	k.mu.Lock()
	held := k.held
	k.held, k.holding = nil, false
	k.moving += len(held)
	k.change()
	k.mu.Unlock()
	parcels := map[string]*parcel{}
	events := make([]*ledger.Event, 0, len(held))
	for _, p := range held {
		p.copies += copies
		if latest, ok := k.Ledger.Event(p.event.ID); ok {
			p.event = latest // it may have been backdated since
		}
		parcels[p.event.ID] = p
		events = append(events, p.event)
	}
	if reorder != nil {
		reorder(events)
	}
	return func() {
		for _, e := range events {
			k.deliver(parcels[e.ID])
		}
	}
}

// DeliverHeld lets one event go that is held. It reports whether it was.
func (k *Courier) DeliverHeld(id string) bool {
	latest, known := k.Ledger.Event(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.held, func(p *parcel) bool { return p.event.ID == id })
	if i < 0 {
		return false
	}
	p := k.held[i]
	k.held = slices.Delete(k.held, i, i+1)
	p.due = k.Now()
	if known {
		p.event = latest // it may have been backdated since
	}
	heap.Push(&k.waiting, p)
	k.change()
	return true
}

// State is how things stand.
type State struct {
	Holding bool
	Held    []*ledger.Event // the first first
	// Waiting are due now or later, Moving are under way.
	Waiting, Moving int
	Plan            Plan
}

// State says how things stand.
func (k *Courier) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := State{Holding: k.holding, Waiting: len(k.waiting), Moving: k.moving, Plan: k.plan}
	for _, p := range k.held {
		s.Held = append(s.Held, p.event)
	}
	return s
}

// Repeat delivers an event once more, whenever it happened and whether or not it was
// accepted before.
func (k *Courier) Repeat(e *ledger.Event) { k.RepeatTimes(e, 1) }

// RepeatTimes delivers an event some times more, at least once.
func (k *Courier) RepeatTimes(e *ledger.Event, times int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	heap.Push(&k.waiting, &parcel{event: e, due: k.Now(), copies: max(0, times-1)})
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
