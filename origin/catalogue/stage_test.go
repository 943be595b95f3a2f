package catalogue_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/search/index"
)

var quiet = slog.New(slog.DiscardHandler)

// opening is when the tests begin: a Friday at noon in London, in summer time.
var opening = time.Date(2026, 10, 23, 11, 0, 0, 0, time.UTC)

// stage is a database with a theatre in it, and a feed into an index.
type stage struct {
	t     testing.TB
	db    *pgxpool.Pool
	feed  *catalogue.Feed
	shelf *shelf
	clock *clock
	venue uuid.UUID
	plan  uuid.UUID
	order uuid.UUID
	dying bool // what was written to the index is not noted: the process ends in between
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) move(d time.Duration) { c.mu.Lock(); c.at = c.at.Add(d); c.mu.Unlock() }

const (
	window = 500 * time.Millisecond
	seats  = 20 // of the theatre
)

func newStage(t testing.TB, db *pgxpool.Pool) *stage {
	t.Helper()
	s := &stage{
		t: t, db: db, clock: &clock{at: opening}, shelf: &shelf{shows: map[string]index.Show{}},
		venue: uuid.New(), plan: uuid.New(), order: uuid.New(),
	}
	s.exec("insert into brands (id, name, country, locale, currency, time_zone) values ('lyceum', 'Lyceum', 'GB', 'en-GB', 'GBP', 'Europe/London')")
	s.exec(`insert into venues (id, brand_id, slug, name, city, country, latitude, longitude, time_zone, capacity, opened_year)
		values ($1, 'lyceum', 'lyceum', 'Lyceum Theatre', 'London', 'GB', 51.5117, -0.1196, 'Europe/London', $2, 1834)`, s.venue, seats)
	s.exec("insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 1, 'House', $3, '{}')", s.plan, s.venue, seats)
	s.exec("insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)")
	s.feed = s.newFeed(s.shelf)
	return s
}

// newFeed is another process's.
func (s *stage) newFeed(to catalogue.Index) *catalogue.Feed {
	return catalogue.New(catalogue.Config{
		DB: s.db, Index: to, Domain: "localhost", Window: window, Poll: 5 * time.Millisecond, Now: s.clock.now, Logger: quiet,
		Written: func(context.Context, pgx.Tx, []uuid.UUID) error {
			if s.dying {
				return errors.New("the process ends")
			}
			return nil
		},
	})
}

