package storefront_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// reissue kills a ticket and puts another in its place.
func (o *ordersDouble) reissue(_ context.Context, _ string, old uuid.UUID, _ string) (uuid.UUID, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	order := *o.order
	order.Tickets = slices.Clone(order.Tickets)
	for i, t := range order.Tickets {
		if t.ID == old {
			order.Tickets[i].State = booking.TicketVoid
			t.ID = uuid.New()
			order.Tickets = append(order.Tickets, t)
			break
		}
	}
	o.order = &order
	return uuid.Nil, nil
}

// The files of a ticket are for whoever may see its order, while it is valid, and for nobody else.
func TestTicketsAsFiles(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.order(h.visitor("lyceum"), booking.Paid, h.seats(venue.Standard, 2)...)
	const order, key = "/orders/LYC-7K4QPWR", "?key=" + accessKey
	page := h.visitor("lyceum").get(order+key).want(http.StatusOK).has(`data-secret="`, order+"/tickets.pdf"+key)
	ticket := regexp.MustCompile(order + `/tickets/([0-9a-f-]{36})/apple`).FindStringSubmatch(page.body)
	if ticket == nil {
		t.Fatalf("no pass on the page:\n%s", page.body)
	}
	one := order + "/tickets/" + ticket[1]
	paper := h.visitor("lyceum").get(order + "/tickets.pdf" + key).want(http.StatusOK)
	if !strings.HasPrefix(paper.body, "%PDF-") || paper.header.Get("Content-Type") != "application/pdf" || paper.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("PDF: %v", paper.header)
	}
	pass := h.visitor("lyceum").get(one + "/apple" + key).want(http.StatusOK)
	if pass.header.Get("Content-Type") != "application/vnd.apple.pkpass" || !strings.HasPrefix(pass.body, "PK ") {
		t.Errorf("pass: %v", pass.header)
	}
	if to := h.visitor("lyceum").get(one + "/google" + key).want(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, "https://pay.google.com/gp/v/save/") || !strings.HasSuffix(to, "?http://lyceum.localhost:8787") {
		t.Errorf("Google’s link leads to %s", to)
	}
	for _, path := range []string{"/tickets.pdf", strings.TrimPrefix(one, order) + "/apple", strings.TrimPrefix(one, order) + "/google"} {
		h.visitor("lyceum").get(order + path).want(http.StatusNotFound)
		h.visitor("lyceum").get(order + path + "?key=wrong").want(http.StatusNotFound)
		h.visitor("shubert").get(order + path + key).want(http.StatusNotFound)
	}
	h.visitor("lyceum").get(order + "/tickets/01a1fdf0-038a-7c54-88d5-d99aa8bf1b06/apple" + key).want(http.StatusNotFound)
	v := h.visitor("lyceum")
	v.post(one+"/new-code?key=wrong", "").want(http.StatusNotFound)
	v.post(one+"/new-code"+key, "").want(http.StatusSeeOther)
	after := v.get(order + key).want(http.StatusOK)
	if strings.Contains(after.body, one+"/apple") || strings.Count(after.body, `data-secret="`) != 2 {
		t.Error("the old ticket is still on the page, or the new one is not")
	}
	v.post(one+"/new-code"+key, "").want(http.StatusSeeOther) // of one that is dead: nothing happens
	if n := len(h.orders.order.Tickets); n != 3 {
		t.Errorf("%d tickets were issued", n)
	}
	unpaid := newTheatre(t)
	unpaid.order(unpaid.visitor("lyceum"), booking.AwaitingPayment, unpaid.seats(venue.Standard, 1)...)
	unpaid.visitor("lyceum").get(order + "/tickets.pdf" + key).want(http.StatusNotFound)
}
