package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
)

// performance returns what this site may sell, read at most a few seconds ago.
func (s *server) performance(ctx context.Context, id uuid.UUID) (show.Detail, error) {
	detail, err := s.performances.get(ctx, id.String(), func(ctx context.Context) (show.Detail, error) {
		return s.Shows.Performance(ctx, id)
	})
	if err != nil {
		return detail, err
	}
	if !sells(session.Site(ctx), detail.Brand.ID) {
		return detail, notFound("performance")
	}
	return detail, nil
}

// GetPerformance implements GET /performances/{id}.
func (s *server) GetPerformance(ctx context.Context, request apigen.GetPerformanceRequestObject) (apigen.GetPerformanceResponseObject, error) {
	d, err := s.performance(ctx, request.Id)
	if err != nil {
		return nil, err
	}
	self := "/api/v1/performances/" + d.ID.String()
	body := apigen.Performance{
		Id: d.ID, BrandId: d.Brand.ID, Venue: place(d.Venue),
		Show:     apigen.ShowName{Id: d.Production.ID, Slug: d.Production.Slug, Title: d.Production.Title},
		StartsAt: d.StartsAt, OnSaleAt: d.OnSaleAt, Status: status(d.Performance, s.Now()), Access: list(d.Access),
		Currency: d.Prices.Currency, PriceTypes: []apigen.PriceType{}, Prices: []apigen.Price{},
		PlanId: d.PlanID, PlanUrl: self + "/plan?v=" + d.PlanID.String(), SeatsUrl: self + "/seats", EventsUrl: self + "/events",
		MaxSeats: s.MaxSeats,
	}
	for _, t := range d.Prices.Types {
		body.PriceTypes = append(body.PriceTypes, apigen.PriceType{Id: t.ID, Name: t.Name, Note: t.Note})
		for _, band := range d.Prices.Bands {
			if amount, sold := d.Prices.Amount(band, t.ID); sold {
				body.Prices = append(body.Prices, apigen.Price{Band: band, PriceType: t.ID, Amount: amount})
			}
		}
	}
	return apigen.GetPerformance200JSONResponse{
		Body: body, Headers: apigen.GetPerformance200ResponseHeaders{CacheControl: ptr("public, max-age=10")},
	}, nil
}
