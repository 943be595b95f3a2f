package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Config is what a Runner works with.
type Config struct {
	DB       *pgxpool.Pool
	Stage    *Stage
	Simulate Simulate
	Limits   Limits
	Now      func() time.Time
	Logger   *slog.Logger
	Beat     time.Duration // between two notes of how far a trial has come; 0: 1 s
	Look     time.Duration // how often a rehearsal looks whether real people came; 0: 5 s
}

// Runner runs trials. Make one with New; Close ends those that run.
type Runner struct {
	Config
	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup
}

const (
	// silence is how long a trial may say nothing before its process is taken for dead.
	silence = 30 * time.Second
	// apart is how long before a room opens a rehearsal must be over.
	apart = 5 * time.Minute
	// house is who takes rooms away that a dead process left.
	house = "house"
)

// New makes a Runner.
func New(c Config) *Runner {
	c.Limits = c.Limits.defaults()
	if c.Beat == 0 {
		c.Beat = time.Second
	}
	if c.Look == 0 {
		c.Look = 5 * time.Second
	}
	m := &Runner{Config: c}
	m.life, m.end = context.WithCancel(context.Background())
	return m
}

// Close ends the trials that run in this process, notes that they were interrupted, and takes their rooms away.
func (m *Runner) Close(context.Context) error {
	m.end()
	m.work.Wait()
	return nil
}

// Faults is a plan that cannot be carried out; fields are the names in its JSON. As an error it is an edgeconfig.Refused.
type Faults = edgeconfig.RoomFaults

// StartSimulation begins to play a scenario. title is what it is called, site where it is listed.
func (m *Runner) StartSimulation(ctx context.Context, actor, site, title string, s sim.Scenario) (uuid.UUID, error) {
	if err := s.Check(); err != nil {
		return uuid.Nil, edgeconfig.Refused{Reason: err.Error()}
	}
	if n := s.Visitors() + s.Bots.Visitors; n > m.Limits.Simulated {
		return uuid.Nil, edgeconfig.Refused{Reason: fmt.Sprintf("here at most %d visitors are simulated, beside the sales that go on, and not %d: `stagedoor room simulate` plays more on a machine of your own", m.Limits.Simulated, n)}
	}
	id, err := m.add(ctx, dbsqlc.AddTrialParams{Kind: string(Simulation), BrandID: site, Title: title, Actor: actor}, s)
	if err != nil {
		return uuid.Nil, err
	}
	m.run(ctx, id, func(ctx context.Context, n *note) (any, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, m.Limits.Time, edgeconfig.Refused{Reason: fmt.Sprintf("It took longer than %s: try fewer visitors, or a shorter sale.", m.Limits.Time)})
		defer cancel()
		began := time.Now()
		n.set(Progress{Step: "Visitors are drawn", Of: float64(s.Duration), Visitors: s.Visitors()})
		result, err := m.Simulate(ctx, s, func(second uint32, admitted, waiting, active int) {
			n.set(virtual(&s, second, admitted, waiting, active, time.Since(began)))
		})
		if result == nil {
			return nil, err // and not a nil of another type
		}
		return result, err
	})
	return id, nil
}

// virtual is a simulation's progress.
func virtual(s *sim.Scenario, second uint32, admitted, waiting, active int, took time.Duration) Progress {
	p := Progress{
		Step: "The sale is played", After: float64(second), Of: float64(s.Duration), Visitors: s.Visitors(), Admitted: admitted, Waiting: waiting, Inside: active,
		Rate: float64(second) / max(took.Seconds(), 0.1),
	}
	// It is over when everybody is in or gone, which may be long before the time is.
	p.Fraction = min(max(p.After/p.Of, float64(admitted)/float64(max(p.Visitors, 1))), 1)
	if p.Rate > 0 {
		p.Left = (p.Of - p.After) / p.Rate
	}
	return p
}

