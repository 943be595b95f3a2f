package catalogue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
)

// start runs something until the test ends or stop is called, which waits for it to return.
func (s *stage) start(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	s.t.Cleanup(stop)
	return stop
}

// held stops the first import at the index's door and returns when it is there; let lets it in.
func (s *stage) held(work func()) (let func()) {
	s.t.Helper()
	arrived, open := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.shelf.set(func(b *shelf) {
		b.before = func([]index.Show) {
			first := false
			once.Do(func() { first = true; close(arrived) })
			if first {
				<-open
			}
		}
	})
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	<-arrived
	return func() { close(open); <-done }
}

// While one process writes a show, slowly, another leaves that show alone and writes the others.
func TestASlowWriterIsNotOvertaken(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	hamlet, lear := s.production("Hamlet"), s.production("King Lear")
	evening := s.performance(hamlet, opening.Add(time.Hour))
	s.performance(lear, opening.Add(2*time.Hour))
	s.tell(changed(hamlet))
	let := s.held(s.turn)
	other := s.newFeed(s.shelf)
	s.tell(s.sell(evening, seats), changed(lear))
	s.clock.move(window)
	for range 2 {
		if _, err := other.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, found := s.shelf.get(hamlet); found {
		t.Error("the other process wrote a show that was being written")
	}
	if _, found := s.shelf.get(lear); !found {
		t.Error("the other process waited for a show that was no concern of its")
	}
	let()
	s.clock.move(window)
	if _, err := other.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.shelf.get(hamlet); got.Availability != index.AvailabilityNone {
		t.Errorf("sold out while it was written, and found with %q", got.Availability)
	}
	s.same()
	t.Log("injected: the index stood still in the middle of a write")
	t.Log("users saw: the newer show, a moment late")
	t.Log("found: no older document over a newer one")
}

// The connection that holds the locks is cut while the index is slow: another process writes something newer, and then
// the old import arrives.
func TestALostLockIsMadeGood(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		mend func(s *stage, other *catalogue.Feed) error
	}{
		{"by the writer that lost it", func(s *stage, _ *catalogue.Feed) error {
			_, err := s.feed.Turn(context.Background())
			return err
		}},
		{"by another one, when the writer has died", func(s *stage, other *catalogue.Feed) error {
			if err := other.Settle(context.Background()); err != nil {
				return err
			}
			_, err := other.Turn(context.Background())
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, pgtest.Pool(t))
			hamlet := s.production("Hamlet")
			evening := s.performance(hamlet, opening.Add(time.Hour))
			s.tell(changed(hamlet))
			s.turn()
			s.exec("update productions set title = 'Hamlet, Prince' where id = $1", hamlet)
			s.tell(changed(hamlet))
			s.clock.move(window)
			var failed error
			let := s.held(func() { _, failed = s.feed.Turn(context.Background()) })
			s.exec("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())")
			s.tell(s.sell(evening, seats))
			s.exec("update productions set title = 'Hamlet, King' where id = $1", hamlet)
			s.tell(changed(hamlet))
			s.clock.move(window)
			other := s.newFeed(s.shelf)
			s.until("another process has written the show", func() bool { // the lock goes when Postgres has noticed
				if _, err := other.Turn(context.Background()); err != nil {
					t.Fatal(err)
				}
				got, _ := s.shelf.get(hamlet)
				return got.Title == "Hamlet, King"
			})
			let()
			if failed == nil {
				t.Fatal("a writer that lost its locks did not notice")
			}
			if got, _ := s.shelf.get(hamlet); got.Title != "Hamlet, Prince" {
				t.Fatalf("the old import did not arrive: %q", got.Title)
			}
			s.clock.move(window)
			if err := test.mend(s, other); err != nil {
				t.Fatal(err)
			}
			if got, _ := s.shelf.get(hamlet); got.Title != "Hamlet, King" || got.Availability != index.AvailabilityNone {
				t.Errorf("an old document stays: %q, %s", got.Title, got.Availability)
			}
			s.same()
			got, _ := s.shelf.get(hamlet)
			t.Log("injected: the connection that holds the lock was cut while the index was slow")
			t.Logf("users saw: %q in the end", got.Title)
			t.Logf("found: mended %s", test.name)
		})
	}
}

