package booking

import "fmt"

// State is where an order stands.
type State string

// The states of an order.
const (
	AwaitingPayment State = "awaiting_payment" // the seats are kept until Order.ExpiresAt
	Paid            State = "paid"             // the seats are assigned and ticketed
	Expired         State = "expired"          // the time ran out; a payment may still arrive
	Cancelled       State = "cancelled"        // given up; a payment that still arrives goes back
	Offered         State = "offered"          // paid too late for its seats; others as good are kept until Order.ExpiresAt
	Exchanged       State = "exchanged"        // every seat was exchanged for those of other orders
	RefundDue       State = "refund_due"       // money is to go back: see the refunds of the order
	Refunded        State = "refunded"         // the money has been sent back; the seats are not the buyer's
)

// placed is where an order comes from.
const placed State = ""

// transitions lists every move an order may ever make, and why. Nothing else changes an order's state.
var transitions = []struct {
	from, to State
	why      string
}{
	{placed, AwaitingPayment, "the buyer ordered the seats they hold"},
	{AwaitingPayment, Paid, "the money was taken and the seats were still the order's"},
	{AwaitingPayment, Expired, "the hold ran out before a payment came"},
	{AwaitingPayment, Cancelled, "the buyer gave the seats back, ordered them anew, or the payment was called off"},
	{AwaitingPayment, Offered, "the money came late, the seats were gone and others as good were free"},
	{AwaitingPayment, RefundDue, "the money was taken but the seats were lost, it was not the amount asked for, or one card would have had too many seats"},
	{Expired, Paid, "the money came late and the seats were still free"},
	{Expired, Offered, "the money came late, the seats were gone and others as good were free"},
	{Expired, RefundDue, "the money came late, and neither the seats nor others as good were free, or the buyer had as many as one may by then"},
	{Cancelled, RefundDue, "the money was taken although the order had been given up"},
	{Offered, Paid, "the buyer took the seats they were offered"},
	{Offered, RefundDue, "the buyer wanted the money instead, or did not answer in time"},
	{Offered, Refunded, "all the money was given back at the provider while seats were on offer"},
	{Paid, Exchanged, "the last of its seats was exchanged"},
	{Paid, RefundDue, "the last of its seats was given up for money, by the buyer or by staff"},
	{RefundDue, Refunded, "the provider accepted the refund"},
	{Paid, Refunded, "all the money was given back at the provider, by staff or by the bank"},
	{Refunded, RefundDue, "the buyer's bank sent the refund back"},
}

// Over reports whether the seats of an order in this state are not, and will not without a payment be, its own.
func (s State) Over() bool {
	switch s {
	case Expired, Cancelled, RefundDue, Refunded, Exchanged:
		return true
	}
	return false
}

// ownsSeats reports whether seats are assigned to an order in this state.
func (s State) ownsSeats() bool { return s == Paid }

// shown reports whether the seat map shows seats as sold for an order in this state: its own, or those on offer.
func (s State) shown() bool { return s == Paid || s == Offered }

// allowed reports whether an order may go from one state to another.
func allowed(from, to State) bool {
	for _, t := range transitions {
		if t.from == from && t.to == to {
			return true
		}
	}
	return false
}

// illegal is the error of a move that is not in the list: a fault of this program, never of a buyer.
func illegal(from, to State) error {
	return fmt.Errorf("booking: an order can't go from %q to %q", from, to)
}

// Actors, for the order's history. Staff are StaffActor.
const (
	actorBuyer    = "buyer"
	actorProvider = "stripe"
	actorSweeper  = "sweeper"
)

// StaffActor is how a colleague stands in an order's history.
func StaffActor(subject string) string { return "staff:" + subject }
