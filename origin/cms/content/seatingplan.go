package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// mostPlaces is how many places a plan may have: more than any theatre, few enough for one page to draw.
const mostPlaces = 20_000

type seatingPlan struct {
	venue cms.Ref
	plan  venue.Plan
}

func decodeSeatingPlan(r *reader) entry {
	name := one(each(r, "name", text))
	s := seatingPlan{venue: one(each(r, "venue", link))}
	layouts := each(r, "layout", shaped[venue.Plan])
	if len(layouts.all()) > 0 {
		s.plan = one(layouts)
		s.plan.Name = name
		r.plan(&s.plan)
	}
	return s
}

var (
	seatID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) // as holds take them
	bandID  = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,3}$`)
	placeID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// mostPlanFaults is how many faults of a plan are told at once: one mistake of whoever drew it is often on every seat.
const mostPlanFaults = 20

// plan checks a layout, and sets the kind of seats that have none.
func (r *reader) plan(p *venue.Plan) {
	told := 0
	fault := func(format string, args ...any) {
		if told++; told <= mostPlanFaults {
			r.fault("layout", "", format, args...)
		}
	}
	if p.Width <= 0 || p.Height <= 0 {
		fault("needs a width and a height above 0")
	}
	if len(p.Sections) == 0 {
		fault("needs at least one section")
	}
	sections, seats, places := map[string]bool{}, map[string]bool{}, 0
	take := func(id, at string) {
		if places++; seats[id] {
			fault("%s: the seat %s is there twice", at, id)
		}
		seats[id] = true
	}
	for i := range p.Sections {
		section := &p.Sections[i]
		at := fmt.Sprintf("section %d (%s)", i+1, section.ID)
		if !placeID.MatchString(section.ID) || section.Name == "" || sections[section.ID] {
			fault("%s: needs a name, and an id of its own in lower-case letters, digits and hyphens", at)
		}
		sections[section.ID] = true
		if g := section.General; g != nil {
			if g.Count < 1 || g.Count > mostPlaces || !bandID.MatchString(g.Band) || len(section.Rows) > 0 {
				fault("%s: a general area has a count of 1 to %d, a band such as A, and no rows", at, mostPlaces)
				continue
			}
			for _, id := range g.Places(section.ID) {
				take(id, at)
			}
		} else if len(section.Rows) == 0 {
			fault("%s: needs rows, or a general area", at)
		}
		for _, row := range section.Rows {
			for k := range row.Seats {
				seat := &row.Seats[k]
				if seat.Kind == "" {
					seat.Kind = venue.Standard
				}
				if !seatID.MatchString(seat.ID) || seat.Label == "" || !bandID.MatchString(seat.Band) {
					fault("%s, row %s, seat %d: needs an id such as stalls-F-12, a label and a band such as A", at, row.Label, k+1)
				}
				if seat.Kind != venue.Standard && seat.Kind != venue.Wheelchair && seat.Kind != venue.Companion {
					fault("%s, row %s, seat %d: kind must be standard, wheelchair or companion", at, row.Label, k+1)
				}
				take(seat.ID, at)
			}
		}
		if places > mostPlaces {
			fault("has more than %d places", mostPlaces)
			return
		}
	}
	if places == 0 {
		fault("has no places")
	}
	if told > mostPlanFaults {
		r.fault("layout", "", "and %d faults more", told-mostPlanFaults)
	}
}

// write keeps to the rule that a plan never changes once something plays on it. A layout that the venue has already is
// that plan. Another one is a new version: performances to come without any orders change over to it, the others keep
// the plan they were sold from. A version that nothing plays on goes.
func (s seatingPlan) write(ctx context.Context, w *work, _ bool) (string, error) {
	venueID, err := w.referRow(ctx, "venue", s.venue, cms.Venue)
	if err != nil {
		return "", err
	}
	house, err := w.q.GetVenue(ctx, venueID)
	if err != nil {
		return "", err
	}
	w.facts.brandID = house.BrandID
	if w.facts.domainID != "" {
		was, err := w.q.GetPlan(ctx, uuid.MustParse(w.facts.domainID))
		if err != nil {
			return "", err
		}
		if was.VenueID != venueID {
			return "", w.invalid(Fault{Field: "venue", Why: "can't change: make another seating plan for another venue"})
		}
	}
	id, err := s.version(ctx, w, venueID)
	if err != nil {
		return "", err
	}
	if err := w.alone(ctx, "layout", id.String(), "this layout"); err != nil {
		return "", err
	}
	if w.facts.domainID == "" || w.facts.domainID == id.String() {
		return id.String(), nil
	}
	before := uuid.MustParse(w.facts.domainID)
	if err := w.q.LockPlanned(ctx, before); err != nil { // an order that is being placed is one that ChangePlan sees
		return "", err
	}
	changed, err := w.q.ChangePlan(ctx, dbsqlc.ChangePlanParams{ToPlan: id, FromPlan: before, Now: w.now})
	if err != nil {
		return "", err
	}
	for _, row := range changed {
		w.facts.touch(row.ProductionID, row.ID)
	}
	return id.String(), w.q.ForgetPlan(ctx, before)
}

// version finds the venue's plan of this layout, or adds it.
func (s seatingPlan) version(ctx context.Context, w *work, venueID uuid.UUID) (uuid.UUID, error) {
	plans, err := w.q.ListPlansOfVenue(ctx, venueID)
	if err != nil {
		return uuid.Nil, err
	}
	for _, row := range plans {
		var there venue.Plan
		if err := json.Unmarshal(row.Layout, &there); err != nil {
			return uuid.Nil, fmt.Errorf("plan %s: %w", row.ID, err)
		}
		there.Name = s.plan.Name // not what is drawn
		if reflect.DeepEqual(there, s.plan) {
			return row.ID, nil
		}
	}
	layout, err := json.Marshal(s.plan)
	if err != nil {
		return uuid.Nil, err
	}
	sum := sha256.Sum256(layout)
	id := identify(w.change.Source, w.change.ID, "plan "+hex.EncodeToString(sum[:]))
	return id, w.q.AddContentPlan(ctx, dbsqlc.AddContentPlanParams{ID: id, VenueID: venueID, Name: s.plan.Name, Seats: int32(s.plan.Count()), Layout: layout})
}
