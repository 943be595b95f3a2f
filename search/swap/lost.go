package swap

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A search server may lose its data, or part of it, and come back. A change whose collections are gone cannot go on and
// cannot be undone. It ends as Lost, so that writers write what is searched and nothing else: the alias, behind which
// the catalogue makes a new index.

// gone says what of a change's collections is missing though nobody gave it up; "" is nothing.
func (s *Swap) gone(ctx context.Context, st *State) (string, error) {
	var needed []string
	switch st.Phase {
	case Creating:
		needed = names(st.From)
	case Filling, Checking, Swapping, Swapped, RollingBack, RolledBack:
		needed = names(st.From, st.To)
	}
	var missing []string
	for _, name := range needed {
		c, err := s.collection(ctx, name)
		if err != nil {
			return "", err
		}
		if c == nil {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		return "", nil
	case 1:
		return fmt.Sprintf("the search server no longer has %s: the change that was %s can neither go on nor be undone", missing[0], st.Phase), nil
	}
	return fmt.Sprintf("the search server no longer has %s: it has lost its data, and with it the change that was %s", strings.Join(missing, " and "), st.Phase), nil
}

// orGone turns an error into a GoneError, and ends the change, if that is why.
func (r *run) orGone(ctx context.Context, failed error) error {
	why, err := r.gone(ctx, r.state)
	switch {
	case failed == nil && err != nil:
		return err
	case err != nil || why == "":
		return failed
	}
	r.state.Problems, r.state.EndedAt = []string{why}, r.Now().UTC()
	if err := r.to(ctx, Lost); err != nil && !errors.Is(err, ErrPaused) {
		return err
	}
	return &GoneError{why}
}

// mourn ends a change that nobody carries out just now, if what it is about is gone. It answers ErrNone if not.
func (s *Swap) mourn(ctx context.Context, st State) (State, error) {
	why, err := s.gone(ctx, &st)
	if err != nil || why == "" { // a server that is away has lost nothing yet
		return st, ErrNone
	}
	return s.holding(ctx, nil, func(r *run) error {
		if r.state == nil || r.state.ID != st.ID || r.state.Phase != st.Phase {
			return ErrNone
		}
		return r.orGone(ctx, ErrNone)
	})
}