// Two processes work at once while everything changes: no document is ever followed by an older one.
func TestVersionsOnlyGrow(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	s.clock = &clock{at: time.Now()}
	s.feed = s.newFeed(s.shelf)
	var all []uuid.UUID
	for i := range 5 {
		show := s.production("Show")
		s.performance(show, s.clock.now().Add(time.Duration(i+1)*time.Hour))
		all = append(all, show)
	}
	newest := map[string]int64{}
	var mu sync.Mutex
	s.shelf.before = func(shows []index.Show) {
		mu.Lock()
		defer mu.Unlock()
		for _, one := range shows {
			if one.Version <= newest[one.ID] {
				t.Errorf("version %d of a show is written after %d", one.Version, newest[one.ID])
			}
			newest[one.ID] = one.Version
		}
	}
	s.start(s.feed.Run)
	s.start(s.newFeed(s.shelf).Run)
	for range 40 {
		for _, show := range all {
			s.exec("update productions set author = author || 'x' where id = $1", show)
			s.tell(changed(show))
		}
		s.clock.move(window)
	}
	s.until("the index has everything", func() bool {
		s.clock.move(window)
		return s.number("select count(*) from catalogue_shows where changes > covered or due_at <= $1", s.clock.now())+s.number("select count(*) from catalogue_marks") == 0
	})
	s.same()
}

// A show that the index refuses is tried again after a while, and at once when it has changed; the others don't wait.
func TestARefusedShowStopsNobody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(b *shelf, id string)
	}{
		{"its line is refused", func(b *shelf, id string) { b.refuse = map[string]string{id: "no such field\x00"} }},
		{"its import is refused as a whole", func(b *shelf, id string) { b.spoilt = id }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, pgtest.Pool(t))
			bad, good := s.production("Bad"), s.production("Good")
			s.performance(bad, opening.Add(10*time.Hour))
			s.performance(good, opening.Add(11*time.Hour))
			s.shelf.set(func(b *shelf) { test.spoil(b, bad.String()) })
			s.tell(changed(bad), changed(good))
			s.turn()
			if _, found := s.shelf.get(good); !found {
				t.Fatal("a good show waits for a bad one")
			}
			if n := s.number("select count(*) from catalogue_shows where attempts = 1 and last_error <> '' and production_id = $1", bad); n != 1 {
				t.Fatal("nobody is told why a show is not found")
			}
			s.later() // too early for another try
			if n := s.number("select attempts from catalogue_shows where production_id = $1", bad); n != 1 {
				t.Errorf("tried %d times at once", n)
			}
			s.clock.move(time.Minute)
			s.turn()
			if n := s.number("select attempts from catalogue_shows where production_id = $1", bad); n != 2 {
				t.Errorf("tried %d times after a minute", n)
			}
			s.shelf.set(func(b *shelf) { b.refuse, b.spoilt = nil, "" })
			s.exec("update productions set title = 'Better' where id = $1", bad)
			s.tell(changed(bad))
			s.later()
			s.same()
			if n := s.number("select count(*) from catalogue_shows where attempts > 0 or last_error <> ''"); n != 0 {
				t.Error("a show that was taken still counts as refused")
			}
		})
	}
	t.Log("injected: the index refused a show")
	t.Log("users saw: the other shows at once")
	t.Log("found: the show is tried again, and the reason kept")
}

// Facts that can't be are parked with a reason and mark nothing.
func TestPoison(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	bad := fact(catalogue.SubjectShowChanged, "no object")
	for _, event := range []struct {
		name string
		err  error
	}{
		{"seats of no performance", s.hand(fact("stagedoor.seats.sold.v1", map[string]any{"performance_id": uuid.New()}))},
		{"no production", s.hand(changed(uuid.Nil))},
		{"no object", s.hand(bad)},
	} {
		if event.err == nil {
			t.Errorf("%s: taken", event.name)
		}
	}
	if n := s.number("select count(*) from catalogue_marks"); n != 0 {
		t.Errorf("%d marks", n)
	}
	t.Log("injected: three facts of shows and performances that do not exist")
	t.Log("users saw: nothing")
	t.Logf("found: %d marks", s.number("select count(*) from catalogue_marks"))
}

// An hour without search: everything is told, nothing is lost, and catching up is one document a show.
func TestCatchingUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	var evenings []uuid.UUID
	for i := range 30 {
		show := s.production("Show")
		evenings = append(evenings, s.performance(show, opening.Add(time.Duration(i+2)*time.Hour)))
		s.tell(changed(show))
	}
	s.shelf.down = index.ErrUnavailable
	for range 6 {
		for _, one := range evenings {
			s.tell(s.sell(one, 3))
		}
		s.clock.move(10 * time.Minute)
		if _, err := s.feed.Turn(t.Context()); !errors.Is(err, index.ErrUnavailable) {
			t.Fatalf("without an index: %v", err)
		}
	}
	if n := s.number("select count(*) from catalogue_marks"); n != 0 {
		t.Errorf("%d marks pile up", n)
	}
	s.shelf.set(func(b *shelf) { b.down = nil })
	s.turn()
	if s.shelf.writes != 30 || s.shelf.calls != 1 {
		t.Errorf("catching up took %d writes in %d imports, want 30 in one", s.shelf.writes, s.shelf.calls)
	}
	s.same()
	t.Logf("injected: an hour without search, while %d performances sold", len(evenings))
	t.Log("users saw: what was found before")
	t.Logf("found: %d writes in %d imports brought it up to date", s.shelf.writes, s.shelf.calls)
}
