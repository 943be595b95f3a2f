package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// orderRows are orders as columns.
func orderRows(drafts []*draft) dbsqlc.InsertOrdersParams {
	var c dbsqlc.InsertOrdersParams
	for _, d := range drafts {
		o := d.order
		exchange := uuid.Nil
		if o.ExchangeOf.Valid {
			exchange = o.ExchangeOf.Bytes
		}
		c.Ids, c.Numbers, c.Brands, c.Performances = append(c.Ids, o.ID), append(c.Numbers, o.Number), append(c.Brands, o.BrandID), append(c.Performances, o.PerformanceID)
		c.Names, c.Emails, c.Currencies, c.Totals = append(c.Names, o.BuyerName), append(c.Emails, o.BuyerEmail), append(c.Currencies, o.Currency), append(c.Totals, o.Total)
		c.Sessions, c.Holds, c.Tokens = append(c.Sessions, o.SessionHash), append(c.Holds, o.HoldID), append(c.Tokens, o.HoldToken)
		c.Traceparents, c.CreatedAt, c.ExpiresAt = append(c.Traceparents, o.Traceparent), append(c.CreatedAt, o.CreatedAt), append(c.ExpiresAt, o.ExpiresAt)
		c.Channels, c.Exchanges, c.Credits = append(c.Channels, o.Channel), append(c.Exchanges, exchange), append(c.Credits, o.Credit)
	}
	return c
}

// seatRows are the seats of orders as columns: each with all that its price is made of, so that it can be refunded or
// exchanged by itself, whatever prices and terms have become.
func seatRows(drafts []*draft) dbsqlc.InsertSeatsParams {
	var c dbsqlc.InsertSeatsParams
	for _, d := range drafts {
		for _, s := range d.seats {
			p := s.Price
			promos := []byte("[]")
			if len(p.Promos) > 0 {
				promos, _ = json.Marshal(p.Promos) // of strings and numbers
			}
			c.Orders, c.Performances, c.Seats = append(c.Orders, d.order.ID), append(c.Performances, d.order.PerformanceID), append(c.Seats, s.SeatID)
			c.Sections, c.RowLabels, c.SeatLabels = append(c.Sections, s.Section), append(c.RowLabels, s.Row), append(c.SeatLabels, s.Label)
			c.Bands, c.PriceTypes, c.Amounts = append(c.Bands, s.Band), append(c.PriceTypes, s.PriceType), append(c.Amounts, s.Amount)
			c.ListPrices, c.Faces, c.Discounts = append(c.ListPrices, p.List), append(c.Faces, p.Face), append(c.Discounts, p.Discount)
			c.Promos, c.Fees, c.Taxes = append(c.Promos, string(promos)), append(c.Fees, p.Fee), append(c.Taxes, p.Tax)
			c.TaxesAdded, c.TaxRates, c.Rules = append(c.TaxesAdded, p.TaxAdded), append(c.TaxRates, int32(p.TaxRate)), append(c.Rules, s.Rules)
		}
	}
	return c
}

// lines are lines of the histories of orders, to be written together.
type lines struct {
	rows dbsqlc.InsertOrderEventsParams
}

// add puts one more line to them. detail is any JSON object, without personal data; nil is none.
func (l *lines) add(order uuid.UUID, from, to State, kind EventKind, actor, reason string, detail any, at time.Time) error {
	text := []byte("{}")
	if detail != nil {
		var err error
		if text, err = json.Marshal(detail); err != nil {
			return fmt.Errorf("order event: %w", err)
		}
	}
	r := &l.rows
	r.Orders, r.FromStates, r.ToStates, r.Actors = append(r.Orders, order), append(r.FromStates, string(from)), append(r.ToStates, string(to)), append(r.Actors, actor)
	r.Reasons, r.At, r.Kinds, r.Details = append(r.Reasons, reason), append(r.At, at), append(r.Kinds, string(kind)), append(r.Details, string(text))
	return nil
}

// move takes an order along one transition. Writing the order itself is the caller's.
func (l *lines) move(order *dbsqlc.Order, to State, actor, reason string, at time.Time) error {
	from := State(order.State)
	if !allowed(from, to) {
		return illegal(from, to)
	}
	order.State, order.UpdatedAt = string(to), at
	return l.add(order.ID, from, to, EventMoved, actor, reason, nil, at)
}

func (l *lines) write(ctx context.Context, q *dbsqlc.Queries) error {
	if err := q.InsertOrderEvents(ctx, l.rows); err != nil {
		return fmt.Errorf("order event: %w", err)
	}
	return nil
}
