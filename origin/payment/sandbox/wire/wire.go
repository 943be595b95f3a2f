// Package wire writes the ledger's objects as Stripe's API does: the same names,
// nesting and nulls, so that any Stripe client library can read them. The objects are
// checked against Stripe's own OpenAPI description in the tests of package sandbox.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// APIVersion is the version of Stripe's API the objects are written in: the one
// stripe-go v76 asks for.
const APIVersion = "2023-10-16"

// Object is a JSON object.
type Object = map[string]any

// Writer writes objects.
type Writer struct {
	// PublicURL is where browsers reach the sandbox, without a slash at the end. The
	// URLs of 3-D Secure pages start with it.
	PublicURL string
}

// Write writes any object of the ledger.
func (w Writer) Write(object any) (Object, error) {
	switch o := object.(type) {
	case *ledger.Intent:
		return w.Intent(o), nil
	case *ledger.Method:
		return w.Method(o), nil
	case *ledger.Charge:
		return w.Charge(o), nil
	case *ledger.Refund:
		return w.Refund(o), nil
	case *ledger.Dispute:
		return w.Dispute(o), nil
	case *ledger.Domain:
		return w.Domain(o), nil
	}
	return nil, fmt.Errorf("wire: no way to write a %T", object)
}

// Event writes an event; pending is how many webhooks are still to be delivered.
func (w Writer) Event(e *ledger.Event, pending int) (Object, error) {
	object, err := w.Write(e.Object)
	if err != nil {
		return nil, err
	}
	return Object{
		"id": e.ID, "object": "event", "api_version": APIVersion, "created": e.Created,
		"data": Object{"object": object}, "livemode": false, "pending_webhooks": pending,
		"request": Object{"id": text(e.RequestID), "idempotency_key": text(e.IdempotencyKey)},
		"type":    e.Type,
	}, nil
}

// List writes one page of a list.
func List(url string, data []Object, more bool) Object {
	if data == nil {
		data = []Object{}
	}
	return Object{"object": "list", "url": url, "has_more": more, "data": data}
}

// Bytes writes an object as indented JSON with a line feed, as Stripe sends it.
func Bytes(o Object) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(o); err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	return b.Bytes(), nil
}

var symbols = map[string]string{"gbp": "£", "usd": "$", "eur": "€"}

// Money writes an amount in minor units for people, such as £1,234.50.
func Money(minor int64, currency string) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	whole := strconv.FormatInt(minor/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s%s.%02d", sign, symbols[currency], whole, minor%100)
}

// text is null when s is empty.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// number is null when n is zero.
func number(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func metadata(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
