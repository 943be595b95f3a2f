package storefront

import (
	"crypto/rand"
	"errors"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// said is what the page of an order says after one of its forms, by a word in its address.
var said = map[string]string{
	"accepted":  "The seats are yours. Your tickets are below, and on their way to you by e-mail.",
	"declined":  "All of your money is on its way back.",
	"returned":  "Those tickets are given back, and the money is on its way to you.",
	"exchanged": "It is done: these are your new tickets. They are on their way to you by e-mail as well.",
	"resent":    "We have sent your tickets again. It may take a minute or two.",
}

// orderAct is a form on the page of an order.
func (s *Store) orderAct(v *visit) error {
	order, _, err := s.openOrder(v)
	if err != nil {
		return err
	}
	if err := v.r.ParseForm(); err != nil {
		return errNoPage
	}
	done := ""
	switch v.r.PathValue("act") {
	case "accept":
		done, err = "accepted", s.Orders.AcceptOffer(v.ctx, order, "buyer")
	case "decline":
		done, err = "declined", s.Orders.DeclineOffer(v.ctx, order, "buyer")
	case "resend":
		done, err = "resent", s.Orders.Resend(v.ctx, order)
	case "give-back":
		done = "returned"
		if len(v.r.PostForm["seat"]) == 0 { // nothing is not everything
			return v.redirect(s.orderURL(order) + "&problem=choose")
		}
		_, err = s.Orders.RefundSeats(v.ctx, booking.SeatsBack{
			OrderID: order.ID, Seats: v.r.PostForm["seat"], Actor: "buyer", IdempotencyKey: v.r.PostForm.Get("intention"),
		})
	default:
		return errNoPage
	}
	var policy *booking.PolicyError
	var invalid *booking.InvalidError
	problem := ""
	switch {
	case err == nil:
		return v.redirect(s.orderURL(order) + "&said=" + done)
	case errors.As(err, &policy):
		problem = "policy"
	case errors.As(err, &invalid), errors.Is(err, booking.ErrKeyMissing):
		problem = "changed"
	case errors.Is(err, booking.ErrOfferOver):
		problem = "offer"
	case errors.Is(err, booking.ErrTooOften):
		problem = "often"
	default:
		return err
	}
	return v.redirect(s.orderURL(order) + "&problem=" + problem)
}

// problems are the other way: only words of ours are ever shown, whatever an address says.
var problems = map[string]string{
	"choose":  "Please choose the tickets you want to give back.",
	"policy":  "These tickets can’t be given back any more.",
	"changed": "This order has changed in the meantime. This is how it stands now.",
	"offer":   "Those seats are not on offer any more.",
	"often":   "We have sent these tickets several times within the hour. Please look among your junk mail, or wait a little.",
}

// fillMoney adds what the price is made of, what went back, and what may.
func (s *Store) fillMoney(v *visit, o *page.Order) error {
	order := o.Order
	money := func(amount int64) string { return wording.Money(amount, order.Currency) }
	query := v.r.URL.Query()
	o.Said, o.Problem = said[query.Get("said")], problems[query.Get("problem")]
	sum := order.Sum()
	if sum.Discount > 0 {
		o.MadeOf = append(o.MadeOf, page.OrderLine{Text: "Promo codes", Price: "−" + money(sum.Discount)})
	}
	if sum.Fee > 0 {
		o.MadeOf = append(o.MadeOf, page.OrderLine{Text: "Fees", Price: money(sum.Fee)})
	}
	if sum.Tax > 0 {
		how := "Tax included"
		if order.Seats[0].Price.TaxAdded {
			how = "Tax"
		} else if o.Detail.Brand.Country == "GB" {
			how = "VAT included"
		}
		o.MadeOf = append(o.MadeOf, page.OrderLine{Text: how, Price: money(sum.Tax)})
	}
	if order.Credit > 0 {
		o.MadeOf = append(o.MadeOf, page.OrderLine{Text: "Paid before, for the seats exchanged", Price: money(order.Credit)})
	}
	for _, r := range order.Refunds {
		o.Refunds = append(o.Refunds, refundSentence(r, wording.Money(r.Amount, r.Currency), v.words.When(r.CreatedAt.In(o.Detail.Venue.Location()))))
	}
	for _, offer := range order.Offer {
		o.Offer = append(o.Offer, seatText(offer.Section, offer.Row, offer.Label, ""))
	}
	for _, name := range order.Became {
		became := booking.Order{ID: name.ID, Number: name.Number}
		o.Became = append(o.Became, page.Link{URL: s.orderURL(became), Text: "See order " + name.Number})
	}
	if order.State == booking.Offered {
		o.OfferEnds = v.words.When(order.ExpiresAt.In(o.Detail.Venue.Location()))
	}
	if order.State != booking.Paid || o.Detail.Status != show.Cancelled && !v.now.Before(o.Detail.StartsAt) {
		return nil
	}
	if _, _, err := s.Orders.Exchangeable(v.ctx, order.ID, nil); err == nil {
		o.Exchange = o.Act("exchange")
	}
	return s.fillGiveBack(v, o)
}

func (s *Store) fillGiveBack(v *visit, o *page.Order) error {
	back := &page.GiveBack{Key: rand.Text()}
	for _, seat := range o.Order.Kept() {
		quote, err := s.Orders.QuoteRefund(v.ctx, booking.SeatsBack{OrderID: o.Order.ID, Seats: []string{seat.SeatID}, Actor: "buyer"})
		var policy *booking.PolicyError
		if errors.As(err, &policy) {
			back = &page.GiveBack{Why: policy.Why}
			break
		}
		text := seatText(seat.Section, seat.Row, seat.Label, "")
		if len(quote.Seats) > 1 {
			text += ", with its companion’s seat"
		}
		if err != nil {
			return err
		}
		back.Terms = "The money goes back the way it came. The tickets stop to admit at once, and the seats go back on sale."
		if quote.Fee > 0 {
			back.Terms = wording.Money(quote.Fee, o.Order.Currency) + " of each is kept. " + back.Terms
		}
		back.Seats = append(back.Seats, page.GiveBackSeat{
			ID: seat.SeatID, Text: text, Price: wording.Money(quote.Amount, o.Order.Currency),
		})
	}
	if back.Why != "" || len(back.Seats) > 0 {
		o.Back = back
	}
	return nil
}

// refundSentence tells where a refund stands.
func refundSentence(r booking.RefundLine, amount, when string) string {
	if r.Method != booking.MethodStripe {
		return amount + " was handed back at the desk, " + when + "."
	}
	if r.Kind == "dispute" {
		return amount + " was given to you by your bank, " + when + "."
	}
	switch r.State {
	case "by_hand":
		return amount + " was given to you by other means than your card, after your bank had sent it back."
	case "due":
		return amount + " is about to be sent back to your card (asked for " + when + ")."
	case "failed":
		return amount + " came back from your bank. It is still yours: please get in touch with the theatre."
	}
	return amount + " was sent back to your card. Banks show it within five to ten days of " + when + "."
}
