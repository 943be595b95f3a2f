package storefront

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// bill announces a listing. nights may be nil.
func (v *visit) bill(l show.Listing, nights []page.Night) page.Bill {
	words := v.words
	if l.BrandID != v.brand.ID {
		words = wording.For(l.Brand.Locale)
	}
	return page.Bill{
		Listing: l, Words: words, URL: v.base(l.BrandID) + "/shows/" + l.Slug, Poster: v.posterURL(l.BrandID, l.Slug),
		Elsewhere: l.BrandID != v.brand.ID, Nights: nights,
	}
}

// night makes a performance something to choose. from is what its cheapest seat costs, "" when that is not known.
func (v *visit) night(p show.Performance, at *time.Location, from string) page.Night {
	n := page.Night{ID: p.ID.String(), At: p.StartsAt.In(at), Words: v.words, Access: v.words.AccessOf(p.Access), From: from}
	switch {
	case p.Status == show.Cancelled:
		n.Why = "Cancelled"
	case !v.now.Before(p.StartsAt):
		n.Why = "Begun"
	case p.Status == show.Scheduled:
		n.Why = "Announced"
	case v.now.Before(p.OnSaleAt):
		n.Why = "On sale " + v.words.ShortDate(p.OnSaleAt.In(at))
	default:
		n.URL = "/performances/" + p.ID.String()
	}
	return n
}

// nextNights is the first few performances of a production that can be booked.
func (v *visit) nextNights(l show.Listing, most int) ([]page.Night, error) {
	performances, err := v.store.Shows.Performances(v.ctx, l.ID, v.now)
	if err != nil {
		return nil, err
	}
	var nights []page.Night
	for _, p := range performances {
		if p.Bookable(v.now) {
			nights = append(nights, v.night(p, l.Venue.Location(), ""))
		}
		if len(nights) == most {
			break
		}
	}
	return nights, nil
}

// prices reads what seats cost at each tier that the performances have, by asking for one performance of each. It
// asks for at most four.
func (v *visit) prices(performances []show.Performance) (map[string]show.PriceTable, []string, error) {
	tables := map[string]show.PriceTable{}
	var tiers []string
	for _, p := range performances {
		if slices.Contains(tiers, p.PriceTier) || len(tiers) == 4 {
			continue
		}
		detail, err := v.store.Shows.Performance(v.ctx, p.ID)
		if err != nil {
			return nil, nil, err
		}
		tables[p.PriceTier] = detail.Prices
		tiers = append(tiers, p.PriceTier)
	}
	slices.SortFunc(tiers, func(a, b string) int { return int(tables[a].From() - tables[b].From()) })
	return tables, tiers, nil
}

// parseID reads an ID of an address; anything else than an ID is no page.
func parseID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return uuid.Nil, errNoPage
	}
	return id, nil
}