func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(context.Background(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

// production adds one, with prices from 2,000 to 5,000.
func (s *stage) production(title string) uuid.UUID {
	s.t.Helper()
	id := uuid.New()
	s.exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, 'lyceum', $2, $3, $4, 'A. Author', 'Tragedy', 'In short.', 'At length.', 120, 1, '2026-10-01', '2027-01-01')`, id, s.venue, id.String(), title)
	s.exec("insert into prices (production_id, tier, band, price_type, amount) values ($1, 'standard', 'A', 'adult', 5000), ($1, 'standard', 'B', 'adult', 2000)", id)
	return id
}

// performance adds one on sale.
func (s *stage) performance(production uuid.UUID, at time.Time) uuid.UUID {
	s.t.Helper()
	id := uuid.New()
	s.exec("insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at) values ($1, $2, $3, $4, $5, $6)",
		id, production, s.venue, s.plan, at, opening.Add(-time.Hour))
	return id
}

// sell sells so many more seats, as booking does it, and returns what is told of it.
func (s *stage) sell(performance uuid.UUID, n int) bus.Delivery {
	s.t.Helper()
	s.exec(`insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total,
			session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
		values ($1, 'one', 'lyceum', $2, 'paid', 'A. Buyer', 'buyer@example.com', 'GBP', 1000, '', 'one', 1, now(), now(), now())
		on conflict (id) do nothing`, s.order, performance)
	s.exec(`insert into seat_assignments (performance_id, seat_id, order_id, assigned_at)
		select $1, 'stalls-' || i, $2, now() from generate_series(1, $3) i
		where not exists (select from seat_assignments a where a.performance_id = $1 and a.seat_id = 'stalls-' || i) limit $4`,
		performance, s.order, seats, n)
	return fact("stagedoor.seats.sold.v1", map[string]any{"performance_id": performance})
}

// free gives so many seats back.
func (s *stage) free(performance uuid.UUID, n int) bus.Delivery {
	s.t.Helper()
	s.exec(`delete from seat_assignments where performance_id = $1 and seat_id in (
		select seat_id from seat_assignments where performance_id = $1 order by seat_id limit $2)`, performance, n)
	return fact("stagedoor.seats.free.v1", map[string]any{"performance_id": performance})
}

func changed(production uuid.UUID, performances ...uuid.UUID) bus.Delivery {
	return fact(catalogue.SubjectShowChanged, catalogue.ShowFact{ProductionID: production, PerformanceIDs: performances})
}

func fact(subject string, payload any) bus.Delivery {
	text, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	return bus.Delivery{ID: uuid.New(), Subject: subject, Payload: text}
}

// hand gives a fact to the feed's handler, as the bus does.
func (s *stage) hand(event bus.Delivery) error {
	return pgx.BeginFunc(context.Background(), s.db, func(tx pgx.Tx) error { return s.feed.Handle(context.Background(), tx, event) })
}

func (s *stage) tell(events ...bus.Delivery) {
	s.t.Helper()
	for _, event := range events {
		if err := s.hand(event); err != nil {
			s.t.Fatal(err)
		}
	}
}

// turn has the feed do what is due.
func (s *stage) turn() {
	s.t.Helper()
	if _, err := s.feed.Turn(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

// later lets the window pass and has the feed do what is due then.
func (s *stage) later() {
	s.t.Helper()
	s.clock.move(window)
	s.turn()
}

func (s *stage) number(sql string, args ...any) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// until waits for a condition; the test fails when it does not come to be in a generous time.
func (s *stage) until(what string, condition func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("gave up waiting until %s", what)
		}
	}
}

// shelf is an index in memory that can be away, refuse a show, and be slow.
type shelf struct {
	mu     sync.Mutex
	shows  map[string]index.Show
	writes int // documents it was given
	calls  int // imports
	down   error
	refuse map[string]string  // by ID: why
	before func([]index.Show) // called with an import before it is taken in, without the lock
	spoilt string             // the ID of a show with which any import is refused as a whole
}

func (s *shelf) Ensure(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errorsIsNoIndex(s.down) {
		s.down, s.shows = nil, map[string]index.Show{}
	}
	return "shows_1", s.down
}

func (s *shelf) Upsert(_ context.Context, shows []index.Show) (index.Report, error) {
	s.mu.Lock()
	before := s.before
	s.mu.Unlock()
	if before != nil {
		before(shows)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return index.Report{}, s.down
	}
	s.calls++
	for _, one := range shows {
		if one.ID == s.spoilt {
			return index.Report{}, errors.New("400: the import is spoilt")
		}
	}
	var report index.Report
	for i, one := range shows {
		if why := s.refuse[one.ID]; why != "" {
			report.Failed = append(report.Failed, index.LineError{Line: i, ID: one.ID, Err: why})
			continue
		}
		s.writes++
		report.Indexed++
		s.shows[one.ID] = one
	}
	return report, nil
}

func (s *shelf) Delete(_ context.Context, ids ...string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.shows, id)
	}
	return len(ids), s.down
}

func (s *shelf) Versions(context.Context) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for id, one := range s.shows {
		out[id] = one.Version
	}
	return out, s.down
}

func (s *shelf) Export(context.Context) (map[string]index.Show, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.shows), s.down
}

func (s *shelf) get(id uuid.UUID) (index.Show, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, found := s.shows[id.String()]
	return one, found
}

func (s *shelf) set(change func(*shelf)) { s.mu.Lock(); defer s.mu.Unlock(); change(s) }

// rebuilt is what the index should hold, made from nothing, without versions.
func (s *stage) rebuilt() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for document, err := range catalogue.New(catalogue.Config{DB: s.db, Domain: "localhost", Now: s.clock.now}).Documents(context.Background(), "") {
		if err != nil {
			s.t.Fatal(err)
		}
		out[document.ID] = catalogue.Digest(document)
	}
	return out
}

// same wants the index to hold what is made from nothing.
func (s *stage) same() {
	s.t.Helper()
	held, err := s.shelf.Export(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[string]string{}
	for id, one := range held {
		got[id] = catalogue.Digest(one)
	}
	if want := s.rebuilt(); !maps.Equal(got, want) {
		s.t.Fatalf("the index holds %v, from nothing it would be %v", got, want)
	}
}
