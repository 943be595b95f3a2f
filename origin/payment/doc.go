// Package payment holds the rules for taking and giving back money, and the few
// types the rest of Stagedoor needs to do so. It knows no provider: Stripe's own
// types stay inside payment/stripe, and payment/sandbox is a local Stripe that
// payment/stripe talks to like the real one.
//
// A payment is an Intent. The server creates it for an order, the buyer's browser
// confirms it with a card the server never sees, and a signed webhook, parsed into
// an Event, says how it ended. The answer a browser reports is a hint; the webhook
// (or GetIntent) is the fact.
//
// Amounts are int64 minor units with an ISO 4217 code in upper case. Instants are
// UTC.
package payment
