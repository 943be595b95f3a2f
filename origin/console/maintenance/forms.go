package maintenance

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// maxMessage is how many bytes visitors are told at most (edge/site).
const maxMessage = 500

// maxPath is how many bytes of a path the forms take.
const maxPath = 500

// closeForm closes at once.
type closeForm struct {
	ID       string // of the window to be: the same form twice closes once
	For      string // how long: "", "15m", "1h" …
	Message  string
	Path     string
	Checkout bool
	Fault    string
}

func newCloseForm() closeForm { return closeForm{ID: newID(), Path: "/", Checkout: true} }

func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return "" // the form then closes as often as it is sent
	}
	return id.String()
}

// durations are how long a closing may be for, as the form offers them.
var durations = []struct{ Value, Label string }{
	{"", "Until I end it"}, {"15m", "15 minutes"}, {"30m", "30 minutes"}, {"1h", "1 hour"}, {"2h", "2 hours"}, {"4h", "4 hours"}, {"12h", "12 hours"},
}

func readCloseForm(form url.Values) closeForm {
	return closeForm{
		ID: form.Get("id"), For: form.Get("for"), Message: strings.TrimSpace(strings.ReplaceAll(form.Get("message"), "\r\n", "\n")),
		Path: strings.TrimSpace(form.Get("path")), Checkout: form.Get("checkout") == "yes",
	}
}

func (f closeForm) window(v *frame.Visit) (edgeconfig.Window, error) {
	w := edgeconfig.Window{Site: v.Site(), PathPrefix: f.Path, Message: f.Message, AllowCheckout: f.Checkout}
	if f.ID != "" {
		id, err := uuid.Parse(f.ID)
		if err != nil || id.Version() != 7 {
			return w, edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
		}
		w.ID = id
	}
	if f.For != "" {
		if !slices.ContainsFunc(durations, func(d struct{ Value, Label string }) bool { return d.Value == f.For }) {
			return w, edgeconfig.Refused{Reason: "choose how long from the list"}
		}
		d, err := time.ParseDuration(f.For)
		if err != nil {
			return w, edgeconfig.Refused{Reason: "choose how long from the list"}
		}
		w.EndsAt = v.Now().Add(d)
	}
	return w, checkText(w)
}

func checkText(w edgeconfig.Window) error {
	if len(w.Message) > maxMessage {
		return edgeconfig.Refused{Reason: "the message is too long: at most 500 letters"}
	}
	if len(w.PathPrefix) > maxPath {
		return edgeconfig.Refused{Reason: "the part of the site is too long: at most 500 letters"}
	}
	if w.PathPrefix != "" && !strings.HasPrefix(w.PathPrefix, "/") {
		return edgeconfig.Refused{Reason: "the part of the site must begin with /"}
	}
	return nil
}

// planForm plans a window in the venue's time.
type planForm struct {
	ID                 string
	FromDate, FromTime string
	ToDate, ToTime     string
	FromWhich, ToWhich string // "first" or "second" where the clocks show a time twice
	Open               bool   // no end is planned
	Message, Path      string
	Checkout           bool

	// What the answer to a fault needs.
	Faults           map[string]string // by field
	FromTwice, Twice []time.Time       // the two instants of an ambiguous start or end
}

func newPlanForm(day string) planForm {
	return planForm{ID: newID(), FromDate: day, ToDate: day, Path: "/", Checkout: true}
}

func readPlanForm(form url.Values) planForm {
	c := readCloseForm(form)
	return planForm{
		ID: c.ID, Message: c.Message, Path: c.Path, Checkout: c.Checkout,
		FromDate: form.Get("from_date"), FromTime: form.Get("from_time"), ToDate: form.Get("to_date"), ToTime: form.Get("to_time"),
		FromWhich: form.Get("from_which"), ToWhich: form.Get("to_which"), Open: form.Get("open") == "yes",
	}
}

var errForm = errors.New("maintenance: the form has faults")

// window reads the form; its faults are in it when the error is errForm.
func (f *planForm) window(v *frame.Visit) (edgeconfig.Window, error) {
	zone := v.Brand().Location()
	f.Faults = map[string]string{}
	w, err := closeForm{ID: f.ID, Message: f.Message, Path: f.Path, Checkout: f.Checkout}.window(v)
	var refused edgeconfig.Refused
	if errors.As(err, &refused) {
		f.Faults["form"] = frame.Sentence(refused.Reason)
	}
	w.StartsAt, f.FromTwice = f.instant("from", f.FromDate, f.FromTime, f.FromWhich, zone)
	if !f.Open {
		w.EndsAt, f.Twice = f.instant("to", f.ToDate, f.ToTime, f.ToWhich, zone)
	}
	if len(f.Faults) > 0 {
		return w, errForm
	}
	switch {
	case w.StartsAt.Before(v.Now()):
		f.Faults["from"] = "That is in the past. To close the site now, use “Close now”."
	case !w.EndsAt.IsZero() && !w.EndsAt.After(w.StartsAt):
		f.Faults["to"] = "That is before it starts."
	}
	if len(f.Faults) > 0 {
		return w, errForm
	}
	return w, nil
}

// instant reads one end of the window.
func (f *planForm) instant(field, date, clock, which string, zone *time.Location) (time.Time, []time.Time) {
	if date == "" || clock == "" {
		f.Faults[field] = "Choose a day and a time."
		return time.Time{}, nil
	}
	times, err := edgeconfig.LocalTimes(date, clock, zone)
	var refused edgeconfig.Refused
	switch {
	case errors.As(err, &refused):
		f.Faults[field] = frame.Sentence(refused.Reason)
		return time.Time{}, nil
	case len(times) == 1:
		return times[0], nil
	case which == "first":
		return times[0], times
	case which == "second":
		return times[1], times
	}
	f.Faults[field] = clock + " comes twice that night, as the clocks go back. Which one is meant?"
	return time.Time{}, times
}
