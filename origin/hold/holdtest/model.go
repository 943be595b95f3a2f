package holdtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// sameAsModel does the same random things to the store and to a Memory and wants the same answers, the same seats and,
// for somebody who only follows the feed, the same view.
func sameAsModel(n *night) {
	var passed atomic.Int64 // by the store's clock and the model's, in nanoseconds
	rapid.Check(n.T, func(t *rapid.T) {
		p := &pair{T: t, night: n, id: uuid.New(), judge: &Judge{}, known: []twins{{"nonsense", "nonsense"}}}
		start := time.Now().Truncate(time.Millisecond)
		began := passed.Load()
		p.model = NewMemory(Config{TTL: n.TTL, MaxSeats: n.Most, Sold: p.judge, Clock: func() time.Time { return start.Add(time.Duration(passed.Load() - began)) }})
		for _, seat := range rapid.SliceOfDistinct(seatIDs, rapid.ID[string]).Draw(t, "sold before") {
			p.judge.Sell(p.id, seat)
			n.Judge.Sell(p.id, seat)
		}
		ctx, cancel := context.WithCancel(n.Context())
		defer cancel()
		deltas, err := n.Feed.Subscribe(ctx, p.id)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := n.Store.Snapshot(ctx, p.id)
		if err != nil {
			t.Fatal(err)
		}
		view := &View{snapshot.Seq, maps.Clone(snapshot.Seats)}
		t.Repeat(map[string]func(*rapid.T){
			"acquire": p.acquire,
			"get":     p.get,
			"extend":  p.extend,
			"release": p.release,
			"sell":    p.sell,
			"refund":  p.refund,
			"time passes": func(t *rapid.T) {
				d := time.Duration(rapid.IntRange(1, int(n.TTL/time.Millisecond)*3/2).Draw(t, "ms")) * time.Millisecond
				passed.Add(int64(d))
				n.Advance(d)
			},
			"": func(t *rapid.T) {
				if got, want := p.seats(t, n.Store), p.seats(t, p.model); !maps.Equal(got, want) {
					t.Fatalf("seats %v, the model has %v", got, want)
				}
			},
		})
		final, err := n.Store.Snapshot(ctx, p.id)
		if err != nil {
			t.Fatal(err)
		}
		for view.Seq < final.Seq {
			select {
			case delta, open := <-deltas:
				if !open || !view.Apply(delta) {
					t.Fatalf("the feed broke off after %d (open: %v, next %d)", view.Seq, open, delta.Seq)
				}
			case <-time.After(patience):
				t.Fatalf("the feed ends at %d, the snapshot has %d", view.Seq, final.Seq)
			}
		}
		if !maps.Equal(view.Seats, final.Seats) {
			t.Fatalf("followed to %v, the snapshot has %v", view.Seats, final.Seats)
		}
	})
}

var (
	seatIDs  = rapid.SampledFrom([]string{"A-1", "A-2", "A-3", "A-4", "A-5", "A-6"})
	sessions = rapid.SampledFrom([]string{"ada", "ben", "cleo"})
	choices  = rapid.SliceOfNDistinct(seatIDs, 1, 3, rapid.ID[string])
)

// twins are the IDs of one hold in the store and in the model.
type twins struct{ store, model string }

// pair is a performance in the store and in the model.
type pair struct {
	*rapid.T
	*night
	id    uuid.UUID
	judge *Judge // the model's own: it must not see what is still to happen
	model *Memory
	known []twins
}

func (p *pair) seats(t *rapid.T, store hold.Store) map[string]hold.SeatState {
	snapshot, err := store.Snapshot(p.night.Context(), p.id)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Seats
}

func (p *pair) draw(t *rapid.T) twins { return rapid.SampledFrom(p.known).Draw(t, "hold") }

// same compares two answers.
func (p *pair) same(t *rapid.T, got hold.Hold, gotErr error, want hold.Hold, wantErr error) {
	if kind(gotErr) != kind(wantErr) {
		t.Fatalf("answered %v, the model %v", gotErr, wantErr)
	}
	if gotErr == nil && (!slices.Equal(got.Seats, want.Seats) || got.Session != want.Session || got.Extended != want.Extended) {
		t.Fatalf("answered %+v, the model %+v", got, want)
	}
}

// kind is an error as far as callers can tell.
func kind(err error) string {
	var taken *hold.TakenError
	if errors.As(err, &taken) {
		return fmt.Sprint("taken ", slices.Sorted(slices.Values(taken.Seats)))
	}
	for _, known := range []error{hold.ErrGone, hold.ErrExtended, hold.ErrNotYours} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (p *pair) acquire(t *rapid.T) {
	request := hold.Request{PerformanceID: p.id, Session: sessions.Draw(t, "session"), Seats: choices.Draw(t, "seats")}
	got, gotErr := p.Store.Acquire(p.night.Context(), request)
	want, wantErr := p.model.Acquire(p.night.Context(), request)
	p.same(t, got, gotErr, want, wantErr)
	if gotErr == nil {
		p.known = append(p.known, twins{got.ID, want.ID})
	}
}

func (p *pair) get(t *rapid.T) {
	h := p.draw(t)
	got, gotErr := p.Store.Get(p.night.Context(), h.store)
	want, wantErr := p.model.Get(p.night.Context(), h.model)
	p.same(t, got, gotErr, want, wantErr)
}

func (p *pair) extend(t *rapid.T) {
	h, session := p.draw(t), sessions.Draw(t, "session")
	got, gotErr := p.Store.Extend(p.night.Context(), h.store, session)
	want, wantErr := p.model.Extend(p.night.Context(), h.model, session)
	p.same(t, got, gotErr, want, wantErr)
}

func (p *pair) release(t *rapid.T) {
	h, session := p.draw(t), sessions.Draw(t, "session")
	p.same(t, hold.Hold{}, p.Store.Release(p.night.Context(), h.store, session), hold.Hold{}, p.model.Release(p.night.Context(), h.model, session))
}

func (p *pair) sell(t *rapid.T) {
	h, seats := p.draw(t), choices.Draw(t, "seats")
	p.night.Judge.Sell(p.id, seats...)
	p.same(t, hold.Hold{}, p.Store.MarkSold(p.night.Context(), p.id, h.store, seats), hold.Hold{}, p.model.MarkSold(p.night.Context(), p.id, h.model, seats))
}

func (p *pair) refund(t *rapid.T) {
	seats := choices.Draw(t, "seats")
	p.night.Judge.Refund(p.id, seats...)
	p.same(t, hold.Hold{}, p.Store.MarkFree(p.night.Context(), p.id, seats), hold.Hold{}, p.model.MarkFree(p.night.Context(), p.id, seats))
}
