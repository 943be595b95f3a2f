// Package sandbox is a Stripe that runs on this machine: it keeps state, speaks
// Stripe's wire format, honours the documented test cards, sends signed webhooks, and
// serves a browser script of the shape of Stripe.js whose card fields live in a frame
// of the sandbox's own origin. It is for development, tests and rehearsals; it moves
// no money and must not be reachable from outside the machine.
//
// It is held against Stripe's own descriptions: its objects are validated with the
// OpenAPI document inside stripe-mock, stripe-go reads everything it sends, and the
// suite in payment/paymenttest runs against it and against stripe-mock alike.
//
// State is kept in one folder and survives a kill at any moment: payments, answers
// kept for idempotency keys, and webhooks that are still to be delivered.
package sandbox
