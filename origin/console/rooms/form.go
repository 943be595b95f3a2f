package rooms

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// form is a room as it is typed.
type form struct {
	New      bool
	Version  string
	ID, Name string
	Show     string // a production's ID; "" for paths alone
	Seat     string // a performance's ID or the address of its seat map
	Paths    string // one a line
	Brands   []string
	Mode     string
	Active   string
	Rate     string
	Opens    string // local time
	Sale     string
	Ends     string
	Message  string
	Pass     string // minutes
	Poll     string // seconds
	Stay     string // minutes
	Status   string
	Network  string // places a minute
	Closed   bool
	NewEvent bool
	Began    bool // its lottery has been held, so that other times need another event

	Faults   map[string]string // by field; "form" is about all of it
	Theirs   bool              // it shows what somebody else has made of it meanwhile
	TheirsBy string
	Shows    []show.Listing
	Sites    []venue.Brand
	Zone     string
}

const localTime = "2006-01-02T15:04"

func (p *Pages) newForm(v *frame.Visit) error {
	f := form{
		New: true, Mode: string(waiting.FIFO), Active: "500", Rate: "300", Pass: "10", Poll: "15", Stay: "5", Status: "200", Network: "0",
		Show: v.Request().FormValue("show"), Seat: v.Request().FormValue("performance"),
	}
	if v.Site() != staff.Group {
		f.Brands = []string{v.Site()}
	}
	return p.showForm(v, http.StatusOK, f)
}

func (p *Pages) editForm(v *frame.Visit) error {
	r, err := p.changeable(v)
	if err != nil {
		return err
	}
	return p.showForm(v, http.StatusOK, typed(v, &r))
}

// typed is a room as somebody would type it.
func typed(v *frame.Visit, r *waiting.Room) form {
	zone := place(v, r.Brands).Location()
	local := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(localTime)
	}
	f := form{
		Version: strconv.Itoa(r.Version), ID: r.ID, Name: r.Name, Brands: r.Brands, Paths: strings.Join(r.Paths, "\n"), Mode: string(r.Mode),
		Active: strconv.Itoa(r.Active), Rate: strconv.Itoa(r.PerMinute), Opens: local(r.Event.OpensAt), Sale: local(r.Event.SaleAt), Ends: local(r.Event.EndsAt),
		Message: r.Message, Pass: minutes(r.PassLife), Poll: strconv.Itoa(r.PollEvery), Stay: minutes(r.TypicalStay), Network: strconv.Itoa(r.ArrivalsPerPrefix),
		Status: strconv.Itoa(r.PageStatus), Closed: r.FailClosed, Began: r.Mode == waiting.Lottery && !r.Event.SaleAt.IsZero() && !v.Now().Before(r.Event.SaleAt),
	}
	if r.ProductionID != uuid.Nil {
		f.Show = r.ProductionID.String()
	}
	if r.PerformanceID != uuid.Nil {
		f.Seat = r.PerformanceID.String()
	}
	return f
}

// minutes is seconds as minutes are typed: "1.5".
func minutes(n int) string { return strconv.FormatFloat(float64(n)/60, 'f', -1, 64) }

func readForm(values url.Values) form {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(values.Get(name), "\r\n", "\n")) }
	return form{
		Version: text("version"), ID: strings.ToLower(text("id")), Name: text("name"), Show: text("show"), Seat: text("seat"), Paths: text("paths"),
		Brands: values["brand"], Mode: text("mode"), Active: text("active"), Rate: text("per_minute"), Opens: text("opens"), Sale: text("sale"), Ends: text("ends"),
		Message: text("message"), Pass: text("pass"), Poll: text("poll"), Stay: text("stay"), Status: text("status"), Network: text("network"),
		Closed: values.Get("closed") == "yes", NewEvent: values.Get("event") == "new", Faults: map[string]string{},
	}
}

