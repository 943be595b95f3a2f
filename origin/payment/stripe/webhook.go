package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// SignatureHeader carries the signatures of a webhook.
const SignatureHeader = "Stripe-Signature"

// MaxWebhook is the longest webhook body, in bytes. The events we read are about 5 KB.
const MaxWebhook = 512 << 10

// DefaultTolerance is how old a signature may be, as Stripe recommends. Stripe signs
// each attempt to deliver anew, so a webhook that is a day late is still signed now.
const DefaultTolerance = webhook.DefaultTolerance

// ReadWebhook reads the raw body of a webhook request, no more than MaxWebhook. Pass it
// to ParseWebhook untouched: the signature covers every byte.
func ReadWebhook(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxWebhook))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", payment.ErrWebhookMalformed, err)
	}
	return body, nil
}

// ParseWebhook verifies a webhook's signature (the Stripe-Signature header) with the
// endpoint's signing secret, and reads it. While a secret is being rolled Stripe signs
// with the old one and the new; either will do.
//
// A signature must be no older than tolerance and no more than tolerance ahead of now.
// The error wraps payment.ErrWebhookSignature, ErrWebhookStale or ErrWebhookMalformed.
//
// Events written in another version of Stripe's API than stripe-go's are read all the
// same. The version is set per endpoint in Stripe's dashboard; refusing would turn a
// click there into paid orders that never get their tickets. The few fields used here
// are old and stable, and an event that lacks one of them is malformed.
func ParseWebhook(body []byte, signature, secret string, now time.Time, tolerance time.Duration) (payment.Event, error) {
	if secret == "" { // an empty key would let anyone sign
		return payment.Event{}, fmt.Errorf("%w: no signing secret is configured", payment.ErrWebhookSignature)
	}
	if len(body) > MaxWebhook {
		return payment.Event{}, fmt.Errorf("%w: longer than %d bytes", payment.ErrWebhookMalformed, MaxWebhook)
	}
	// stripe-go compares with the machine's clock and lets signatures from the future
	// pass, so it checks the signature here and we check the time.
	if err := webhook.ValidatePayloadIgnoringTolerance(body, signature, secret); err != nil {
		return payment.Event{}, fmt.Errorf("%w: %w", payment.ErrWebhookSignature, err)
	}
	signed, err := signedAt(signature)
	if err != nil {
		return payment.Event{}, err
	}
	if age := now.Sub(signed); age > tolerance || age < -tolerance {
		return payment.Event{}, fmt.Errorf("%w: signed %s ago", payment.ErrWebhookStale, age.Truncate(time.Second))
	}
	return read(body)
}

// signedAt reads the time from a header that was verified.
func signedAt(header string) (time.Time, error) {
	var found []time.Time
	for pair := range strings.SplitSeq(header, ",") {
		if value, ok := strings.CutPrefix(pair, "t="); ok {
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return time.Time{}, fmt.Errorf("%w: unreadable time", payment.ErrWebhookSignature)
			}
			found = append(found, instant(seconds))
		}
	}
	if len(found) != 1 {
		return time.Time{}, fmt.Errorf("%w: signed at %d times", payment.ErrWebhookSignature, len(found))
	}
	return found[0], nil
}

func read(body []byte) (payment.Event, error) {
	// stripe-go's Event keeps data as a map too; only what is used is decoded here.
	var in struct {
		ID, Object, Type string
		Created          int64
		Livemode         bool
		APIVersion       string `json:"api_version"`
		Data             struct{ Object json.RawMessage }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return payment.Event{}, fmt.Errorf("%w: %w", payment.ErrWebhookMalformed, err)
	}
	// Postgres keeps no NUL: in texts it is dropped when the event is stored, in the names of things it is no name.
	if in.Object != "event" || !strings.HasPrefix(in.ID, "evt_") || in.Type == "" || strings.ContainsRune(in.ID+in.Type, 0) {
		return payment.Event{}, fmt.Errorf("%w: not an event", payment.ErrWebhookMalformed)
	}
	event := payment.Event{
		ID: in.ID, Kind: kinds[in.Type], Type: in.Type, CreatedAt: instant(in.Created),
		APIVersion: in.APIVersion, Live: in.Livemode, Raw: slices.Clone(body),
	}
	if event.Kind == "" {
		event.Kind = payment.Ignored
		return event, nil
	}
	if err := fill(&event, in.Data.Object); err != nil {
		return payment.Event{}, fmt.Errorf("%w: %s: %w", payment.ErrWebhookMalformed, in.Type, err)
	}
	if event.Intent.ID == "" {
		// A charge made without an intent, by something other than Stagedoor.
		event.Kind = payment.Ignored
	}
	return event, nil
}

