package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// SetOfTerms are terms as they were set for a site, or for one of its productions.
type SetOfTerms struct {
	Terms
	ProductionID uuid.UUID // zero: of the site
	Title        string    // of the production
	SetAt        time.Time
	SetBy        string
}

// TermsChangedError says that somebody else set the terms since they were read.
type TermsChangedError struct{ Now SetOfTerms } // SetAt is zero when they were taken away

func (e *TermsChangedError) Error() string {
	return "booking: the terms were changed by " + e.Now.SetBy
}

// StandardTerms hold where a site says nothing.
func StandardTerms(country string) Terms { return standardTerms(country) }

// TermsOfBrand lists what a site has set: its own first, then those of its productions.
func (s *Service) TermsOfBrand(ctx context.Context, brandID string) ([]SetOfTerms, error) {
	rows, err := s.queries().SaleTermsOfBrand(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("booking: terms of %s: %w", brandID, err)
	}
	list := make([]SetOfTerms, len(rows))
	for i, r := range rows {
		list[i] = setOfTerms(dbsqlc.SaleTerm{
			BrandID: r.BrandID, ProductionID: r.ProductionID, TicketFee: r.TicketFee, OrderFee: r.OrderFee, TaxRate: r.TaxRate, TaxAdded: r.TaxAdded,
			RefundHours: r.RefundHours, RefundFee: r.RefundFee, ExchangeHours: r.ExchangeHours, ExchangeFee: r.ExchangeFee,
			UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, LimitPerformance: r.LimitPerformance, LimitProduction: r.LimitProduction,
		})
		list[i].Title = r.Title
	}
	return list, nil
}

func setOfTerms(row dbsqlc.SaleTerm) SetOfTerms {
	return SetOfTerms{Terms: fromTerms(row), ProductionID: row.ProductionID.Bytes, SetAt: row.UpdatedAt.UTC(), SetBy: row.UpdatedBy}
}

// SetTerms writes the terms of a site, or of a production where production is not zero, and the audit log. Orders keep
// the prices they were placed at. by is who says so.
func (s *Service) SetTerms(ctx context.Context, brandID string, production uuid.UUID, t Terms, by string) error {
	return s.changeTerms(ctx, brandID, production, nil, by, &t)
}

// SetTermsSince is SetTerms by somebody who read them as they were set at known, zero for not at all: it returns a
// *TermsChangedError if they were set otherwise meanwhile. Without terms what was set is taken away.
func (s *Service) SetTermsSince(ctx context.Context, brandID string, production uuid.UUID, known time.Time, t *Terms, by string) error {
	return s.changeTerms(ctx, brandID, production, &known, by, t)
}

func (s *Service) changeTerms(ctx context.Context, brandID string, production uuid.UUID, known *time.Time, by string, t *Terms) error {
	if t != nil && !t.possible() {
		return fmt.Errorf("booking: terms of %s: a fee, a rate, a time or a limit is out of bounds", brandID)
	}
	of := pgtype.UUID{Bytes: production, Valid: production != uuid.Nil}
	err := s.inTx(ctx, "terms of "+brandID, func(_ pgx.Tx, q *dbsqlc.Queries) error {
		if err := q.LockSaleTerms(ctx, brandID); err != nil { // the row may not be there to be locked
			return err
		}
		var before any
		var now SetOfTerms
		row, err := q.OwnSaleTerms(ctx, dbsqlc.OwnSaleTermsParams{BrandID: brandID, ProductionID: of})
		switch {
		case err == nil:
			before, now = row, setOfTerms(row)
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		if known != nil && !known.Equal(now.SetAt) {
			return &TermsChangedError{now}
		}
		action, target := "terms.set", "site:"+brandID
		var after any
		if t == nil {
			action = "terms.drop"
			if _, err := q.DropSaleTerms(ctx, dbsqlc.DropSaleTermsParams{BrandID: brandID, ProductionID: of}); err != nil {
				return err
			}
		} else if after, err = s.putTerms(ctx, q, brandID, of, *t, by); err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{At: s.now(), Actor: by, Action: action, Target: target, Before: before, After: after})
	})
	if err != nil {
		return err
	}
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	clear(s.terms.known)
	return nil
}

func (s *Service) putTerms(ctx context.Context, q *dbsqlc.Queries, brandID string, production pgtype.UUID, t Terms, by string) (dbsqlc.SaleTerm, error) {
	hours := func(u Until) *int32 {
		if u.Never {
			return nil
		}
		h := int32(u.Before / time.Hour)
		return &h
	}
	err := q.PutSaleTerms(ctx, dbsqlc.PutSaleTermsParams{
		BrandID: brandID, ProductionID: production, TicketFee: t.TicketFee, OrderFee: t.OrderFee,
		TaxRate: int32(t.TaxRate), TaxAdded: t.TaxAdded, RefundHours: hours(t.Refunds), RefundFee: t.Refunds.Fee,
		ExchangeHours: hours(t.Exchanges), ExchangeFee: t.Exchanges.Fee, UpdatedAt: s.now(), UpdatedBy: by,
	})
	if err != nil {
		return dbsqlc.SaleTerm{}, err
	}
	most := func(n int) *int32 {
		if n == 0 {
			return nil
		}
		m := int32(n)
		return &m
	}
	err = q.PutSaleLimits(ctx, dbsqlc.PutSaleLimitsParams{
		BrandID: brandID, ProductionID: production, LimitPerformance: most(t.Limit.Performance), LimitProduction: most(t.Limit.Production),
	})
	if err != nil {
		return dbsqlc.SaleTerm{}, err
	}
	return q.OwnSaleTerms(ctx, dbsqlc.OwnSaleTermsParams{BrandID: brandID, ProductionID: production})
}

// possible reports whether terms can be written down.
func (t Terms) possible() bool {
	const longest, dearest, most = 2 * 365 * 24 * time.Hour, 1_000_000_00, 10_000
	in := func(n, least, most int64) bool { return least <= n && n <= most }
	for _, u := range []Until{t.Refunds, t.Exchanges} {
		if !in(u.Fee, 0, dearest) || !in(int64(u.Before), 0, int64(longest)) {
			return false
		}
	}
	return in(t.TicketFee, 0, dearest) && in(t.OrderFee, 0, dearest) && in(t.TaxRate, 0, pricing.Million/2) &&
		in(int64(t.Limit.Performance), 0, most) && in(int64(t.Limit.Production), 0, most)
}
