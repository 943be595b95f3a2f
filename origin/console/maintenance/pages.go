// Package maintenance is where staff close and open sites: at once, or planned on a calendar in the venue's time zone.
// It shows the page that visitors get, who is in the middle of buying, and when the edge was seen to obey.
package maintenance

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Editor changes and reads windows; an edgeconfig.Editor is one.
type Editor interface {
	OpenWindow(ctx context.Context, actor string, w edgeconfig.Window) ([]edgeconfig.Window, error)
	EndWindow(ctx context.Context, actor, brandID string, id uuid.UUID) (edgeconfig.Window, bool, error)
	UndoMaintenance(ctx context.Context, actor string, click uuid.UUID, may func(brandID string) bool) (int, error)
	WindowsBetween(ctx context.Context, sites []string, since, until time.Time) ([]edgeconfig.Window, error)
	PastWindows(ctx context.Context, sites []string, most int) ([]edgeconfig.Window, error)
	WindowsOf(ctx context.Context, click uuid.UUID) ([]edgeconfig.Window, error)
	NoteSeen(ctx context.Context, id uuid.UUID, at time.Time, lifted bool) error
	Preview(ctx context.Context, w edgeconfig.Window) (edgeconfig.Shown, error)
}

// Buyers are people whom a closing meets in the middle of buying.
type Buyers struct {
	Holds  int // who keep seats
	Orders int // of those, who have gone on to pay
}

// Pages are those of maintenance.
type Pages struct {
	Editor Editor
	// Publish makes what was changed known to the edge.
	Publish func(ctx context.Context) error
	// Buyers counts who is buying on some sites.
	Buyers func(ctx context.Context, brands []string) (Buyers, error)
	// Watch looks at the edge after a click.
	Watch  *Watch
	Logger *slog.Logger
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/maintenance"
	see, change := staff.SeeMaintenance, staff.ChangeMaintenance
	return []frame.Page{
		{Route: "GET " + at, Action: see, Menu: &frame.Menu{Label: "Maintenance", Order: 10}, Serve: p.overview},
		{Route: "GET " + at + "/plan", Action: see, Serve: p.calendar},
		{Route: "GET " + at + "/progress", Action: see, Serve: p.progress},
		{Route: "GET " + at + "/buyers", Action: see, Serve: p.buyers},
		{Route: "GET " + at + "/preview", Action: see, Serve: p.preview},
		{Route: "GET " + at + "/preview/frame", Action: see, Serve: p.previewFrame},
		{Route: "POST " + at + "/close", Action: change, Serve: p.close, Timeout: 60 * time.Second},
		{Route: "POST " + at + "/plan", Action: change, Serve: p.plan, Timeout: 60 * time.Second},
		{Route: "POST " + at + "/end", Action: change, Serve: p.end, Timeout: 60 * time.Second},
		{Route: "POST " + at + "/undo", Action: change, Serve: p.undo, Timeout: 60 * time.Second},
	}
}

// home is the overview's address.
func home(v *frame.Visit) string { return "/sites/" + v.Site() + "/maintenance" }

// sites are the brands the page is about.
func sites(v *frame.Visit) []string {
	var ids []string
	for _, b := range v.Brands(staff.SeeMaintenance) {
		ids = append(ids, b.ID)
	}
	return ids
}

// far is how far ahead the overview lists windows.
const far = 400 * 24 * time.Hour

func (p *Pages) overview(v *frame.Visit) error {
	view, err := p.read(v)
	if err != nil {
		return err
	}
	view.Close = newCloseForm()
	if click, err := uuid.Parse(v.Request().FormValue("change")); err == nil {
		if view.Progress, err = p.state(v, click); err != nil {
			return err
		}
	}
	return v.Show("Maintenance", overview(v, view))
}

// read collects what the overview shows.
func (p *Pages) read(v *frame.Visit) (overviewView, error) {
	brands, now := sites(v), v.Now()
	list, err1 := p.Editor.WindowsBetween(v.Context(), brands, now, now.Add(far))
	past, err2 := p.Editor.PastWindows(v.Context(), brands, 60)
	if err := errors.Join(err1, err2); err != nil {
		return overviewView{}, err
	}
	view := overviewView{Change: v.May(staff.ChangeMaintenance, v.Site()), Prove: v.Site() == staff.Group && !v.Fresh()}
	for _, g := range Groups(list) {
		if g.Active(now) {
			view.Running = append(view.Running, g)
		} else {
			view.Coming = append(view.Coming, g)
		}
	}
	if view.Past = Groups(past); len(view.Past) > 20 {
		view.Past = view.Past[:20]
	}
	view.Buyers, err1 = p.Buyers(v.Context(), brands)
	if err1 != nil {
		p.Logger.WarnContext(v.Context(), "buyers can't be counted", "error", err1)
		view.Buyers.unknown()
	}
	return view, nil
}

