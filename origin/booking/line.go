package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
)

// fromLine is a seat as it was kept: seatRows is the other way.
func fromLine(row dbsqlc.OrderSeat) (Seat, error) {
	seat := Seat{
		SeatID: row.SeatID, Section: row.Section, Row: row.RowLabel, Label: row.SeatLabel, Band: row.Band, PriceType: row.PriceType,
		Amount: row.Amount, Rules: row.Rules, Gone: row.Gone, Refunded: row.Refunded, Credited: row.Credited,
		Price: pricing.Line{
			Seat: pricing.Seat{List: row.ListPrice, Face: row.Face}, Discount: row.Discount, Fee: row.Fee, Tax: row.Tax,
			TaxAdded: row.TaxAdded, TaxRate: int64(row.TaxRate), Amount: row.Amount,
		},
	}
	if len(row.Promos) > 2 { // more than "[]"
		if err := json.Unmarshal(row.Promos, &seat.Price.Promos); err != nil {
			return seat, err
		}
	}
	return seat, nil
}

// Sum adds up what an order's seats are made of, those given up since included.
func (o Order) Sum() pricing.Sum {
	lines := make([]pricing.Line, len(o.Seats))
	for i, s := range o.Seats {
		lines[i] = s.Price
	}
	return pricing.Add(lines)
}

// returning is what of an order's money goes back, or went, strays aside.
func (o Order) returning() int64 {
	var sum int64
	for _, r := range o.Refunds {
		if r.Kind != refundStray {
			sum += r.Amount
		}
	}
	return sum
}

func (s *Service) loadRefunds(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	rows, err := q.ListRefunds(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("booking: refunds of %s: %w", order.Number, err)
	}
	for _, r := range rows {
		order.Refunds = append(order.Refunds, RefundLine{
			ID: r.ID, Amount: r.Amount, Currency: r.Currency, Reason: r.Reason, State: r.State, Kind: r.Kind, Tries: int(r.Tries), Method: r.Method, CreatedAt: r.CreatedAt.UTC(),
		})
	}
	return nil
}

func (s *Service) loadOffer(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	rows, err := q.ListOffers(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("booking: offer of %s: %w", order.Number, err)
	}
	for _, o := range rows {
		order.Offer = append(order.Offer, OfferedSeat{InsteadOf: o.InsteadOf, SeatID: o.SeatID, Section: o.Section, Row: o.RowLabel, Label: o.SeatLabel})
	}
	return nil
}

// saleOf is what promo codes are wanted for.
func saleOf(d show.Detail, now time.Time) promo.Sale {
	return promo.Sale{BrandID: d.Brand.ID, ProductionID: d.Production.ID, Currency: d.Prices.Currency, At: now}
}

func discounts(codes []promo.Code) []pricing.Discount {
	out := make([]pricing.Discount, len(codes))
	for i, c := range codes {
		out[i] = c.Discount()
	}
	return out
}

func sameCodes(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// refusedCode makes a promo code that is not taken a fault of the request, by field.
func refusedCode(err error) error {
	var refused *promo.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	var wrong faults
	wrong.add(promoField(refused.At), "%s %s", refused.Code, refused.Why)
	return wrong.err()
}

func idleCode(at int) error {
	var wrong faults
	wrong.add(promoField(at), "takes nothing off these seats")
	return wrong.err()
}

func promoField(at int) string { return fmt.Sprintf("promo_codes[%d]", at) }

func wrapped(what string, err error) error { return fmt.Errorf("booking: %s: %w", what, err) }
