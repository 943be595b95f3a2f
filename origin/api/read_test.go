package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

func TestLookingAround(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	soon := v.house.PerformanceAt(time.Now().Add(time.Hour), time.Now().Add(40*24*time.Hour), "on_sale")
	off := v.house.PerformanceAt(time.Now().Add(-time.Hour), time.Now().Add(41*24*time.Hour), "cancelled")
	ada := v.buyer()
	for site, want := range map[string]int{bookingtest.Brand: 1, bookingtest.Group: 1, bookingtest.OtherBrand: 0} {
		ada.site = site
		var page apigen.ShowPage
		got := ada.want(http.StatusOK, http.MethodGet, "/api/v1/shows", nil)
		if got.into(t, &page); page.Total != want || len(page.Shows) != want || !strings.Contains(got.Header.Get("Cache-Control"), "max-age=60") {
			t.Errorf("%s: %d shows, %v", site, page.Total, got.Header)
		}
		path := "/api/v1/shows/earnest"
		if want == 0 {
			ada.refused("not_found", http.MethodGet, path, nil)
			ada.refused("not_found", http.MethodGet, "/api/v1/performances/"+v.evening.String(), nil)
			ada.refused("not_found", http.MethodGet, "/api/v1/performances/"+v.evening.String()+"/seats", nil)
			ada.refused("not_found", http.MethodGet, "/api/v1/performances/"+v.evening.String()+"/events", nil)
			ada.refused("not_found", http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-1"}})
			continue
		}
		var show apigen.Show
		ada.want(http.StatusOK, http.MethodGet, path, nil).into(t, &show)
		if show.PriceFrom == nil || show.PriceFrom.Amount != bookingtest.AdultB || len(show.Performances) != 3 || show.Venue.TimeZone != "Europe/London" {
			t.Errorf("%s: %+v", site, show)
		}
	}
	ada.site = ""
	var page apigen.ShowPage
	if ada.want(http.StatusOK, http.MethodGet, "/api/v1/shows?page=3", nil).into(t, &page); len(page.Shows) != 0 || page.Total != 1 || page.Shows == nil {
		t.Errorf("a page beyond the last: %+v", page)
	}
	var p apigen.Performance
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/performances/"+v.evening.String(), nil).into(t, &p)
	if p.Status != apigen.PerformanceStatusOnSale || len(p.Prices) != 5 || p.Currency != "GBP" || p.MaxSeats != 12 {
		t.Errorf("performance %+v", p)
	}
	for id, want := range map[string]string{soon.String(): "Booking opens on", off.String(): "cancelled"} {
		problem := ada.refused("not_on_sale", http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": id, "seats": []string{"stalls-A-1"}})
		if !strings.Contains(problem.Detail, want) {
			t.Errorf("%q does not say %q", problem.Detail, want)
		}
	}

	plan := ada.want(http.StatusOK, http.MethodGet, p.PlanUrl, nil)
	var drawn venue.Plan
	plan.into(t, &drawn)
	etag := plan.Header.Get("ETag")
	if drawn.Count() != 24 || !strings.Contains(plan.Header.Get("Cache-Control"), "immutable") || etag == "" {
		t.Errorf("plan of %d seats, %v", drawn.Count(), plan.Header)
	}
	unversioned, _, _ := strings.Cut(p.PlanUrl, "?")
	if got := ada.want(http.StatusNotModified, http.MethodGet, unversioned, nil, "If-None-Match", "W/"+etag); len(got.Body) != 0 || strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("not modified: %s %v", got.Body, got.Header)
	}
}

// library answers searches with what a test puts into it.
type library struct {
	results index.Results
	err     error
	asked   index.Query
}

func (l *library) Search(_ context.Context, q index.Query) (index.Results, error) {
	l.asked = q
	return l.results, l.err
}

func TestSearching(t *testing.T) {
	t.Parallel()
	l := &library{results: index.Results{Found: 1, Page: 1, PerPage: 24,
		Hits: []index.Hit{{
			Show:       index.Show{ID: "1", BrandID: "lyceum", Brand: "Lyceum", Title: "Earnest", Hostname: "lyceum.localhost", URLPath: "/shows/earnest", PriceFrom: 2000, Currency: "GBP", Availability: index.AvailabilityGood, NextAt: 1_800_000_000},
			Highlights: map[string]index.Highlight{"title": {{Text: "Earn", Matched: true}, {Text: "est"}}},
		}},
		Facets: []index.Facet{{Field: "city", Values: []index.FacetValue{{Value: "London", Count: 1}}}},
	}}
	v := newTheatre(t, func(d *api.Deps) { d.Search = l })
	ada := v.buyer()
	var results apigen.SearchResults
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/search?q=ernest&city=London", nil).into(t, &results)
	if l.asked.BrandID != bookingtest.Brand || l.asked.City != "London" || results.Hits[0].Url != "/shows/earnest" || !results.Hits[0].Highlights["title"][0].Matched {
		t.Errorf("asked %+v, got %+v", l.asked, results)
	}
	ada.site = bookingtest.Group
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/search", nil).into(t, &results)
	if l.asked.BrandID != "" || results.Hits[0].Url != "http://lyceum.localhost:8787/shows/earnest" {
		t.Errorf("on the group's site: asked %+v, got %s", l.asked, results.Hits[0].Url)
	}
	l.err = fmt.Errorf("far away: %w", index.ErrUnavailable)
	if got := ada.call(http.MethodGet, "/api/v1/search?q=x", nil); got.code() != "search_unavailable" || got.Header.Get("Retry-After") == "" {
		t.Errorf("search down: %d %s", got.Status, got.Body)
	}
	l.err = errors.New("a nil map")
	if p := ada.refused("internal", http.MethodGet, "/api/v1/search?q=x", nil); strings.Contains(p.Detail, "nil map") {
		t.Errorf("the answer tells our secrets: %s", p.Detail)
	}
}

func TestWithRedisGone(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	kept := ada.hold("stalls-A-1")
	placed := ada.place(kept)
	v.redis.Kill()
	evening := "/api/v1/performances/" + v.evening.String()
	for path, body := range map[string]any{
		"/api/v1/holds": map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-2"}}, "/api/v1/holds/" + kept.Id + "/extend": nil,
	} {
		if got := ada.call(http.MethodPost, path, body); got.code() != "unavailable" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	ada.refused("unavailable", http.MethodGet, evening+"/seats", nil)
	ada.refused("unavailable", http.MethodGet, "/api/v1/holds/"+kept.Id, nil)
	ada.want(http.StatusOK, http.MethodGet, evening, nil)
	// An order that was placed can be paid all the same.
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	order, err := ada.await(placed.Order.Number, isPaid)
	if err != nil || order.State != apigen.OrderStatePaid {
		t.Fatalf("%s, %v", order.State, err)
	}
	v.redis.Empty()
	v.redis.Restart()
	sold := map[string]any{"performance_id": v.evening, "seats": []string{"stalls-A-1"}}
	for ada.call(http.MethodPost, "/api/v1/holds", sold).code() == "unavailable" { // until the client has found Redis again
	}
	ada.refused("seats_taken", http.MethodPost, "/api/v1/holds", sold)
}
