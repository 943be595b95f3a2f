package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// translate sorts an error of stripe-go's into our categories. It keeps none of
// Stripe's objects: those print client secrets and e-mail addresses.
func translate(op string, err error) error {
	var refused *sdk.Error
	if !errors.As(err, &refused) {
		return &payment.Error{Category: payment.Retryable, Op: op, OutcomeUnknown: true, Err: unanswered(err)}
	}
	out := &payment.Error{Category: payment.Permanent, Op: op, Code: string(refused.Code), RequestID: refused.RequestID}
	status := refused.HTTPStatusCode
	switch {
	case refused.Type == sdk.ErrorTypeCard:
		out.Category = payment.Declined
		out.Decline = payment.NewDecline(string(refused.Code), string(refused.DeclineCode))
		out.Err = errors.New("the card was declined")
	case refused.Type == sdk.ErrorTypeIdempotency:
		out.Err = payment.ErrIdempotencyConflict
	case status == http.StatusTooManyRequests, status == http.StatusConflict:
		out.Category = payment.Retryable
		out.Err = errors.New("stripe is busy")
	case status >= http.StatusInternalServerError:
		// Stripe keeps its own 500s for the idempotency key: the same call may fail the
		// same way for a day although it took effect.
		out.Category, out.OutcomeUnknown = payment.Retryable, true
		out.Err = errors.New("stripe failed")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		out.Err = errors.New("stripe does not accept our key")
	case refused.Code == sdk.ErrorCodeResourceMissing:
		out.Err = payment.ErrNotFound
	case refused.Code == sdk.ErrorCodePaymentIntentUnexpectedState:
		out.Err = payment.ErrUnexpectedState
	case refused.Code == sdk.ErrorCodeChargeAlreadyRefunded:
		out.Err = payment.ErrAlreadyRefunded
	default:
		// Stripe's message about a wrong parameter names the parameter, and at worst
		// repeats what we sent.
		out.Err = errors.New(refused.Msg)
	}
	return out
}

// unanswered strips a network error to what is safe and useful: stripe-go puts the
// start of an answer it can't parse into its error.
func unanswered(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	var network *url.Error
	if errors.As(err, &network) {
		return network.Err
	}
	return errUnreadable
}

// intentIn returns the intent that came along with an error.
func intentIn(err error) (payment.Intent, bool) {
	var refused *sdk.Error
	if !errors.As(err, &refused) || refused.PaymentIntent == nil {
		return payment.Intent{}, false
	}
	intent, err := fromIntent(refused.PaymentIntent)
	return intent, err == nil
}
