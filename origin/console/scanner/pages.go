// Package scanner is the door in the console: the scanner, a page that goes on working without a network, and what comes
// in and is refused at each performance, live.
package scanner

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// Desk decides and keeps; a scan.Desk is one.
type Desk interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
	Policy(ctx context.Context, performance uuid.UUID) (scan.Policy, error)
	SetPolicy(ctx context.Context, actor string, performance uuid.UUID, p scan.Policy) error
	List(ctx context.Context, performance uuid.UUID) (scan.List, error)
	Admit(ctx context.Context, s scan.Scan) (scan.Answer, error)
	Merge(ctx context.Context, person string, performance uuid.UUID, batch []scan.Fact) (scan.Merged, error)
	Tally(ctx context.Context, performance uuid.UUID) (scan.Tally, error)
	Evenings(ctx context.Context, brand string, from, until time.Time) ([]dbsqlc.DoorPerformancesRow, error)
}

// Pages are the door's.
type Pages struct {
	Desk   Desk
	Logger *slog.Logger
	// Every is how often a live page is drawn anew; 0: every two seconds.
	Every time.Duration

	streams streams
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at, one = "/sites/{site}/door", "/sites/{site}/door/{performance}"
	see, change := staff.ScanTickets, staff.ChangeDoor
	return []frame.Page{
		{Route: "GET " + at, Action: see, Menu: &frame.Menu{Label: "Door", Order: 6}, Serve: p.evenings},
		{Route: "GET " + one, Action: see, Serve: p.board},
		{Route: "GET " + one + "/live", Action: see, Serve: p.live, Timeout: streamLasts + time.Minute},
		{Route: "POST " + one + "/policy", Action: change, Serve: p.policy},
		{Route: "GET " + one + "/scan", Action: see, Serve: p.scanner},
		{Route: "GET " + one + "/list", Action: see, Serve: p.list},
		{Route: "POST " + one + "/scan", Action: see, Serve: p.admit},
		{Route: "POST " + one + "/facts", Action: see, Serve: p.merge},
		{Route: "GET /scan-worker.js", Public: true, Serve: worker},
		{Route: "GET /scan.webmanifest", Public: true, Serve: manifest},
		{Route: "GET /scan", Serve: start},
	}
}

func home(v *frame.Visit) string { return "/sites/" + url.PathEscape(v.Site()) + "/door" }

func address(v *frame.Visit, performance uuid.UUID) string {
	return home(v) + "/" + performance.String()
}

// find reads the performance of the address: one of the site.
func (p *Pages) find(v *frame.Visit) (show.Detail, error) {
	id, err := uuid.Parse(v.Request().PathValue("performance"))
	if err != nil {
		return show.Detail{}, frame.ErrNotFound
	}
	d, err := p.Desk.Performance(v.Context(), id)
	switch {
	case errors.Is(err, scan.ErrNotFound):
		return d, frame.ErrNotFound
	case err != nil:
		return d, err
	case v.Site() != staff.Group && d.Brand.ID != v.Site():
		return d, frame.ErrNotFound
	}
	return d, nil
}

// Which performances the door page lists: those that may still be on, and the next week's.
const (
	listedBack  = 12 * time.Hour
	listedAhead = 8 * 24 * time.Hour
)

func (p *Pages) evenings(v *frame.Visit) error {
	brand := v.Site()
	if brand == staff.Group || v.Brand().Group {
		brand = ""
	}
	list, err := p.Desk.Evenings(v.Context(), brand, v.Now().Add(-listedBack), v.Now().Add(listedAhead))
	if err != nil {
		return err
	}
	return v.Show("Door", eveningsPage(v, list, brand == ""))
}

// board is a performance's page.
func (p *Pages) board(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	view, err := p.view(v, d)
	if err != nil {
		return err
	}
	return v.Show("Door: "+d.Production.Title, boardPage(v, view))
}

// boardView is what a performance's page shows.
type boardView struct {
	Detail show.Detail
	Policy scan.Policy
	Tally  scan.Tally
	Change bool
	Now    time.Time
}

func (p *Pages) view(v *frame.Visit, d show.Detail) (boardView, error) {
	view := boardView{Detail: d, Change: v.May(staff.ChangeDoor, v.Site()), Now: time.Now()}
	var err error
	if view.Policy, err = p.Desk.Policy(v.Context(), d.ID); err != nil {
		return view, err
	}
	view.Tally, err = p.Desk.Tally(v.Context(), d.ID)
	return view, err
}

// policy changes what a performance asks of its visitors.
func (p *Pages) policy(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	asks, err := p.Desk.Policy(v.Context(), d.ID)
	if err != nil {
		return err
	}
	said := "Saved. Scanners that are online follow at once, the others when they are back."
	switch form.Get("do") {
	case "open":
		asks.OpenedAt, said = v.Now(), "The doors are open."
	case "unopen":
		asks.OpenedAt, said = time.Time{}, "The doors open at their time again."
	default:
		minutes, err := strconv.Atoi(form.Get("minutes"))
		if err != nil {
			return staff.Refused{Reason: "How many minutes before it begins the doors open is a whole number."}
		}
		asks.OpensBefore = time.Duration(minutes) * time.Minute
		asks.ScreensOnly, asks.Readmission = form.Get("screens") != "", form.Get("return") != ""
	}
	err = p.Desk.SetPolicy(v.Context(), v.Person().Email, d.ID, asks)
	var invalid scan.Invalid
	if errors.As(err, &invalid) {
		return staff.Refused{Reason: invalid.Reason}
	}
	if err != nil {
		return err
	}
	return v.Done(address(v, d.ID), frame.Good(said))
}

// start is where the installed app begins.
func start(v *frame.Visit) error {
	if v.Site() == "" {
		return frame.ErrForbidden
	}
	return v.Redirect(home(v))
}
