package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// fewPercent is the share of seats left, in percent, under which there are few.
const fewPercent = 10

// material is all that is known of one show.
type material struct {
	dbsqlc.CatalogueProductionsRow
	performances []dbsqlc.CataloguePerformancesRow // to come, not cancelled, soonest first; seats counted
	prices       map[string]priceSpan              // of adults, by tier
	cast         []string
}

type priceSpan struct{ from, to int64 }

// document folds a show's performances into what is searched for. ok is false when nothing of it is to come: it does
// not belong in the index. Everything that depends on a day or an hour is reckoned in the venue's time zone.
func (m material) document(domain string) (_ index.Show, ok bool) {
	if len(m.performances) == 0 {
		return index.Show{}, false
	}
	p, v, b := m.Production, m.Venue, m.Brand
	s := index.Show{
		ID: p.ID.String(), BrandID: b.ID, Brand: b.Name,
		Title: p.Title, Author: p.Author, Genre: p.Genre, Language: p.Language,
		Description: p.Summary + " " + p.Description,
		Venue:       v.Name, City: v.City, Country: v.Country,
		Location: &index.Point{Lat: v.Latitude, Lon: v.Longitude},
		Hostname: b.ID + "." + domain, URLPath: "/shows/" + p.Slug,
		FirstAt: m.FirstAt.Unix(), LastAt: m.LastAt.Unix(), NextAt: m.performances[0].StartsAt.Unix(),
		Currency: b.Currency, PosterSeed: p.PosterSeed, Cast: m.cast,
	}
	at := venue.Venue{TimeZone: v.TimeZone}.Location()
	var seats, sold int64
	for _, one := range m.performances {
		evening := m.evening(one, at)
		s.Performances = append(s.Performances, evening)
		s.Days = append(s.Days, evening.Day)
		s.Times = append(s.Times, index.Times(one.StartsAt.In(at))...)
		s.Accessibility = append(s.Accessibility, evening.Accessibility...)
		for _, access := range evening.Accessibility {
			s.AccessDays = append(s.AccessDays, index.AccessDay(access, evening.Day))
		}
		if evening.Availability != index.AvailabilityNone {
			s.OpenDays = append(s.OpenDays, evening.Day)
		}
		if show.Status(one.Status) == show.OnSale {
			seats, sold = seats+int64(one.Seats), sold+int64(one.Sold)
		}
		if evening.PriceTo > 0 {
			if s.PriceTo == 0 || evening.PriceFrom < s.PriceFrom {
				s.PriceFrom = evening.PriceFrom
			}
			s.PriceTo = max(s.PriceTo, evening.PriceTo)
		}
	}
	s.Availability = availability(seats, sold)
	s.Days, s.OpenDays = once(s.Days), once(s.OpenDays)
	s.Times, s.Accessibility, s.AccessDays = once(s.Times), once(s.Accessibility), once(s.AccessDays)
	return s, true
}

// evening is one performance as the document shows it.
func (m material) evening(p dbsqlc.CataloguePerformancesRow, at *time.Location) index.Performance {
	local := p.StartsAt.In(at)
	out := index.Performance{
		ID: p.ID.String(), At: p.StartsAt.Unix(), Day: index.Day(local), Clock: local.Format("15:04"),
		Availability: index.AvailabilityNone, Accessibility: slices.Sorted(slices.Values(p.Access)),
		PriceFrom: m.prices[p.PriceTier].from, PriceTo: m.prices[p.PriceTier].to,
	}
	if show.Status(p.Status) == show.OnSale { // else it is announced, and when it opens does not hold yet
		out.OnSaleAt, out.Availability = p.OnSaleAt.Unix(), availability(int64(p.Seats), int64(p.Sold))
	}
	return out
}

// availability sums seats up. Only what is sold is gone: seats that somebody holds just now, or that only the box office
// sells, come and go too quickly to be told of here.
func availability(seats, sold int64) index.Availability {
	switch left := seats - sold; {
	case left <= 0:
		return index.AvailabilityNone
	case left*100 < seats*fewPercent:
		return index.AvailabilityFew
	default:
		return index.AvailabilityGood
	}
}

// once sorts and leaves out repetitions.
func once[T int32 | string](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// absent is the digest of a document that is not in the index, unknown of one that nobody can tell.
const (
	absent  = ""
	unknown = "unknown"
)

// digest is the same for documents that show the same.
func digest(s index.Show) string {
	s.Version = 0
	text, err := json.Marshal(s)
	if err != nil { // a location that is no number; the index refuses it with a reason
		return unknown
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// storable leaves out what Postgres does not take as text: a reason from elsewhere may hold anything.
func storable(text string) string {
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), 1000)], "\uFFFD")
}

func pluck[T any](all []T, id func(T) uuid.UUID) []uuid.UUID {
	out := make([]uuid.UUID, len(all))
	for i, one := range all {
		out[i] = id(one)
	}
	return out
}
