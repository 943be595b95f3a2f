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
			Location: &index.Point{Lat: 51.5, Lon: -0.12}, Days: []int32{20261224, 20261226}, OpenDays: []int32{20261226},
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
		Facets: []index.Facet{
			{Field: "city", Values: []index.FacetValue{{Value: "London", Count: 30}, {Value: "Bath", Count: 10}}},
			{Field: "genre", Values: []index.FacetValue{{Value: "Tragedy", Count: 12}, {Value: "Comedy", Count: 1028}}},
			{Field: "accessibility", Values: []index.FacetValue{{Value: "captioned", Count: 3}}},
			{Field: "language", Values: []index.FacetValue{{Value: "en", Count: 39}, {Value: "fr", Count: 1}}},
		},
	}
	a := h.visitor("lyceum").get("/search?q=ham").want(http.StatusOK)
	wellMade(t, a)
	a.has("At Lyceum Theatre", "At other theatres", "<mark>Ham</mark>&lt;script&gt;", `href="/shows/hamlet"`, "http://shubert.localhost:8787/shows/hamlet",
		"/posters/shubert/hamlet.svg", "From £25", "Few seats left", "http://stagedoor.localhost:8787/search?q=ham", `data-status="40 shows found."`,
		"Tragedy (12)", "Comedy (1,028)", "Captioned (3)", `href="/search?access=captioned&amp;q=ham"`, "French (1)").lacks("London (30)", "Signed", "BSL interpreted (")
	h.visitor("lyceum").get("/search?q=ham&access=captioned&access=relaxed&genre=Opera").want(http.StatusOK).has(
		`href="/search?access=relaxed&amp;genre=Opera&amp;q=ham" aria-current="true">Captioned (3)`, "Relaxed (0)", `aria-current="true">Opera<`)
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

func TestSearchIsNarrowed(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.search.results = index.Results{Found: 2, Hits: []index.Hit{hit("lyceum", "hamlet", "Hamlet"), hit("shubert", "hamlet", "Hamlet")}}
	a := h.visitor("lyceum").get("/search?q=ham&from=2026-12-01&to=2026-12-24&when=matinee&access=captioned&most=40&open=1").want(http.StatusOK)
	wellMade(t, a)
	a.has("Until Thu 24 Dec", "Matinée", "Captioned", "Up to £40", "Seats left", "Clear all", `value="2026-12-01"`,
		`href="/search?access=captioned&amp;from=2026-12-01&amp;most=40&amp;open=1&amp;q=ham&amp;to=2026-12-24"`)
	last := h.search.asked[0]
	if last.FromDay != 20261201 || last.ToDay != 20261224 || !last.OnlyOpen || last.MaxPrice != 4000 || len(last.Times) != 1 || len(last.Accessibility) != 1 {
		t.Errorf("asked %+v", last)
	}
	h.search.results.Hits[0].DistanceM = 2000
	h.visitor("stagedoor").get("/search?near=51.5,-0.1").want(http.StatusOK).has("1.2 miles away", "Near you", "Nearest")
	if last := h.search.asked[len(h.search.asked)-1]; last.Near == nil || last.Sort != index.SortNearest {
		t.Errorf("asked %+v", last)
	}
	h.search.results = index.Results{}
	h.visitor("stagedoor").get("/search?when=evening&most=25").want(http.StatusOK).has("Take something away above", "Up to £/$25")
}

func TestSearchOnAMapAndACalendar(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.search.results = index.Results{Found: 2, Hits: []index.Hit{hit("lyceum", "hamlet", "Hamlet"), hit("shubert", "candida", "Candida")}}
	group := h.visitor("stagedoor")
	a := group.get("/search?view=map").want(http.StatusOK)
	wellMade(t, a)
	a.has(`<h2>London</h2>`, `href="#place-1"`, `id="place-1"`, `<a href="http://lyceum.localhost:8787/shows/hamlet">Hamlet</a>`, "mile", `aria-current="true">Map`)
	a = group.get("/search?view=calendar").want(http.StatusOK)
	wellMade(t, a)
	a.has("December 2026", "24 Dec", "Candida", `form="search-form" name="view" value="calendar"`)
	group.get("/search?view=calendar&open=1").want(http.StatusOK).has("December 2026")
	if body := group.get("/search?view=calendar&open=1").want(http.StatusOK).body; strings.Count(body, ">Hamlet<") != 1 {
		t.Errorf("with seats left it is on %d days, want one", strings.Count(body, ">Hamlet<"))
	}
	group.get("/search?view=calendar&month=2031-01").want(http.StatusOK).has("December 2026")
	group.get("/search?view=calendar&to=2026-12-01").want(http.StatusOK).has("None of these has a day to come yet")
	for range 4 {
		h.search.results.Hits = append(h.search.results.Hits, hit("lyceum", "hamlet", "Hamlet"))
	}
	h.search.results.Found = 6
	group.get("/search?view=calendar").want(http.StatusOK).has("3 more", "/search?from=2026-12-24&amp;to=2026-12-24")
}
