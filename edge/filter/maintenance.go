package filter

import (
	"math"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Maintenance answers 503 while a window is open over the request's path.
//
// Where windows overlap or touch, Retry-After counts to the end of the last
// one, plus a jitter so that visitors do not all come back at once; the
// message is that of the window with the most specific path. A visitor with a
// checkout pass may use the checkout's paths and what its pages load, unless
// one of the open windows forbids it. Webhooks always pass: they report money
// already paid. Staff of the site pass too, and a header of the response tells
// them that the house is closed, so that they do not take it for open. Programs
// that prefer JSON get a problem.
//
// It fails closed: what staff closed stays closed.
type Maintenance struct {
	passes  *checkout.Verifier
	site    *site.Site
	windows []window
}

// window is a site.Window with its times in Unix milliseconds.
type window struct {
	*site.Window
	starts, ends int64
}

func (Maintenance) Name() string           { return "maintenance" }
func (Maintenance) Needs() []string        { return []string{"trace", "site", "canonical", "staff"} }
func (Maintenance) Fails() chain.Direction { return chain.FailClosed }

const (
	maintenanceNone     chain.Reason = "maintenance.none"
	maintenanceClosed   chain.Reason = "maintenance.closed"
	maintenanceWebhook  chain.Reason = "maintenance.webhook"
	maintenanceEntry    chain.Reason = "maintenance.staff-entry"
	maintenanceCheckout chain.Reason = "maintenance.finishing-checkout"
	maintenanceStaff    chain.Reason = "maintenance.staff"
)

// headerMaintenance tells staff, in a response, that visitors find the page
// closed.
const headerMaintenance = "x-stagedoor-maintenance"

// Seconds.
const (
	retryUnknownEnd = 300 // asked for when nobody knows the end
	retryJitter     = 60
	retryLongest    = 7 * 24 * 3600
)

func (f Maintenance) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	f.windows = make([]window, len(s.Maintenance))
	for i := range s.Maintenance {
		w := &s.Maintenance[i]
		f.windows[i] = window{w, math.MinInt64, math.MaxInt64}
		if !w.StartsAt.IsZero() {
			f.windows[i].starts = w.StartsAt.UnixMilli()
		}
		if !w.EndsAt.IsZero() {
			f.windows[i].ends = w.EndsAt.UnixMilli()
		}
	}
	return f, nil
}

// covers says whether a window is over a path, or over its route: what is
// closed is closed in every language.
func (w *window) covers(path, route string) bool {
	return w.PathPrefix == "" || site.Under(path, w.PathPrefix) || len(route) != len(path) && site.Under(route, w.PathPrefix)
}

func (w *window) open(path, route string, now int64) bool {
	return w.starts <= now && now < w.ends && w.covers(path, route)
}

func (f Maintenance) Decide(x *chain.Exchange) chain.Verdict {
	var closest *window
	checkoutAllowed := true
	route := f.site.Route(x.Path)
	for i := range f.windows {
		w := &f.windows[i]
		if !w.open(x.Path, route, x.Now) {
			continue
		}
		checkoutAllowed = checkoutAllowed && w.AllowCheckout
		if closest == nil || len(w.PathPrefix) > len(closest.PathPrefix) {
			closest = w
		}
	}
	switch {
	case closest == nil:
		return chain.Continue(maintenanceNone)
	case site.Under(route, "/webhooks/"):
		return chain.Continue(maintenanceWebhook)
	case x.Path == site.StaffEntry:
		return chain.Continue(maintenanceEntry)
	case x.Visitor.Staff != "":
		x.SetResponse(headerMaintenance, "closed")
		return chain.Continue(maintenanceStaff)
	case checkoutAllowed && f.isCheckingOut(x, route):
		return chain.Continue(maintenanceCheckout)
	}

	last := f.lastOf(x.Path, route, x.Now)
	detail := closest.Message
	if detail == "" {
		detail = "We have closed this part of the house for a little maintenance. Your bookings are safe."
	}
	notice(x, &page.Notice{
		Status: 503, Type: "maintenance", Title: "We’ll be back shortly", Detail: detail,
		Reopens: last.EndsLocal, RetryAfter: retryAfter(last, x),
	})
	return chain.Respond(maintenanceClosed)
}

// lastOf follows the windows open over a path now to the one that ends last,
// through those that begin before the others have ended.
func (f Maintenance) lastOf(path, route string, now int64) *window {
	var last *window
	at := now
	for again := true; again; {
		again = false
		for i := range f.windows {
			w := &f.windows[i]
			if w.starts <= at && w.ends > at && w.covers(path, route) && (last == nil || w.ends > last.ends) {
				last, again = w, true
			}
		}
		if last != nil {
			at = last.ends
		}
	}
	return last
}

// retryAfter is in seconds: never before the end, and up to a minute after.
func retryAfter(last *window, x *chain.Exchange) int {
	wait := int64(retryUnknownEnd)
	if last.ends != math.MaxInt64 {
		wait = min((last.ends-x.Now+999)/1000, retryLongest)
	}
	return int(wait) + x.Jitter(retryJitter)
}

// isCheckingOut says whether the visitor holds a pass and asks for something
// that finishing a purchase takes.
func (f Maintenance) isCheckingOut(x *chain.Exchange, route string) bool {
	needed := false
	for _, prefix := range f.site.Checkout.Paths {
		if site.Under(route, prefix) {
			needed = true
			break
		}
	}
	if !needed {
		switch x.Request.Get("sec-fetch-dest") {
		case "script", "style", "image", "font":
		default:
			return false
		}
	}
	pass := cookieOf(x, checkout.CookieName)
	return pass != "" && f.passes.Valid(pass, f.site.ID, x.Now/1000)
}
