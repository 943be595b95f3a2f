package trial_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
)

func plan(change func(*trial.Plan)) trial.Plan {
	p := trial.Plan{Site: "lyceum", Visitors: 20, Active: 30, Pass: 60, Poll: 2, For: 300}
	if change != nil {
		change(&p)
	}
	return p
}

func TestARehearsalLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{})
	id, err := m.StartRehearsal(t.Context(), "ops", "Twenty", plan(nil))
	if err != nil {
		t.Fatal(err)
	}
	one := s.until(m, id, (*trial.Trial).Over)
	good, sentence := one.Verdict()
	if one.State != trial.Done || !good || one.Rehearsed.Admitted != 20 || len(one.Rehearsed.Series) < 2 {
		t.Fatalf("%+v %+v: %s", one, one.Rehearsed, sentence)
	}
	if s.there(one.Plan.Room) || s.site.guards(one.Plan.Room) {
		t.Error("its room stays behind")
	}
	s.audited("rehearsal.start")
}

func TestARehearsalThatIsEndedKeepsWhatItSawAndTakesItsRoomAway(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end   func(*stage, *trial.Runner, *trial.Trial) error
		state trial.State
		says  string
	}{
		"somebody ends it": {func(s *stage, m *trial.Runner, one *trial.Trial) error { return m.Cancel(s.t.Context(), "ops", one.ID) }, trial.Cancelled, ""},
		"the program ends": {func(s *stage, m *trial.Runner, _ *trial.Trial) error { return m.Close(s.t.Context()) }, trial.Interrupted, "program"},
		"real people come": {func(s *stage, m *trial.Runner, _ *trial.Trial) error {
			_, err := s.editor.CreateRoom(s.t.Context(), "ops", waiting.Room{ID: "hamlet", Name: "Hamlet", Brands: []string{"shubert"}, Paths: []string{"/"}, Active: 5})
			s.people("hamlet", waiting.Status{Active: 1}, nil)
			return err
		}, trial.Failed, "It gave way. Real people are in the waiting room “Hamlet”: 1 inside and 0 waiting."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.site.set(true)
			m := s.runner(trial.Config{})
			id, err := m.StartRehearsal(t.Context(), "ops", "Twenty", plan(nil))
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-s.site.asked:
			case <-time.After(patience):
				t.Fatal("no visitor comes")
			}
			one, err := m.Trial(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if err := tc.end(s, m, one); err != nil {
				t.Fatal(err)
			}
			one = s.until(m, id, (*trial.Trial).Over)
			if one.State != tc.state || !strings.Contains(one.Problem, tc.says) || one.Rehearsed == nil || !one.Rehearsed.Cut {
				t.Errorf("%s %q %+v", one.State, one.Problem, one.Rehearsed)
			}
			if s.there(one.Plan.Room) || s.site.guards(one.Plan.Room) {
				t.Error("its room stays behind")
			}
		})
	}
}

func TestRealPeopleComeFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	m := s.runner(trial.Config{})
	now := s.now()
	for _, r := range []waiting.Room{
		{ID: "hamlet", Name: "Hamlet", Brands: []string{"shubert"}, Paths: []string{"/hamlet"}, Active: 5},
		{ID: "panto", Name: "Panto", Brands: []string{"lyceum"}, Paths: []string{"/panto"}, Active: 5, Event: waiting.Event{OpensAt: now.Add(8 * time.Minute), SaleAt: now.Add(time.Hour)}},
		{ID: "watch", Name: "Watch", Brands: []string{"lyceum"}, Paths: []string{"/"}, Active: 5, Mode: waiting.Passthrough},
		{ID: trial.RoomPrefix + "other", Name: "A rehearsal", Brands: []string{"lyceum"}, Paths: []string{"/x"}, Active: 5},
	} {
		if _, err := s.editor.CreateRoom(t.Context(), "ops", r); err != nil {
			t.Fatal(err)
		}
	}
	s.people("watch", waiting.Status{Active: 500}, nil)
	s.people(trial.RoomPrefix+"other", waiting.Status{Active: 5, Waiting: 50}, nil)
	refused := func(long time.Duration, says string) {
		t.Helper()
		var why edgeconfig.Refused
		_, err := m.StartRehearsal(t.Context(), "ops", "x", plan(func(p *trial.Plan) { p.For = int(long.Seconds()) }))
		if !errors.As(err, &why) || !strings.Contains(why.Reason, says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	refused(5*time.Minute, "“Panto” opens in 7 minutes, while the rehearsal might still go on")
	s.people("hamlet", waiting.Status{Active: 5, Waiting: 12}, nil)
	refused(time.Minute, "“Hamlet”: 5 inside and 12 waiting")
	s.people("hamlet", waiting.Status{}, errors.New("no route"))
	refused(time.Minute, "its coordinator does not answer")
	s.people("hamlet", waiting.Status{}, nil)
	id, err := m.StartRehearsal(t.Context(), "ops", "x", plan(func(p *trial.Plan) { p.For = 60 }))
	if err != nil {
		t.Fatal(err)
	}
	if one := s.until(m, id, (*trial.Trial).Over); one.State != trial.Done {
		t.Errorf("%s %q", one.State, one.Problem)
	}
}

// TestARoomThatCannotBeTakenAway: the command says so, and how it is done by hand.
func TestARoomThatCannotBeTakenAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	calls := 0
	stage := &trial.Stage{
		Editor: s.editor, Control: s, SiteURL: func(string) string { return s.site.URL }, Tend: func(context.Context, string) error { return nil },
		Publish: func(ctx context.Context) error {
			if calls++; calls > 1 {
				return errors.New("KV is away")
			}
			return s.site.publish(ctx)
		},
	}
	found, err := stage.Rehearse(t.Context(), "ops", plan(func(p *trial.Plan) { p.Room = trial.NewRoom() }), nil)
	if err == nil || !strings.Contains(err.Error(), "KV is away") || found == nil || found.Admitted != 20 {
		t.Errorf("%v, %+v", err, found)
	}
}
