package storefront

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// nightsOnCard is how many performances a card offers, cardsWithNights how many cards do.
const (
	nightsOnCard    = 3
	cardsWithNights = 6
	groupBills      = 24
)

func (s *Store) home(v *visit) error {
	if v.brand.Group {
		return s.group(v)
	}
	house, err := s.Shows.Venue(v.ctx, v.brand.ID)
	if err != nil {
		return err
	}
	listings, err := s.Shows.Productions(v.ctx, v.brand.ID, v.now)
	if err != nil {
		return err
	}
	h := page.Home{Frame: v.frame(), Venue: house}
	h.Path = "/"
	h.Description = fmt.Sprintf("What’s on at %s, %s. Choose your own seats and book without fees.", house.Name, house.City)
	for i, l := range listings {
		var nights []page.Night
		if i < cardsWithNights {
			if nights, err = v.nextNights(l, nightsOnCard); err != nil {
				return err
			}
		}
		b := v.bill(l, nights)
		if i == 0 {
			h.Lead, h.Image = &b, v.origin+b.Poster+"?shape=wide"
			continue
		}
		h.More = append(h.More, b)
	}
	return v.show(http.StatusOK, page.HomePage(h))
}

// group shows all theatres and shows, or those of one city.
func (s *Store) group(v *visit) error {
	venues, err := s.Shows.Venues(v.ctx)
	if err != nil {
		return err
	}
	listings, err := s.Shows.Productions(v.ctx, show.AllBrands, v.now)
	if err != nil {
		return err
	}
	g := page.Group{Frame: v.frame(), Houses: len(venues)}
	g.Path = "/"
	g.Description = fmt.Sprintf("Everything that is on at %d %s, from tonight to half a year from now.", len(venues), v.words.Theatres())
	g.City = chosenCity(venues, v.r.URL.Query().Get("city"))
	g.Cities = []page.Link{{URL: "/", Text: "Everywhere", Current: g.City == ""}}
	for _, house := range venues {
		if len(g.Places) == 0 || g.Places[len(g.Places)-1].Name != house.City {
			g.Cities = append(g.Cities, page.Link{URL: "/?city=" + url.QueryEscape(house.City), Text: house.City, Current: house.City == g.City})
			g.Places = append(g.Places, page.City{Name: house.City})
		}
		place := &g.Places[len(g.Places)-1]
		place.Houses = append(place.Houses, page.House{
			URL: v.base(house.BrandID) + "/", Name: house.Name,
			Note: fmt.Sprintf("Opened %d, %s seats", house.OpenedYear, wording.Count(house.Capacity)),
		})
	}
	if g.City != "" {
		g.Title = "What’s on in " + g.City
		g.Places = slices.DeleteFunc(g.Places, func(c page.City) bool { return c.Name != g.City })
	}
	for _, l := range listings {
		if g.City != "" && l.Venue.City != g.City {
			continue
		}
		if g.Found++; len(g.Bills) < groupBills {
			g.Bills = append(g.Bills, v.bill(l, nil))
		}
	}
	return v.show(http.StatusOK, page.GroupPage(g))
}

// chosenCity is the city asked for as it is written, "" when there is none of that name.
func chosenCity(venues []venue.Venue, asked string) string {
	for _, house := range venues {
		if strings.EqualFold(house.City, asked) {
			return house.City
		}
	}
	return ""
}
