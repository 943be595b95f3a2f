package rehearsals

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

// rehearsalForm is a rehearsal as it is typed.
type rehearsalForm struct {
	Sites  []venue.Brand
	Site   string
	Rooms  []waiting.Room // whose limits may be taken over
	Like   string
	Title  string
	Groups []group
	Fault  string
	Host   string // where the visitors go, when that is not this machine
	Agreed bool
	Limits trial.Limits
	Prove  bool
}

// planned is one number of a plan.
type planned struct {
	name, label, hint string
	of                func(p *trial.Plan) *int
	unit              int // of the form in seconds or people
}

var plan = []struct {
	legend string
	list   []planned
}{
	{"Who comes", []planned{
		{"visitors", "Visitors", "Each with a browser and a network of its own", func(p *trial.Plan) *int { return &p.Visitors }, 1},
		{"within", "They come within", "Seconds; 0 is all at once", func(p *trial.Plan) *int { return &p.Within }, 1},
		{"pass", "Each stays", "Seconds", func(p *trial.Plan) *int { return &p.Pass }, 1},
	}},
	{"The room", []planned{
		{"active", "Inside at once", "People", func(p *trial.Plan) *int { return &p.Active }, 1},
		{"per_minute", "Let in a minute", "0 is no limit of its own", func(p *trial.Plan) *int { return &p.PerMinute }, 1},
		{"poll", "Who waits asks every", "Seconds", func(p *trial.Plan) *int { return &p.Poll }, 1},
	}},
	{"The rehearsal", []planned{
		{"for", "Ends after", "Minutes, whoever waits", func(p *trial.Plan) *int { return &p.For }, 60},
	}},
}

// form makes what is shown, of a plan and what was typed.
func (p *Pages) form(v *frame.Visit, pl *trial.Plan, typed url.Values, faults map[string]string) (rehearsalForm, error) {
	f := rehearsalForm{Sites: v.Brands(staff.ChangeRooms), Site: pl.Site, Like: pl.Like, Limits: p.Limits, Agreed: typed.Get("agreed") == "yes", Title: "A rehearsal", Prove: v.Site() == staff.Group && !v.Fresh()}
	if typed.Has("title") {
		f.Title = typed.Get("title")
	}
	rooms, err := p.Rooms(v.Context(), v.Site())
	if err != nil {
		return f, err
	}
	for _, r := range rooms {
		if !strings.HasPrefix(r.ID, trial.RoomPrefix) {
			f.Rooms = append(f.Rooms, r)
			if r.ID == pl.Like && !typed.Has("title") {
				f.Title = "Like " + r.Name
			}
		}
	}
	if at, err := url.Parse(p.SiteURL(pl.Site)); err == nil && !rehearse.IsLoopback(at.Host) {
		f.Host = at.Hostname()
	}
	for _, g := range plan {
		one := group{Legend: g.legend}
		for _, n := range g.list {
			shown := &field{Name: n.name, Label: n.label, Hint: n.hint, Value: strconv.Itoa(*n.of(pl) / n.unit), Fault: faults[n.name]}
			if typed.Has(n.name) {
				shown.Value = typed.Get(n.name)
			}
			one.Fields = append(one.Fields, shown)
		}
		f.Groups = append(f.Groups, one)
	}
	return f, nil
}

func (p *Pages) newRehearsal(v *frame.Visit) error {
	pl := trial.Plan{Visitors: 300, Active: 100, Within: 10, Pass: 30, Poll: 5, For: 300}
	sites := v.Brands(staff.ChangeRooms)
	if len(sites) == 0 {
		return frame.ErrForbidden
	}
	pl.Site = sites[0].ID
	if like := v.Request().FormValue("room"); like != "" {
		rooms, err := p.Rooms(v.Context(), v.Site())
		if err != nil {
			return err
		}
		for _, r := range rooms {
			if r.ID == like {
				pl.Like, pl.Active, pl.PerMinute, pl.Poll = r.ID, max(r.Active, 1), r.PerMinute, r.PollEvery
				pl.Visitors = min(3*pl.Active, p.Limits.Visitors)
				if v.Site() == staff.Group {
					pl.Site = r.Brands[0]
				}
			}
		}
	}
	f, err := p.form(v, &pl, nil, nil)
	if err != nil {
		return err
	}
	return v.Show("New rehearsal", rehearsalPage(v, f))
}

func (p *Pages) rehearse(v *frame.Visit) error {
	typed, err := v.Form()
	if err != nil {
		return err
	}
	pl := trial.Plan{Site: typed.Get("on"), Like: typed.Get("like")}
	if v.Site() != staff.Group {
		pl.Site = v.Site()
	}
	if !v.May(staff.ChangeRooms, pl.Site) || pl.Site == staff.Group || p.SiteURL(pl.Site) == "" {
		return frame.ErrForbidden
	}
	faults := map[string]string{}
	for _, g := range plan {
		for _, n := range g.list {
			value, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "\u202f", "").Replace(strings.TrimSpace(typed.Get(n.name))))
			if err != nil || value < 0 || value > 1e8 {
				faults[n.name] = "Please give a whole number."
				continue
			}
			*n.of(&pl) = value * n.unit
		}
	}
	f, err := p.form(v, &pl, typed, faults)
	if err != nil {
		return err
	}
	title := strings.TrimSpace(typed.Get("title"))
	switch {
	case title == "" || len(title) > 100:
		f.Fault = "Please give it a name of at most 100 letters."
	case f.Host != "" && !f.Agreed:
		f.Fault = "The visitors’ requests are real. Please say that you mean it, below."
	case len(faults) == 0:
		id, err := p.Runner.StartRehearsal(v.Context(), v.Actor(), title, pl)
		var wrong trial.Faults
		var refused edgeconfig.Refused
		switch {
		case err == nil:
			return v.Redirect(home(v) + "/" + id.String())
		case errors.As(err, &wrong):
			f.mark(wrong)
		case errors.As(err, &refused):
			f.Fault = sentences(refused.Reason, "")
		default:
			return err
		}
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, "New rehearsal", rehearsalPage(v, f))
}

// mark puts faults where they belong.
func (f *rehearsalForm) mark(wrong trial.Faults) {
	for _, one := range wrong.List {
		found := false
		for _, g := range f.Groups {
			for _, shown := range g.Fields {
				if shown.Name == one.Field {
					shown.Fault, found = frame.Sentence("It "+one.Problem), true
				}
			}
		}
		if !found {
			f.Fault = frame.Sentence(one.Field + " " + one.Problem)
		}
	}
}
