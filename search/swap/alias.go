package swap

import (
	"context"
	"fmt"
	"net/http"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// swap points the alias at the new collection.
func (r *run) swap(ctx context.Context) error {
	if err := r.save(ctx); err != nil { // the right to change may have gone while this was interrupted
		return err
	}
	begin := r.Now()
	if err := r.point(ctx, r.state.From, r.state.To); err != nil {
		return err
	}
	r.state.SwapSeconds = r.Now().Sub(begin).Seconds()
	if err := r.Moved(ctx); err != nil { // tried again, as the phase is the same
		return err
	}
	r.state.SwappedAt = r.Now().UTC()
	return r.to(ctx, Swapped)
}

// rollBack points the alias at the old collection again.
func (r *run) rollBack(ctx context.Context) error {
	if err := r.save(ctx); err != nil {
		return err
	}
	old, err := r.collection(ctx, r.state.From)
	if err != nil {
		return err
	}
	if old == nil {
		return &RefusedError{r.state.From + " is gone: there is nothing to go back to"}
	}
	if err := r.point(ctx, r.state.To, r.state.From); err != nil {
		return err
	}
	if err := r.Moved(ctx); err != nil {
		return err
	}
	if why := r.state.Behind(); why != "" {
		r.state.Notes = append(r.state.Notes, why)
		r.Logger.WarnContext(ctx, "search change rolled back to a collection that is behind", "why", why)
	}
	r.state.EndedAt = r.Now().UTC()
	return r.to(ctx, RolledBack)
}

// point moves the alias. It is an error if it points anywhere else than where it should or may be by now: somebody
// else has moved it. "" is: nowhere.
func (r *run) point(ctx context.Context, from, to string) error {
	at, err := r.pointsAt(ctx)
	if err != nil {
		return err
	}
	if at == to {
		return nil
	}
	if at != from {
		return &RefusedError{fmt.Sprintf("%s points at %s, not at %s: somebody moved it by hand", r.Alias, orNothing(at), orNothing(from))}
	}
	if _, err := r.Client.Aliases().Upsert(ctx, r.Alias, &api.CollectionAliasSchema{CollectionName: to}); err != nil {
		return fmt.Errorf("swap: point %s at %s: %w", r.Alias, to, err)
	}
	if at, err = r.pointsAt(ctx); err != nil {
		return err
	}
	if at != to {
		return fmt.Errorf("swap: %s was pointed at %s and points at %s", r.Alias, to, orNothing(at))
	}
	return nil
}

func orNothing(name string) string {
	if name == "" {
		return "nothing"
	}
	return name
}

func (s *Swap) pointsAt(ctx context.Context) (string, error) {
	a, err := s.Client.Alias(s.Alias).Retrieve(ctx)
	if isStatus(err, http.StatusNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("swap: look up the alias: %w", err)
	}
	return a.CollectionName, nil
}

// Rollback points the alias back at the old collection, at once. Both are written as before; applying again puts the
// new one back in place, and dropping gives it up.
func (s *Swap) Rollback(ctx context.Context, progress func(State)) (State, error) {
	return s.holding(ctx, progress, func(r *run) error {
		switch {
		case r.state == nil:
			return &RefusedError{"there is nothing to roll back"}
		case r.state.Phase != Swapped && r.state.Phase != RollingBack:
			return &RefusedError{fmt.Sprintf("there is nothing to roll back: the last change is %s", r.state.Phase)}
		case r.state.From == "":
			return &RefusedError{"there was no index before: there is nothing to go back to"}
		}
		if err := r.begun(ctx, RollingBack); err != nil {
			return err
		}
		return r.carryOut(ctx)
	})
}

// begun makes p the phase, whatever stopped the change before.
func (r *run) begun(ctx context.Context, p Phase) error {
	if err := r.Store.Pause(ctx, r.state.ID, false); err != nil {
		return err
	}
	r.state.Problems, r.state.Found, r.state.Sights, r.state.Seen = nil, nil, nil, ""
	return r.to(ctx, p)
}
