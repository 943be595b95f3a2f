package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

const (
	showsKept       = "public, max-age=60"
	mostListed      = 500 // performances of a show
	defaultPerPage  = 24
	maximumPerPage  = 100
	maximumPageSeen = 500
)

// ListShows implements GET /shows.
func (s *server) ListShows(ctx context.Context, request apigen.ListShowsRequestObject) (apigen.ListShowsResponseObject, error) {
	page, perPage, err := pageOf(request.Params.Page, request.Params.PerPage)
	if err != nil {
		return nil, err
	}
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	listings, err := s.Shows.Productions(ctx, site, s.Now())
	if err != nil {
		return nil, err
	}
	from := min((page-1)*perPage, len(listings))
	body := apigen.ShowPage{Page: page, PerPage: perPage, Total: len(listings), Shows: []apigen.ShowSummary{}}
	for _, listing := range listings[from:min(from+perPage, len(listings))] {
		body.Shows = append(body.Shows, summary(listing))
	}
	return apigen.ListShows200JSONResponse{Body: body, Headers: apigen.ListShows200ResponseHeaders{CacheControl: ptr(showsKept)}}, nil
}

// GetShow implements GET /shows/{slug}.
func (s *server) GetShow(ctx context.Context, request apigen.GetShowRequestObject) (apigen.GetShowResponseObject, error) {
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	listing, err := s.find(ctx, site, request.Slug, request.Params.Brand)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	performances, err := s.Shows.Performances(ctx, listing.ID, now)
	if err != nil {
		return nil, err
	}
	return apigen.GetShow200JSONResponse{
		Body:    wholeShow(listing, performances[:min(len(performances), mostListed)], now),
		Headers: apigen.GetShow200ResponseHeaders{CacheControl: ptr(showsKept)},
	}, nil
}

// find looks for a show by slug: a theatre's own on its site, any theatre's on the group's.
func (s *server) find(ctx context.Context, site, slug string, brand *string) (show.Listing, error) {
	if site != venue.GroupBrand {
		return s.Shows.Production(ctx, site, slug, s.Now())
	}
	if brand != nil && *brand != "" {
		return s.Shows.Production(ctx, *brand, slug, s.Now())
	}
	listings, err := s.Shows.Productions(ctx, site, s.Now())
	if err != nil {
		return show.Listing{}, err
	}
	var found []show.Listing
	for _, listing := range listings {
		if listing.Slug == slug {
			found = append(found, listing)
		}
	}
	switch len(found) {
	case 0:
		return show.Listing{}, notFound("show")
	case 1:
		return found[0], nil
	}
	return show.Listing{}, badField(codeBadRequest, "brand", "must say which theatre's show of this name is meant")
}

func summary(l show.Listing) apigen.ShowSummary {
	s := apigen.ShowSummary{
		Id: l.ID, Slug: l.Slug, BrandId: l.BrandID, Title: l.Title, Author: l.Author, Genre: l.Genre, Summary: l.Summary,
		Venue: place(l.Venue), OpensOn: openapi_types.Date{Time: l.OpensOn}, ClosesOn: openapi_types.Date{Time: l.ClosesOn},
		RunningMinutes: l.RunningMinutes, AgeGuidance: l.AgeGuidance,
		PageUrl: "/shows/" + l.Slug, PosterUrl: "/posters/" + l.Slug + ".svg",
	}
	if l.PriceFrom > 0 {
		s.PriceFrom = &apigen.Money{Amount: l.PriceFrom, Currency: l.Brand.Currency}
	}
	return s
}

func wholeShow(l show.Listing, performances []show.Performance, now time.Time) apigen.Show {
	s := summary(l)
	whole := apigen.Show{
		Id: s.Id, Slug: s.Slug, BrandId: s.BrandId, Title: s.Title, Author: s.Author, Genre: s.Genre, Summary: s.Summary,
		Venue: s.Venue, OpensOn: s.OpensOn, ClosesOn: s.ClosesOn, RunningMinutes: s.RunningMinutes, AgeGuidance: s.AgeGuidance,
		PageUrl: s.PageUrl, PosterUrl: s.PosterUrl, PriceFrom: s.PriceFrom,
		Description: l.Description, Language: l.Language, FirstStaged: l.FirstStaged, IntervalCount: l.Intervals,
		Performances: make([]apigen.PerformanceSummary, len(performances)),
	}
	for i, p := range performances {
		whole.Performances[i] = apigen.PerformanceSummary{
			Id: p.ID, StartsAt: p.StartsAt, OnSaleAt: p.OnSaleAt, Status: status(p, now), Access: list(p.Access),
		}
	}
	return whole
}

func place(v venue.Venue) apigen.Venue {
	return apigen.Venue{
		Name: v.Name, Address: v.Address, City: v.City, Country: v.Country, TimeZone: v.TimeZone, Latitude: v.Latitude, Longitude: v.Longitude,
	}
}

// status is where a performance stands for a buyer.
func status(p show.Performance, now time.Time) apigen.PerformanceStatus {
	switch {
	case p.Status == show.Cancelled:
		return apigen.PerformanceStatusCancelled
	case !now.Before(p.StartsAt):
		return apigen.PerformanceStatusOver
	case p.Bookable(now):
		return apigen.PerformanceStatusOnSale
	}
	return apigen.PerformanceStatusScheduled
}

// pageOf reads which page is asked for.
func pageOf(page, perPage *int) (int, int, error) {
	p, size := 1, defaultPerPage
	if page != nil {
		p = *page
	}
	if perPage != nil {
		size = *perPage
	}
	switch {
	case p < 1 || p > maximumPageSeen:
		return 0, 0, badField(codeBadRequest, "page", "must be from 1 to %d", maximumPageSeen)
	case size < 1 || size > maximumPerPage:
		return 0, 0, badField(codeBadRequest, "per_page", "must be from 1 to %d", maximumPerPage)
	}
	return p, size, nil
}

// siteOf is the brand whose site is asked. Without one the request did not come through the edge.
func siteOf(ctx context.Context) (string, error) {
	if site := session.Site(ctx); site != "" {
		return site, nil
	}
	return "", notFound("site")
}

// sells reports whether a site sells what a brand has.
func sells(site, brandID string) bool { return site == brandID || site == venue.GroupBrand }

func ptr[T any](value T) *T { return &value }

// list is an array in JSON even when it is empty.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
