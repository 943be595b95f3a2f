package api

import (
	"context"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/session"
)

// QuoteHold implements POST /holds/{id}/quote.
func (s *server) QuoteHold(ctx context.Context, request apigen.QuoteHoldRequestObject) (apigen.QuoteHoldResponseObject, error) {
	body := request.Body
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	if len(body.Seats) > s.MaxSeats {
		return nil, badField(codeInvalid, "seats", "must name at most %d seats", s.MaxSeats)
	}
	ask := booking.PlaceOrder{HoldID: request.Id, Session: session.ID(ctx), SiteBrandID: site}
	for _, choice := range body.Seats {
		ask.Seats = append(ask.Seats, booking.SeatChoice{SeatID: choice.SeatId, PriceType: choice.PriceType})
	}
	if ask.Promos, err = promoCodes(body.PromoCodes); err != nil {
		return nil, err
	}
	quote, err := s.Orders.Quote(ctx, ask)
	if err != nil {
		return nil, err
	}
	answer := apigen.QuoteHold200JSONResponse{
		Currency: quote.Currency, Face: quote.Sum.Face, Discount: quote.Sum.Discount, Fee: quote.Sum.Fee, Tax: quote.Sum.Tax,
		Total: quote.Sum.Amount, TaxAdded: quote.TaxAdded, TaxRate: quote.TaxRate, Seats: make([]apigen.OrderSeat, len(quote.Seats)),
	}
	for i, seat := range quote.Seats {
		answer.Seats[i] = orderSeat(seat)
	}
	answer.PromoCodes = make([]apigen.QuotedCode, len(quote.Codes))
	for i, c := range quote.Codes {
		answer.PromoCodes[i] = apigen.QuotedCode{Code: c.Code, About: c.About, Off: c.Off}
	}
	return answer, nil
}

// promoCodes bounds what is asked of the database.
func promoCodes(asked *[]string) ([]string, error) {
	if asked == nil {
		return nil, nil
	}
	if len(*asked) > promo.Most {
		return nil, badField(codeInvalid, "promo_codes", "must be at most %d codes", promo.Most)
	}
	for i, code := range *asked {
		if len(code) > 60 {
			return nil, badField(codeInvalid, "promo_codes", "number %d is too long for a code", i+1)
		}
	}
	return *asked, nil
}

// orderSeat is a seat with what its price is made of.
func orderSeat(seat booking.Seat) apigen.OrderSeat {
	out := apigen.OrderSeat{
		SeatId: seat.SeatID, Section: seat.Section, Row: seat.Row, Label: seat.Label, Band: seat.Band, PriceType: seat.PriceType, Amount: seat.Amount,
		Face: some(seat.Price.Face), Discount: some(seat.Price.Discount), Fee: some(seat.Price.Fee), Tax: some(seat.Price.Tax), Refunded: some(seat.Refunded),
	}
	if seat.Gone != "" {
		out.Gone = &seat.Gone
	}
	return out
}

// some is nil for nothing.
func some(amount int64) *int64 {
	if amount == 0 {
		return nil
	}
	return &amount
}
