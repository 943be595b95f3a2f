package storefront

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// Bounds on a page of results, and on how long search may take before the page does without.
const (
	hitsPerPage    = 20
	hitsElsewhere  = 8
	mostResultPage = 500
	searchTimeout  = 3 * time.Second
	mostQueryRunes = 200
)

func (s *Store) search(v *visit) error {
	asked := v.r.URL.Query()
	p := page.Search{Frame: v.frame()}
	p.Query = cut(strings.TrimSpace(asked.Get("q")), mostQueryRunes)
	p.Title, p.NoIndex, p.NoSearch = "Search", true, true
	if p.Query != "" {
		p.Title = "Search: " + p.Query
	}
	p.Scripts = append(p.Scripts, "js/search.js")
	p.Asked = p.Query != "" || asked.Get("city") != "" || asked.Get("genre") != ""
	var err error
	if v.brand.Group {
		err = s.searchGroup(v, &p, asked)
	} else {
		err = s.searchTheatre(v, &p)
	}
	if err != nil {
		s.Logger.LogAttrs(v.ctx, slog.LevelWarn, "search is not available", slog.String("brand", v.brand.ID), slog.Any("error", err))
		p.Down, p.Groups, p.Facets, p.Total = true, nil, nil, 0
	}
	if p.Down || p.Total == 0 {
		if p.Season, err = s.season(v); err != nil {
			return err
		}
	}
	if p.Down {
		return v.show(http.StatusOK, page.SearchPage(p))
	}
	return v.showAll(page.SearchPage(p))
}

// searchTheatre finds this theatre's shows first, then some of the other theatres'.
func (s *Store) searchTheatre(v *visit, p *page.Search) error {
	ctx, cancel := context.WithTimeout(v.ctx, searchTimeout)
	defer cancel()
	here, err := s.Search.Search(ctx, index.Query{Text: p.Query, BrandID: v.brand.ID, PerPage: hitsPerPage})
	if err != nil {
		return err
	}
	hits, err := v.hits(here.Hits, "")
	if err != nil {
		return err
	}
	p.Groups = []page.Results{{Title: "At " + v.brand.Name, Found: here.Found, Hits: hits}}
	p.Total = here.Found
	if p.Query == "" {
		return nil
	}
	all, err := s.Search.Search(ctx, index.Query{Text: p.Query, PerPage: hitsElsewhere + hitsPerPage})
	if err != nil {
		return err
	}
	if hits, err = v.hits(all.Hits, v.brand.ID); err != nil {
		return err
	}
	elsewhere := page.Results{Title: "At other " + v.words.Theatres(), Found: all.Found - here.Found, Hits: hits[:min(len(hits), hitsElsewhere)]}
	p.Groups = append(p.Groups, elsewhere)
	p.Total = all.Found
	if elsewhere.Found > len(elsewhere.Hits) {
		p.More = &page.Link{
			URL:  s.BrandOrigin(v.ctx, venue.GroupBrand) + "/search?q=" + url.QueryEscape(p.Query),
			Text: "All " + wording.Count(all.Found) + " shows at every " + v.words.Theatre(),
		}
	}
	return nil
}

// searchGroup finds the shows of all theatres, which can be narrowed by city and kind.
func (s *Store) searchGroup(v *visit, p *page.Search, asked url.Values) error {
	ctx, cancel := context.WithTimeout(v.ctx, searchTimeout)
	defer cancel()
	number, _ := strconv.Atoi(asked.Get("page")) // what is no number is the first page
	number = min(max(number, 1), mostResultPage)
	query := index.Query{
		Text: p.Query, City: cut(asked.Get("city"), 80), Genre: cut(asked.Get("genre"), 80), Page: number, PerPage: hitsPerPage,
	}
	found, err := s.Search.Search(ctx, query)
	if err != nil {
		return err
	}
	hits, err := v.hits(found.Hits, "")
	if err != nil {
		return err
	}
	p.Groups = []page.Results{{Title: "Shows", Found: found.Found, Hits: hits}}
	p.Total = found.Found
	here := searchAddress{q: p.Query, city: query.City, genre: query.Genre}
	for _, f := range found.Facets {
		switch f.Field {
		case "city":
			p.Facets = append(p.Facets, facet("City", f, here.city, func(value string) string { a := here; a.city = value; return a.String() }))
		case "genre":
			p.Facets = append(p.Facets, facet("Kind", f, here.genre, func(value string) string { a := here; a.genre = value; return a.String() }))
		}
	}
	if number > 1 {
		a := here
		a.page = number - 1
		p.Older = a.String()
	}
	if number*hitsPerPage < found.Found {
		a := here
		a.page = number + 1
		p.Newer = a.String()
	}
	return nil
}

