package storefront

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

// Ways to look at what was found.
const (
	viewList     = "list"
	viewMap      = "map"
	viewCalendar = "calendar"
)

// asking is what a visitor looks for, as the address says it. Whatever makes no sense is left out of it.
type asking struct {
	q, city, genre string
	when           string   // index.Matinee, index.Evening or ""
	access         []string // every one of these
	language       string
	from, to       time.Time // days, at midnight UTC; zero: open
	most           int64     // what a seat may cost, in whole pounds or dollars; 0: anything
	open           bool      // seats are left
	near           *index.Near
	sort           index.Sort
	view           string
	month          time.Time // of the calendar, its first day; zero: the first with something on
	page           int       // from 1
}

// accessKinds are the kinds of access that may be asked for.
var accessKinds = []string{show.AudioDescribed, show.Captioned, show.Signed, show.Relaxed}

// sorts are the orders that may be asked for, besides the best match.
var sorts = []index.Sort{index.SortSoonest, index.SortPrice, index.SortTitle, index.SortNearest}

// mostPrice bounds the price asked for, in whole pounds or dollars.
const mostPrice = 10_000

// readAsking reads an address.
func readAsking(values url.Values) asking {
	a := asking{
		q: cut(strings.TrimSpace(values.Get("q")), mostQueryRunes), city: cut(values.Get("city"), 80), genre: cut(values.Get("genre"), 80),
		language: cut(values.Get("language"), 20), open: values.Get("open") == "1",
		from: readDay(values.Get("from")), to: readDay(values.Get("to")), near: readNear(values.Get("near")),
	}
	if when := values.Get("when"); when == index.Matinee || when == index.Evening {
		a.when = when
	}
	for _, kind := range accessKinds {
		if slices.Contains(values["access"], kind) {
			a.access = append(a.access, kind)
		}
	}
	if !a.to.IsZero() && a.to.Before(a.from) {
		a.from, a.to = a.to, a.from
	}
	if most, err := strconv.ParseInt(values.Get("most"), 10, 64); err == nil && most > 0 && most <= mostPrice {
		a.most = most
	}
	if by := index.Sort(values.Get("sort")); slices.Contains(sorts, by) && (by != index.SortNearest || a.near != nil) {
		a.sort = by
	}
	if view := values.Get("view"); view == viewMap || view == viewCalendar {
		a.view = view
	}
	if month, err := time.Parse(monthForm, values.Get("month")); err == nil {
		a.month = month
	}
	number, _ := strconv.Atoi(values.Get("page")) // what is no number is the first page
	a.page = min(max(number, 1), mostResultPage)
	return a
}

// readDay reads a day as date fields send it; anything else is no day.
func readDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 || day.Year() > 2999 {
		return time.Time{}
	}
	return day
}

// readNear reads "51.51,-0.13". A kilometre is near enough, and as much as anybody should have to say.
func readNear(text string) *index.Near {
	first, second, found := strings.Cut(text, ",")
	lat, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !found || err != nil || err2 != nil || !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180) {
		return nil
	}
	round := func(f float64) float64 { v, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 2, 64), 64); return v }
	return &index.Near{Lat: round(lat), Lon: round(lon)}
}

// String is the address of the page that shows it.
func (a asking) String() string {
	values := url.Values{}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	set("q", a.q)
	set("city", a.city)
	set("genre", a.genre)
	set("when", a.when)
	set("language", a.language)
	set("from", day(a.from))
	set("to", day(a.to))
	set("sort", string(a.sort))
	set("view", a.view)
	set("near", a.place())
	for _, kind := range a.access {
		values.Add("access", kind)
	}
	if a.most > 0 {
		set("most", strconv.FormatInt(a.most, 10))
	}
	if a.open {
		set("open", "1")
	}
	if !a.month.IsZero() {
		set("month", a.month.Format(monthForm))
	}
	if a.page > 1 {
		set("page", strconv.Itoa(a.page))
	}
	if len(values) == 0 {
		return "/search"
	}
	return "/search?" + values.Encode()
}

// with is the address after a change, from its first page on.
func (a asking) with(change func(*asking)) string {
	a.access = slices.Clone(a.access)
	a.page = 1
	change(&a)
	return a.String()
}

// day writes a day as date fields do, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (a asking) place() string {
	if a.near == nil {
		return ""
	}
	return fmt.Sprintf("%.2f,%.2f", a.near.Lat, a.near.Lon)
}

// narrowed says that more than words are asked for.
func (a asking) narrowed() bool {
	return a.city != "" || a.genre != "" || a.when != "" || a.language != "" || len(a.access) > 0 || !a.from.IsZero() || !a.to.IsZero() || a.most > 0 || a.open
}

// query asks the index for a brand's shows, "" for everybody's.
func (a asking) query(brandID string) index.Query {
	q := index.Query{
		Text: a.q, BrandID: brandID, City: a.city, Genre: a.genre, Language: a.language, Accessibility: a.access, MaxPrice: a.most * 100, OnlyOpen: a.open,
		Near: a.near, Sort: a.sort, Page: a.page, PerPage: hitsPerPage,
	}
	if a.when != "" {
		q.Times = []string{a.when}
	}
	if !a.from.IsZero() {
		q.FromDay = index.Day(a.from)
	}
	if !a.to.IsZero() {
		q.ToDay = index.Day(a.to)
	}
	if a.near != nil && a.sort == "" {
		q.Sort = index.SortNearest
	}
	return q
}
