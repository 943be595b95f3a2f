package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// errCancelled ends a trial that somebody cancelled, and errLost one that was taken for dead.
var (
	errCancelled = errors.New("cancelled")
	errLost      = errors.New("it was taken for dead")
)

const interrupted = "It was interrupted because the program that ran it ended."

// note is how far a trial has come.
type note struct {
	mu  sync.Mutex
	now Progress
}

func (n *note) set(p Progress) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = p
}

func (n *note) text() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	text, _ := json.Marshal(n.now) // numbers and a word
	return text
}

// run does the work of a trial beside the caller, notes how far it has come, and ends it when it is cancelled or this
// process is about to end. work returns what it found, nil for nothing.
func (m *Runner) run(from context.Context, id uuid.UUID, work func(context.Context, *note) (any, error)) {
	// Who asked goes with it; that they leave does not end it.
	ctx, cancel := context.WithCancelCause(record.With(m.life, record.From(from)))
	n := &note{}
	m.work.Go(func() {
		defer cancel(nil)
		// It is watched until its work ends, which tidies up after ctx has ended.
		watching, end := context.WithCancel(context.WithoutCancel(ctx))
		watched := make(chan struct{})
		go func() { defer close(watched); m.watch(watching, id, n, cancel) }()
		found, err := work(ctx, n)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = errors.Join(cause, err)
		}
		end()
		<-watched
		m.close(id, found, err)
	})
}

// watch notes how far a trial has come until ctx ends.
func (m *Runner) watch(ctx context.Context, id uuid.UUID, n *note, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(m.Beat)
	defer tick.Stop()
	q := dbsqlc.New(m.DB)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		stop, err := q.NoteTrial(ctx, dbsqlc.NoteTrialParams{ID: id, Progress: n.text(), UpdatedAt: m.Now().UTC()})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			cancel(errLost)
		case err != nil && ctx.Err() == nil:
			m.Logger.WarnContext(ctx, "a trial's progress is not noted", "trial", id, "error", err)
		case err == nil && stop:
			cancel(errCancelled)
		}
	}
}

// close notes how a trial ended.
func (m *Runner) close(id uuid.UUID, found any, cause error) {
	// The trial's own context may have ended, and with Close even the runner's.
	ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
	defer end()
	state, problem := Done, ""
	var refused edgeconfig.Refused
	switch {
	case cause == nil:
	case errors.Is(cause, errCancelled):
		state = Cancelled
	case errors.Is(cause, errLost):
		return
	case errors.As(cause, &refused):
		state, problem = Failed, refused.Reason
	case errors.Is(cause, ErrMemory):
		state, problem = Failed, "The system ended it, most likely for want of memory: try fewer visitors."
	case m.life.Err() != nil:
		state, problem = Interrupted, interrupted
	default:
		state, problem = Failed, "It could not be carried out: "+cause.Error()
	}
	if cause != nil && state != Cancelled {
		m.Logger.WarnContext(ctx, "a trial ended early", "trial", id, "state", state, "error", cause)
	}
	var result []byte
	if found != nil {
		text, err := json.Marshal(found)
		if err != nil {
			state, problem = Failed, "What it found cannot be kept."
			m.Logger.ErrorContext(ctx, "a trial's result is not kept", "trial", id, "error", err)
		} else {
			result = text
		}
	}
	_, err := dbsqlc.New(m.DB).EndTrial(ctx, dbsqlc.EndTrialParams{ID: id, State: string(state), Problem: problem, Result: result, At: m.Now().UTC()})
	if err != nil {
		m.Logger.ErrorContext(ctx, "a trial's end is not noted", "trial", id, "error", err)
	}
}

// Sweep notes trials whose process has ended without a word. Call it now and then, in any process.
func (m *Runner) Sweep(ctx context.Context) error {
	now := m.Now().UTC()
	rows, err := dbsqlc.New(m.DB).InterruptTrials(ctx, dbsqlc.InterruptTrialsParams{Problem: interrupted, At: now, Before: now.Add(-silence)})
	if err != nil {
		return fmt.Errorf("trials: %w", err)
	}
	for _, row := range rows {
		m.Logger.WarnContext(ctx, "a trial was interrupted", "trial", row.ID, "kind", row.Kind)
	}
	return nil
}

// Tidy takes away the rooms of rehearsals that are over, whoever held them, and so what a killed process left behind.
func (m *Runner) Tidy(ctx context.Context) error {
	rooms, err := dbsqlc.New(m.DB).TrialRooms(ctx, RoomPrefix)
	if err != nil {
		return fmt.Errorf("trials: %w", err)
	}
	var errs []error
	for _, r := range rooms {
		if r.Running || !r.Known && !leftBehind(r.CreatedAt, m.Now()) {
			continue
		}
		errs = append(errs, m.Stage.Strike(ctx, house, r.ID))
	}
	return errors.Join(errs...)
}

// Run sweeps and tidies until ctx ends.
func (m *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(silence / 2)
	defer tick.Stop()
	for {
		if err := errors.Join(m.Sweep(ctx), m.Tidy(ctx)); err != nil && ctx.Err() == nil {
			m.Logger.WarnContext(ctx, "what rehearsals left behind is not taken away yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
