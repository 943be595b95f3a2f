package storefront_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// customersDouble knows one buyer.
type customersDouble struct {
	entries  []customer.Entry
	business customer.Business
	asked    []string
	askErr   error
	signed   bool
	erased   bool
}

const hers = "ada@example.org"

func (c *customersDouble) AskForLink(_ context.Context, _, email, client string) error {
	c.asked = append(c.asked, email+" "+client)
	return c.askErr
}

func (c *customersDouble) Good(_ context.Context, site, word string) error {
	if site != "lyceum" || word != "good" {
		return customer.ErrLink
	}
	return nil
}

func (c *customersDouble) Open(ctx context.Context, site, word string) (string, error) {
	c.signed = true
	return "visit", c.Good(ctx, site, word)
}

func (c *customersDouble) Who(_ context.Context, _, visit string) (string, error) {
	if !c.signed || visit != "visit" {
		return "", customer.ErrSignedOut
	}
	return hers, nil
}

func (c *customersDouble) SignOut(context.Context, string, string) error {
	c.signed = false
	return nil
}

func (c *customersDouble) OrdersOf(context.Context, string, string) ([]customer.Entry, error) {
	return c.entries, nil
}

func (c *customersDouble) CopyOf(_ context.Context, email string) (customer.Copy, error) {
	return customer.Copy{Email: email, MadeAt: now, Kept: customer.Policy(), Orders: []customer.CopyOrder{{
		Number: "LYC-7K4QPWR", Show: "Hamlet", Name: hostile, Currency: "GBP", Total: 9500, State: "paid",
		Seats: []customer.CopySeat{{Seat: "Stalls, row A, seat 1", Price: "adult", Amount: 9500}}, Cards: []customer.CopyCard{{Brand: "visa", Last4: "4242"}},
		History: []customer.CopyHistory{{At: now, Why: "ordered the seats they hold", Who: "you"}},
		Refunds: []customer.CopyRefund{{Amount: 100, State: "by_hand", Kind: "part", At: now}, {Amount: 200, State: "succeeded", Kind: "dispute", At: now}},
	}}}, nil
}

func (c *customersDouble) BusinessOf(context.Context, string) (customer.Business, error) {
	return c.business, nil
}

func (c *customersDouble) Count(context.Context, string) (int, error) { return 2, nil }

func (c *customersDouble) Erase(_ context.Context, _, _ string, confirmed bool) (int, error) {
	if len(c.business.Coming) > 0 && !confirmed {
		return 0, &customer.ComingError{Orders: c.business.Coming}
	}
	c.erased, c.signed = true, false
	return 2, nil
}

func TestTheWayToOnesOrders(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	order := h.order(v, booking.Paid, h.seats(venue.Standard, 1)...)
	detail, err := h.shows.Performance(t.Context(), order.PerformanceID)
	if err != nil {
		t.Fatal(err)
	}
	h.customers.entries = []customer.Entry{{Order: order, Detail: detail}}
	v.get("/my").want(http.StatusOK).has("Send me a link").lacks("LYC-7K4QPWR")
	v.post("/my/link", "email=ada%40example.org").want(http.StatusOK).has("Look into your mailbox").lacks(hers)
	h.customers.askErr = customer.ErrAddress
	v.post("/my/link", "email=%3Cscript%3E").want(http.StatusUnprocessableEntity).has("Please enter an e-mail address").lacks("<script>")
	h.customers.askErr = customer.ErrTooOften
	v.post("/my/link", "email=ada%40example.org").want(http.StatusTooManyRequests).has("Please wait a little")
	for _, path := range []string{"/my/copy", "/my/copy.json", "/my/forget"} {
		if to := v.get(path).want(http.StatusSeeOther).header.Get("Location"); to != "/my" {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	v.get("/my/open/bad").want(http.StatusGone).has("This link is no longer good")
	a := v.get("/my/open/good").want(http.StatusOK).has("Show my orders")
	if a.header.Get("Cache-Control") != "private, no-store" || a.header.Get("Referrer-Policy") != "no-referrer" || h.customers.signed {
		t.Errorf("a look at a link: %v", a.header)
	}
	v.post("/my/open/good", "").want(http.StatusSeeOther)
	if c := v.cookies["sd_my"]; c == nil || !c.HttpOnly || c.Path != "/my" || c.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %+v", c)
	}
	v.get("/my").want(http.StatusOK).has("LYC-7K4QPWR", "Still to come", "/orders/LYC-7K4QPWR?key="+accessKey, hers)
	v.get("/my/copy").want(http.StatusOK).has("Visa ending in 4242", "£95",
		"£1 to go back: given to you by other means than your card", "£2 to go back: your bank gave it to you").lacks("<script>alert", "by_hand")
	file := v.get("/my/copy.json").want(http.StatusOK)
	var made customer.Copy
	if err := json.Unmarshal([]byte(file.body), &made); err != nil || made.Email != hers || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v, %v", err, file.header)
	}
	v.post("/my/sign-out", "").want(http.StatusSeeOther)
	v.get("/my").want(http.StatusOK).has("Send me a link").lacks("LYC-7K4QPWR")
}

func TestBeingForgotten(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	v.post("/my/open/good", "").want(http.StatusSeeOther)
	h.customers.business.Unfinished = []string{"LYC-1"}
	v.get("/my/forget").want(http.StatusOK).has("Not just yet", "LYC-1").lacks(`data-testid="forget-me"`)
	h.customers.business = customer.Business{Coming: []string{"LYC-2"}}
	v.get("/my/forget").want(http.StatusOK).has("LYC-2", "2 orders", `data-testid="confirm-coming"`)
	v.post("/my/forget", "").want(http.StatusConflict).has("Nothing was erased")
	if h.customers.erased {
		t.Fatal("erased without a word")
	}
	v.post("/my/forget", "confirmed=yes").want(http.StatusOK).has("Your data is erased")
	if _, ok := v.cookies["sd_my"]; ok || !h.customers.erased {
		t.Error("still signed in, or nothing was erased")
	}
}
