package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
)

// Whatever happens to the index behind the feed's back is noticed and mended.
func TestAgree(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	var shows []uuid.UUID
	for i := range 4 {
		show := s.production("Show")
		s.performance(show, opening.Add(time.Duration(i+1)*time.Hour))
		shows = append(shows, show)
	}
	if written, refused, err := s.feed.Fill(t.Context()); written != 4 || refused != 0 || err != nil {
		t.Fatalf("%d written, %d refused, %v", written, refused, err)
	}
	if n, err := s.feed.Agree(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d differ, %v", n, err)
	}
	s.shelf.set(func(b *shelf) {
		delete(b.shows, shows[0].String()) // lost
		old := b.shows[shows[1].String()]
		old.Version, old.Title = 0, "Older"
		b.shows[old.ID] = old // put back
		stranger := old
		stranger.ID = uuid.NewString()
		b.shows[stranger.ID] = stranger // of a show that is not ours
		stranger.ID = "nonsense"
		b.shows[stranger.ID] = stranger
	})
	if n, err := s.feed.Agree(t.Context()); n != 4 || err != nil {
		t.Fatalf("%d differ, %v", n, err)
	}
	s.turn()
	s.same()
	t.Log("injected: of four documents one was removed, one put back to an older one, two added, behind the feed's back")
	t.Log("users saw: found again within minutes")
	t.Logf("found: %d shows agree with the database", len(shows))
}

// A show that was never told of is written when a process starts.
func TestShowsFromBefore(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	show := s.production("Before")
	s.performance(show, opening.Add(time.Hour))
	s.start(s.feed.Run)
	s.until("the show is found", func() bool { _, found := s.shelf.get(show); return found })
	s.same()
}

func TestCompare(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	show, gone := s.production("Hamlet"), s.production("Gone")
	evening := s.performance(show, opening.Add(time.Hour))
	last := s.performance(gone, opening.Add(2*time.Hour))
	look := func(fault string, waiting bool) {
		t.Helper()
		got, err := s.feed.Compare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if fault == "" {
			if len(got.Found) > 0 {
				t.Errorf("found %+v", got.Found)
			}
			return
		}
		if len(got.Found) != 1 || !strings.Contains(got.Found[0].Fault, fault) || got.Found[0].Waiting != waiting {
			t.Errorf("found %+v, want %q, waiting %t", got.Found, fault, waiting)
		}
	}
	s.tell(changed(show), changed(gone))
	s.turn()
	look("", false)
	sale := s.sell(evening, seats)
	look("has none seats left and is found with good", false) // nobody has told
	err := pgx.BeginFunc(t.Context(), s.db, func(tx pgx.Tx) error {
		return bus.Add(t.Context(), tx, bus.Event{ID: sale.ID, Subject: sale.Subject, Payload: sale.Payload})
	})
	if err != nil {
		t.Fatal(err)
	}
	look("has none seats left", true) // it is in the outbox
	s.exec("insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason, parked_at) values ('catalogue', $1, '', '', '', '', 1, 8, '', now())", sale.ID)
	look("has none seats left", false) // it was parked
	s.tell(sale)
	look("has none seats left", true)
	s.later()
	look("", false)
	s.exec("update prices set amount = 1 where band = 'B' and production_id = $1", show)
	look("costs 1 to 5000 and is found with 2000 to 5000", false)
	s.tell(changed(show))
	s.later()
	s.exec("update performances set status = 'cancelled' where id = $1", last)
	look("has nothing to come", false)
	s.tell(changed(gone))
	s.later()
	s.exec("update productions set author = 'B. Author' where id = $1", show)
	look("otherwise than it is", false)
	s.shelf.set(func(b *shelf) { b.shows = map[string]index.Show{} })
	look("is not found in search", false)
}
