package booking

import (
	"context"

	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Quote is what the seats of a hold cost.
type Quote struct {
	Currency string
	Seats    []Seat // priced, in the order of the hold
	Sum      pricing.Sum
	Codes    []QuotedCode
	TaxAdded bool  // on top; else Sum.Tax is in the prices
	TaxRate  int64 // millionths
}

// QuotedCode is a promo code and what it takes off.
type QuotedCode struct {
	Code, About string
	Off         int64
}

// Quote says what an order of the seats of a hold would come to, and changes nothing. Errors: those of Place that are
// about the hold, the seats and the promo codes.
func (s *Service) Quote(ctx context.Context, p PlaceOrder) (Quote, error) {
	p.Promos = promo.NormaliseAll(p.Promos)
	wanted, detail, err := s.priced(ctx, p)
	if err != nil {
		return Quote{}, err
	}
	if refused := promo.Spent(wanted.codes); refused != nil && !s.counted(ctx, p, wanted.codes) {
		return Quote{}, refusedCode(refused)
	}
	q := Quote{Currency: detail.Prices.Currency, Seats: wanted.seats, Sum: pricing.Add(wanted.lines)}
	for _, l := range wanted.lines {
		q.TaxAdded, q.TaxRate = l.TaxAdded, l.TaxRate
	}
	for _, c := range wanted.codes {
		quoted := QuotedCode{Code: c.Code, About: c.About}
		for _, l := range wanted.lines {
			for _, share := range l.Promos {
				if share.Code == c.Code {
					quoted.Off += share.Share
				}
			}
		}
		q.Codes = append(q.Codes, quoted)
	}
	return q, nil
}

// counted reports whether the buyer's own order of this hold has had its use of every code.
func (s *Service) counted(ctx context.Context, p PlaceOrder, codes []promo.Code) bool {
	order, err := s.OrderOfHold(ctx, p.HoldID, p.Session)
	if err != nil || order.State != AwaitingPayment {
		return false
	}
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = c.Code
	}
	return sameCodes(order.Promos, names)
}

// priced puts the house's prices on the seats of a hold, with fees, tax and promo codes.
func (s *Service) priced(ctx context.Context, p PlaceOrder) (draft, show.Detail, error) {
	kept, detail, err := s.held(ctx, p)
	if err != nil {
		return draft{}, detail, err
	}
	plan, err := s.shows.Plan(ctx, detail.PlanID)
	if err != nil {
		return draft{}, detail, wrapped("plan", err)
	}
	seats, err := price(kept.Seats, p.Seats, s.shows.index(plan), detail.Prices)
	if err != nil {
		return draft{}, detail, err
	}
	terms, err := s.Terms(ctx, detail)
	if err != nil {
		return draft{}, detail, err
	}
	codes, err := promo.Find(ctx, s.queries(), p.Promos, saleOf(detail, s.now()))
	if err != nil {
		return draft{}, detail, refusedCode(err)
	}
	lines := charge(seats, terms.Rules, discounts(codes))
	if at, idle := promo.Idle(codes, lines); idle {
		return draft{}, detail, idleCode(at)
	}
	out := draft{seats: seats, lines: lines, codes: codes, within: rule{terms.Limit, detail.Production.ID}, plan: detail.PlanID}
	out.order.HoldToken, out.order.PerformanceID, out.order.ExpiresAt = kept.Token, kept.PerformanceID, kept.ExpiresAt.UTC()
	return out, detail, nil
}
