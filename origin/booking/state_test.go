package booking

import "testing"

// The matrix is written out by hand, so that a transition added to the list by mistake fails here.
func TestEveryTransition(t *testing.T) {
	t.Parallel()
	states := []State{placed, AwaitingPayment, Paid, Expired, Cancelled, Offered, Exchanged, RefundDue, Refunded}
	legal := map[State][]State{
		placed:          {AwaitingPayment},
		AwaitingPayment: {Paid, Expired, Cancelled, Offered, RefundDue},
		Paid:            {Exchanged, RefundDue, Refunded},
		Expired:         {Paid, Offered, RefundDue},
		Cancelled:       {RefundDue},
		Offered:         {Paid, RefundDue, Refunded},
		RefundDue:       {Refunded},
		Refunded:        {RefundDue},
	}
	for _, from := range states {
		for _, to := range states {
			want := false
			for _, s := range legal[from] {
				want = want || s == to
			}
			if got := allowed(from, to); got != want {
				t.Errorf("%q to %q: allowed %t, want %t", from, to, got, want)
			}
		}
	}
	for _, s := range states {
		if s.Over() && s.ownsSeats() {
			t.Errorf("%q is over and owns seats", s)
		}
	}
	for _, move := range transitions {
		if move.why == "" {
			t.Errorf("%q to %q has no reason", move.from, move.to)
		}
	}
}
