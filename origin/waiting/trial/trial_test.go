package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// TestMain lets this test binary be the process that plays a scenario.
func TestMain(m *testing.M) {
	if os.Getenv("STAGEDOOR_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	file, err := os.Open(os.Args[len(os.Args)-1])
	if err == nil {
		var s sim.Scenario
		if s, err = sim.Read(file); err == nil {
			err = trial.Stream(context.Background(), s, os.Stdout)
		}
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// child plays scenarios in another process, which is this test's own program.
func child() trial.Simulate {
	return trial.Child{Program: os.Args[0], Env: []string{"STAGEDOOR_TEST_CHILD=1"}}.Run
}

// small is a sale of a few hundred people that is over within two virtual hours.
func small() sim.Scenario {
	return sim.Scenario{
		Name: "small", About: "A few.", Seed: 3, ActiveLimit: 40, Arrivals: []sim.Arrival{{Visitors: 400, Until: 120}}, Isolates: 2, PollEvery: 10, PassLife: 120, Duration: 7200,
		Patience: sim.Spread{Median: 3600, P90: 7200}, Stay: sim.Spread{Median: 60, P90: 120},
	}
}

func TestAChildFindsWhatThisProcessWould(t *testing.T) {
	t.Parallel()
	var heard int
	got, err := child()(t.Context(), small(), func(uint32, int, int, int) { heard++ })
	if err != nil {
		t.Fatal(err)
	}
	want, err := sim.Run(t.Context(), small(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) || heard == 0 {
		t.Errorf("heard %d times, then\n%s\nwant\n%s", heard, a, b)
	}
	// A child that fails says why, and one that is ended has no result.
	broken := small()
	broken.ActiveLimit = 0
	if _, err := child()(t.Context(), broken, nil); err == nil || !strings.Contains(err.Error(), "active_limit") {
		t.Errorf("a broken scenario: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	endless := small()
	endless.Duration, endless.Arrivals = 86400, []sim.Arrival{{Visitors: 2_000_000, Until: 86400}}
	if _, err := child()(ctx, endless, func(uint32, int, int, int) { cancel(gone) }); !errors.Is(err, gone) {
		t.Errorf("a child that was ended: %v", err)
	}
}

func TestASimulationIsStartedAndRead(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{Simulate: child()})
	id, err := m.StartSimulation(t.Context(), "ops@example.com", "lyceum", "Small", small())
	if err != nil {
		t.Fatal(err)
	}
	one := s.until(m, id, (*trial.Trial).Over)
	if one.State != trial.Done || one.Simulated == nil || len(one.Simulated.Series) == 0 || one.Simulated.Admitted == 0 || one.Scenario.Seed != 3 || one.FinishedAt.IsZero() {
		t.Fatalf("%+v", one)
	}
	list, err := m.Recent(t.Context(), edgeconfig.AllSites, 10)
	if err != nil || len(list) != 1 || list[0].Simulated.Admitted != one.Simulated.Admitted || len(list[0].Simulated.Series) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := m.Recent(t.Context(), "shubert", 10); err != nil || len(list) != 0 {
		t.Errorf("of another site: %+v, %v", list, err)
	}
	var refused edgeconfig.Refused
	if err := m.Cancel(t.Context(), "ops@example.com", id); !errors.As(err, &refused) {
		t.Errorf("one that is over is cancelled: %v", err)
	}
	if err := m.Delete(t.Context(), "ops@example.com", id); err != nil {
		t.Error(err)
	}
	if _, err := m.Trial(t.Context(), id); !errors.Is(err, trial.ErrNone) {
		t.Errorf("a deleted one: %v", err)
	}
	s.audited("simulation.start", "simulation.delete")
}

func TestBounds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{Simulate: child(), Limits: trial.Limits{Simulated: 300, Visitors: 50}})
	large, wrong := small(), small()
	wrong.PollEvery = 0
	for name, try := range map[string]func() error{
		"at most 300 visitors": func() error {
			_, err := m.StartSimulation(t.Context(), "ops", "lyceum", "x", large)
			return err
		},
		"poll_every": func() error { _, err := m.StartSimulation(t.Context(), "ops", "lyceum", "x", wrong); return err },
		"visitors must be 1 to 50": func() error {
			_, err := m.StartRehearsal(t.Context(), "ops", "x", plan(func(p *trial.Plan) { p.Visitors = 51 }))
			return err
		},
		"for must be at most 15 minutes": func() error {
			_, err := m.StartRehearsal(t.Context(), "ops", "x", plan(func(p *trial.Plan) { p.For = 3600 }))
			return err
		},
		"pass must be 30": func() error {
			_, err := m.StartRehearsal(t.Context(), "ops", "x", plan(func(p *trial.Plan) { p.Pass = 1 }))
			return err
		},
	} {
		var refused edgeconfig.Refused
		if err := try(); !errors.As(err, &refused) || !strings.Contains(refused.Reason, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := m.Recent(t.Context(), edgeconfig.AllSites, 10); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestOneOfAKindAtATime(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{Simulate: s.stuck()})
	id, err := m.StartSimulation(t.Context(), "first@example.com", "lyceum", "The first", small())
	if err != nil {
		t.Fatal(err)
	}
	other := s.runner(trial.Config{Simulate: child()}) // another process
	var refused edgeconfig.Refused
	if _, err := other.StartSimulation(t.Context(), "second@example.com", "lyceum", "The second", small()); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "first@example.com is still playing “The first”") {
		t.Fatalf("%v", err)
	}
	if err := other.Delete(t.Context(), "second@example.com", id); !errors.As(err, &refused) {
		t.Errorf("one that goes on is deleted: %v", err)
	}
	going := s.until(m, id, func(one *trial.Trial) bool { return one.Progress.Waiting > 0 })
	if going.State != trial.Running || going.Progress.Fraction <= 0 {
		t.Errorf("%+v", going)
	}
	// Another process may end it.
	if err := other.Cancel(t.Context(), "second@example.com", id); err != nil {
		t.Fatal(err)
	}
	if one := s.until(m, id, (*trial.Trial).Over); one.State != trial.Cancelled || one.Found() {
		t.Errorf("%+v", one)
	}
	if _, err := other.StartSimulation(t.Context(), "second@example.com", "lyceum", "The second", small()); err != nil {
		t.Error(err)
	}
	s.audited("simulation.start", "simulation.cancel", "simulation.start")
}

func TestAProcessThatEndsInterruptsItsTrials(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{Simulate: s.stuck()})
	id, err := m.StartSimulation(t.Context(), "ops", "lyceum", "x", small())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	one, err := m.Trial(t.Context(), id)
	if err != nil || one.State != trial.Interrupted || !strings.Contains(one.Problem, "the program that ran it ended") {
		t.Errorf("%+v, %v", one, err)
	}
	// One that dies without a word: its row says that it runs, and nobody notes anything.
	dead, room := uuid.New(), trial.NewRoom()
	if _, err := s.editor.CreateRoom(t.Context(), "ops", waiting.Room{ID: room, Name: "A rehearsal", Brands: []string{"lyceum"}, Paths: []string{"/" + room}, Active: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(t.Context(), `insert into room_trials (id, kind, brand_id, title, room_id, plan, state, actor, created_at, updated_at)
		values ($1, 'rehearsal', 'lyceum', 'dead', $2, '{}', 'running', 'ops', $3, $3)`, dead, room, s.now()); err != nil {
		t.Fatal(err)
	}
	after := s.runner(trial.Config{})
	tidy := func() {
		t.Helper()
		if err := errors.Join(after.Sweep(t.Context()), after.Tidy(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	tidy()
	if one, err := after.Trial(t.Context(), dead); err != nil || one.State != trial.Running || !s.there(room) {
		t.Fatalf("at once it is taken for dead: %+v, %v, the room is there: %v", one, err, s.there(room))
	}
	s.later(time.Minute)
	tidy()
	if one, err := after.Trial(t.Context(), dead); err != nil || one.State != trial.Interrupted {
		t.Errorf("%+v, %v", one, err)
	}
	if s.there(room) {
		t.Error("its room stays behind")
	}
}