// showForm shows it with what it offers.
func (p *Pages) showForm(v *frame.Visit, status int, f form) error {
	f.Sites = v.BrandsAnywhere(staff.ChangeRooms)
	f.Zone = place(v, f.Brands).TimeZone
	brand := v.Site()
	if brand == staff.Group && len(f.Brands) > 0 {
		brand = f.Brands[0]
	}
	if brand != staff.Group {
		list, err := p.Shows(v.Context(), brand)
		if err != nil {
			return err
		}
		f.Shows = slices.DeleteFunc(list, func(l show.Listing) bool { return l.Coming == 0 && l.ID.String() != f.Show })
	}
	title := "New waiting room"
	if !f.New {
		title = "Change " + f.Name
	}
	return v.ShowStatus(status, title, formPage(v, f))
}

// performanceIn finds the ID of a performance in the address of its seat map.
var performanceIn = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// room puts what was typed into a room; faults go into the form.
func (f *form) room(v *frame.Visit, r *waiting.Room) {
	fault := func(field, text string) {
		if f.Faults[field] == "" {
			f.Faults[field] = text
		}
	}
	r.Name, r.Message, r.FailClosed, r.Mode = f.Name, f.Message, f.Closed, waiting.Mode(f.Mode)
	if !slices.Equal(r.Brands, f.Brands) {
		r.Brands = f.Brands
	}
	wasShow, wasSeat := r.ProductionID, r.PerformanceID
	r.ProductionID, r.PerformanceID = uuid.Nil, uuid.Nil
	if f.Seat != "" {
		id, err := uuid.Parse(performanceIn.FindString(f.Seat))
		if err != nil {
			fault("seat", "That is not the address of a seat map: open the performance on the site and copy its address.")
		}
		r.PerformanceID = id
	} else if f.Show != "" {
		id, err := uuid.Parse(f.Show)
		if err != nil {
			fault("show", "Choose a show from the list.")
		}
		r.ProductionID = id
	}
	paths := strings.Fields(f.Paths)
	if (r.ProductionID != wasShow || r.PerformanceID != wasSeat) && slices.Equal(paths, r.Paths) {
		paths = nil // those were the other show's
	}
	r.Paths = paths
	for _, n := range []struct {
		field, text string
		times       float64
		into        *int
	}{
		{"active", f.Active, 1, &r.Active}, {"per_minute", f.Rate, 1, &r.PerMinute}, {"pass", f.Pass, 60, &r.PassLife},
		{"poll", f.Poll, 1, &r.PollEvery}, {"stay", f.Stay, 60, &r.TypicalStay}, {"status", f.Status, 1, &r.PageStatus}, {"network", f.Network, 1, &r.ArrivalsPerPrefix},
	} {
		value, err := strconv.ParseFloat(strings.ReplaceAll(n.text, ",", ""), 64)
		if err != nil || value < 0 || value > 1e9 {
			fault(n.field, "Please give a number.")
			continue
		}
		*n.into = int(value * n.times)
	}
	zone := place(v, f.Brands).Location()
	for _, when := range []struct {
		field, text string
		into        *time.Time
	}{{"opens", f.Opens, &r.Event.OpensAt}, {"sale", f.Sale, &r.Event.SaleAt}, {"ends", f.Ends, &r.Event.EndsAt}} {
		if when.text == "" {
			*when.into = time.Time{}
			continue
		}
		if !when.into.IsZero() && when.into.In(zone).Format(localTime) == when.text {
			continue // to the second, as it was
		}
		at, err := edgeconfig.ParseWhen(when.text, v.Now(), zone)
		var refused edgeconfig.Refused
		if errors.As(err, &refused) {
			fault(when.field, frame.Sentence(refused.Reason))
		}
		*when.into = at
	}
}

