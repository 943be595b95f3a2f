package payment

import (
	"errors"
	"fmt"
	"strings"
)

// MaximumIdempotencyKey is the longest key a provider takes, in bytes.
const MaximumIdempotencyKey = 255

// MaximumCharge is the largest amount one Intent can collect, in minor units.
const MaximumCharge int64 = 99_999_999

// The smallest amounts a card can be charged, in minor units, for the currencies
// Stagedoor sells in. Source: Stripe's documentation of supported currencies.
var minimumCharge = map[string]int64{
	"GBP": 30,
	"USD": 50,
	"EUR": 50,
}

// MinimumCharge returns the smallest amount that can be charged in a currency, in
// minor units, and whether Stagedoor sells in that currency at all. An order below
// it must be given away or declined, never sent to a Gateway.
func MinimumCharge(currency string) (int64, bool) {
	m, ok := minimumCharge[currency]
	return m, ok
}

// Validate checks the request against the rules every Gateway has, and reports all
// faults at once in an error that wraps ErrInvalid.
func (c CreateIntent) Validate() error {
	var faults []error
	if c.OrderID == "" {
		faults = append(faults, errors.New("the order ID is empty"))
	}
	minimum, sold := MinimumCharge(c.Currency)
	switch {
	case !sold:
		faults = append(faults, fmt.Errorf("currency %q is not one we sell in", c.Currency))
	case c.Amount < minimum:
		faults = append(faults, fmt.Errorf("amount %d is below the minimum charge of %d %s", c.Amount, minimum, c.Currency))
	case c.Amount > MaximumCharge:
		faults = append(faults, fmt.Errorf("amount %d is above the maximum charge of %d %s", c.Amount, MaximumCharge, c.Currency))
	}
	for _, field := range []struct {
		name, value string
		maximum     int
	}{
		{"order ID", c.OrderID, 500}, {"order number", c.OrderNumber, 500}, {"brand ID", c.BrandID, 500},
		{"description", c.Description, 1000}, {"e-mail address", c.Email, 512},
	} {
		if len(field.value) > field.maximum {
			faults = append(faults, fmt.Errorf("the %s is longer than %d bytes", field.name, field.maximum))
		}
	}
	faults = append(faults, validateKey(c.IdempotencyKey))
	return invalid(faults)
}

// Validate checks the request as CreateIntent.Validate does.
func (r Refund) Validate() error {
	var faults []error
	if r.IntentID == "" {
		faults = append(faults, errors.New("the intent ID is empty"))
	}
	if r.Amount < 0 {
		faults = append(faults, fmt.Errorf("amount %d is negative", r.Amount))
	}
	switch r.Reason {
	case "", RequestedByCustomer, Duplicate, Fraudulent:
	default:
		faults = append(faults, fmt.Errorf("reason %q is not one there is", r.Reason))
	}
	faults = append(faults, validateKey(r.IdempotencyKey))
	return invalid(faults)
}

func validateKey(key string) error {
	if key == "" || len(key) > MaximumIdempotencyKey || strings.TrimSpace(key) != key {
		return fmt.Errorf("the idempotency key must have 1 to %d bytes and no space around it", MaximumIdempotencyKey)
	}
	for _, r := range key {
		if r < 0x20 || r > 0x7e {
			return errors.New("the idempotency key must be printable ASCII: it travels in a header")
		}
	}
	return nil
}

func invalid(faults []error) error {
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}
