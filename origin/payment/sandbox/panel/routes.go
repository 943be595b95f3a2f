package panel

import "net/http"

// routes are the pages, and the addresses their forms and programs post to. With "Accept: application/json" a page is
// the data it shows, and a button answers with the ID of what it made.
//
//	GET  /                                    payments, newest first
//	GET  /payments/{id}                       one payment: its refunds, dispute and events
//	POST /control/payments/{id}/dispute       reason, amount, inquiry
//	POST /control/payments/{id}/refund        amount, reason, pending: as from Stripe's dashboard
//	POST /control/disputes/{id}/evidence      text, submit
//	POST /control/disputes/{id}/escalate      an inquiry becomes a dispute
//	POST /control/disputes/{id}/decide        outcome: won or lost
//	POST /control/refunds/{id}/settle         outcome: succeeded or failed; failure_reason
//	GET  /webhooks                            how deliveries go, and the latest events with each attempt
//	POST /control/webhooks/hold
//	POST /control/webhooks/release            order: happened or reversed; copies; late (a day)
//	POST /control/webhooks/plan               delay in seconds, copies: for what happens from now on
//	POST /control/webhooks/retry              what waits for another attempt is due now
//	POST /control/events/{id}/deliver         copies, late: now, whether or not it was delivered
//	GET  /faults                              what is planned to go wrong
//	POST /control/faults                      kind, times, call, delay
//	POST /control/faults/clear
//	GET  /cards                               test cards
//
// Amounts are in minor units; "money" takes them as people write them.
func (p *Panel) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /{$}":                             p.showPayments,
		"GET /payments/{id}":                   p.showPayment,
		"GET /webhooks":                        p.showWebhooks,
		"GET /faults":                          p.showFaults,
		"GET /cards":                           p.showCards,
		"POST /control/payments/{id}/dispute":  p.press(p.dispute),
		"POST /control/payments/{id}/refund":   p.press(p.refund),
		"POST /control/disputes/{id}/evidence": p.press(p.evidence),
		"POST /control/disputes/{id}/escalate": p.press(p.escalate),
		"POST /control/disputes/{id}/decide":   p.press(p.decide),
		"POST /control/refunds/{id}/settle":    p.press(p.settle),
		"POST /control/webhooks/hold":          p.press(p.hold),
		"POST /control/webhooks/release":       p.press(p.release),
		"POST /control/webhooks/plan":          p.press(p.plan),
		"POST /control/webhooks/retry":         p.press(p.retry),
		"POST /control/events/{id}/deliver":    p.press(p.deliver),
		"POST /control/faults":                 p.press(p.inject),
		"POST /control/faults/clear":           p.press(p.clear),
	}
}
