package waiting_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// pool is where the site of the stage is served.
var pool = site.Pool{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// stage is a theatre with a performance, an editor and a tender whose clock the test moves.
type stage struct {
	*testing.T
	db          *pgxpool.Pool
	editor      *edgeconfig.Editor
	tender      *waiting.Tender
	edge        *coordinators
	performance uuid.UUID

	mu  sync.Mutex
	now time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, db: pgtest.Pool(t), edge: newCoordinators(t), now: start, performance: uuid.New()}
	s.editor = &edgeconfig.Editor{DB: s.db, Now: s.clock, Settings: edgeconfig.Settings{Domain: "localhost"}}
	s.editor.Settings.Origins = append(s.editor.Settings.Origins, pool)
	s.tender = &waiting.Tender{DB: s.db, Rooms: s.edge, Now: s.clock, Logger: slog.New(slog.DiscardHandler)}
	s.exec(`insert into brands (id, name, country, locale, currency, time_zone, theme)
		values ('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}')`)
	place, plan, production := uuid.New(), uuid.New(), uuid.New()
	s.exec(`insert into venues (id, brand_id, slug, name, city, country, time_zone, latitude, longitude, capacity, opened_year)
		values ($1, 'lyceum', 'house', 'House', 'London', 'GB', 'Europe/London', 0, 0, 100, 1834)`, place)
	s.exec(`insert into seating_plans (id, venue_id, name, version, seats, layout) values ($1, $2, 'Plan', 1, 100, '{}')`, plan, place)
	s.exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, 'lyceum', $2, 'hamlet', 'Hamlet', 'Shakespeare', 'Tragedy', '', '', 180, 1, '2026-11-01', '2027-02-01')`, production, place)
	s.exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at) values ($1, $2, $3, $4, $5, $6)`,
		s.performance, production, place, plan, start.Add(48*time.Hour), start)
	return s
}

