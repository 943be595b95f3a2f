package storefront

import (
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// monthForm is how a month is written in addresses.
const monthForm = "2006-01"

// accessNights is how many dates are listed for each kind of access.
const accessNights = 4

func (s *Store) show(v *visit) error {
	if v.brand.Group {
		return errNoPage // each theatre announces its own
	}
	listing, err := s.Shows.Production(v.ctx, v.brand.ID, v.r.PathValue("slug"), v.now)
	if err != nil {
		return err
	}
	performances, err := s.Shows.Performances(v.ctx, listing.ID, v.now)
	if err != nil {
		return err
	}
	tables, tiers, err := v.prices(performances)
	if err != nil {
		return err
	}
	at := listing.Venue.Location()
	nights := make([]page.Night, len(performances))
	for i, p := range performances {
		nights[i] = v.night(p, at, wording.Money(tables[p.PriceTier].From(), listing.Brand.Currency))
	}
	b := v.bill(listing, nil)
	p := page.Show{Frame: v.frame(), Bill: b, Over: len(nights) == 0, Zone: listing.Venue.City + " time"}
	p.Title, p.Description, p.Path = listing.Title, listing.Summary, "/shows/"+listing.Slug
	p.Image = v.origin + b.Poster + "?shape=wide"
	p.Tables, p.PriceNotes = priceTables(tables, tiers)
	p.AccessDates = accessDates(v.words, nights)
	chosen := chosenMonth(v.r.URL.Query().Get("month"), nights)
	p.Months = months(v.words, p.Path, chosen, nights)
	p.Month = v.words.Month(chosen)
	p.Weekdays, p.Days = days(v.words, chosen, nights)
	p.Event = v.event(listing, nights, chosen)
	if err := s.reading(v, listing, &p); err != nil {
		return err
	}
	return v.showAll(page.ShowPage(p))
}

// priceTables writes what seats cost at each kind of performance. A price that is nothing in every band is a note
// instead of a column.
func priceTables(tables map[string]show.PriceTable, tiers []string) ([]page.PriceTable, []page.PriceNote) {
	var out []page.PriceTable
	var notes []page.PriceNote
	for i, tier := range tiers {
		table := tables[tier]
		t := page.PriceTable{Caption: "All performances"}
		if len(tiers) > 1 && i == 0 {
			t.Caption = "Most performances"
		} else if len(tiers) > 1 {
			t.Caption = "Busiest performances"
		}
		var columns []show.PriceType
		for _, kind := range table.Types {
			if i == 0 && kind.Note != "" {
				notes = append(notes, page.PriceNote{Name: kind.Name, Note: kind.Note})
			}
			if !free(table, kind.ID) {
				columns = append(columns, kind)
				t.Types = append(t.Types, kind.Name)
			}
		}
		for _, band := range table.Bands {
			row := page.PriceRow{Band: band}
			for _, kind := range columns {
				price := ""
				if amount, sold := table.Amount(band, kind.ID); sold {
					price = wording.Money(amount, table.Currency)
				}
				row.Prices = append(row.Prices, price)
			}
			t.Rows = append(t.Rows, row)
		}
		out = append(out, t)
	}
	return out, notes
}

func free(table show.PriceTable, kind string) bool {
	for _, band := range table.Bands {
		if amount, sold := table.Amount(band, kind); sold && amount > 0 {
			return false
		}
	}
	return true
}

func accessDates(words wording.Locale, nights []page.Night) []page.AccessDates {
	byTag := map[string][]page.Night{}
	var tags []string
	for _, n := range nights {
		for _, a := range n.Access {
			if len(byTag[a.Tag]) == 0 {
				tags = append(tags, a.Tag)
			}
			if len(byTag[a.Tag]) < accessNights {
				byTag[a.Tag] = append(byTag[a.Tag], n)
			}
		}
	}
	var out []page.AccessDates
	for _, a := range words.AccessOf(tags) {
		out = append(out, page.AccessDates{Access: a, Nights: byTag[a.Tag]})
	}
	return out
}

// chosenMonth is the month asked for, if anything plays in it, or else the first with something to book.
func chosenMonth(asked string, nights []page.Night) time.Time {
	var chosen time.Time
	for _, n := range nights {
		month := firstOf(n.At)
		if n.At.Format(monthForm) == asked {
			return month
		}
		if chosen.IsZero() && n.URL != "" {
			chosen = month
		}
	}
	if chosen.IsZero() && len(nights) > 0 {
		return firstOf(nights[0].At)
	}
	return chosen
}

func firstOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

func months(words wording.Locale, path string, chosen time.Time, nights []page.Night) []page.Link {
	var out []page.Link
	for _, n := range nights {
		month := words.Month(n.At)
		if len(out) > 0 && out[len(out)-1].Text == month {
			continue
		}
		out = append(out, page.Link{
			URL: path + "?month=" + n.At.Format(monthForm) + "#performances", Text: month, Current: firstOf(n.At).Equal(chosen),
		})
	}
	return out
}

// days lays out a month from its first day with a performance to its last. Days between them without any are there
// for the calendar's sake. A week begins on Monday in Britain, on Sunday in America.
func days(words wording.Locale, month time.Time, nights []page.Night) ([]string, []page.Day) {
	byDay := map[int][]page.Night{}
	from, to := 32, 0
	for _, n := range nights {
		if day := n.At.Day(); firstOf(n.At).Equal(month) {
			byDay[day] = append(byDay[day], n)
			from, to = min(from, day), max(to, day)
		}
	}
	var out []page.Day
	for day := from; day <= to; day++ {
		date := time.Date(month.Year(), month.Month(), day, 12, 0, 0, 0, month.Location())
		out = append(out, page.Day{
			Weekday: date.Format("Mon"), Date: words.Day(date), Nights: byDay[day], Column: column(words, date),
		})
	}
	return words.Weekdays(), out
}

// column is the class of a day's place in a calendar.
func column(words wording.Locale, date time.Time) string {
	return "col-" + strconv.Itoa(words.Column(date))
}

// event describes the production and the chosen month's performances for search engines: https://schema.org/TheaterEvent.
func (v *visit) event(l show.Listing, nights []page.Night, month time.Time) map[string]any {
	place := schemaPlace(l.Venue, v.origin)
	event := map[string]any{
		"@context": "https://schema.org", "@type": "TheaterEvent", "name": l.Title, "description": l.Summary,
		"url": v.origin + "/shows/" + l.Slug, "image": v.origin + v.posterURL(l.BrandID, l.Slug),
		"startDate": l.OpensOn.Format(time.DateOnly), "endDate": l.ClosesOn.Format(time.DateOnly),
		"eventStatus": "https://schema.org/EventScheduled", "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
		"location": place, "inLanguage": l.Language,
		"organizer": map[string]any{"@type": "Organization", "name": l.Brand.Name, "url": v.origin + "/"},
		"workPerformed": map[string]any{
			"@type": "CreativeWork", "name": l.Title, "author": map[string]any{"@type": "Person", "name": l.Author},
		},
	}
	if l.PriceFrom > 0 {
		event["offers"] = map[string]any{
			"@type": "AggregateOffer", "lowPrice": wording.Decimal(l.PriceFrom), "highPrice": wording.Decimal(l.PriceTo),
			"priceCurrency": l.Brand.Currency, "availability": "https://schema.org/InStock", "url": v.origin + "/shows/" + l.Slug,
		}
	}
	var parts []map[string]any
	for _, n := range nights {
		if !firstOf(n.At).Equal(month) {
			continue
		}
		part := map[string]any{
			"@type": "TheaterEvent", "name": l.Title, "startDate": n.At.Format(time.RFC3339), "location": place,
			"endDate":     n.At.Add(time.Duration(l.RunningMinutes) * time.Minute).Format(time.RFC3339),
			"eventStatus": "https://schema.org/EventScheduled", "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
		}
		if n.Why == "Cancelled" {
			part["eventStatus"] = "https://schema.org/EventCancelled"
		}
		if n.URL != "" {
			part["url"] = v.origin + n.URL
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		event["subEvent"] = parts
	}
	return event
}

func schemaPlace(house venue.Venue, origin string) map[string]any {
	return map[string]any{
		"@type": "PerformingArtsTheater", "name": house.Name, "url": origin + "/venue",
		"address": map[string]any{
			"@type": "PostalAddress", "streetAddress": house.Address, "addressLocality": house.City, "addressCountry": house.Country,
		},
		"geo":                     map[string]any{"@type": "GeoCoordinates", "latitude": house.Latitude, "longitude": house.Longitude},
		"maximumAttendeeCapacity": house.Capacity,
	}
}
