package swap

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Drop gives up the collection that is not searched: the old one after a swap, which cannot be undone then; the new
// one after a rollback, or while a change has not come to its end.
func (s *Swap) Drop(ctx context.Context, progress func(State)) (State, error) {
	return s.holding(ctx, progress, func(r *run) error {
		if r.state == nil || r.state.Phase.Over() {
			return &RefusedError{"there is nothing to drop"}
		}
		next := Abandoning
		switch r.state.Phase {
		case Swapped, Dropping:
			next = Dropping
		case Swapping, RollingBack:
			// It is one or the other: the alias says which.
			at, err := r.pointsAt(ctx)
			if err != nil {
				return err
			}
			if at == r.state.To {
				next = Dropping
			}
		}
		if err := r.begun(ctx, next); err != nil {
			return err
		}
		return r.carryOut(ctx)
	})
}

// drop deletes the old collection. Writers have been told before.
func (r *run) drop(ctx context.Context) error {
	if r.state.From != "" {
		if err := r.delete(ctx, r.state.From); err != nil {
			return err
		}
	}
	r.state.EndedAt = r.Now().UTC()
	return r.to(ctx, Dropped)
}

// abandon deletes the new collection.
func (r *run) abandon(ctx context.Context) error {
	if err := r.delete(ctx, r.state.To); err != nil {
		return err
	}
	r.state.EndedAt = r.Now().UTC()
	return r.to(ctx, Abandoned)
}

// DropCollection deletes a collection that no change knows of any more. It refuses one that an alias points at, an
// alias, and one of a change that is under way or can be undone.
func (s *Swap) DropCollection(ctx context.Context, name string) error {
	_, err := s.holding(ctx, nil, func(r *run) error {
		if !strings.HasPrefix(name, r.Alias+"_") {
			return &RefusedError{fmt.Sprintf("%s is no collection of shows", name)}
		}
		if st := r.state; st != nil && !st.Phase.Over() && (name == st.From || name == st.To) {
			return &RefusedError{fmt.Sprintf("%s belongs to the change that is %s: drop without a name gives up the one that is not searched", name, st.Phase)}
		}
		c, err := r.collection(ctx, name)
		if err != nil {
			return err
		}
		if c == nil {
			return &RefusedError{fmt.Sprintf("there is no collection %s", name)}
		}
		return r.delete(ctx, name)
	})
	return err
}

// delete deletes a collection by its own name, never through an alias and never one that an alias points at: what
// people search cannot be deleted here. One that is gone is no error.
func (r *run) delete(ctx context.Context, name string) error {
	aliases, err := r.Client.Aliases().Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("swap: list the aliases: %w", err)
	}
	for _, a := range aliases {
		switch name {
		case deref(a.Name):
			return &RefusedError{fmt.Sprintf("%s is an alias: nothing is deleted through one", name)}
		case a.CollectionName:
			return &RefusedError{fmt.Sprintf("%s is searched as %s: it cannot be deleted", name, deref(a.Name))}
		}
	}
	if _, err := r.Client.Collection(name).Delete(ctx); err != nil && !isStatus(err, http.StatusNotFound) {
		return fmt.Errorf("swap: delete %s: %w", name, err)
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Collection is one that holds shows.
type Collection struct {
	Name  string `json:"name"`
	Shows int    `json:"shows"`
	Use   string `json:"use"` // "searched", "new", "old" or "left over"
}

// Status is how things stand.
type Status struct {
	Searched    string       `json:"searched,omitempty"` // what the alias points at
	Collections []Collection `json:"collections"`
	Last        *State       `json:"last,omitempty"` // the last change
}

// Status looks at the index. It changes nothing.
func (s *Swap) Status(ctx context.Context) (Status, error) {
	var out Status
	history, err := s.Store.History(ctx, 1)
	if err != nil {
		return out, err
	}
	if len(history) > 0 {
		out.Last = &history[0]
	}
	if out.Searched, err = s.pointsAt(ctx); err != nil {
		return out, err
	}
	all, err := s.Client.Collections().Retrieve(ctx)
	if err != nil {
		return out, fmt.Errorf("swap: list the collections: %w", err)
	}
	for _, c := range all {
		if !strings.HasPrefix(c.Name, s.Alias+"_") {
			continue
		}
		one := Collection{Name: c.Name, Shows: count(c), Use: "left over"}
		switch last := out.Last; {
		case c.Name == out.Searched:
			one.Use = "searched"
		case last != nil && !last.Phase.Over() && c.Name == last.From:
			one.Use = "old"
		case last != nil && !last.Phase.Over() && c.Name == last.To:
			one.Use = "new"
		}
		out.Collections = append(out.Collections, one)
	}
	slices.SortFunc(out.Collections, func(a, b Collection) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
