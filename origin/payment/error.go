package payment

import (
	"errors"
	"strings"
)

// Category says what to do about an Error.
type Category string

// The categories.
const (
	// Declined: the buyer's bank said no. Tell the buyer (Error.Decline), let them
	// try another card.
	Declined Category = "declined"
	// Retryable: the provider was not reached, was busy, or answered with a fault of
	// its own. Try again later with the same idempotency key.
	Retryable Category = "retryable"
	// Permanent: the request is wrong, or not possible in the state things are in.
	// Repeating it changes nothing.
	Permanent Category = "permanent"
)

// Sentinels for what callers branch on; each is wrapped by a Permanent *Error.
var (
	// ErrNotFound: there is no such Intent.
	ErrNotFound = errors.New("no such payment")
	// ErrUnexpectedState: the Intent is past the state the call needs.
	ErrUnexpectedState = errors.New("the payment is in another state")
	// ErrAlreadyRefunded: everything has been given back already.
	ErrAlreadyRefunded = errors.New("the payment is refunded already")
	// ErrInvalid: the request breaks a rule of this package; nothing was sent.
	ErrInvalid = errors.New("the payment request is not valid")
	// ErrIdempotencyConflict: the idempotency key was used for something else.
	ErrIdempotencyConflict = errors.New("the idempotency key was used for another request")
)

// Error is how a Gateway fails. It never prints a client secret, a card or an
// e-mail address, so it can be logged as it is.
type Error struct {
	Category Category
	// Op is the call that failed, such as "create intent".
	Op string
	// Code is the provider's code, such as "amount_too_small"; may be empty.
	Code string
	// Decline is set when Category is Declined.
	Decline *Decline
	// OutcomeUnknown is true when the call may have taken effect all the same: the
	// answer was lost, or was a fault of the provider's own. Ask again with the same
	// idempotency key, or look with GetIntent or ListIntents, before taking the
	// opposite step.
	OutcomeUnknown bool
	// RequestID finds the call in the provider's own log; may be empty.
	RequestID string
	// Err is the cause: a sentinel of this package, or what the network said.
	Err error
}

// Error tells the operation, the category and the cause on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("payment: ")
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(string(e.Category))
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.RequestID != "" {
		b.WriteString(" [" + e.RequestID + "]")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsRetryable reports whether err is worth repeating with the same idempotency key.
func IsRetryable(err error) bool { return categoryOf(err) == Retryable }

// IsPermanent reports whether err will stay, however often the call is repeated.
func IsPermanent(err error) bool { return categoryOf(err) == Permanent }

// DeclineOf returns why the buyer's bank said no, if that is what err is.
func DeclineOf(err error) (*Decline, bool) {
	var e *Error
	if errors.As(err, &e) && e.Category == Declined && e.Decline != nil {
		return e.Decline, true
	}
	return nil, false
}

func categoryOf(err error) Category {
	var e *Error
	if errors.As(err, &e) {
		return e.Category
	}
	return ""
}
