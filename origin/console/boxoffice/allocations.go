package boxoffice

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// allocationsView is the seats of a performance that only the box office sells.
type allocationsView struct {
	Seats    seatsView
	Standing []boxoffice.Allocation
	Over     []boxoffice.Allocation
	Index    map[string]venue.Located
}

func allocationsAt(v *frame.Visit, performance uuid.UUID) string {
	return home(v) + "/allocations/" + performance.String()
}

// house reads what a page needs to show the seats of a performance.
func (p *Pages) house(v *frame.Visit) (seatsView, error) {
	d, err := p.performance(v, v.Request().PathValue("performance"))
	if err != nil {
		return seatsView{}, err
	}
	plan, err := p.Shows.Plan(v.Context(), d.PlanID)
	if err != nil {
		return seatsView{}, err
	}
	view := seatsView{Detail: d, Plan: plan, Exchange: exchanging(v)}
	now, err := p.Holds().Snapshot(v.Context(), d.ID)
	if err != nil && !errors.Is(err, hold.ErrUnavailable) {
		return view, err
	}
	view.State, view.Unsure = now.Seats, err != nil
	return view, nil
}

func (p *Pages) allocations(v *frame.Visit) error {
	house, err := p.house(v)
	if err != nil {
		return err
	}
	view := allocationsView{Seats: house, Index: house.Plan.Index()}
	list, err := p.Book.Allocations(v.Context(), house.Detail.ID)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Stands() {
			view.Standing = append(view.Standing, a)
		} else {
			view.Over = append(view.Over, a)
		}
	}
	return v.Show("Allocations: "+house.Detail.Production.Title, allocationsPage(v, view))
}

// allocate gives the seats that were ticked, and whole parts of the house, to the box office.
func (p *Pages) allocate(v *frame.Visit) error {
	house, err := p.house(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	wanted := boxoffice.Allocation{PerformanceID: house.Detail.ID, Name: form.Get("name")}
	if wanted.Seats, err = house.chosen(form); err != nil {
		return err
	}
	if wanted.ReleaseAt, err = releaseTime(form.Get("release"), house.Detail); err != nil {
		return err
	}
	made, err := p.Book.Allocate(v.Context(), v.Person().Email, wanted)
	if err != nil {
		return refused(err)
	}
	return v.Done(allocationsAt(v, house.Detail.ID), frame.Good("“"+made.Name+"” keeps "+count(len(made.Seats), "place", "places")+" for the box office."))
}

// chosen are the seats of a form: those ticked, those of whole sections that nobody has, and so many places without numbers.
func (view seatsView) chosen(form url.Values) ([]string, error) {
	index := view.Plan.Index()
	var seats []string
	add := func(id string) {
		if !slices.Contains(seats, id) {
			seats = append(seats, id)
		}
	}
	for _, id := range form["seat"] {
		if _, known := index[id]; !known {
			return nil, staff.Refused{Reason: "One of the seats is not in this house. Open the page again."}
		}
		add(id)
	}
	for _, section := range view.Plan.Sections {
		if slices.Contains(form["section"], section.ID) {
			for _, row := range section.Rows {
				for _, seat := range row.Seats {
					if !taken(view.State[seat.ID]) {
						add(seat.ID)
					}
				}
			}
		}
		text := form.Get("places." + section.ID)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		free := slices.DeleteFunc(section.General.Places(section.ID), func(id string) bool { return view.State[id] != "" })
		if err != nil || n < 0 || n > len(free) {
			return nil, staff.Refused{Reason: fmt.Sprintf("%s has %d places that are free for everybody: write a number up to that.", section.Name, len(free))}
		}
		slices.Reverse(free) // the public takes them from the front
		for _, id := range free[:n] {
			add(id)
		}
	}
	return seats, nil
}

// releaseTime reads a time as it is at the theatre; "" is never.
func releaseTime(text string, d show.Detail) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, d.Venue.Location())
	switch {
	case err != nil:
		return at, staff.Refused{Reason: "The time of the release can’t be read: write a date and a time."}
	case !at.Before(d.StartsAt):
		return at, staff.Refused{Reason: "The release is after the performance begins. Choose an earlier time, or none."}
	}
	return at.UTC(), nil
}

// releaseAllocation puts an allocation, or the seats of it that were ticked, on sale to everybody.
func (p *Pages) releaseAllocation(v *frame.Visit) error {
	d, err := p.performance(v, v.Request().PathValue("performance"))
	if err != nil {
		return err
	}
	id, err := uuid.Parse(v.Request().PathValue("allocation"))
	if err != nil {
		return frame.ErrNotFound
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	var seats []string
	if form.Get("do") == "some" {
		if seats = form["seat"]; len(seats) == 0 {
			return staff.Refused{Reason: "Tick the seats that everybody may buy."}
		}
	}
	err = p.Book.ReleaseSeats(v.Context(), v.Person().Email, d.ID, id, seats)
	if errors.Is(err, boxoffice.ErrNotFound) {
		return frame.ErrNotFound
	}
	if err != nil {
		return err
	}
	return v.Done(allocationsAt(v, d.ID), frame.Good("Released: everybody may buy these seats now, unless somebody has them already."))
}

// stillHas counts the seats of an allocation that nobody has yet.
func (view allocationsView) stillHas(a boxoffice.Allocation) int {
	n := 0
	for _, seat := range a.Seats {
		if !taken(view.Seats.State[seat]) {
			n++
		}
	}
	return n
}

// seatWord says which seat of an allocation it is, and what became of it.
func (view allocationsView) seatWord(seat string) string {
	word := located(view.Index, seat)
	if at := view.Index[seat]; at.Kind == venue.Unnumbered { // so that one can tell which was ticked
		word += ", place " + at.Label
	}
	switch view.Seats.State[seat] {
	case hold.Sold:
		return word + ": sold"
	case hold.Held:
		return word + ": kept for somebody"
	}
	return word
}
