package page

import "github.com/stagedoor/stagedoor/origin/booking"

// RefundText tells the buyer why their money goes back, and where it is. It says no more than is known.
func (o Order) RefundText() string {
	amount, why := o.Total, booking.RefundReason("")
	if refund := o.Order.Refund; refund != nil {
		amount, why = o.Refund, refund.Why
	}
	if why == booking.RefundReturned {
		return "We sent " + amount + " back and your bank returned it to us. It is still yours: please get in touch with the theatre, with your order number, and say where it should go."
	}
	reason := map[booking.RefundReason]string{
		booking.RefundSeatsLost:   "Your payment reached us after the time to pay was over, and someone else had the seats by then. We are sorry.",
		booking.RefundGivenUp:     "A payment reached us after this order had been given up, or another one had taken its place. It buys nothing.",
		booking.RefundOverLimit:   "With these seats you, or the card you paid with, would have had more than one person can have for this show, so we could not keep the money.",
		booking.RefundWrongAmount: "What reached us was not the price of these seats, so we could not keep it.",
		booking.RefundByHouse:     "This order was paid and has been refunded. Its tickets no longer admit anyone.",
	}[why]
	if reason != "" {
		reason += " "
	}
	if o.Order.State == booking.Refunded {
		return reason + "We have sent " + amount + " back to the card you paid with. Banks show it within five to ten days."
	}
	return reason + "We are sending " + amount + " back to the card you paid with; nothing is left for you to do."
}
