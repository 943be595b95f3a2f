package boxoffice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// judge is what a real seat map asks: nothing is sold, and the desk knows what only it sells.
type judge struct{ *boxoffice.Desk }

func (judge) SoldSeats(context.Context, uuid.UUID) ([]string, error) { return nil, nil }

// flaky is a seat map that can be away.
type flaky struct {
	hold.Allocator
	mu   sync.Mutex
	away bool
}

func (f *flaky) Withhold(ctx context.Context, performance uuid.UUID, seats []string) error {
	f.mu.Lock()
	away := f.away
	f.mu.Unlock()
	if away {
		return hold.ErrUnavailable
	}
	return f.Allocator.Withhold(ctx, performance, seats)
}

func (f *flaky) set(away bool) { f.mu.Lock(); defer f.mu.Unlock(); f.away = away }

func TestAllocationsAgainstRealStores(t *testing.T) {
	t.Parallel()
	ctx, clock := t.Context(), bookingtest.NewClock()
	db := pgtest.Pool(t)
	evening := bookingtest.Build(t, db).Performance(clock.Now())
	desk := &boxoffice.Desk{DB: db, Now: clock.Now}
	client := redistest.Client(t)
	store, err := holdredis.New(holdredis.Config{Client: client, Sold: judge{desk}, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	seats := &flaky{Allocator: store}
	desk.Seats = seats
	shown := func() (withheld []string) {
		t.Helper()
		now, err := store.Snapshot(ctx, evening)
		if err != nil {
			t.Fatal(err)
		}
		for seat, state := range now.Seats {
			if state == hold.Withheld {
				withheld = append(withheld, seat)
			}
		}
		slices.Sort(withheld)
		return withheld
	}
	want := func(when string, seats ...string) {
		t.Helper()
		if got := shown(); !slices.Equal(got, seats) {
			t.Fatalf("%s the box office has %v, want %v", when, got, seats)
		}
	}
	allocate := func(name string, release time.Time, seats ...string) boxoffice.Allocation {
		t.Helper()
		made, err := desk.Allocate(ctx, "ops@example.org", boxoffice.Allocation{PerformanceID: evening, Name: name, Seats: seats, ReleaseAt: release})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}

	house := allocate("House seats", time.Time{}, "stalls-A-1", "stalls-A-2")
	allocate("Press night", clock.Now().Add(time.Hour), "stalls-A-2", "stalls-A-3")
	want("at first", "stalls-A-1", "stalls-A-2", "stalls-A-3")

	if err := client.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	want("after Redis was emptied", "stalls-A-1", "stalls-A-2", "stalls-A-3")

	if err := desk.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	want("before its time", "stalls-A-1", "stalls-A-2", "stalls-A-3")
	seats.set(true)
	clock.Advance(time.Hour)
	if err := desk.Sweep(ctx); err == nil {
		t.Fatal("the seat map was away and nobody said so")
	}
	seats.set(false)
	if err := desk.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	want("after its release, told late", "stalls-A-1", "stalls-A-2") // the other one keeps the seat they share

	kept, err := store.Acquire(ctx, hold.Request{PerformanceID: evening, Session: "box-1", Seats: []string{"stalls-A-1"}, Channel: hold.BoxOffice, For: time.Hour})
	if err != nil {
		t.Fatalf("the box office can't hold its own seat: %v", err)
	}
	if left := kept.ExpiresAt.Sub(clock.Now()); left < 59*time.Minute {
		t.Errorf("a hold of the box office lasts %s", left)
	}
	if err := desk.ReleaseSeats(ctx, "ops@example.org", evening, house.ID, nil); err != nil {
		t.Fatal(err)
	}
	want("after all was released")
	if err := store.Release(ctx, kept.ID, "box-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Acquire(ctx, hold.Request{PerformanceID: evening, Session: "ada", Seats: []string{"stalls-A-1"}}); err != nil {
		t.Errorf("a seat that was released and given back: %v", err)
	}
	if err := desk.ReleaseSeats(ctx, "ops@example.org", uuid.Nil, house.ID, nil); !errors.Is(err, boxoffice.ErrNotFound) {
		t.Errorf("an allocation of another performance: %v", err)
	}
	var audited int
	if err := db.QueryRow(ctx, `select count(*) from staff_audit where action like 'boxoffice.%'`).Scan(&audited); err != nil || audited != 4 {
		t.Errorf("%d lines in the audit log, %v, want 4", audited, err)
	}
}

// Many colleagues change the allocations of one performance at once: what is shown in the end is what stands.
func TestTheSeatMapShowsWhatStandsHoweverManyChangeIt(t *testing.T) {
	t.Parallel()
	ctx, clock := t.Context(), bookingtest.NewClock()
	db := pgtest.Pool(t)
	evening := bookingtest.Build(t, db).Performance(clock.Now())
	desk := &boxoffice.Desk{DB: db, Now: clock.Now}
	store, err := holdredis.New(holdredis.Config{Client: redistest.Client(t), Sold: judge{desk}, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	desk.Seats = store
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			made, err := desk.Allocate(ctx, "ops@example.org", boxoffice.Allocation{PerformanceID: evening, Name: "One", Seats: []string{fmt.Sprintf("stalls-A-%d", n+1)}})
			if err == nil && n%2 == 0 {
				err = desk.ReleaseSeats(ctx, "ops@example.org", evening, made.ID, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := desk.Sweep(ctx); err != nil { // whoever was told to wait too long is told again
		t.Fatal(err)
	}
	stand, err := desk.WithheldSeats(ctx, evening)
	if err != nil || len(stand) != 4 {
		t.Fatalf("%v, %v", stand, err)
	}
	now, err := store.Snapshot(ctx, evening)
	if err != nil || len(now.Seats) != len(stand) {
		t.Fatalf("shown %v, stands %v, %v", now.Seats, stand, err)
	}
	for _, seat := range stand {
		if now.Seats[seat] != hold.Withheld {
			t.Errorf("%s is %q", seat, now.Seats[seat])
		}
	}
}
