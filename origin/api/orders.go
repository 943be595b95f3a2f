package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/session"
)

// privatelyKept is for what belongs to one buyer.
const privatelyKept = "private, no-store"

// PlaceOrder implements POST /orders.
func (s *server) PlaceOrder(ctx context.Context, request apigen.PlaceOrderRequestObject) (apigen.PlaceOrderResponseObject, error) {
	body := request.Body
	site, err := siteOf(ctx)
	if err != nil {
		return nil, err
	}
	place := booking.PlaceOrder{
		HoldID: body.HoldId, Session: session.ID(ctx), SiteBrandID: site, Name: body.Name, Email: body.Email,
		Seats: make([]booking.SeatChoice, len(body.Seats)), IdempotencyKey: request.Params.IdempotencyKey,
	}
	if len(body.Seats) > s.MaxSeats {
		return nil, badField(codeInvalid, "seats", "must name at most %d seats", s.MaxSeats)
	}
	for i, choice := range body.Seats {
		place.Seats[i] = booking.SeatChoice{SeatID: choice.SeatId, PriceType: choice.PriceType}
	}
	if place.Promos, err = promoCodes(body.PromoCodes); err != nil {
		return nil, err
	}
	placed, err := s.Orders.Place(ctx, place)
	if err != nil {
		return nil, err
	}
	return placedAnswer{apigen.PlaceOrder201JSONResponse{
		Body: apigen.PlacedOrder{
			Order: s.order(placed.Order), ClientSecret: placed.ClientSecret,
			PublishableKey: s.PublishableKey, PaymentScript: s.PaymentScript, AccessKey: placed.AccessKey,
			OrderUrl: session.Origin(ctx) + "/orders/" + placed.Order.Number + "?key=" + url.QueryEscape(placed.AccessKey),
		},
		Headers: apigen.PlaceOrder201ResponseHeaders{
			Location:           ptr("/api/v1/orders/" + placed.Order.Number),
			IdempotentReplayed: ptr(strconv.FormatBool(placed.Replayed)),
		},
	}}, nil
}

// placedAnswer keeps the client secret and the access key out of every cache.
type placedAnswer struct {
	apigen.PlaceOrder201JSONResponse
}

// VisitPlaceOrderResponse implements apigen.PlaceOrderResponseObject.
func (a placedAnswer) VisitPlaceOrderResponse(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", privatelyKept)
	return a.PlaceOrder201JSONResponse.VisitPlaceOrderResponse(w)
}

// GetOrder implements GET /orders/{number}.
func (s *server) GetOrder(ctx context.Context, request apigen.GetOrderRequestObject) (apigen.GetOrderResponseObject, error) {
	order, err := s.readable(ctx, request.Number, request.Params.Key)
	if err != nil {
		return nil, err
	}
	if order.State == booking.Paid && s.Completed != nil {
		s.Completed(ctx, order.PerformanceID, order.CreatedAt)
	}
	return apigen.GetOrder200JSONResponse{
		Body: s.order(order), Headers: apigen.GetOrder200ResponseHeaders{CacheControl: ptr(privatelyKept)},
	}, nil
}

// GetOrderPayment implements GET /orders/{number}/payment.
func (s *server) GetOrderPayment(ctx context.Context, request apigen.GetOrderPaymentRequestObject) (apigen.GetOrderPaymentResponseObject, error) {
	order, err := s.readable(ctx, request.Number, request.Params.Key)
	if err != nil {
		return nil, err
	}
	secret, err := s.Orders.ClientSecret(ctx, order)
	if err != nil {
		return nil, err
	}
	body := apigen.Payment{
		ClientSecret: secret, PublishableKey: s.PublishableKey, PaymentScript: s.PaymentScript, Amount: order.Total - order.Credit, Currency: order.Currency,
	}
	if order.PaymentDecline != "" {
		body.Decline = &order.PaymentDecline
	}
	return apigen.GetOrderPayment200JSONResponse{
		Body: body, Headers: apigen.GetOrderPayment200ResponseHeaders{CacheControl: ptr(privatelyKept)},
	}, nil
}

// readable returns an order to whoever has its key or placed it, on a site that sells it.
func (s *server) readable(ctx context.Context, number string, key *string) (order booking.Order, err error) {
	err = booking.ErrNotFound
	if key != nil && *key != "" {
		order, err = s.Orders.Order(ctx, number, *key)
	}
	if errors.Is(err, booking.ErrNotFound) {
		order, err = s.Orders.OrderOf(ctx, number, session.ID(ctx))
	}
	if errors.Is(err, booking.ErrNotFound) || err == nil && !sells(session.Site(ctx), order.BrandID) {
		return order, notFound("order")
	}
	return order, err
}

func (s *server) order(o booking.Order) apigen.Order {
	body := apigen.Order{
		Number: o.Number, BrandId: o.BrandID, PerformanceId: o.PerformanceID, State: apigen.OrderState(o.State),
		Name: o.Name, Email: o.Email, Currency: o.Currency, Total: o.Total, CreatedAt: o.CreatedAt, ExpiresAt: o.ExpiresAt,
		Seats: make([]apigen.OrderSeat, len(o.Seats)), Tickets: make([]apigen.Ticket, len(o.Tickets)),
	}
	if o.State == booking.AwaitingPayment {
		body.ExpiresIn = secondsLeft(o.ExpiresAt, s.Now())
	}
	if o.PaymentDecline != "" {
		body.PaymentDecline = &o.PaymentDecline
	}
	body.Credit = some(o.Credit)
	if len(o.Promos) > 0 {
		body.PromoCodes = &o.Promos
	}
	for i, seat := range o.Seats {
		body.Seats[i] = orderSeat(seat)
	}
	for i, t := range o.Tickets {
		body.Tickets[i] = apigen.Ticket{Id: t.ID, SeatId: t.SeatID, State: apigen.TicketState(t.State), Code: t.Code, IssuedAt: t.IssuedAt}
	}
	return body
}
