package booking

import (
	"errors"
	"fmt"
	"strings"
)

// Errors a caller branches on.
var (
	// ErrNotFound: there is no such order, or whoever asks may not know of it.
	ErrNotFound = errors.New("booking: no such order")
	// ErrHoldGone: the hold ran out, was given back, or the order it led to expired.
	ErrHoldGone = errors.New("booking: the hold is over")
	// ErrReplaced: the hold lives, and another order for it took the place of this one while it was being placed.
	ErrReplaced = errors.New("booking: another order of the same hold took the place of this one")
	// ErrPricesChanged: the performance was given another seating plan while its seats were priced. They are still held;
	// what they cost has to be looked at again.
	ErrPricesChanged = errors.New("booking: the prices have changed")
	// ErrNotYours: the hold belongs to another session.
	ErrNotYours = errors.New("booking: the hold belongs to another session")
	// ErrNotSoldHere: the performance belongs to another theatre than the site's.
	ErrNotSoldHere = errors.New("booking: the performance is not sold on this site")
	// ErrNotOnSale: booking has not opened, is over, or the performance is cancelled.
	ErrNotOnSale = errors.New("booking: the performance is not on sale")
	// ErrCalledOff: the performance does not take place. It is an ErrNotOnSale as well.
	ErrCalledOff = fmt.Errorf("%w: it is cancelled", ErrNotOnSale)
	// ErrPaid: the order of this hold is paid, so it can't be changed or given up here.
	ErrPaid = errors.New("booking: the order is paid")
	// ErrNothingToPay: the order does not wait for a payment.
	ErrNothingToPay = errors.New("booking: there is nothing to pay")
	// ErrPaymentUnavailable: the payment provider could not be reached; the seats are still held, try again.
	ErrPaymentUnavailable = errors.New("booking: payments are not available just now")
	// ErrKeyMissing: PlaceOrder.IdempotencyKey is not 8 to 200 printable ASCII characters.
	ErrKeyMissing = errors.New("booking: an idempotency key of 8 to 200 printable characters is needed")
)

// SeatsLostError names seats of the hold that can't be ordered: they were sold, or belong to a newer hold.
type SeatsLostError struct{ Seats []string }

func (e *SeatsLostError) Error() string {
	return fmt.Sprintf("booking: lost: %s", strings.Join(e.Seats, ", "))
}

// FieldError says what is wrong with one field, in words that may be shown.
type FieldError struct {
	Field  string // with its place in a list: "seats[1].price_type"
	Reason string
}

// InvalidError holds every fault of a request.
type InvalidError struct{ Fields []FieldError }

func (e *InvalidError) Error() string {
	faults := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		faults[i] = f.Field + " " + f.Reason
	}
	return "booking: " + strings.Join(faults, "; ")
}

// faults collects field errors.
type faults []FieldError

func (f *faults) add(field, reason string, args ...any) {
	*f = append(*f, FieldError{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &InvalidError{Fields: f}
}
