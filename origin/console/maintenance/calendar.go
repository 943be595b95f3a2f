package maintenance

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// month is a page of the calendar, on the clock of the site's venue.
type month struct {
	First         time.Time // midnight of its first day
	Before, After string    // "2026-12"; "" where the calendar ends
	Blank         int       // days of the week before the first, Monday being the first of a week
	Days          []day
	Zone          string
}

// day is one of its days.
type day struct {
	Date    time.Time // midnight
	Today   bool
	Past    bool
	Changes string // what the clocks do that night; "" mostly
	Windows []Group
}

func (p *Pages) calendar(v *frame.Visit) error {
	m, err := p.month(v, v.Request().FormValue("month"))
	if err != nil {
		return err
	}
	chosen := v.Request().FormValue("day")
	if at, err := time.ParseInLocation(time.DateOnly, chosen, v.Brand().Location()); err != nil || at.Year() < 2000 || at.Year() > 2199 {
		chosen = v.Now().In(v.Brand().Location()).AddDate(0, 0, 1).Format(time.DateOnly)
	}
	return v.Show("Plan maintenance", planPage(v, p.planView(v, m, newPlanForm(chosen))))
}

type planView struct {
	Month  month
	Form   planForm
	Change bool
	Prove  bool
}

func (p *Pages) planView(v *frame.Visit, m month, f planForm) planView {
	return planView{Month: m, Form: f, Change: v.May(staff.ChangeMaintenance, v.Site()), Prove: v.Site() == staff.Group && !v.Fresh()}
}

// month reads a month of the calendar: "2026-12", or this one.
func (p *Pages) month(v *frame.Visit, text string) (month, error) {
	zone := v.Brand().Location()
	now := v.Now().In(zone)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	earliest, latest := first.AddDate(-2, 0, 0), first.AddDate(3, 0, 0)
	if asked, err := time.ParseInLocation("2006-01", text, zone); err == nil && !asked.Before(earliest) && !asked.After(latest) {
		first = asked
	}
	next := first.AddDate(0, 1, 0)
	list, err := p.Editor.WindowsBetween(v.Context(), sites(v), first, next)
	if err != nil {
		return month{}, err
	}
	m := month{First: first, Blank: (int(first.Weekday()) + 6) % 7, Zone: zone.String()}
	if b := first.AddDate(0, -1, 0); !b.Before(earliest) {
		m.Before = b.Format("2006-01")
	}
	if !next.After(latest) {
		m.After = next.Format("2006-01")
	}
	groups := Groups(list)
	for at := first; at.Before(next); {
		end := time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, zone)
		d := day{Date: at, Today: at.Format(time.DateOnly) == now.Format(time.DateOnly), Past: !end.After(v.Now()), Changes: clocks(at, end)}
		for _, g := range groups {
			if g.StartsAt.Before(end) && (g.EndsAt.IsZero() || g.EndsAt.After(at)) {
				d.Windows = append(d.Windows, g)
			}
		}
		m.Days = append(m.Days, d)
		at = end
	}
	return m, nil
}

// clocks says what the clocks do between two midnights.
func clocks(from, to time.Time) string {
	_, before := from.Zone()
	_, after := to.Zone()
	switch {
	case after > before:
		return clocksForward
	case after < before:
		return clocksBack
	}
	return ""
}

const clocksForward, clocksBack = "Clocks go forward", "Clocks go back"

// hours says when a window is on a day.
func (d day) hours(w edgeconfig.Window) string {
	zone := d.Date.Location()
	end := time.Date(d.Date.Year(), d.Date.Month(), d.Date.Day()+1, 0, 0, 0, 0, zone)
	from, to := "00:00", "24:00"
	if w.StartsAt.After(d.Date) {
		from = w.StartsAt.In(zone).Format("15:04")
	}
	switch {
	case w.EndsAt.IsZero():
		to = "…"
	case w.EndsAt.Before(end):
		to = w.EndsAt.In(zone).Format("15:04")
	}
	if from == "00:00" && to == "24:00" {
		return "All day"
	}
	return from + " – " + to
}

// plan plans a window.
func (p *Pages) plan(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	f := readPlanForm(form)
	w, err := f.window(v)
	var made []edgeconfig.Window
	if err == nil {
		made, err = p.Editor.OpenWindow(v.Context(), v.Actor(), w)
	}
	var refused edgeconfig.Refused
	var faults edgeconfig.Faults
	switch {
	case errors.Is(err, errForm):
	case errors.As(err, &refused):
		f.Faults["form"] = frame.Sentence(refused.Reason)
	case errors.As(err, &faults):
		f.Faults["form"] = frame.Sentence(faults.Error())
	case err != nil:
		return err
	default:
		change := made[0].Change
		return p.publish(v, change, frame.Good("Planned: "+v.SiteName()+below(w.PathPrefix)+" is closed "+Span(v, w)+".").WithUndo(undo(v, change, "Undo: withdraw it")))
	}
	m, err := p.month(v, cutMonth(f.FromDate))
	if err != nil {
		return err
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, "Plan maintenance", planPage(v, p.planView(v, m, f)))
}

func cutMonth(date string) string {
	if len(date) < 7 {
		return ""
	}
	return date[:7]
}

// preview answers with the page that visitors will see: the edge's own, to be looked at in a frame or a tab.
func (p *Pages) preview(v *frame.Visit) error {
	w, err := previewWindow(v)
	if err != nil {
		return err
	}
	shown, err := p.Editor.Preview(v.Context(), w)
	if err != nil {
		return err
	}
	h := v.Writer().Header()
	h.Set("Content-Security-Policy", framed(shown.Policy))
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.Writer().Write(shown.Body) // they left: nothing to do
	return nil
}

// previewFrame answers with a frame that shows the preview, for htmx.
func (p *Pages) previewFrame(v *frame.Visit) error {
	if _, err := previewWindow(v); err != nil {
		return v.Part(frame.Notice("bad", err.Error()))
	}
	q := v.Request().URL.Query()
	q.Del("id")
	return v.Part(previewPart(home(v)+"/preview?"+q.Encode(), v.SiteName()))
}

// previewWindow reads either of the two forms, leniently: what is not there yet is not shown.
func previewWindow(v *frame.Visit) (edgeconfig.Window, error) {
	q := v.Request().URL.Query()
	w := edgeconfig.Window{ID: uuid.Max, Site: v.Site(), StartsAt: v.Now(), Message: readCloseForm(q).Message, PathPrefix: readCloseForm(q).Path}
	if v.Site() == staff.Group {
		w.Site = v.Brand().ID
	}
	if d, err := time.ParseDuration(q.Get("for")); err == nil && d > 0 {
		w.EndsAt = w.StartsAt.Add(d)
	}
	f := readPlanForm(q)
	zone := v.Brand().Location()
	if times, err := edgeconfig.LocalTimes(f.FromDate, f.FromTime, zone); err == nil {
		w.StartsAt = times[0]
	}
	if times, err := edgeconfig.LocalTimes(f.ToDate, f.ToTime, zone); err == nil && !f.Open && times[len(times)-1].After(w.StartsAt) {
		w.EndsAt = times[len(times)-1]
	}
	return w, checkText(w)
}

func dayURL(v *frame.Visit, d day) string {
	return home(v) + "/plan?" + url.Values{"month": {d.Date.Format("2006-01")}, "day": {d.Date.Format(time.DateOnly)}}.Encode() + "#form"
}