var kinds = map[string]payment.EventKind{
	"payment_intent.succeeded":       payment.PaymentSucceeded,
	"payment_intent.payment_failed":  payment.PaymentFailed,
	"payment_intent.processing":      payment.PaymentProcessing,
	"payment_intent.requires_action": payment.PaymentRequiresAction,
	"payment_intent.canceled":        payment.PaymentCanceled,
	"charge.refunded":                payment.PaymentRefunded,
	"refund.updated":                 payment.RefundUpdated,
	"refund.failed":                  payment.RefundUpdated,
	"charge.refund.updated":          payment.RefundUpdated,
	"charge.dispute.created":         payment.DisputeOpened,
	"charge.dispute.updated":         payment.DisputeUpdated,
	"charge.dispute.closed":          payment.DisputeClosed,
	// Of what follows from the dispute's status they say nothing more; but one of the others may be lost.
	"charge.dispute.funds_withdrawn":  payment.DisputeUpdated,
	"charge.dispute.funds_reinstated": payment.DisputeUpdated,
}

// fill reads the object an event is about: an intent, a charge, a refund or a dispute.
func fill(event *payment.Event, object json.RawMessage) error {
	// Stripe's objects are decoded from a bare ID too; an event must have the whole.
	if len(object) == 0 || object[0] != '{' {
		return errors.New("no object")
	}
	switch event.Kind {
	case payment.PaymentRefunded:
		return fillCharge(event, object)
	case payment.RefundUpdated:
		var in sdk.Refund
		if err := json.Unmarshal(object, &in); err != nil {
			return err
		}
		refunded := fromRefund(&in)
		if refunded.ID == "" {
			return errors.New("a refund without an ID")
		}
		event.Refund, event.Intent = &refunded, payment.Intent{ID: refunded.IntentID}
	case payment.DisputeOpened, payment.DisputeUpdated, payment.DisputeClosed:
		var in sdk.Dispute
		if err := json.Unmarshal(object, &in); err != nil {
			return err
		}
		if event.Dispute = fromDispute(&in); in.ID == "" {
			return errors.New("a dispute without an ID")
		}
		if in.PaymentIntent != nil {
			event.Intent = payment.Intent{ID: in.PaymentIntent.ID}
		}
	default:
		var in sdk.PaymentIntent
		if err := json.Unmarshal(object, &in); err != nil {
			return err
		}
		intent, err := fromIntent(&in)
		if err != nil {
			return err
		}
		intent.ClientSecret = ""
		event.Intent = intent
	}
	return nil
}

func fillCharge(event *payment.Event, object json.RawMessage) error {
	var in sdk.Charge
	if err := json.Unmarshal(object, &in); err != nil {
		return err
	}
	if in.ID == "" {
		return errors.New("a charge without an ID")
	}
	if in.PaymentIntent == nil {
		return nil
	}
	event.Intent = payment.Intent{
		ID: in.PaymentIntent.ID, Status: payment.Succeeded, Amount: in.Amount, Received: in.AmountCaptured,
		Refunded: in.AmountRefunded, Currency: strings.ToUpper(string(in.Currency)),
		OrderID: in.Metadata[orderIDKey], BrandID: in.Metadata[brandIDKey],
	}
	return nil
}
