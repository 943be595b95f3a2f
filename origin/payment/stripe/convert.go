package stripe

import (
	"errors"
	"fmt"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/stagedoor/stagedoor/origin/payment"
)

var errUnreadable = errors.New("the answer is not one we can read")

// checked converts an intent and makes sure that it is one: an answer that parses but
// lacks what every intent has is not from Stripe.
func checked(op string, in *sdk.PaymentIntent) (payment.Intent, error) {
	intent, err := fromIntent(in)
	if err != nil {
		return payment.Intent{}, &payment.Error{Category: payment.Retryable, Op: op, OutcomeUnknown: true, Err: err}
	}
	return intent, nil
}

func fromIntent(in *sdk.PaymentIntent) (payment.Intent, error) {
	status, err := fromStatus(in.Status)
	if err != nil {
		return payment.Intent{}, err
	}
	if in.ID == "" || in.Amount <= 0 || in.Currency == "" {
		return payment.Intent{}, fmt.Errorf("%w: an intent without ID, amount or currency", errUnreadable)
	}
	intent := payment.Intent{
		ID: in.ID, ClientSecret: in.ClientSecret, Status: status,
		Amount: in.Amount, Received: in.AmountReceived, Currency: strings.ToUpper(string(in.Currency)),
		OrderID: in.Metadata[orderIDKey], BrandID: in.Metadata[brandIDKey], CreatedAt: instant(in.Created),
	}
	if in.LatestCharge != nil {
		intent.Refunded = in.LatestCharge.AmountRefunded
		if paid := in.LatestCharge.PaymentMethodDetails; paid != nil && paid.Card != nil {
			intent.Card = paid.Card.Fingerprint
			intent.CardBrand, intent.CardLast4 = string(paid.Card.Brand), paid.Card.Last4
		}
	}
	if e := in.LastPaymentError; e != nil && status == payment.RequiresPaymentMethod {
		intent.LastError = payment.NewDecline(string(e.Code), string(e.DeclineCode))
	}
	return intent, nil
}

// fromStatus folds two of Stripe's statuses into ours. An intent waiting to be
// confirmed has taken nothing and needs the buyer, like one without a card. An intent
// waiting to be captured, which we never ask for, is not paid and not failed either.
func fromStatus(s sdk.PaymentIntentStatus) (payment.Status, error) {
	switch s {
	case sdk.PaymentIntentStatusRequiresConfirmation:
		return payment.RequiresPaymentMethod, nil
	case sdk.PaymentIntentStatusRequiresCapture:
		return payment.Processing, nil
	}
	if status := payment.Status(s); status.Known() {
		return status, nil
	}
	return "", fmt.Errorf("%w: an intent with status %q", errUnreadable, s)
}

func fromRefund(in *sdk.Refund) payment.Refunded {
	out := payment.Refunded{
		ID: in.ID, Amount: in.Amount, Currency: strings.ToUpper(string(in.Currency)),
		Status: fromRefundStatus(in.Status), CreatedAt: instant(in.Created),
	}
	if in.PaymentIntent != nil {
		out.IntentID = in.PaymentIntent.ID
	}
	return out
}

// fromRefundStatus takes a refund that waits for something as pending, whatever
// Stripe will come to call it.
func fromRefundStatus(s sdk.RefundStatus) payment.RefundStatus {
	switch status := payment.RefundStatus(s); status {
	case payment.RefundSucceeded, payment.RefundFailed, payment.RefundCanceled:
		return status
	}
	return payment.RefundPending
}

func fromDispute(in *sdk.Dispute) *payment.Dispute {
	out := &payment.Dispute{
		ID: in.ID, Amount: in.Amount, Currency: strings.ToUpper(string(in.Currency)),
		Reason: string(in.Reason), Status: string(in.Status),
	}
	if in.EvidenceDetails != nil && in.EvidenceDetails.DueBy > 0 {
		out.RespondBy = instant(in.EvidenceDetails.DueBy)
	}
	return out
}

func instant(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
