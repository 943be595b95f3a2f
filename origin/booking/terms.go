package booking

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Terms are the terms of sale of a site, or of one of its productions.
type Terms struct {
	pricing.Rules
	Refunds   Until
	Exchanges Until
	Limit     limit.Limit // of seats, for one buyer; the box office is not bound by it
	ByCard    bool        // the limit holds for one card as well: where a site has set its own terms
}

// Until is until when seats may be given up, and what that costs.
type Until struct {
	Never  bool
	Before time.Duration // how long before the performance begins
	Fee    int64         // minor units a seat, kept of what was paid for it
}

// Open reports whether seats of a performance that begins at starts may still be given up.
func (u Until) Open(starts, now time.Time) bool { return !u.Never && now.Before(starts.Add(-u.Before)) }

// The rates of the countries we sell in where a site says nothing: Britain's standard VAT is in the price. In the US
// the tax on admissions is the city's, and often there is none for the stage: a site that owes it says so.
var countryTax = map[string]pricing.Rules{
	"GB": {TaxRate: 200_000},
	"US": {TaxAdded: true},
}

// standardLimit is how many seats of a performance one buyer may have where a site says nothing: as many as they can hold at a
// time. Theatres allow 8 to 12; a site that wants fewer, or parties of any size, says so.
const standardLimit = 12

// standardTerms hold where a site says nothing.
func standardTerms(country string) Terms {
	return Terms{Limit: limit.Limit{Performance: standardLimit}, Rules: countryTax[country], Refunds: Until{Before: 48 * time.Hour}, Exchanges: Until{Before: 24 * time.Hour}}
}

// termsKept is how late a change of terms is noticed.
const termsKept = 5 * time.Second

// termsBook remembers terms: they are asked for before every sale.
type termsBook struct {
	mu    sync.Mutex
	known map[uuid.UUID]knownTerms // by production
}

type knownTerms struct {
	Terms
	at time.Time
}

// Terms are what a performance is sold by.
func (s *Service) Terms(ctx context.Context, d show.Detail) (Terms, error) {
	now := s.now()
	s.terms.mu.Lock()
	known, ok := s.terms.known[d.Production.ID]
	s.terms.mu.Unlock()
	if age := now.Sub(known.at); ok && age >= 0 && age < termsKept {
		return known.Terms, nil
	}
	row, err := s.queries().GetSaleTerms(ctx, dbsqlc.GetSaleTermsParams{BrandID: d.Brand.ID, ProductionID: d.Production.ID})
	terms := standardTerms(d.Brand.Country)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return Terms{}, fmt.Errorf("booking: terms of sale: %w", err)
	default:
		terms = fromTerms(row)
	}
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	if len(s.terms.known) > 10_000 || s.terms.known == nil {
		s.terms.known = map[uuid.UUID]knownTerms{}
	}
	s.terms.known[d.Production.ID] = knownTerms{terms, now}
	return terms, nil
}

func fromTerms(row dbsqlc.SaleTerm) Terms {
	until := func(hours *int32, fee int64) Until {
		if hours == nil {
			return Until{Never: true, Fee: fee}
		}
		return Until{Before: time.Duration(*hours) * time.Hour, Fee: fee}
	}
	most := func(n *int32) int {
		if n == nil {
			return 0
		}
		return int(*n)
	}
	return Terms{
		ByCard:  true,
		Limit:   limit.Limit{Performance: most(row.LimitPerformance), Production: most(row.LimitProduction)},
		Rules:   pricing.Rules{TicketFee: row.TicketFee, OrderFee: row.OrderFee, TaxRate: int64(row.TaxRate), TaxAdded: row.TaxAdded},
		Refunds: until(row.RefundHours, row.RefundFee), Exchanges: until(row.ExchangeHours, row.ExchangeFee),
	}
}
