package booking

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Terms are the terms of sale of a site, or of one of its productions.
type Terms struct {
	pricing.Rules
	Refunds   Until
	Exchanges Until
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

// standardTerms hold where a site says nothing.
func standardTerms(country string) Terms {
	return Terms{Rules: countryTax[country], Refunds: Until{Before: 48 * time.Hour}, Exchanges: Until{Before: 24 * time.Hour}}
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
	return Terms{
		Rules:   pricing.Rules{TicketFee: row.TicketFee, OrderFee: row.OrderFee, TaxRate: int64(row.TaxRate), TaxAdded: row.TaxAdded},
		Refunds: until(row.RefundHours, row.RefundFee), Exchanges: until(row.ExchangeHours, row.ExchangeFee),
	}
}

// SetTerms writes the terms of a site, or of a production where production is not zero. Orders keep the prices they
// were placed at.
func (s *Service) SetTerms(ctx context.Context, brandID string, production uuid.UUID, t Terms, by string) error {
	hours := func(u Until) *int32 {
		if u.Never {
			return nil
		}
		h := int32(u.Before / time.Hour)
		return &h
	}
	if t.TicketFee < 0 || t.OrderFee < 0 || t.TaxRate < 0 || t.TaxRate > pricing.Million/2 || t.Refunds.Fee < 0 || t.Exchanges.Fee < 0 || t.Refunds.Before < 0 || t.Exchanges.Before < 0 {
		return fmt.Errorf("booking: terms of %s: a fee, a rate or a time is out of bounds", brandID)
	}
	err := s.queries().PutSaleTerms(ctx, dbsqlc.PutSaleTermsParams{
		BrandID: brandID, ProductionID: pgtype.UUID{Bytes: production, Valid: production != uuid.Nil}, TicketFee: t.TicketFee, OrderFee: t.OrderFee,
		TaxRate: int32(t.TaxRate), TaxAdded: t.TaxAdded, RefundHours: hours(t.Refunds), RefundFee: t.Refunds.Fee,
		ExchangeHours: hours(t.Exchanges), ExchangeFee: t.Exchanges.Fee, UpdatedAt: s.now(), UpdatedBy: by,
	})
	if err != nil {
		return fmt.Errorf("booking: terms of %s: %w", brandID, err)
	}
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	clear(s.terms.known)
	return nil
}