// searchAddress is the address of a page of results.
type searchAddress struct {
	q, city, genre string
	page           int
}

func (a searchAddress) String() string {
	query := url.Values{}
	for name, value := range map[string]string{"q": a.q, "city": a.city, "genre": a.genre} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if a.page > 1 {
		query.Set("page", strconv.Itoa(a.page))
	}
	return "/search?" + query.Encode()
}

// mostFacets is how many values of a field are offered.
const mostFacets = 12

func facet(name string, f index.Facet, chosen string, address func(string) string) page.FacetLinks {
	out := page.FacetLinks{Name: name, Values: []page.Link{{URL: address(""), Text: "All", Current: chosen == ""}}}
	listed := false
	for _, value := range f.Values[:min(len(f.Values), mostFacets)] {
		listed = listed || value.Value == chosen
		out.Values = append(out.Values, page.Link{
			URL: address(value.Value), Text: value.Value + " (" + wording.Count(value.Count) + ")", Current: value.Value == chosen,
		})
	}
	if chosen != "" && !listed {
		out.Values = append(out.Values, page.Link{URL: address(chosen), Text: chosen, Current: true})
	}
	return out
}

// hits prepares what was found, leaving out those of one brand.
func (v *visit) hits(found []index.Hit, without string) ([]page.Hit, error) {
	brands, err := v.store.brands.all(v.ctx)
	if err != nil {
		return nil, err
	}
	var out []page.Hit
	for _, h := range found {
		if h.Show.BrandID == without {
			continue
		}
		brand := brands[h.Show.BrandID]
		words, at := wording.For(brand.Locale), brand.Location()
		hit := page.Hit{
			URL: v.base(h.Show.BrandID) + h.Show.URLPath, Title: marked(h, "title", h.Show.Title), Author: marked(h, "author", h.Show.Author),
			Where: h.Show.Venue + ", " + h.Show.City, Snippet: h.Highlights["description"],
			Poster: v.posterURL(h.Show.BrandID, strings.TrimPrefix(h.Show.URLPath, "/shows/")),
			Dates:  words.Run(time.Unix(h.Show.FirstAt, 0).In(at), time.Unix(h.Show.LastAt, 0).In(at)),
		}
		if h.Show.PriceFrom > 0 {
			hit.From = "From " + wording.Money(h.Show.PriceFrom, h.Show.Currency)
		}
		switch h.Show.Availability {
		case index.AvailabilityFew:
			hit.Left = "Few seats left"
		case index.AvailabilityNone:
			hit.Left = "Sold out"
		}
		out = append(out, hit)
	}
	return out, nil
}

// marked is a field with the words that matched, or the plain text.
func marked(h index.Hit, field, text string) index.Highlight {
	if m := h.Highlights[field]; len(m) > 0 {
		return m
	}
	if text == "" {
		return nil
	}
	return index.Highlight{{Text: text}}
}

// season is what to offer when there is nothing to show: what is on, from Postgres.
func (s *Store) season(v *visit) ([]page.Bill, error) {
	listings, err := s.Shows.Productions(v.ctx, v.brand.ID, v.now)
	if err != nil {
		return nil, err
	}
	var bills []page.Bill
	for _, l := range listings[:min(len(listings), hitsElsewhere)] {
		bills = append(bills, v.bill(l, nil))
	}
	return bills, nil
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
