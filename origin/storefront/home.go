package storefront

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// nightsOnCard is how many performances a card offers, cardsWithNights how many cards do.
const (
	nightsOnCard    = 3
	cardsWithNights = 6
	groupBills      = 15
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
	if h.Banners, err = s.banners(v, uuid.Nil); err != nil {
		return err
	}
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
	return v.showAll(page.HomePage(h))
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
	if g.Banners, err = s.banners(v, uuid.Nil); err != nil {
		return err
	}
	g.Path, g.NoSearch = "/", true
	g.Description = fmt.Sprintf("Everything that is on at %d %s, from tonight to half a year from now.", len(venues), v.words.Theatres())
	g.City = chosenCity(venues, v.r.URL.Query().Get("city"))
	g.Cities = []page.Link{{URL: "/", Text: "Everywhere", Current: g.City == ""}}
	for _, house := range venues {
		if city := g.Cities[len(g.Cities)-1].Text; city != house.City {
			g.Cities = append(g.Cities, page.Link{URL: "/?city=" + url.QueryEscape(house.City), Text: house.City, Current: house.City == g.City})
		}
	}
	g.Places = v.places(venues, g.City)
	if g.City != "" {
		g.Title = "What’s on in " + g.City
	}
	for _, l := range listings {
		if g.City != "" && l.Venue.City != g.City {
			continue
		}
		if g.Found++; len(g.Bills) < groupBills {
			g.Bills = append(g.Bills, v.bill(l, nil))
		}
	}
	return v.showAll(page.GroupPage(g))
}

// manyHouses is how many theatres a city must have to be listed by itself.
const manyHouses = 4

// places lists the theatres by city, those of smaller cities together; or the theatres of one city.
func (v *visit) places(venues []venue.Venue, only string) []page.City {
	count := map[string]int{}
	for _, house := range venues {
		count[house.City]++
	}
	var large []page.City
	rest := page.City{Name: "Around the country"}
	for _, house := range venues {
		if only != "" && house.City != only {
			continue
		}
		entry := page.House{
			URL: v.base(house.BrandID) + "/", Name: house.Name,
			Note: fmt.Sprintf("Opened %d, %s seats", house.OpenedYear, wording.Count(house.Capacity)),
		}
		if only == "" && count[house.City] < manyHouses {
			entry.Note = house.City + ". " + entry.Note
			rest.Houses = append(rest.Houses, entry)
			continue
		}
		if len(large) == 0 || large[len(large)-1].Name != house.City {
			large = append(large, page.City{Name: house.City})
		}
		large[len(large)-1].Houses = append(large[len(large)-1].Houses, entry)
	}
	if len(rest.Houses) > 0 {
		large = append(large, rest)
	}
	return large
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
