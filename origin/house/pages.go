package house

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/poster"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/storefront"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/telemetry"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
)

// maxSeats is how many seats one hold may have.
const maxSeats = 12

// openPages makes what answers requests.
func (h *House) openPages() error {
	loneSeats, err1 := before(h.cfg.LoneSeats, usualLoneSeats)
	accessible, err2 := before(h.cfg.ReleaseAccessible, usualAccessible)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	buyers := &hold.Service{
		Store: h.holds, Feed: h.holds, Finder: h.holds, Clock: h.now, Admit: h.admission.Admit,
		Plans: &sales{
			shows: h.shows, now: h.now, loneSeats: loneSeats, accessible: accessible,
			known: map[uuid.UUID]knownSale{}, plans: map[uuid.UUID]*seating.Seating{},
		},
	}
	h.channels = buyers
	calls, err := api.New(api.Deps{
		Shows: h.shows, Holds: buyers, Feed: buyers, Orders: h.booking, Search: h.search, Keys: h.tickets,
		Repeats:        &idempotency.Keys{DB: h.db, Now: h.now, Wait: 5 * time.Second},
		PublishableKey: h.cfg.Stripe.PublishableKey, PaymentScript: h.cfg.Stripe.Script(),
		Logger: h.logger, Now: h.now, MaxSeats: maxSeats, Completed: h.admission.Completed,
	})
	if err != nil {
		return err
	}
	posters, err := poster.NewPrinter()
	if err != nil {
		return err
	}
	files, err := h.ticketFiles()
	if err != nil {
		return err
	}
	customers, err := h.customers()
	if err != nil {
		return err
	}
	pages, err := storefront.New(storefront.Deps{
		Customers:   customers,
		TicketFiles: files,
		Shows:       h.shows, Reading: h.shows, Holds: buyers, Orders: h.booking, Search: h.search, Posters: posters,
		Logger: h.logger, MaxSeats: maxSeats, Now: h.now, Completed: h.admission.Completed, Practice: h.cfg.Stripe.URL != "",
		CheckoutPass: func(siteID string, expires time.Time, secure bool) (*http.Cookie, error) {
			return checkout.Cookie([]byte(h.cfg.Edge.HopKey), siteID, expires, secure)
		},
	})
	if err != nil {
		return err
	}
	webhook, err := api.NewWebhook(api.WebhookDeps{
		Events: h.booking, Secret: func() string { return h.cfg.Stripe.WebhookSecret }, Logger: h.logger, Now: h.now,
	})
	if err != nil {
		return err
	}
	visitors := http.NewServeMux()
	visitors.Handle("/api/", calls)
	visitors.Handle("/", sameSite(pages))
	// Measured inside the gates, which copy the request: the route is known where the last copy was made.
	measured := telemetry.NewHTTP(h.registry, h.logger)
	h.webhook = measured.Wrap(webhook)
	h.sites = session.OnlyFromEdge([]byte(h.cfg.Edge.HopKey), h.now, h.logger, h.bySite(measured.Wrap(h.console.Handler), session.Visitor(random, admission.Visitor(measured.Wrap(visitors)))))
	h.mailbox = notify.NewMailbox(h.db, MailboxPath, h.now, h.logger)
	return nil
}

// customers makes what answers buyers about themselves, and what writes to them.
func (h *House) customers() (_ *customer.Desk, err error) {
	desk := &customer.Desk{
		DB: h.db, Orders: h.booking, Shows: h.shows, LinkKey: []byte(h.cfg.LinkKey), Now: h.now, Logger: h.logger, Doorbell: h.doorbell,
	}
	h.letters, err = notify.NewWriter(notify.Config{
		Orders: h.booking, Shows: h.shows, SiteURL: h.cfg.Edge.SiteURL, Logger: h.logger, Money: wording.Money,
		Locale: func(tag string) notify.Locale { return wording.For(tag) }, Links: desk, Brands: h.shows.Brands, ConsoleURL: h.cfg.Edge.ConsoleURL(),
	})
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	desk.Farewell = h.letters.Farewell
	h.askers = desk
	return desk, nil
}
