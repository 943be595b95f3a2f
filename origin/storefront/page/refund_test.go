package page

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
)

func TestRefundText(t *testing.T) {
	t.Parallel()
	const asked, paid = "£50.00", "£49.00"
	for _, c := range []struct {
		state booking.State
		why   booking.RefundReason
		says  []string
	}{
		{booking.RefundDue, booking.RefundSeatsLost, []string{"after the time to pay was over", "We are sending " + paid}},
		{booking.Refunded, booking.RefundSeatsLost, []string{"after the time to pay was over", "We have sent " + paid}},
		{booking.RefundDue, booking.RefundGivenUp, []string{"given up", "We are sending " + paid}},
		{booking.RefundDue, booking.RefundWrongAmount, []string{"not the price", "We are sending " + paid}},
		{booking.Refunded, booking.RefundByHouse, []string{"no longer admit", "We have sent " + paid}},
		{booking.RefundDue, booking.RefundReturned, []string{"your bank returned it", paid, "order number"}},
	} {
		t.Run(string(c.state)+" "+string(c.why), func(t *testing.T) {
			t.Parallel()
			order := Order{Order: booking.Order{State: c.state, Refund: &booking.Refund{Why: c.why}}, Total: asked, Refund: paid}
			text := order.RefundText()
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not say %q", text, want)
				}
			}
			if strings.Contains(text, asked) {
				t.Errorf("%q names what was asked for, not what was paid", text)
			}
			if c.why != booking.RefundByHouse && strings.Contains(text, "tickets") {
				t.Errorf("%q speaks of tickets that there never were", text)
			}
		})
	}
	unknown := Order{Order: booking.Order{State: booking.RefundDue}, Total: asked}
	if text := unknown.RefundText(); !strings.HasPrefix(text, "We are sending "+asked) {
		t.Errorf("without a reason: %q", text)
	}
}
