package testcard

func declined(reason string) *Decline {
	messages := map[string]string{
		"insufficient_funds":     "Your card has insufficient funds.",
		"card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
	}
	d := &Decline{Code: "card_declined", DeclineCode: reason, Message: "Your card was declined."}
	if m, ok := messages[reason]; ok {
		d.Message = m
	}
	return d
}

// All returns the table, the most used first within each group. Don't change it.
func All() []Card { return table }

var table = []Card{
	{Number: "4242424242424242", Brand: "visa", Funding: "credit", Country: "US", Title: "Succeeds", Tokens: []string{"pm_card_visa", "pm_card_us"}},
	{Number: "4000056655665556", Brand: "visa", Funding: "debit", Country: "US", Title: "Succeeds, debit", Tokens: []string{"pm_card_visa_debit"}},
	{Number: "4000008260000000", Brand: "visa", Funding: "credit", Country: "GB", Title: "Succeeds, from the UK", Tokens: []string{"pm_card_gb"}},
	{Number: "5555555555554444", Brand: "mastercard", Funding: "credit", Country: "US", Title: "Succeeds, Mastercard", Tokens: []string{"pm_card_mastercard"}},
	{Number: "2223003122003222", Brand: "mastercard", Funding: "credit", Country: "US", Title: "Succeeds, Mastercard 2-series"},
	{Number: "5200828282828210", Brand: "mastercard", Funding: "debit", Country: "US", Title: "Succeeds, Mastercard debit", Tokens: []string{"pm_card_mastercard_debit"}},
	{Number: "5105105105105100", Brand: "mastercard", Funding: "prepaid", Country: "US", Title: "Succeeds, Mastercard prepaid", Tokens: []string{"pm_card_mastercard_prepaid"}},
	{Number: "378282246310005", Brand: "amex", Funding: "credit", Country: "US", Title: "Succeeds, American Express", Tokens: []string{"pm_card_amex"}},
	{Number: "371449635398431", Brand: "amex", Funding: "credit", Country: "US", Title: "Succeeds, American Express"},
	{Number: "6011111111111117", Brand: "discover", Funding: "credit", Country: "US", Title: "Succeeds, Discover", Tokens: []string{"pm_card_discover"}},
	{Number: "3056930009020004", Brand: "diners", Funding: "credit", Country: "US", Title: "Succeeds, Diners Club", Tokens: []string{"pm_card_diners"}},
	{Number: "36227206271667", Brand: "diners", Funding: "credit", Country: "US", Title: "Succeeds, Diners Club, 14 digits"},
	{Number: "3566002020360505", Brand: "jcb", Funding: "credit", Country: "JP", Title: "Succeeds, JCB", Tokens: []string{"pm_card_jcb"}},
	{Number: "6200000000000005", Brand: "unionpay", Funding: "credit", Country: "CN", Title: "Succeeds, UnionPay", Tokens: []string{"pm_card_unionpay"}},

	{
		Number: "4000002500003155", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure, then succeeds",
		Tokens: []string{"pm_card_authenticationRequiredOnSetup"}, Behaviour: Behaviour{Authenticate: true},
	},
	{
		Number: "4000002760003184", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure every time",
		Tokens: []string{"pm_card_authenticationRequired"}, Behaviour: Behaviour{Authenticate: true},
	},
	{
		Number: "4000000000003220", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure 2, then succeeds",
		Tokens: []string{"pm_card_threeDSecure2Required"}, Behaviour: Behaviour{Authenticate: true},
	},
	{
		Number: "4000000000003063", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure, then succeeds",
		Tokens: []string{"pm_card_threeDSecureRequired"}, Behaviour: Behaviour{Authenticate: true},
	},
	{
		Number: "4000008260003178", Brand: "visa", Funding: "credit", Country: "GB", Title: "3-D Secure, then insufficient funds",
		Tokens:    []string{"pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"},
		Behaviour: Behaviour{Authenticate: true, Decline: declined("insufficient_funds")},
	},
	{
		Number: "4000008400001629", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure, then declined",
		Tokens:    []string{"pm_card_threeDSecureRequiredChargeDeclined"},
		Behaviour: Behaviour{Authenticate: true, Decline: declined("generic_decline")},
	},
	{
		Number: "4000000000003055", Brand: "visa", Funding: "credit", Country: "US", Title: "3-D Secure supported, not needed",
		Tokens: []string{"pm_card_threeDSecureOptional"},
	},

	{
		Number: "4000000000000002", Brand: "visa", Funding: "credit", Country: "US", Title: "Declined",
		Tokens:    []string{"pm_card_visa_chargeDeclined", "pm_card_chargeDeclined"},
		Behaviour: Behaviour{Decline: declined("generic_decline")},
	},
	{
		Number: "4000000000009995", Brand: "visa", Funding: "credit", Country: "US", Title: "Insufficient funds",
		Tokens:    []string{"pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedInsufficientFunds"},
		Behaviour: Behaviour{Decline: declined("insufficient_funds")},
	},
	{
		Number: "4000000000009987", Brand: "visa", Funding: "credit", Country: "US", Title: "Lost card",
		Tokens:    []string{"pm_card_visa_chargeDeclinedLostCard", "pm_card_chargeDeclinedLostCard"},
		Behaviour: Behaviour{Decline: declined("lost_card")},
	},
	{
		Number: "4000000000009979", Brand: "visa", Funding: "credit", Country: "US", Title: "Stolen card",
		Tokens:    []string{"pm_card_visa_chargeDeclinedStolenCard", "pm_card_chargeDeclinedStolenCard"},
		Behaviour: Behaviour{Decline: declined("stolen_card")},
	},
	{
		Number: "4000000000006975", Brand: "visa", Funding: "credit", Country: "US", Title: "Used too often",
		Tokens:    []string{"pm_card_visa_chargeDeclinedVelocityLimitExceeded"},
		Behaviour: Behaviour{Decline: declined("card_velocity_exceeded")},
	},
	{
		Number: "4100000000000019", Brand: "visa", Funding: "credit", Country: "US", Title: "Blocked as fraudulent",
		Tokens:    []string{"pm_card_radarBlock", "pm_card_chargeDeclinedFraudulent"},
		Behaviour: Behaviour{Decline: declined("fraudulent")},
	},
	{
		Number: "4000000000000341", Brand: "visa", Funding: "credit", Country: "US", Title: "Declined when charged",
		Tokens:    []string{"pm_card_chargeCustomerFail"},
		Behaviour: Behaviour{Decline: declined("generic_decline")},
	},
	{
		Number: "4000000000000069", Brand: "visa", Funding: "credit", Country: "US", Title: "Expired card",
		Tokens:    []string{"pm_card_chargeDeclinedExpiredCard", "pm_card_visa_chargeDeclinedExpiredCard"},
		Behaviour: Behaviour{Decline: &Decline{Code: "expired_card", DeclineCode: "expired_card", Message: "Your card has expired."}},
	},
	{
		Number: "4000000000000127", Brand: "visa", Funding: "credit", Country: "US", Title: "Wrong security code",
		Tokens:    []string{"pm_card_chargeDeclinedIncorrectCvc", "pm_card_visa_chargeDeclinedIncorrectCvc"},
		Behaviour: Behaviour{Decline: &Decline{Code: "incorrect_cvc", DeclineCode: "incorrect_cvc", Message: "Your card's security code is incorrect."}},
	},
	{
		Number: "4000000000000119", Brand: "visa", Funding: "credit", Country: "US", Title: "Processing error",
		Tokens:    []string{"pm_card_chargeDeclinedProcessingError", "pm_card_visa_chargeDeclinedProcessingError"},
		Behaviour: Behaviour{Decline: &Decline{Code: "processing_error", DeclineCode: "processing_error", Message: "An error occurred while processing your card. Try again in a little bit."}},
	},

	{
		Number: "4000000000000259", Brand: "visa", Funding: "credit", Country: "US", Title: "Succeeds, then disputed",
		Tokens: []string{"pm_card_createDispute"}, Behaviour: Behaviour{Dispute: "fraudulent"},
	},
	{
		Number: "4000000000002685", Brand: "visa", Funding: "credit", Country: "US", Title: "Succeeds, then “not received”",
		Tokens: []string{"pm_card_createDisputeProductNotReceived"}, Behaviour: Behaviour{Dispute: "product_not_received"},
	},
	{
		Number: "4000000000007726", Brand: "visa", Funding: "credit", Country: "US", Title: "Succeeds; refunds stay pending",
		Tokens: []string{"pm_card_pendingRefund"}, Behaviour: Behaviour{Refund: RefundWaits},
	},
	{
		Number: "4000000000005126", Brand: "visa", Funding: "credit", Country: "US", Title: "Succeeds; refunds fail later",
		Tokens: []string{"pm_card_refundFail"}, Behaviour: Behaviour{Refund: RefundFails},
	},
}
