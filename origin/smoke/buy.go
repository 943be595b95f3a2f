package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The provider's documented test cards.
const (
	goodCard     = "4242424242424242"
	declinedCard = "4000000000000002"
)

func (v *visit) holdSeats(ctx context.Context) (string, error) {
	if err := v.holdPair(ctx); err != nil {
		return "", err
	}
	if err := v.await(ctx, v.chosen, "held"); err != nil {
		return "", err
	}
	if err := v.rivalIsRefused(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s until %s; seen live, refused to a second buyer", strings.Join(v.hold.Seats, ", "), v.hold.ExpiresAt.Format(time.TimeOnly)), nil
}

// holdPair holds one of the pairs, the first that leaves no single seat beside it.
func (v *visit) holdPair(ctx context.Context) error {
	var err error
	for _, v.chosen = range v.pairs {
		request := map[string]any{"performance_id": v.night.ID, "seats": v.chosen}
		if err = v.buyer.post(ctx, "/api/v1/holds", request, nil, &v.hold); !refusedWith(err, "seat_left_alone") {
			return err
		}
	}
	return err
}

// rivalIsRefused asks for the last of the seats together with a free one: all or nothing means nothing.
func (v *visit) rivalIsRefused(ctx context.Context) error {
	request := map[string]any{"performance_id": v.night.ID, "seats": v.chosen[1:]}
	err := v.rival.post(ctx, "/api/v1/holds", request, nil, nil)
	if !refusedWith(err, "seats_taken") {
		return fmt.Errorf("a second buyer asked for %v: want seats_taken, got %v", v.chosen[1:], err)
	}
	return nil
}

func (v *visit) extendOnce(ctx context.Context) (string, error) {
	path := "/api/v1/holds/" + url.PathEscape(v.hold.ID) + "/extend"
	before, full := v.hold.ExpiresAt, time.Duration(v.hold.ExpiresIn+1)*time.Second // whole seconds, rounded down
	if err := v.buyer.post(ctx, path, struct{}{}, nil, &v.hold); err != nil {
		return "", err
	}
	if now := v.hold.ExpiresAt; !now.After(before) || now.After(before.Add(full)) {
		return "", fmt.Errorf("extending moved the end from %s to %s: want later, by %s at most", before, now, full)
	}
	if err := v.buyer.post(ctx, path, struct{}{}, nil, nil); !refusedWith(err, "hold_extended") {
		return "", fmt.Errorf("extending twice: want hold_extended, got %v", err)
	}
	return "once until " + v.hold.ExpiresAt.Format(time.TimeOnly) + ", refused the second time", nil
}

func (v *visit) placeOrder(ctx context.Context) (string, error) {
	seats := make([]map[string]string, len(v.chosen))
	for i, seat := range v.chosen {
		seats[i] = map[string]string{"seat_id": seat, "price_type": "adult"}
	}
	// Somebody else each time: one buyer may have so many seats.
	email := "cecily-" + v.hold.ID[len(v.hold.ID)-8:] + "@example.org"
	request := map[string]any{"hold_id": v.hold.ID, "name": "Cecily Cardew", "email": email, "seats": seats}
	key := http.Header{"Idempotency-Key": {"smoke-" + v.hold.ID}}
	var again placedView
	if err := v.buyer.post(ctx, "/api/v1/orders", request, key, &v.placed); err != nil {
		return "", err
	}
	if err := v.buyer.post(ctx, "/api/v1/orders", request, key, &again); err != nil {
		return "", err
	}
	if again.Order.Number != v.placed.Order.Number {
		return "", fmt.Errorf("the same Idempotency-Key made %s and %s", v.placed.Order.Number, again.Order.Number)
	}
	v.order = v.placed.Order
	return fmt.Sprintf("%s over %s; the same key again is the same order", v.order.Number, money(v.order.Total, v.order.Currency)), nil
}

// confirm pays as the provider's script in a browser does: with the public key and the client secret.
func (v *visit) confirm(ctx context.Context, card string) error {
	script, err := url.Parse(v.placed.PaymentScript)
	if err != nil {
		return err
	}
	intent, _, found := strings.Cut(v.placed.ClientSecret, "_secret_")
	if !found {
		return errors.New("the client secret names no payment intent")
	}
	form := url.Values{
		"client_secret":                              {v.placed.ClientSecret},
		"payment_method_data[type]":                  {"card"},
		"payment_method_data[card][number]":          {card},
		"payment_method_data[card][exp_month]":       {"12"},
		"payment_method_data[card][exp_year]":        {fmt.Sprint(time.Now().Year() + 2)},
		"payment_method_data[card][cvc]":             {"123"},
		"payment_method_data[billing_details][name]": {"Cecily Cardew"},
	}
	address := script.Scheme + "://" + script.Host + "/v1/payment_intents/" + intent + "/confirm"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+v.placed.PublishableKey)
	_, err = v.buyer.send(request)
	return err
}

func (v *visit) declinedCard(ctx context.Context) (string, error) {
	var answer *refusal
	if err := v.confirm(ctx, declinedCard); !errors.As(err, &answer) || answer.Status != http.StatusPaymentRequired {
		return "", fmt.Errorf("want 402 for a declined card, got %v", err)
	}
	err := v.poll(ctx, func() bool { return v.order.PaymentDecline != "" })
	if err != nil {
		return "", fmt.Errorf("the decline never showed on the order: %w", err)
	}
	if err := v.buyer.get(ctx, "/api/v1/holds/"+url.PathEscape(v.hold.ID), nil); err != nil {
		return "", fmt.Errorf("the seats are no longer held: %w", err)
	}
	return fmt.Sprintf("%q; seats still held", v.order.PaymentDecline), nil
}

func (v *visit) pay(ctx context.Context) (string, error) {
	if err := v.confirm(ctx, goodCard); err != nil {
		return "", err
	}
	if err := v.poll(ctx, func() bool { return v.order.State != "awaiting_payment" }); err != nil {
		return "", err
	}
	if v.order.State != "paid" {
		return "", fmt.Errorf("the order is %s", v.order.State)
	}
	return v.order.Number + " paid, confirmed by the webhook", nil
}

// poll reads the order until done, for at most 20 seconds.
func (v *visit) poll(ctx context.Context, done func() bool) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		if err := v.buyer.get(ctx, "/api/v1/orders/"+v.placed.Order.Number, &v.order); err != nil {
			return err
		}
		if done() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the order is still %s", v.order.State)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (v *visit) soldToAll(ctx context.Context) (string, error) {
	if err := v.await(ctx, v.chosen, "sold"); err != nil {
		return "", err
	}
	var now seatsView
	if err := v.rival.get(ctx, v.night.SeatsURL, &now); err != nil {
		return "", err
	}
	if i := slices.IndexFunc(v.chosen, func(seat string) bool { return now.Seats[seat] != "sold" }); i >= 0 {
		return "", fmt.Errorf("%s is %q, not sold", v.chosen[i], now.Seats[v.chosen[i]])
	}
	if err := v.rivalIsRefused(ctx); err != nil {
		return "", err
	}
	return "everyone sees the seats sold; a second buyer is refused", nil
}
