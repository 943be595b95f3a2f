// Package booking turns held seats into orders, orders into tickets, and gives money back when it must.
//
// Postgres is the judge here. A hold (package hold) is a promise kept in an accelerator that may lose it; an order
// presents the hold's fencing token, a newer token beats an older one, and the unique key on seat_assignments has
// the last word: no seat is ever sold twice, whatever is lost, late or repeated.
//
// An order moves only along the transitions in state.go, each written to order_events in the same transaction as
// its effects and the facts it publishes. Every step that reaches outside Postgres (the payment provider, the seat
// map in Redis) is written down first and taken afterwards, by the request itself or by the Sweep that finds it
// undone: killing the process between any two steps loses nothing.
//
// Amounts are int64 minor units with an ISO 4217 code. Instants are UTC.
package booking
