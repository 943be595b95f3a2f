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
	"github.com/stagedoor/stagedoor/origin/hold/seating"
)

// sameAsModel does the same random things to the store and to a Memory and wants the same answers, the same seats and,
// for somebody who only follows the feed, the same view.
func sameAsModel(n *night) {
	var passed atomic.Int64 // by the store's clock and the model's, in nanoseconds
	rapid.Check(n.T, func(t *rapid.T) {
		p := &pair{T: t, night: n, id: uuid.New(), judge: &Judge{}, known: []twins{{store: "nonsense", model: "nonsense"}}}
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
			"acquire":  p.acquire,
			"best":     p.best,
			"get":      p.get,
			"extend":   p.extend,
			"release":  p.release,
			"pledge":   p.pledge,
			"unpledge": p.unpledge,
			"withhold": p.withhold,
			"sell":     p.sell,
			"refund":   p.refund,
			"time passes": func(t *rapid.T) {
				d := time.Duration(rapid.IntRange(1, int(n.TTL/time.Millisecond)*3/2).Draw(t, "ms")) * time.Millisecond
				passed.Add(int64(d))
				n.Advance(d)
			},
			"": func(t *rapid.T) {
				snapshot, err := n.Store.Snapshot(ctx, p.id)
				if err != nil {
					t.Fatal(err)
				}
				if want := p.seats(t, p.model); !maps.Equal(snapshot.Seats, want) {
					t.Fatalf("seats %v, the model has %v", snapshot.Seats, want)
				}
				view.catchUp(t, deltas, snapshot)
			},
		})
		final, err := n.Store.Snapshot(ctx, p.id)
		if err != nil {
			t.Fatal(err)
		}
		view.catchUp(t, deltas, final)
	})
}

// catchUp reads the feed as far as a snapshot and wants to see the same. After each step: a reader that falls behind by a
// whole buffer is told to start again, and a long run tells more than that.
func (v *View) catchUp(t *rapid.T, deltas <-chan hold.Delta, snapshot hold.Snapshot) {
	for v.Seq < snapshot.Seq {
		select {
		case delta, open := <-deltas:
			if !open || !v.Apply(delta) {
				t.Fatalf("the feed broke off after %d (open: %v, next %d)", v.Seq, open, delta.Seq)
			}
		case <-time.After(patience):
			t.Fatalf("the feed ends at %d, the snapshot has %d", v.Seq, snapshot.Seq)
		}
	}
	if v.Seq == snapshot.Seq && !maps.Equal(v.Seats, snapshot.Seats) {
		t.Fatalf("followed to %v, the snapshot has %v", v.Seats, snapshot.Seats)
	}
}

var (
	sessions = rapid.SampledFrom([]string{"ada", "ben", "cleo"})
	channels = rapid.SampledFrom([]hold.Channel{hold.Public, hold.Public, hold.BoxOffice})
	seatIDs  = rapid.SampledFrom(littleSeats())
	choices  = rapid.SliceOfNDistinct(seatIDs, 1, 3, rapid.ID[string])
	wishes   = rapid.Custom(func(t *rapid.T) seating.Wish {
		w := seating.Wish{
			Count: rapid.IntRange(1, 4).Draw(t, "count"), Band: rapid.SampledFrom([]string{"", "", "A", "B"}).Draw(t, "band"),
			Section: rapid.SampledFrom([]string{"", "", "", "stalls", "circle"}).Draw(t, "section"), Released: rapid.Bool().Draw(t, "released"),
		}
		w.Spaces = rapid.IntRange(0, min(w.Count, 2)).Draw(t, "spaces")
		return w
	})
)

// twins are one hold in the store and in the model, whose clocks do not agree.
type twins struct {
	store, model       string
	storeEnd, modelEnd time.Time
}

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
	var alone *hold.AloneError
	if errors.As(err, &alone) {
		return fmt.Sprint("alone ", slices.Sorted(slices.Values(alone.Seats)))
	}
	for _, known := range []error{hold.ErrNoneFree, hold.ErrGone, hold.ErrExtended, hold.ErrNotYours} {
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
	request := hold.Request{
		PerformanceID: p.id, Session: sessions.Draw(t, "session"), Seats: choices.Draw(t, "seats"), Channel: channels.Draw(t, "channel"),
		For: time.Duration(rapid.IntRange(0, 3).Draw(t, "for")) * p.TTL,
	}
	if rapid.Bool().Draw(t, "strict") {
		request.Blocks = little.Blocks(request.Seats, rapid.Bool().Draw(t, "released"))
	}
	if n := rapid.IntRange(0, 1).Draw(t, "standing"); n > 0 && len(request.Seats) < p.Most {
		request.General = []hold.AnyOf{{Section: "pit", Count: n, Places: little.General("pit")}}
	}
	got, gotErr := p.Store.Acquire(p.night.Context(), request)
	want, wantErr := p.model.Acquire(p.night.Context(), request)
	p.same(t, got, gotErr, want, wantErr)
	p.know(got, want, gotErr)
	var alone *hold.AloneError
	if errors.As(gotErr, &alone) && alone.Instead != nil { // what is offered instead can be had
		if len(alone.Instead) != len(request.Seats) {
			t.Fatalf("%v instead of %v", alone.Instead, request.Seats)
		}
		request.Seats = alone.Instead
		got, gotErr = p.Store.Acquire(p.night.Context(), request)
		want, wantErr = p.model.Acquire(p.night.Context(), request)
		p.same(t, got, gotErr, want, wantErr)
		if errors.As(gotErr, &alone) || errors.As(gotErr, new(*hold.TakenError)) {
			t.Fatalf("%v was offered instead: %v", request.Seats, gotErr)
		}
		p.know(got, want, gotErr)
	}
}

func (p *pair) know(got, want hold.Hold, err error) {
	if err == nil {
		p.known = append(p.known, twins{got.ID, want.ID, got.ExpiresAt, want.ExpiresAt})
	}
}

func (p *pair) best(t *rapid.T) {
	search := hold.Search{PerformanceID: p.id, Session: sessions.Draw(t, "session"), Channel: channels.Draw(t, "channel"), Order: little.Order(wishes.Draw(t, "wish"))}
	got, gotErr := p.Store.Best(p.night.Context(), search)
	want, wantErr := p.model.Best(p.night.Context(), search)
	p.same(t, got, gotErr, want, wantErr)
	p.know(got, want, gotErr)
}

func (p *pair) pledge(t *rapid.T) {
	h, d := p.draw(t), time.Duration(rapid.IntRange(-1000, int(p.TTL/time.Millisecond)*2).Draw(t, "ms"))*time.Millisecond
	p.same(t, hold.Hold{}, p.Store.Pledge(p.night.Context(), h.store, h.storeEnd.Add(d)), hold.Hold{}, p.model.Pledge(p.night.Context(), h.model, h.modelEnd.Add(d)))
}

func (p *pair) unpledge(t *rapid.T) {
	h := p.draw(t)
	p.same(t, hold.Hold{}, p.Store.Unpledge(p.night.Context(), h.store), hold.Hold{}, p.model.Unpledge(p.night.Context(), h.model))
}

func (p *pair) withhold(t *rapid.T) {
	seats := rapid.SliceOfNDistinct(seatIDs, 0, 4, rapid.ID[string]).Draw(t, "seats")
	p.same(t, hold.Hold{}, p.Store.Withhold(p.night.Context(), p.id, seats), hold.Hold{}, p.model.Withhold(p.night.Context(), p.id, seats))
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
