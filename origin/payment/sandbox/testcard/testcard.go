// Package testcard knows the cards Stripe documents for testing, by number and by
// the name of their ready-made PaymentMethod, and what each does when it is charged.
// Source: Stripe's documentation, "Testing".
package testcard

import "strings"

// Behaviour is what a card does when it is charged.
type Behaviour struct {
	// Authenticate asks for 3-D Secure before anything else.
	Authenticate bool
	// Decline is why the charge fails, or nil.
	Decline *Decline
	// Dispute is the reason the buyer's bank takes the money back once it is
	// charged, or empty.
	Dispute string
	// Refund is what becomes of money given back to it; empty goes well at once.
	Refund RefundBehaviour
}

// RefundBehaviour is what becomes of a refund.
type RefundBehaviour string

// What may become of one.
const (
	RefundWaits RefundBehaviour = "waits" // it is pending until somebody decides
	RefundFails RefundBehaviour = "fails" // it seems to go well, and fails
)

// Decline is how Stripe words a refusal.
type Decline struct {
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code,omitempty"`
	Message     string `json:"message"`
}

// Card is one test card.
type Card struct {
	Number  string
	Brand   string // in Stripe's words: visa, mastercard, amex …
	Funding string // credit, debit, prepaid
	Country string // where it was issued, ISO 3166 alpha-2
	// Title says in a few words what it is good for.
	Title string
	// Tokens are the PaymentMethods that stand for it, such as pm_card_visa.
	Tokens []string
	Behaviour
}

// Last4 is the part of the number that may be shown.
func (c Card) Last4() string { return c.Number[len(c.Number)-4:] }

// Grouped is the number as it is printed on the card.
func (c Card) Grouped() string {
	var grouped strings.Builder
	for i, digit := range c.Number {
		if i > 0 && i%4 == 0 && c.Brand != "amex" || c.Brand == "amex" && (i == 4 || i == 10) {
			grouped.WriteByte(' ')
		}
		grouped.WriteRune(digit)
	}
	return grouped.String()
}

// ByNumber finds a test card. The number must be digits only.
func ByNumber(number string) (Card, bool) {
	for _, c := range All() {
		if c.Number == number {
			return c, true
		}
	}
	return Card{}, false
}

// ByToken finds the card behind a ready-made PaymentMethod.
func ByToken(token string) (Card, bool) {
	if !strings.HasPrefix(token, "pm_card_") {
		return Card{}, false
	}
	for _, c := range All() {
		for _, t := range c.Tokens {
			if t == token {
				return c, true
			}
		}
	}
	return Card{}, false
}

// NotATestCard is what test mode says to every other number.
var NotATestCard = Decline{
	Code: "card_declined", DeclineCode: "test_mode_live_card",
	Message: "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
}
