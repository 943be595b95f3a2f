package storefront

import (
	"context"
	"log/slog"
	"net/http"
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
	a := readAsking(v.r.URL.Query())
	p := page.Search{Frame: v.frame()}
	p.Query = a.q
	p.Title, p.NoIndex, p.NoSearch = "Search", true, true
	if p.Query != "" {
		p.Title = "Search: " + p.Query
	}
	p.Scripts = append(p.Scripts, "js/search.js")
	p.Asked = p.Query != "" || a.narrowed()
	p.Views, p.Kept = views(a), kept(a)
	v.refine(&p, a)
	ctx, cancel := context.WithTimeout(v.ctx, searchTimeout)
	defer cancel()
	var err error
	switch {
	case a.view == viewMap:
		err = s.searchMap(ctx, v, &p, a)
	case a.view == viewCalendar:
		err = s.searchCalendar(ctx, v, &p, a)
	case v.brand.Group:
		err = s.searchGroup(ctx, v, &p, a)
	default:
		err = s.searchTheatre(ctx, v, &p, a)
	}
	if err != nil {
		s.Logger.LogAttrs(v.ctx, slog.LevelWarn, "search is not available", slog.String("brand", v.brand.ID), slog.Any("error", err))
		p.Down, p.Groups, p.Facets, p.Map, p.Calendar, p.Total = true, nil, nil, nil, nil, 0
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

// scope is whose shows are meant: a theatre's own, or everybody's on the group's site.
func (v *visit) scope() string {
	if v.brand.Group {
		return ""
	}
	return v.brand.ID
}

// searchTheatre finds this theatre's shows first, then some of the other theatres'.
func (s *Store) searchTheatre(ctx context.Context, v *visit, p *page.Search, a asking) error {
	here, err := s.Search.Search(ctx, a.query(v.brand.ID))
	if err != nil {
		return err
	}
	hits, err := v.hits(here.Hits, "")
	if err != nil {
		return err
	}
	p.Groups = []page.Results{{Title: "At " + v.brand.Name, Found: here.Found, Hits: hits}}
	p.Total = here.Found
	p.Facets = v.facets(here.Facets, a)
	turn(p, a, here.Found)
	if !p.Asked {
		return nil
	}
	everywhere := a.query("")
	everywhere.Page, everywhere.PerPage = 1, hitsElsewhere+hitsPerPage
	all, err := s.Search.Search(ctx, everywhere)
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
			URL:  s.BrandOrigin(v.ctx, venue.GroupBrand) + a.with(func(*asking) {}),
			Text: "All " + wording.Count(all.Found) + " shows at every " + v.words.Theatre(),
		}
	}
	return nil
}

// searchGroup finds the shows of all theatres, all together.
func (s *Store) searchGroup(ctx context.Context, v *visit, p *page.Search, a asking) error {
	found, err := s.Search.Search(ctx, a.query(""))
	if err != nil {
		return err
	}
	hits, err := v.hits(found.Hits, "")
	if err != nil {
		return err
	}
	p.Groups = []page.Results{{Title: "Shows", Found: found.Found, Hits: hits}}
	p.Total = found.Found
	p.Facets = v.facets(found.Facets, a)
	turn(p, a, found.Found)
	return nil
}

// turn offers the pages before and after this one.
func turn(p *page.Search, a asking, found int) {
	number := a.page
	if number > 1 {
		p.Older = a.with(func(a *asking) { a.page = number - 1 })
	}
	if number*hitsPerPage < found {
		p.Newer = a.with(func(a *asking) { a.page = number + 1 })
	}
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
		if h.DistanceM >= 0 {
			hit.Away = wording.Miles(h.DistanceM)
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
