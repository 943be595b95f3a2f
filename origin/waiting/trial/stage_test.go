package trial_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// patience is for a busy machine; what never comes still fails.
const patience = 2 * time.Minute

// stage is a house with a real database, and an edge and coordinators that the test plays.
type stage struct {
	t      *testing.T
	db     *pgxpool.Pool
	editor *edgeconfig.Editor
	site   *edge

	mu       sync.Mutex
	at       time.Time
	statuses map[string]waiting.Status // by room
	err      error                     // of the coordinators
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t), at: time.Now(), statuses: map[string]waiting.Status{}}
	for _, brand := range []string{"lyceum", "shubert"} {
		_, err := s.db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme)
			values ($1, $1, 'GB', 'en-GB', 'GBP', 'Europe/London', '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}')`, brand)
		if err != nil {
			t.Fatal(err)
		}
	}
	s.editor = &edgeconfig.Editor{DB: s.db, Now: s.now, Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}}}}
	s.site = newEdge(t, s.editor)
	return s
}

// runner is a process of the house.
func (s *stage) runner(c trial.Config) *trial.Runner {
	c.DB, c.Now, c.Logger, c.Beat, c.Look = s.db, s.now, slog.New(slog.DiscardHandler), 5*time.Millisecond, 20*time.Millisecond
	c.Stage = &trial.Stage{
		Editor: s.editor, Publish: s.site.publish, Tend: func(context.Context, string) error { return nil }, Control: s,
		SiteURL: func(string) string { return s.site.URL },
	}
	m := trial.New(c)
	s.t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *stage) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// Status, Put and Revoke are the coordinators.
func (s *stage) Status(_ context.Context, room string) (waiting.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, known := s.statuses[room]
	switch {
	case s.err != nil:
		return status, s.err
	case !known:
		return status, waiting.ErrUnknown
	}
	status.Room = room
	return status, nil
}
func (s *stage) Put(context.Context, waiting.Config) error      { return nil }
func (s *stage) Revoke(context.Context, string, [16]byte) error { return nil }
func (s *stage) people(room string, status waiting.Status, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[room], s.err = status, err
}

// stuck is a simulation that says how far it is and goes on until it is ended.
func (s *stage) stuck() trial.Simulate {
	return func(ctx context.Context, _ sim.Scenario, tell sim.Progress) (*sim.Result, error) {
		tell(3600, 100, 200, 40)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
}

// until waits for a trial to be as it should.
func (s *stage) until(m *trial.Runner, id uuid.UUID, good func(*trial.Trial) bool) *trial.Trial {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		one, err := m.Trial(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if good(one) {
			return one
		}
		if time.Now().After(end) {
			s.t.Fatalf("it stays %+v", one)
		}
	}
}

// there reports whether a room is.
func (s *stage) there(room string) bool {
	s.t.Helper()
	rooms, err := s.editor.Rooms(s.t.Context(), edgeconfig.AllSites)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.ContainsFunc(rooms, func(r waiting.Room) bool { return room == "" || r.ID == room })
}

// audited holds what was done with trials against the audit log.
func (s *stage) audited(want ...string) {
	s.t.Helper()
	rows, err := s.db.Query(s.t.Context(), "select action from staff_audit where action not like 'room.%' order by id")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			s.t.Fatal(err)
		}
		got = append(got, action)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("the audit log has %q, want %q", got, want)
	}
}
