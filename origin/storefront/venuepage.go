package storefront

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func (s *Store) venue(v *visit) error {
	house, err := s.Shows.Venue(v.ctx, v.brand.ID)
	if err != nil {
		return err
	}
	p := page.Venue{Frame: v.frame(), Venue: house}
	p.Title, p.Path = "Your visit", "/venue"
	p.Description = "How to get to " + house.Name + ", " + house.City + ", and what it offers."
	if p.Places, err = s.places(v); err != nil {
		return err
	}
	return v.showAll(page.VenuePage(p))
}

// places counts what the plan in use has. A house without performances has no plan in use.
func (s *Store) places(v *visit) (page.Places, error) {
	planID, err := s.planInUse(v)
	if err != nil || planID == uuid.Nil {
		return page.Places{}, err
	}
	plan, err := s.Shows.Plan(v.ctx, planID)
	if errors.Is(err, show.ErrNotFound) {
		return page.Places{}, nil
	}
	if err != nil {
		return page.Places{}, err
	}
	var places page.Places
	for _, section := range plan.Sections {
		before := places.Wheelchair
		for _, row := range section.Rows {
			for _, seat := range row.Seats {
				if seat.Kind == venue.Wheelchair {
					places.Wheelchair++
				}
			}
		}
		if name := strings.ToLower(section.Name); places.Wheelchair > before && !slices.Contains(places.Sections, name) {
			places.Sections = append(places.Sections, name)
		}
	}
	return places, nil
}

func (s *Store) planInUse(v *visit) (uuid.UUID, error) {
	listings, err := s.Shows.Productions(v.ctx, v.brand.ID, v.now)
	if err != nil || len(listings) == 0 {
		return uuid.Nil, err
	}
	performances, err := s.Shows.Performances(v.ctx, listings[0].ID, v.now)
	if err != nil || len(performances) == 0 {
		return uuid.Nil, err
	}
	return performances[0].PlanID, nil
}

func (s *Store) bookingTerms(v *visit) error {
	f := v.frame()
	f.Title, f.Path = "How booking works", "/booking"
	f.Description = "How seats are held, paid for and ticketed at " + v.brand.Name + "."
	return v.showAll(page.BookingPage(f))
}

func (s *Store) privacy(v *visit) error {
	f := v.frame()
	f.Title, f.Path = "Privacy", "/privacy"
	return v.showAll(page.PrivacyPage(f))
}
