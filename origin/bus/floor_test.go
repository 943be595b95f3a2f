package bus

import (
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A number that was passed over is looked for as long as the transaction that took it is under way, by whoever leads; one
// that nobody will write any more is not, and the next relay begins behind it.
func TestFloorWaitsForSlowTransactions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	add := func(tx pgx.Tx, n int) {
		t.Helper()
		if err := Add(t.Context(), tx, Event{Subject: testSubject, Key: "slow", Payload: fact{"slow", n}}); err != nil {
			t.Fatal(err)
		}
	}
	begin := func() pgx.Tx {
		t.Helper()
		tx, err := s.db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}
	end := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	floor := func() int { return s.count("select id from outbox_floor") }

	stop := s.start(s.relay().Run)
	s.tell("curtain", 0, 10)
	slow, undone := begin(), begin()
	add(slow, 0)   // 11
	add(undone, 0) // 12
	s.tell("curtain", 10, 10)
	end(undone.Rollback(t.Context()))
	s.untilRelayed()
	s.until("the floor is below the slow transaction", func() bool { return floor() == 10 })
	stop()
	s.start(s.relay().Run) // another one leads, and knows only what is in the database
	s.tell("curtain", 20, 10)
	s.untilRelayed()
	if n := floor(); n != 10 {
		t.Errorf("the floor is at %d while event 11 may still come", n)
	}
	end(slow.Commit(t.Context()))
	s.untilRelayed()
	s.until("the floor has passed all of them", func() bool { return floor() == 32 })
	if n := s.count("select count(*) from outbox_relayed"); n != 31 {
		t.Errorf("%d events are relayed, want 31", n)
	}
	if n := len(s.stored()); n != 31 {
		t.Errorf("the stream holds %d events, want 31", n)
	}
}

// Many writers, some of whom change their minds, and relays that come and go.
func TestNothingIsPassedOverForGood(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stop := s.start(s.relay().Run)
	var writers sync.WaitGroup
	for w := range 6 {
		writers.Go(func() {
			for n := range 30 {
				tx, err := s.db.Begin(t.Context())
				if err == nil {
					err = Add(t.Context(), tx, Event{Subject: testSubject, Key: "curtain", Payload: fact{"curtain", n}})
				}
				if err == nil && n%7 == w {
					err = tx.Rollback(t.Context())
				} else if err == nil {
					err = tx.Commit(t.Context())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 4 {
		stop()
		stop = s.start(s.relay().Run)
	}
	writers.Wait()
	s.untilRelayed()
	if told, stored := s.count("select count(*) from outbox"), len(s.stored()); told != stored {
		t.Errorf("%d events were told and %d are in the stream", told, stored)
	}
	s.until("the floor has come to the top", func() bool {
		return s.count("select (select id from outbox_floor) - (select max(id) from outbox)") >= 0
	})
}