func (s *stage) exec(sql string, args ...any) {
	s.Helper()
	if _, err := s.db.Exec(s.Context(), sql, args...); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// round tends once and says how many rooms were due.
func (s *stage) round() int {
	s.Helper()
	n, err := s.tender.Round(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func (s *stage) create(r waiting.Room) waiting.Room {
	s.Helper()
	made, err := s.editor.CreateRoom(s.Context(), "ana", r)
	if err != nil {
		s.Fatal(err)
	}
	return made
}

func (s *stage) change(id string, change func(*waiting.Room)) {
	s.Helper()
	_, _, err := s.editor.EditRoom(s.Context(), "ana", edgeconfig.RoomEdit{ID: id, Action: "room.change", Change: func(r *waiting.Room) error { change(r); return nil }})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) room(id string) waiting.Room {
	s.Helper()
	r, err := s.editor.Room(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// sell assigns so many further seats of the performance.
func (s *stage) sell(n int) {
	s.Helper()
	order := uuid.New()
	s.exec(`insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
		values ($1, $2, 'lyceum', $3, 'paid', 'B', 'b@example.com', 'GBP', 0, '\x00', $2, 1, $4, $4, $4)`, order, order.String(), s.performance, start)
	for range n {
		s.exec(`insert into seat_assignments (performance_id, seat_id, order_id, assigned_at) values ($1, $2, $3, $4)`, s.performance, uuid.NewString(), order, start)
	}
}

func TestCoordinatorFollowsWhatIsWanted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(waiting.Room{ID: "hamlet", PerformanceID: s.performance, Active: 300, PerMinute: 60, Message: "Patience."})
	s.sell(3)
	if n := s.round(); n != 1 {
		t.Fatalf("%d rooms are due", n)
	}
	c := s.edge.told("hamlet")
	if c.Active != 300 || c.Message != "Patience." || c.SeatsLeft == nil || *c.SeatsLeft != 97 || c.Seed != "" {
		t.Errorf("told %+v", c)
	}
	if r := s.room("hamlet"); r.Sync.Synced != c.Revision || !r.Sync.SeenAt.Equal(start) {
		t.Errorf("known %+v", r.Sync)
	}
	// Nothing new: it is not told again, and not looked at before its time.
	puts := s.edge.puts
	if n := s.round(); n != 0 {
		t.Errorf("%d are due at once again", n)
	}
	s.later(5 * time.Second)
	if n := s.round(); n != 1 || s.edge.puts != puts {
		t.Errorf("%d due, told %d times", n, s.edge.puts-puts)
	}
	// Staff change something: at once. Seats are sold: in a while.
	s.change("hamlet", func(r *waiting.Room) { r.Active = 50; r.Paused = true })
	if n := s.round(); n != 1 || s.edge.told("hamlet").Active != 50 || !s.edge.told("hamlet").Paused {
		t.Errorf("%d due, told %+v", n, s.edge.told("hamlet"))
	}
	s.sell(90)
	s.later(5 * time.Second)
	if s.round(); *s.edge.told("hamlet").SeatsLeft != 7 {
		t.Errorf("told %d seats", *s.edge.told("hamlet").SeatsLeft)
	}
	// Deleted: it lets everybody in, and is looked at no more.
	if _, err := s.editor.DeleteRoom(t.Context(), "ana", "hamlet", 0); err != nil {
		t.Fatal(err)
	}
	if s.round(); s.edge.told("hamlet").Mode != waiting.Passthrough || !s.edge.told("hamlet").Drained {
		t.Errorf("told %+v", s.edge.told("hamlet"))
	}
	s.later(time.Hour)
	if n := s.round(); n != 0 {
		t.Errorf("a deleted room is still due")
	}
}

func TestCoordinatorIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(waiting.Room{ID: "hamlet", PerformanceID: s.performance, Active: 300})
	s.edge.with(func() { s.edge.down = true })
	asked := 0
	for range 60 { // a minute, a second at a time
		asked += s.round()
		s.later(time.Second)
	}
	if asked < 5 || asked > 7 { // after 1, 2, 4, 8, 16 and 32 seconds
		t.Errorf("asked %d times in a minute", asked)
	}
	if r := s.room("hamlet"); r.Sync.Failures != asked || !strings.Contains(r.Sync.Problem, "cannot be reached") || !r.Sync.SeenAt.IsZero() {
		t.Errorf("%+v", r.Sync)
	}
	// A change by staff does not wait for the next attempt, and when it works the counting starts over.
	s.edge.with(func() { s.edge.down = false })
	s.change("hamlet", func(r *waiting.Room) { r.Active = 10 })
	if n := s.round(); n != 1 || s.edge.told("hamlet").Active != 10 {
		t.Errorf("%d due, told %+v", n, s.edge.told("hamlet"))
	}
	if r := s.room("hamlet"); r.Sync.Failures != 0 || r.Sync.Problem != "" {
		t.Errorf("%+v", r.Sync)
	}
}

// A database that was restored from a backup counts revisions anew: what staff want must hold nevertheless.
func TestCoordinatorIsAheadOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(waiting.Room{ID: "hamlet", Name: "Hamlet", Brands: []string{"lyceum"}, Paths: []string{"/"}, Active: 300})
	s.edge.with(func() { s.edge.rooms["hamlet"] = waiting.Config{ID: "hamlet", Revision: 41, Active: 7} })
	s.round()
	s.round()
	if c := s.edge.told("hamlet"); c.Revision != 42 || c.Active != 300 {
		t.Errorf("told %+v", c)
	}
}

func TestManyTendersShareTheRooms(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		s.create(waiting.Room{ID: id, Name: id, Brands: []string{"lyceum"}, Paths: []string{"/" + id}, Active: 1})
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	total := 0
	for range 6 {
		group.Go(func() {
			n, err := s.tender.Round(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if total += n; err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if total != 5 || s.edge.puts != 5 {
		t.Errorf("5 rooms were looked at %d times and told %d times", total, s.edge.puts)
	}
}

func TestControlSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	c, ctx := newCoordinators(t), t.Context()
	if _, err := c.Status(ctx, "nobody"); !errors.Is(err, waiting.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	if err := c.Revoke(ctx, "hamlet", session(7)); err != nil || c.revoked[0] != "hamlet "+sessionText(7) {
		t.Errorf("revoked %q %v", c.revoked, err)
	}
	wrong := &waiting.Control{URL: c.URL, Token: "guess"}
	if _, err := wrong.Status(ctx, "hamlet"); !errors.Is(err, waiting.ErrRefused) {
		t.Errorf("a wrong token: %v", err)
	}
	if _, err := (&waiting.Control{}).Status(ctx, "hamlet"); !errors.Is(err, waiting.ErrNoControl) {
		t.Errorf("no address: %v", err)
	}
}

// A pass that staff took back while the edge was out of reach is refused there as
// soon as it answers, and said once.
func TestTellsWhoWasRevoked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(waiting.Room{ID: "hamlet", PerformanceID: s.performance, Active: 10})
	s.round()
	s.edge.with(func() { s.edge.down = true })
	for _, id := range []byte{3, 4} {
		if _, err := s.editor.RevokePass(t.Context(), "ana", "hamlet", session(id)); err != nil {
			t.Fatal(err)
		}
		s.later(time.Second)
	}
	if n := s.round(); n != 1 {
		t.Errorf("%d rooms were looked at", n)
	}
	if r := s.room("hamlet"); r.Sync.Problem == "" {
		t.Error("ops do not see that the edge was not told")
	}
	s.edge.with(func() { s.edge.down = false })
	for range 3 {
		s.later(2 * time.Minute)
		s.round()
	}
	s.edge.with(func() {
		if want := []string{"hamlet " + sessionText(3), "hamlet " + sessionText(4)}; !slices.Equal(s.edge.revoked, want) {
			t.Errorf("told %q, want %q", s.edge.revoked, want)
		}
	})
	if r := s.room("hamlet"); r.Sync.Problem != "" {
		t.Errorf("still: %s", r.Sync.Problem)
	}
}
