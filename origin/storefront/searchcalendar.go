package storefront

import (
	"context"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/search/index"
)

// titlesADay is how many shows a day names; the rest are a click away.
const titlesADay = 3

// searchCalendar shows on which days what was found is played.
func (s *Store) searchCalendar(ctx context.Context, v *visit, p *page.Search, a asking) error {
	hits, found, err := s.everything(ctx, v, a)
	if err != nil {
		return err
	}
	p.Total = found
	today := index.Day(v.now.In(v.brand.Location()))
	first, last := int32(0), int32(0)
	for _, h := range hits {
		for _, d := range a.days(h) {
			if d < today || !a.from.IsZero() && d < index.Day(a.from) || !a.to.IsZero() && d > index.Day(a.to) {
				continue
			}
			if first == 0 || d < first {
				first = d
			}
			last = max(last, d)
		}
	}
	p.Calendar = &page.SearchCalendar{}
	if first == 0 {
		return nil
	}
	month := a.month
	if month.IsZero() || monthOf(month) < first/100 || monthOf(month) > last/100 {
		month = time.Date(int(first/10_000), time.Month(first/100%100), 1, 12, 0, 0, 0, time.UTC)
	}
	month = time.Date(month.Year(), month.Month(), 1, 12, 0, 0, 0, time.UTC)
	p.Calendar.Month = v.words.Month(month)
	if before := month.AddDate(0, -1, 0); monthOf(before) >= first/100 {
		p.Calendar.Before = &page.Link{Text: v.words.Month(before), URL: a.with(func(a *asking) { a.month = before })}
	}
	if after := month.AddDate(0, 1, 0); monthOf(after) <= last/100 {
		p.Calendar.After = &page.Link{Text: v.words.Month(after), URL: a.with(func(a *asking) { a.month = after })}
	}
	p.Calendar.Weekdays, p.Calendar.Days = v.calendar(hits, month, a, first)
	return nil
}

func monthOf(t time.Time) int32 { return index.Day(t) / 100 }

// days are those on which a show is played, or has seats left where that is asked for.
func (a asking) days(h index.Hit) []int32 {
	if a.open {
		return h.Show.OpenDays
	}
	return h.Show.Days
}

// calendar lays out a month.
func (v *visit) calendar(hits []index.Hit, month time.Time, a asking, from int32) ([]string, []page.SearchDay) {
	var out []page.SearchDay
	for date := month; date.Month() == month.Month(); date = date.AddDate(0, 0, 1) {
		number := index.Day(date)
		cell := page.SearchDay{
			Weekday: date.Format("Mon"), Date: v.words.Day(date), Column: column(v.words, date),
		}
		outside := number < from || !a.to.IsZero() && number > index.Day(a.to)
		for _, h := range hits {
			if _, plays := slices.BinarySearch(a.days(h), number); !plays || outside {
				continue
			}
			cell.Found++
			if len(cell.Shows) < titlesADay {
				cell.Shows = append(cell.Shows, page.Link{Text: h.Show.Title, URL: v.base(h.Show.BrandID) + h.Show.URLPath})
			}
		}
		if rest := cell.Found - len(cell.Shows); rest > 0 {
			cell.More = &page.Link{Text: wording.Count(rest) + " more", URL: a.with(func(a *asking) {
				a.view, a.month, a.from, a.to = "", zero, date.Truncate(24*time.Hour), date.Truncate(24*time.Hour)
			})}
		}
		out = append(out, cell)
	}
	return v.words.Weekdays(), out
}

// zero is no time at all.
var zero time.Time
