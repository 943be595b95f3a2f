package index

import (
	"fmt"
	"strings"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Sort is the order of the hits.
type Sort string

// The orders there are. SortBest is the default: how well the text matches,
// then the soonest performance.
const (
	SortBest      Sort = ""
	SortSoonest   Sort = "soonest"
	SortPrice     Sort = "price"      // cheapest first
	SortPriceDesc Sort = "price-desc" // dearest first
	SortTitle     Sort = "title"
	SortNearest   Sort = "nearest" // needs Query.Near, else it is SortBest
)

// Near is a place and, unless RadiusKm is 0, how far from it shows may be.
type Near struct {
	Lat, Lon float64 // degrees
	RadiusKm float64
}

// Query is what a person is looking for. The zero Query finds every show. Every
// string may come straight from a request: none can change the meaning of the
// others.
type Query struct {
	Text          string    // words; typos are forgiven, the last word may be unfinished
	BrandID       string    // one brand's shows only
	City          string    // exact, as in the facet
	Genre         string    // exact, as in the facet
	Venue         string    // exact, as in the facet
	Accessibility []string  // every one of these
	Availability  []string  // any of these
	From, To      time.Time // the show runs on some day between them (both included); zero: open
	FromDay       int32     // a performance is on this day at the venue or later (Day); 0: open
	ToDay         int32     // and that one on this day or earlier; 0: open
	OnlyOpen      bool      // that performance has seats left, and is on sale
	Times         []string  // it is played at any of these, see Times
	Language      string    // exact, as in the facet
	MaxPrice      int64     // the lowest price is at most this, minor units; 0: any
	Near          *Near
	Sort          Sort
	Page          int // from 1; less means 1
	PerPage       int // 1 to 100; less means 20
	// Performances asks for those of each show found; without it they stay in the index, for they are many.
	Performances bool
}

// Bounds on what a page of results may ask for.
const (
	defaultPerPage = 20
	maxPerPage     = 100
	maxPage        = 500
	maxTextRunes   = 200
)

// marks around a matched word, taken from Unicode's private use area so that no
// document holds them and the text between can be escaped for HTML.
const (
	markStart = "\uE000"
	markEnd   = "\uE001"
)

const (
	queryBy        = "title,author,cast,brand,venue,city,genre,description"
	queryByWeights = "10,8,6,5,5,4,3,1"
	facetBy        = "genre,city,brand,venue,availability,accessibility,language,times"
)

// params translates q for the server.
func (q Query) params() *api.SearchCollectionParams {
	text := strings.TrimSpace(q.Text)
	if r := []rune(text); len(r) > maxTextRunes {
		text = string(r[:maxTextRunes])
	}
	if text == "" {
		text = "*"
	}
	page, perPage := min(max(q.Page, 1), maxPage), min(q.PerPage, maxPerPage)
	if perPage < 1 {
		perPage = defaultPerPage
	}
	p := &api.SearchCollectionParams{
		Q:                   &text,
		QueryBy:             ptr(queryBy),
		QueryByWeights:      ptr(queryByWeights),
		FacetBy:             ptr(facetBy),
		MaxFacetValues:      ptr(50),
		SortBy:              ptr(q.sortBy()),
		Page:                &page,
		PerPage:             &perPage,
		HighlightStartTag:   ptr(markStart),
		HighlightEndTag:     ptr(markEnd),
		HighlightFullFields: ptr("title,author,cast,brand,venue,city,genre"),
	}
	if !q.Performances {
		p.ExcludeFields = ptr("performances")
	}
	if f := q.filterBy(); f != "" {
		p.FilterBy = &f
	}
	return p
}

// filterBy is the filter_by expression of q, "" for none.
func (q Query) filterBy() string {
	var c clause
	c.is("brand_id", q.BrandID)
	c.is("city", q.City)
	c.is("genre", q.Genre)
	c.is("venue", q.Venue)
	c.all("accessibility", q.Accessibility)
	c.any("availability", q.Availability)
	c.instant("last_at", ">=", q.From)
	c.instant("first_at", "<=", q.To)
	c.days(q)
	c.any("times", q.Times)
	c.is("language", q.Language)
	if q.MaxPrice > 0 {
		c.number("price_from", "<=", q.MaxPrice)
	}
	c.within("location", q.Near)
	return c.String()
}

// sortBy is at most three keys, which is all that Typesense takes.
func (q Query) sortBy() string {
	const soonest = "next_at(missing_values: last):asc"
	switch q.Sort {
	case SortSoonest:
		return soonest + ",_text_match:desc"
	case SortPrice:
		return "price_from:asc,_text_match:desc," + soonest
	case SortPriceDesc:
		return "price_to:desc,_text_match:desc," + soonest
	case SortTitle:
		return "title:asc," + soonest
	case SortNearest:
		if n := q.Near; n != nil {
			return fmt.Sprintf("location(%s, %s):asc,_text_match:desc,%s", degrees(n.Lat), degrees(n.Lon), soonest)
		}
	}
	return "_text_match:desc," + soonest
}

func ptr[T any](v T) *T { return &v }
