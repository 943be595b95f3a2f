package storefront_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/search/index"
)

func hit(brandID, slug, title string) index.Hit {
	return index.Hit{
		Show: index.Show{
			BrandID: brandID, Title: title, Author: "William Shakespeare", Venue: "A theatre", City: "London", URLPath: "/shows/" + slug,
			Currency: "GBP", PriceFrom: 2500, FirstAt: now.Unix(), LastAt: now.AddDate(0, 1, 0).Unix(), Availability: index.AvailabilityFew,
		},
		Highlights: map[string]index.Highlight{"title": {{Text: "Ham", Matched: true}, {Text: hostile}}},
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.search.results = index.Results{
		Found: 40, Page: 1, PerPage: 20, Hits: []index.Hit{hit("lyceum", "hamlet", "Hamlet"), hit("shubert", "hamlet", "Hamlet")},
		Facets: []index.Facet{{Field: "city", Values: []index.FacetValue{{Value: "London", Count: 30}}}, {Field: "genre", Values: []index.FacetValue{{Value: "Tragedy", Count: 12}}}},
	}
	a := h.visitor("lyceum").get("/search?q=ham").want(http.StatusOK)
	wellMade(t, a)
	a.has("At Lyceum Theatre", "At other theatres", "<mark>Ham</mark>&lt;script&gt;", `href="/shows/hamlet"`, "http://shubert.localhost:8787/shows/hamlet",
		"/posters/shubert/hamlet.svg", "From £25", "Few seats left", "http://stagedoor.localhost:8787/search?q=ham", `data-status="40 shows found."`)
	group := h.visitor("stagedoor").get("/search?q=ham&city=London&page=2").want(http.StatusOK)
	group.has("London (30)", "Tragedy (12)", `href="/search?city=London&amp;q=ham"`, `aria-current="true"`)
	last := h.search.asked[len(h.search.asked)-1]
	if last.City != "London" || last.Page != 2 || last.Text != "ham" {
		t.Errorf("asked %+v", last)
	}
	h.visitor("stagedoor").get("/search?q=" + strings.Repeat("x", 5000) + "&page=-7&city=" + strings.Repeat("y", 500)).want(http.StatusOK)
	if last := h.search.asked[len(h.search.asked)-1]; len(last.Text) != 200 || last.Page != 1 || len(last.City) != 80 {
		t.Errorf("asked for %d characters on page %d", len(last.Text), last.Page)
	}
}

func TestNothingFound(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.visitor("lyceum").get("/search?q=zzz").want(http.StatusOK).has("Nothing found for “zzz”", "On now and next", "/shows/hamlet", "/search?q=Shakespeare")
}

func TestSearchThatIsDown(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.search.err = errors.Join(index.ErrUnavailable, errors.New("dial tcp: refused"))
	for _, site := range []string{"lyceum", "stagedoor"} {
		h.visitor(site).get("/search?q=hamlet").want(http.StatusOK).has("Search is having a moment", "hamlet.svg").lacks("refused")
	}
}
