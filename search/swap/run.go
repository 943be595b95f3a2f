package swap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Options say how a change is made.
type Options struct {
	By string // who asks for it
	// Rebuild makes a new collection even if the schema is the same: for an index that is damaged.
	Rebuild bool
	// Despite is why a change that stopped at the comparison is to be put in place all the same; "" is that it is not.
	// What is found then and was not found before stops it again.
	Despite string
	// Seen is the State.Seen of the findings that were read by whoever gives that reason.
	Seen string
	// Progress is told of every step, from the goroutine that works.
	Progress func(State)
}

// run is one run of a change.
type run struct {
	*Swap
	hold     Holder
	state    *State
	progress func(State)
}

// save keeps the state before the next step is taken, and ends the run when somebody wants it to.
func (r *run) save(ctx context.Context) error {
	r.state.ChangedAt = r.Now().UTC()
	if err := r.hold.Save(ctx, r.state); err != nil {
		return fmt.Errorf("swap: keep the state: %w", err)
	}
	if r.progress != nil {
		r.progress(*r.state)
	}
	if r.state.Paused {
		return ErrPaused
	}
	return nil
}

// to is save with the next phase.
func (r *run) to(ctx context.Context, p Phase) error {
	r.Logger.InfoContext(ctx, "search change", "phase", string(p), "from", r.state.From, "to", r.state.To)
	r.state.Phase = p
	return r.save(ctx)
}

// holding runs do while holding the right to change. The state is the last one there is, nil if there was none.
func (s *Swap) holding(ctx context.Context, progress func(State), do func(*run) error) (State, error) {
	hold, err := s.Store.Hold(ctx)
	if err != nil {
		return State{}, err
	}
	defer hold.Release()
	r := &run{Swap: s, hold: hold, progress: progress}
	state, err := s.Store.Current(ctx)
	switch {
	case err == nil:
		r.state = &state
	case !errors.Is(err, ErrNone):
		return State{}, err
	}
	err = do(r)
	if r.state == nil {
		return State{}, err
	}
	return *r.state, err
}

// Begin plans a change and keeps it, so that whoever runs next (Resume) carries it out. What was stopped goes on.
func (s *Swap) Begin(ctx context.Context, o Options) (State, error) {
	return s.holding(ctx, o.Progress, func(r *run) error { return r.begin(ctx, o) })
}

// Apply begins a change, or goes on with the one under way, and carries it out.
func (s *Swap) Apply(ctx context.Context, o Options) (State, error) {
	return s.holding(ctx, o.Progress, func(r *run) error {
		if err := r.begin(ctx, o); err != nil {
			return err
		}
		return r.carryOut(ctx)
	})
}

// Resume goes on with a change that was interrupted; it leaves alone one that stopped for a reason, and answers
// ErrNone when there is nothing to do. A change whose collections are gone it ends, with a GoneError.
func (s *Swap) Resume(ctx context.Context, progress func(State)) (State, error) {
	state, err := s.Store.Current(ctx)
	if err != nil {
		return state, err
	}
	if !state.Phase.Unfinished() || state.Stopped() {
		return s.mourn(ctx, state)
	}
	return s.holding(ctx, progress, func(r *run) error {
		if r.state == nil || !r.state.Phase.Unfinished() || r.state.Stopped() {
			return ErrNone
		}
		return r.carryOut(ctx)
	})
}

// begin makes r.state the change to carry out.
func (r *run) begin(ctx context.Context, o Options) error {
	if o.Despite != "" {
		if err := r.overrule(o); err != nil {
			return err
		}
	}
	if st := r.state; st != nil && !st.Phase.Over() {
		switch {
		case st.Phase == Swapped:
			return r.afterSwapped(ctx, o)
		case st.Phase != RolledBack && !st.Phase.Unfinished():
			return &RefusedError{fmt.Sprintf("a change is %s", st.Phase)}
		case st.Schema != fingerprint(r.Schema(st.To)) && st.Phase != Dropping && st.Phase != Abandoning:
			return &RefusedError{fmt.Sprintf("%s was begun with another schema than this program has: drop it, and apply again", st.To)}
		}
		if st.Phase == RolledBack {
			st.Phase = Checking // it is looked at again before it is put in place again
		}
		if err := r.Store.Pause(ctx, st.ID, false); err != nil {
			return err
		}
		if len(st.Problems) > 0 && o.Despite == "" {
			st.Overruled = nil // it has stopped since: whoever only looks again gives no reason
		}
		st.Problems, st.Found, st.Sights, st.Seen, st.EndedAt = nil, nil, nil, "", time.Time{}
		if st.Phase == Checking && st.Fill.Refused > 0 {
			// What was refused may be taken now; what is there is left alone.
			st.Phase, st.Fill = Filling, Fill{Total: st.Fill.Total}
		}
		return r.save(ctx)
	}
	return r.first(ctx, o)
}

// afterSwapped begins the next change while the last one can still be undone: it gives up the old collection first.
func (r *run) afterSwapped(ctx context.Context, o Options) error {
	live, err := r.live(ctx)
	if err != nil {
		return err
	}
	if live != nil && live.Name == r.state.To && len(Diff(live, r.Schema(live.Name))) == 0 && !o.Rebuild {
		return ErrUpToDate
	}
	return &RefusedError{fmt.Sprintf("the last change can still be undone: drop %s first (that is what undoing needs)", r.state.From)}
}

// first begins a change from nothing.
func (r *run) first(ctx context.Context, o Options) error {
	live, err := r.live(ctx)
	if err != nil {
		return err
	}
	if live != nil && !o.Rebuild && len(Diff(live, r.Schema(live.Name))) == 0 {
		return ErrUpToDate
	}
	if c, err := r.collection(ctx, r.Alias); err != nil {
		return err
	} else if c != nil && c.Name == r.Alias {
		return &RefusedError{fmt.Sprintf("a collection is called %q: that name must be an alias", r.Alias)}
	}
	name, err := r.freeName(ctx)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("swap: make an id: %w", err)
	}
	r.state = &State{
		ID: id.String(), Alias: r.Alias, To: name, Rebuild: o.Rebuild, Schema: fingerprint(r.Schema(name)), Phase: Creating,
		By: o.By, StartedAt: r.Now().UTC(),
	}
	if live != nil {
		r.state.From = live.Name
	}
	return r.save(ctx)
}

// carryOut goes on from the phase that was saved last.
func (r *run) carryOut(ctx context.Context) error {
	steps := map[Phase]func(context.Context) error{
		Creating: r.create, Filling: r.fill, Checking: r.check, Swapping: r.swap,
		RollingBack: r.rollBack, Dropping: r.drop, Abandoning: r.abandon,
	}
	for {
		do := steps[r.state.Phase]
		if do == nil {
			return nil
		}
		if err := r.orGone(ctx, nil); err != nil {
			return err
		}
		if err := do(ctx); err != nil {
			return r.stopped(ctx, r.orGone(ctx, err))
		}
	}
}

// stopped keeps why a change stopped, if it is for people to see to: a run that was interrupted or that could not reach
// something goes on by itself.
func (r *run) stopped(ctx context.Context, err error) error {
	var parity *ParityError
	var refused *RefusedError
	switch {
	case errors.As(err, &parity):
		r.state.Problems, r.state.Found = parity.Reasons, parity.Found
		r.state.Sights, r.state.Seen = parity.Sights, parity.Sights.name()
	case errors.As(err, &refused):
		r.state.Problems = []string{refused.Why}
	default:
		return err
	}
	if saved := r.save(ctx); saved != nil && !errors.Is(saved, ErrPaused) {
		return errors.Join(err, saved)
	}
	return err
}