// unknown marks that nobody could be asked.
func (b *Buyers) unknown() { b.Holds, b.Orders = -1, -1 }

// Known reports whether they could be counted.
func (b Buyers) Known() bool { return b.Holds >= 0 }

func (p *Pages) buyers(v *frame.Visit) error {
	b, err := p.Buyers(v.Context(), sites(v))
	if err != nil {
		b.unknown()
	}
	return v.Part(buyersPart(v, b))
}

// close closes the site at once.
func (p *Pages) close(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	f := readCloseForm(form)
	w, err := f.window(v)
	var made []edgeconfig.Window
	if err == nil {
		made, err = p.Editor.OpenWindow(v.Context(), v.Actor(), w)
	}
	var refused edgeconfig.Refused
	var faults edgeconfig.Faults
	switch {
	case errors.As(err, &refused):
		f.Fault = frame.Sentence(refused.Reason)
	case errors.As(err, &faults):
		f.Fault = frame.Sentence(faults.Error())
	case err != nil:
		return err
	default:
		change := made[0].Change
		what := v.SiteName() + " is closed"
		if v.Site() == staff.Group {
			what = "All sites are closed"
		}
		return p.publish(v, change, frame.Good(what+below(w.PathPrefix)+". Visitors see it as soon as the edge knows.").WithUndo(undo(v, change, "Undo: open again")))
	}
	view, err := p.read(v)
	if err != nil {
		return err
	}
	view.Close = f
	return v.ShowStatus(http.StatusUnprocessableEntity, "Maintenance", overview(v, view))
}

// end ends a window early, or several that one click made.
func (p *Pages) end(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	if len(form["window"]) == 0 || len(form["window"]) > 500 {
		return edgeconfig.Refused{Reason: "choose a window to end"}
	}
	withdrawn := false
	for _, one := range form["window"] {
		site, text, _ := strings.Cut(one, ":")
		id, err := uuid.Parse(text)
		if err != nil || !v.May(staff.ChangeMaintenance, site) || v.Site() != staff.Group && site != v.Site() {
			return frame.ErrForbidden
		}
		_, gone, err := p.Editor.EndWindow(v.Context(), v.Actor(), site, id)
		if err != nil {
			return err
		}
		withdrawn = withdrawn || gone
	}
	change := record.From(v.Context()).Change
	text, label := v.SiteName()+" is open again as soon as the edge knows.", "Undo: close again"
	if v.Site() == staff.Group {
		text = "The window has ended on every site it was on. They are open again as soon as the edge knows."
	}
	if withdrawn {
		text, label = "The planned window is withdrawn.", "Undo: plan it again"
	}
	return p.publish(v, change, frame.Good(text).WithUndo(undo(v, change, label)))
}

// undo takes back what one click did.
func (p *Pages) undo(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	click, err := uuid.Parse(form.Get("change"))
	if err != nil {
		return frame.ErrNotFound
	}
	n, err := p.Editor.UndoMaintenance(v.Context(), v.Actor(), click, func(brand string) bool {
		return v.May(staff.ChangeMaintenance, brand) && (v.Site() == staff.Group || v.Site() == brand)
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return v.Done(home(v), frame.Warn("That was taken back before."))
	}
	return p.publish(v, record.From(v.Context()).Change, frame.Good("Taken back."))
}

func undo(v *frame.Visit, change uuid.UUID, label string) frame.Undo {
	return frame.Undo{Path: home(v) + "/undo", Label: label, Fields: map[string]string{"change": change.String()}}
}

// publish makes a change known to the edge, begins to watch for it there, and leads back. The change is safe by now: if
// the edge can't be told, the house tells it as soon as it can.
func (p *Pages) publish(v *frame.Visit, change uuid.UUID, message frame.Flash) error {
	if err := p.Publish(v.Context()); err != nil {
		p.Logger.ErrorContext(v.Context(), "a maintenance change is not published", "error", err)
		message.Kind = "warn"
		message.Text = "Saved, but the edge could not be told yet. The house keeps trying; this page shows when it is in force."
	}
	p.Watch.Begin(v.Context(), change)
	return v.Done(home(v)+"?change="+change.String(), message)
}

// below names what is closed of a site.
func below(path string) string {
	if path == "/" || path == "" {
		return ""
	}
	return " below " + path
}