// places are where the form shows a fault of one of the room's fields.
var places = map[string]string{
	"id": "id", "name": "name", "brands": "brands", "paths": "paths", "mode": "mode", "active": "active", "per_minute": "per_minute", "pass_life": "pass",
	"poll_every": "poll", "typical_stay": "stay", "page_status": "status", "message": "message", "opens_at": "opens", "sale_at": "sale", "ends_at": "ends",
	"arrivals_per_prefix": "network", "production_id": "show", "performance_id": "seat",
}

// refused puts the reasons of an error into the form; false: it is another kind of error.
func (f *form) refused(err error) bool {
	var faults edgeconfig.RoomFaults
	var reason edgeconfig.Refused
	switch {
	case errors.As(err, &faults):
		for _, one := range faults.List {
			if at := places[one.Field]; at != "" && f.Faults[at] == "" {
				f.Faults[at] = "It " + readable(one.Problem) + "."
			} else if at == "" {
				f.Faults["form"] = frame.Sentence(one.Field + " " + one.Problem)
			}
		}
	case errors.As(err, &reason):
		f.Faults["form"] = frame.Sentence(readable(reason.Reason))
	default:
		return false
	}
	return true
}

func (p *Pages) create(v *frame.Visit) error {
	values, err := v.Form()
	if err != nil {
		return err
	}
	f := readForm(values)
	f.New = true
	r := waiting.Room{ID: f.ID}
	f.room(v, &r)
	if !mayChange(v, r.Brands) {
		return frame.ErrForbidden
	}
	if len(f.Faults) == 0 {
		made, err := p.Editor.CreateRoom(v.Context(), v.Actor(), r)
		switch {
		case err == nil:
			text := "The waiting room is made."
			if !made.GuardsFrom().IsZero() && v.Now().Before(made.GuardsFrom()) {
				text = "The waiting room is planned. Visitors pass through it from " + at(v, &made, made.GuardsFrom()) + "."
			}
			return p.saved(v, address(v, &made), made.ID, frame.Good(text))
		case !f.refused(err):
			return err
		}
	}
	return p.showForm(v, http.StatusUnprocessableEntity, f)
}

func (p *Pages) edit(v *frame.Visit) error {
	old, err := p.changeable(v)
	if err != nil {
		return err
	}
	values, err := v.Form()
	if err != nil {
		return err
	}
	f := readForm(values)
	f.ID = old.ID
	known, err := strconv.Atoi(f.Version)
	if err != nil || known < 1 {
		return frame.ErrNotFound
	}
	if !mayChange(v, f.Brands) {
		return frame.ErrForbidden
	}
	action := "room.change"
	if f.NewEvent {
		action = "room.event"
	}
	before, after, err := p.Editor.EditRoom(v.Context(), v.Actor(), edgeconfig.RoomEdit{
		ID: old.ID, Known: known, Action: action, NewEvent: f.NewEvent, Change: func(r *waiting.Room) error {
			if f.room(v, r); len(f.Faults) > 0 {
				return edgeconfig.Refused{Reason: "the form has faults"}
			}
			return nil
		},
	})
	var conflict edgeconfig.Conflict
	switch {
	case errors.As(err, &conflict):
		if theirs, ok := conflict.Theirs.(waiting.Room); ok {
			f = typed(v, &theirs)
			f.Theirs, f.TheirsBy = true, conflict.UpdatedBy
		}
		return p.showForm(v, http.StatusConflict, f)
	case err == nil && before.Version == after.Version:
		return v.Done(address(v, &after), frame.Warn("Nothing was changed: the room is like that already."))
	case err == nil:
		return p.saved(v, address(v, &after), after.ID, frame.Good("Saved.").WithUndo(undo(v, after.ID, after.Version)))
	case len(f.Faults) > 0:
	case !f.refused(err):
		return err
	}
	f.Began = old.Mode == waiting.Lottery && !old.Event.SaleAt.IsZero() && !v.Now().Before(old.Event.SaleAt)
	return p.showForm(v, http.StatusUnprocessableEntity, f)
}
