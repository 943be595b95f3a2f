// Package rehearsals is where ops try a waiting room before it matters: they start simulations and rehearsals, watch them
// come along, read what they found with the charts of the report, and set two runs side by side.
package rehearsals

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Runner runs trials; a trial.Runner is one.
type Runner interface {
	StartSimulation(ctx context.Context, actor, site, title string, s sim.Scenario) (uuid.UUID, error)
	StartRehearsal(ctx context.Context, actor, title string, p trial.Plan) (uuid.UUID, error)
	Trial(ctx context.Context, id uuid.UUID) (*trial.Trial, error)
	Recent(ctx context.Context, site string, most int) ([]*trial.Trial, error)
	Cancel(ctx context.Context, actor string, id uuid.UUID) error
	Delete(ctx context.Context, actor string, id uuid.UUID) error
	Sweep(ctx context.Context) error
}

// Pages are those of simulations and rehearsals.
type Pages struct {
	Runner Runner
	Limits trial.Limits
	// Rooms lists the waiting rooms of a site, whose limits a rehearsal may take over.
	Rooms func(ctx context.Context, brandID string) ([]waiting.Room, error)
	// SiteURL is the public address of a brand's site.
	SiteURL func(brand string) string
	Logger  *slog.Logger

	watching watching
}

// mostListed is how many trials the list shows.
const mostListed = 50

// Pages lists them. All of them take the right to change rooms: ops and admins have it.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/rehearsals"
	pages := []frame.Page{
		{Route: "GET " + at, Menu: &frame.Menu{Label: "Rehearsals", Order: 21}, Serve: p.list},
		{Route: "GET " + at + "/new/simulation", Serve: p.newSimulation},
		{Route: "POST " + at + "/new/simulation", Serve: p.simulate},
		{Route: "GET " + at + "/new/rehearsal", Serve: p.newRehearsal},
		{Route: "POST " + at + "/new/rehearsal", Serve: p.rehearse},
		{Route: "GET " + at + "/compare", Serve: p.compare},
		{Route: "GET " + at + "/compare/report.html", Serve: p.compareReport},
		{Route: "GET " + at + "/{id}", Serve: p.show},
		{Route: "GET " + at + "/{id}/live", Serve: p.live, Timeout: streamLasts + time.Minute},
		{Route: "GET " + at + "/{id}/report.html", Serve: p.report},
		{Route: "GET " + at + "/{id}/result.json", Serve: p.result},
		{Route: "POST " + at + "/{id}/cancel", Serve: p.cancel},
		{Route: "POST " + at + "/{id}/delete", Serve: p.remove},
	}
	for i := range pages {
		pages[i].Action = staff.ChangeRooms
	}
	return pages
}

// Stop ends the streams.
func (p *Pages) Stop() { p.watching.stop() }

func home(v *frame.Visit) string { return "/sites/" + v.Site() + "/rehearsals" }

func address(v *frame.Visit, t *trial.Trial) string { return home(v) + "/" + t.ID.String() }

// find reads the trial of the address: one of the site that the page is about.
func (p *Pages) find(v *frame.Visit, text string) (*trial.Trial, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, frame.ErrNotFound
	}
	t, err := p.Runner.Trial(v.Context(), id)
	switch {
	case errors.Is(err, trial.ErrNone):
		return nil, frame.ErrNotFound
	case err != nil:
		return nil, err
	case v.Site() != staff.Group && t.Site != v.Site():
		return nil, frame.ErrNotFound
	}
	return t, nil
}

func (p *Pages) list(v *frame.Visit) error {
	if err := p.Runner.Sweep(v.Context()); err != nil {
		return err
	}
	list, err := p.Runner.Recent(v.Context(), v.Site(), mostListed)
	if err != nil {
		return err
	}
	return v.Show("Rehearsals", listPage(v, list))
}

func (p *Pages) show(v *frame.Visit) error {
	if err := p.Runner.Sweep(v.Context()); err != nil {
		return err
	}
	t, err := p.find(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	view := trialView{Trial: t, Follow: v.Request().FormValue("follow") == "yes", Prove: v.Site() == staff.Group && !v.Fresh()}
	if t.Found() {
		if view.Charts, err = drawn([]string{t.Title}, t); err != nil {
			return err
		}
	}
	if view.Follow && !t.Over() {
		v.Writer().Header().Set("Refresh", "3") // they asked for it; with scripts the page is updated in place
	}
	return v.Show(t.Title, trialPage(v, view))
}

func (p *Pages) cancel(v *frame.Visit) error {
	t, err := p.find(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	return p.done(v, p.Runner.Cancel(v.Context(), v.Actor(), t.ID), address(v, t), "It is being ended. What it saw until now is kept.")
}

func (p *Pages) remove(v *frame.Visit) error {
	t, err := p.find(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	err = p.Runner.Delete(v.Context(), v.Actor(), t.ID)
	if err != nil {
		return p.done(v, err, address(v, t), "")
	}
	return v.Done(home(v), frame.Good("“"+t.Title+"” is deleted."))
}

// done leads to a page that says what came of a change.
func (p *Pages) done(v *frame.Visit, err error, path, said string) error {
	var refused edgeconfig.Refused
	switch {
	case errors.As(err, &refused):
		return v.Done(path, frame.Warn("Nothing was changed: "+refused.Reason+"."))
	case errors.Is(err, trial.ErrNone):
		return frame.ErrNotFound
	case err != nil:
		return err
	}
	return v.Done(path, frame.Good(said))
}
