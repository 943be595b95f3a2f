package payment

// Decline is why a card was not charged.
type Decline struct {
	// Code is the provider's code, such as "card_declined" or "expired_card".
	Code string
	// DeclineCode is the bank's own reason where it gave one, such as
	// "insufficient_funds". It is for staff: a stolen card's code must not be shown
	// to whoever holds the card.
	DeclineCode string
	// Message is a sentence for the buyer: what happened and what to do next.
	Message string
}

// Sentences a buyer can act on. Codes that hint at fraud (lost_card, stolen_card,
// fraudulent, pickup_card, merchant_blacklist) are missing on purpose: their holder
// reads the same as after any other refusal.
var declineMessages = map[string]string{
	"insufficient_funds":                    "There isn’t enough money on this card. Please try another card.",
	"card_velocity_exceeded":                "This card has reached its limit. Please try another card.",
	"withdrawal_count_limit_exceeded":       "This card has reached its limit. Please try another card.",
	"expired_card":                          "This card has expired. Please try another card.",
	"incorrect_cvc":                         "The security code (CVC) doesn’t match this card. Please check it and try again.",
	"invalid_cvc":                           "The security code (CVC) doesn’t match this card. Please check it and try again.",
	"incorrect_number":                      "That card number isn’t right. Please check it and try again.",
	"invalid_number":                        "That card number isn’t right. Please check it and try again.",
	"invalid_expiry_month":                  "That expiry date isn’t right. Please check it and try again.",
	"invalid_expiry_year":                   "That expiry date isn’t right. Please check it and try again.",
	"incorrect_zip":                         "The postcode doesn’t match this card. Please check it and try again.",
	"processing_error":                      "Something went wrong while we talked to your bank. You haven’t been charged. Please try again.",
	"issuer_not_available":                  "Your bank couldn’t be reached. You haven’t been charged. Please try again, or use another card.",
	"try_again_later":                       "Your bank couldn’t approve this just now. You haven’t been charged. Please try again, or use another card.",
	"authentication_required":               "Your bank wants to check that it’s you. Please try again and complete the check.",
	"payment_intent_authentication_failure": "Your bank couldn’t confirm that it’s you, so you haven’t been charged. Please try again, or use another card.",
	"card_not_supported":                    "This kind of card can’t be used here. Please try another card.",
	"currency_not_supported":                "This card can’t be used in this currency. Please try another card.",
	"test_mode_live_card":                   "This is a practice checkout: only test cards work here. No real card is ever charged.",
}

const genericDecline = "Your bank declined this card. You haven’t been charged. Please try another card, or ask your bank why."

// NewDecline explains a provider's code and a bank's decline code (either may be
// empty) to the buyer. The more specific one decides what is said.
func NewDecline(code, declineCode string) *Decline {
	d := &Decline{Code: code, DeclineCode: declineCode, Message: genericDecline}
	if m, ok := declineMessages[declineCode]; ok {
		d.Message = m
	} else if m, ok := declineMessages[code]; ok {
		d.Message = m
	}
	return d
}
