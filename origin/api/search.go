package api

import (
	"context"
	"net/url"
	"time"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// SearchShows implements GET /search.
func (s *server) SearchShows(ctx context.Context, request apigen.SearchShowsRequestObject) (apigen.SearchShowsResponseObject, error) {
	params := request.Params
	page, perPage, err := pageOf(params.Page, params.PerPage)
	if err != nil {
		return nil, err
	}
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	if s.Search == nil {
		return nil, &problem{code: codeSearchUnavailable}
	}
	query := index.Query{Text: value(params.Q), Genre: value(params.Genre), City: value(params.City), Page: page, PerPage: perPage}
	if site != venue.GroupBrand {
		query.BrandID = site
	}
	results, err := s.Search.Search(ctx, query)
	if err != nil {
		return nil, err
	}
	body := apigen.SearchResults{
		Query: query.Text, Total: results.Found, Page: results.Page, PerPage: results.PerPage,
		Hits: make([]apigen.SearchHit, len(results.Hits)), Facets: make([]apigen.Facet, len(results.Facets)),
	}
	for i, hit := range results.Hits {
		body.Hits[i] = found(hit, session.Origin(ctx), site)
	}
	for i, facet := range results.Facets {
		values := make([]apigen.FacetValue, len(facet.Values))
		for j, v := range facet.Values {
			values[j] = apigen.FacetValue{Value: v.Value, Count: v.Count}
		}
		body.Facets[i] = apigen.Facet{Field: facet.Field, Values: values}
	}
	return apigen.SearchShows200JSONResponse{
		Body: body, Headers: apigen.SearchShows200ResponseHeaders{CacheControl: ptr(showsKept)},
	}, nil
}

func found(hit index.Hit, origin, site string) apigen.SearchHit {
	doc := hit.Show
	out := apigen.SearchHit{
		Id: doc.ID, BrandId: doc.BrandID, Brand: doc.Brand, Title: doc.Title, Author: doc.Author, Genre: doc.Genre,
		Venue: doc.Venue, City: doc.City, Url: doc.URLPath, PriceFrom: apigen.Money{Amount: doc.PriceFrom, Currency: doc.Currency},
		Availability: apigen.SearchHitAvailability(doc.Availability), Highlights: make(map[string][]apigen.TextPiece, len(hit.Highlights)),
	}
	if doc.BrandID != site {
		out.Url = elsewhere(origin, doc.Hostname) + doc.URLPath
	}
	if doc.NextAt > 0 {
		out.NextAt = ptr(time.Unix(doc.NextAt, 0).UTC())
	}
	for field, pieces := range hit.Highlights {
		for _, piece := range pieces {
			out.Highlights[field] = append(out.Highlights[field], apigen.TextPiece{Text: piece.Text, Matched: piece.Matched})
		}
	}
	return out
}

// elsewhere is the public origin of another of our hostnames: the scheme and the port are those of this one.
func elsewhere(origin, hostname string) string {
	here, err := url.Parse(origin)
	if err != nil || here.Host == "" {
		return "https://" + hostname
	}
	if port := here.Port(); port != "" {
		hostname += ":" + port
	}
	return here.Scheme + "://" + hostname
}
