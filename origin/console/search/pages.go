// Package search shows the search index, and changes it while people search: what a change would do, how far it is, and
// the way back. The work is done by the house's workers; these pages begin it, stop it and undo it.
package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/search/swap"
)

// Index is the search index; a reindex.Index is one.
type Index interface {
	Plan(ctx context.Context) (swap.Plan, error)
	Status(ctx context.Context) (swap.Status, error)
	Begin(ctx context.Context, o swap.Options) (swap.State, error)
	Rollback(ctx context.Context, progress func(swap.State)) (swap.State, error)
	Drop(ctx context.Context, progress func(swap.State)) (swap.State, error)
	Stop(ctx context.Context) (swap.State, error)
	History(ctx context.Context, n int) ([]swap.State, error)
}

// Pages are those of the search index.
type Pages struct {
	Index Index
	// Record writes to the audit log that somebody did something with a change.
	Record func(ctx context.Context, actor, action string, st swap.State) error
	Logger *slog.Logger
}

// where the pages are.
const where = "/search-index"

// Pages lists them. The index is every site's at once.
func (p *Pages) Pages() []frame.Page {
	return []frame.Page{
		{Route: "GET " + where, Action: staff.SeeSearch, Menu: &frame.Menu{Label: "Search index", Order: 55}, Serve: p.show},
		{Route: "GET " + where + "/live", Action: staff.SeeSearch, Serve: p.live},
		{Route: "POST " + where + "/apply", Action: staff.ChangeSearch, Serve: p.begin(false)},
		{Route: "POST " + where + "/rebuild", Action: staff.ChangeSearch, Serve: p.begin(true)},
		{Route: "POST " + where + "/stop", Action: staff.ChangeSearch, Serve: p.stop},
		{Route: "POST " + where + "/rollback", Action: staff.ChangeSearch, Serve: p.rollback},
		{Route: "POST " + where + "/drop", Action: staff.ChangeSearch, Serve: p.drop},
	}
}

type view struct {
	May, Fresh bool
	Down       bool // the search server does not answer
	Status     swap.Status
	Plan       swap.Plan
	History    []swap.State
}

// last is the change that there is something to do about, nil if there is none.
func (w *view) last() *swap.State {
	if st := w.Status.Last; st != nil && !st.Phase.Over() {
		return st
	}
	return nil
}

func (p *Pages) show(v *frame.Visit) error {
	w := view{May: v.May(staff.ChangeSearch, staff.Group), Fresh: v.Fresh()}
	var err error
	if w.History, err = p.Index.History(v.Context(), 20); err != nil {
		return err
	}
	if w.Status, err = p.Index.Status(v.Context()); err == nil {
		w.Plan, err = p.Index.Plan(v.Context())
	}
	if err != nil {
		p.Logger.WarnContext(v.Context(), "the search index cannot be looked at", "error", err)
		w.Down = true
		if len(w.History) > 0 {
			w.Status.Last = &w.History[0]
		}
	}
	return v.Show("Search index", page(v, &w))
}

// live is what changes while somebody looks. When there is another thing to do than before, the page is loaded anew.
func (p *Pages) live(v *frame.Visit) error {
	history, err := p.Index.History(v.Context(), 1)
	if err != nil {
		return err
	}
	if len(history) == 0 || !working(&history[0]) {
		v.Writer().Header().Set("HX-Refresh", "true")
		return v.Part(nothing())
	}
	return v.Part(progress(&history[0]))
}

// working says that somebody carries it out, or will within seconds.
func working(st *swap.State) bool { return st.Phase.Unfinished() && !st.Stopped() }

// whole is for what concerns every site.
func whole(v *frame.Visit) error {
	if !v.May(staff.ChangeSearch, staff.Group) {
		return frame.ErrForbidden
	}
	if !v.Fresh() {
		return frame.ErrStepUp
	}
	return nil
}

// done leads back with a message, or says why nothing was done.
func (p *Pages) done(v *frame.Visit, action string, st swap.State, err error, message frame.Flash) error {
	var refused *swap.RefusedError
	var parity *swap.ParityError
	switch {
	case errors.As(err, &refused):
		return v.Done(where, frame.Bad("Nothing was changed: "+refused.Why+"."))
	case errors.As(err, &parity):
		return v.Done(where, frame.Bad("The new index is not put in place; the reasons stand below."))
	case errors.Is(err, swap.ErrBusy):
		return v.Done(where, frame.Warn("Somebody else is changing the index just now."))
	case errors.Is(err, swap.ErrUpToDate):
		return v.Done(where, frame.Good("There is nothing to do."))
	case err != nil:
		return err
	}
	if err := p.Record(v.Context(), v.Actor(), action, st); err != nil {
		return err
	}
	return v.Done(where, message)
}

func (p *Pages) begin(rebuild bool) func(v *frame.Visit) error {
	return func(v *frame.Visit) error {
		if err := whole(v); err != nil {
			return err
		}
		despite := strings.TrimSpace(v.Request().PostFormValue("despite"))
		if len(despite) > 500 {
			return v.Done(where, frame.Bad("Nothing was changed: say why in fewer words, 500 letters at most."))
		}
		st, err := p.Index.Begin(v.Context(), swap.Options{By: v.Actor(), Rebuild: rebuild, Despite: despite, Seen: v.Request().PostFormValue("seen")})
		action := "search.apply"
		if despite != "" {
			action = "search.overrule"
		}
		return p.done(v, action, st, err, frame.Good(fmt.Sprintf("%s is being made. People go on searching meanwhile.", st.To)))
	}
}

func (p *Pages) stop(v *frame.Visit) error {
	if err := whole(v); err != nil {
		return err
	}
	st, err := p.Index.Stop(v.Context())
	return p.done(v, "search.stop", st, err, frame.Good("It stops after the documents under way."))
}

func (p *Pages) rollback(v *frame.Visit) error {
	if err := whole(v); err != nil {
		return err
	}
	st, err := p.Index.Rollback(v.Context(), nil)
	return p.done(v, "search.rollback", st, err, frame.Good(fmt.Sprintf("%s is searched again.", st.From)).WithUndo(
		frame.Undo{Path: where + "/apply", Label: "Go forth again"}))
}

func (p *Pages) drop(v *frame.Visit) error {
	if err := whole(v); err != nil {
		return err
	}
	st, err := p.Index.Drop(v.Context(), nil)
	gone := st.From
	if st.Phase == swap.Abandoned {
		gone = st.To
	}
	return p.done(v, "search.drop", st, err, frame.Good(gone+" is gone."))
}