// StartRehearsal begins to rehearse.
func (m *Runner) StartRehearsal(ctx context.Context, actor, title string, p Plan) (uuid.UUID, error) {
	p.Room = NewRoom()
	if f := p.faults(m.Limits); len(f) > 0 {
		return uuid.Nil, Faults{List: f}
	}
	room := p.room()
	room.Defaults()
	if f := room.Faults(); len(f) > 0 {
		return uuid.Nil, Faults{List: f}
	}
	if _, err := p.config(m.Stage.SiteURL(p.Site)); err != nil {
		return uuid.Nil, edgeconfig.Refused{Reason: err.Error()}
	}
	reason, err := m.Stage.Busy(ctx, m.Now(), seconds(p.For)+apart)
	if err != nil {
		return uuid.Nil, err
	}
	if reason != "" {
		return uuid.Nil, edgeconfig.Refused{Reason: reason}
	}
	id, err := m.add(ctx, dbsqlc.AddTrialParams{Kind: string(Rehearsal), BrandID: p.Site, Title: title, Actor: actor, RoomID: p.Room}, p)
	if err != nil {
		return uuid.Nil, err
	}
	m.run(ctx, id, func(ctx context.Context, n *note) (any, error) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		watched := make(chan struct{})
		go func() { defer close(watched); m.yield(ctx, cancel) }()
		found, err := m.Stage.Rehearse(ctx, actor, p, n.set)
		if cause := context.Cause(ctx); cause != nil {
			err = errors.Join(cause, err)
		}
		cancel(nil)
		<-watched
		if found == nil {
			return nil, err
		}
		return found, err
	})
	return id, nil
}

// yield ends a rehearsal when real people come to a waiting room.
func (m *Runner) yield(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(m.Look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		reason, err := m.Stage.Busy(ctx, m.Now(), 0)
		if err != nil && ctx.Err() == nil {
			m.Logger.WarnContext(ctx, "whether a rehearsal is in somebody's way is not known", "error", err)
		}
		if err == nil && reason != "" && ctx.Err() == nil {
			cancel(edgeconfig.Refused{Reason: "It gave way. " + reason})
			return
		}
	}
}

// add notes a trial and who began it, unless one of its kind is under way.
func (m *Runner) add(ctx context.Context, row dbsqlc.AddTrialParams, plan any) (id uuid.UUID, err error) {
	if row.Actor == "" {
		return id, edgeconfig.Refused{Reason: "a trial needs somebody who starts it"}
	}
	if id, err = uuid.NewV7(); err != nil {
		return id, fmt.Errorf("trial: %w", err)
	}
	if err := m.Sweep(ctx); err != nil { // one whose process died is not in the way
		return id, err
	}
	row.ID, row.CreatedAt = id, m.Now().UTC()
	if row.Plan, err = json.Marshal(plan); err != nil {
		return id, fmt.Errorf("trial: %w", err)
	}
	err = pgx.BeginFunc(ctx, m.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := q.AddTrial(ctx, row); err != nil {
			return err
		}
		return m.audit(ctx, q, row.Actor, row.Kind+".start", row.BrandID, nil, entry{id, row.Title, row.Plan})
	})
	var taken *pgconn.PgError
	if errors.As(err, &taken) && taken.ConstraintName == "room_trials_running" {
		if other, err := dbsqlc.New(m.DB).RunningTrial(ctx, row.Kind); err == nil {
			return id, edgeconfig.Refused{Reason: fmt.Sprintf("One %s at a time: %s is still playing “%s”. Wait until it is over, or end it.", row.Kind, other.Actor, other.Title)}
		}
		return id, edgeconfig.Refused{Reason: fmt.Sprintf("One %s at a time. Please try again.", row.Kind)}
	}
	if err != nil {
		return id, fmt.Errorf("trial: %w", err)
	}
	return id, nil
}

// entry is what the audit log keeps of a trial.
type entry struct {
	ID    uuid.UUID       `json:"id"`
	Title string          `json:"title"`
	Plan  json.RawMessage `json:"plan,omitempty"`
}

func (m *Runner) audit(ctx context.Context, q *dbsqlc.Queries, actor, action, site string, before, after any) error {
	return record.Add(ctx, q, record.Entry{At: m.Now(), Actor: actor, Action: action, Target: "site:" + site, Before: before, After: after})
}
