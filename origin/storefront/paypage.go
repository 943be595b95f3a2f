package storefront

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// payURL is where an order is paid by its link.
func (s *Store) payURL(o booking.Order) string {
	return "/orders/" + url.PathEscape(o.Number) + "/pay?key=" + url.QueryEscape(s.Orders.AccessKey(o.ID))
}

// byLink reports whether an order is paid by its link: orders of the web are paid in the checkout of whoever holds the
// seats, and whoever was sent their link must not be taken for the buyer.
func byLink(o booking.Order) bool {
	return o.State == booking.AwaitingPayment && (o.Channel == booking.BoxOffice || o.ExchangeOf != uuid.Nil)
}

// pay takes the payment of a bill of the box office, or of the rest of an exchange.
func (s *Store) pay(v *visit) error {
	order, d, err := s.openOrder(v)
	if err != nil {
		return err
	}
	if order.BrandID != v.brand.ID {
		return v.redirect(s.BrandOrigin(v.ctx, order.BrandID) + s.payURL(order))
	}
	if !byLink(order) || !v.now.Before(order.ExpiresAt) {
		return v.redirect(s.orderURL(order)) // which says how it stands
	}
	if d.Status == show.Cancelled {
		text := "You have not been charged, and there is nothing to pay."
		if order.ExchangeOf != uuid.Nil {
			text = "Nothing was exchanged and nothing is to be paid: your tickets are as they were, and the link to them still works."
		}
		v.secret()
		return calledOff(d, text)
	}
	plan, err := s.Shows.Plan(v.ctx, d.PlanID)
	if err != nil {
		return err
	}
	at := d.Venue.Location()
	p := page.Pay{
		Frame: v.frame(), Number: order.Number, Title: d.Production.Title, When: v.words.When(d.StartsAt.In(at)), Until: v.words.When(order.ExpiresAt.In(at)),
		OrderURL: s.orderURL(order), Total: wording.Money(order.Total, order.Currency), Due: wording.Money(order.Total-order.Credit, order.Currency),
		Exchange: order.ExchangeOf != uuid.Nil,
	}
	if order.Credit > 0 {
		p.Credit = wording.Money(order.Credit, order.Currency)
	}
	view := page.Order{Order: order, Detail: d}
	if err := v.fillSeats(&view, plan.Index()); err != nil {
		return err
	}
	p.Lines = view.Lines
	key := "?key=" + url.QueryEscape(s.Orders.AccessKey(order.ID))
	api := "/api/v1/orders/" + url.PathEscape(order.Number)
	p.Data = page.PayData{
		PaymentURL: api + "/payment" + key, PollURL: api + key, OrderURL: p.OrderURL, Name: order.Name, Email: order.Email, Due: p.Due, ExpiresIn: v.left(order.ExpiresAt),
	}
	p.Frame.Title, p.NoIndex, p.NoReferrer, p.NavShort = "Pay for order "+order.Number, true, true, true
	p.Sheets, p.Scripts = []string{"css/buy.css"}, append(p.Scripts, "js/pay.js")
	if p.Exchange {
		v.rememberExchange(nil)
	}
	s.passCheckout(v, order.ExpiresAt.Add(checkoutGrace))
	v.secret()
	return v.show(http.StatusOK, page.PayPage(p))
}
