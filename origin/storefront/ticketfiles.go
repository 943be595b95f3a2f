package storefront

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
	"github.com/stagedoor/stagedoor/origin/ticket/wallet"
)

// TicketFiles are the forms in which tickets are kept besides the page. Without SecretOf there are none, and codes on the
// page stand still.
type TicketFiles struct {
	SecretOf func(code string) ([]byte, error)
	// Reissue puts a new ticket in the place of one; nil: buyers can't. Its error says why not, in words fit to show, when
	// it is a scan.Invalid.
	Reissue func(ctx context.Context, actor string, ticket uuid.UUID, reason string) (uuid.UUID, error)
	// Policy is what a performance asks of its visitors; nil: what every one does.
	Policy func(ctx context.Context, performance uuid.UUID) (scan.Policy, error)
	// Apple makes a .pkpass file; nil: no certificate is configured, and there is no link.
	Apple func(wallet.Pass) ([]byte, error)
	// Google makes the address that saves a pass; nil: no account is configured.
	Google func(p wallet.Pass, origins []string, at time.Time) (string, error)
}

// passes are the living tickets of the order of the address.
func (s *Store) passes(v *visit) ([]wallet.Pass, booking.Order, error) {
	if s.TicketFiles.SecretOf == nil {
		return nil, booking.Order{}, errNoPage
	}
	order, d, err := s.openOrder(v)
	if err != nil {
		return nil, order, err
	}
	screensOnly := false
	if s.TicketFiles.Policy != nil {
		asks, err := s.TicketFiles.Policy(v.ctx, order.PerformanceID)
		if err != nil {
			return nil, order, err
		}
		screensOnly = asks.ScreensOnly
	}
	passes := wallet.OfOrder(order, d, screensOnly, s.TicketFiles.SecretOf)
	if len(passes) == 0 || order.State != booking.Paid {
		return nil, order, errNoPage
	}
	for i := range passes {
		passes[i].OrderURL = s.BrandOrigin(v.ctx, order.BrandID) + s.orderURL(order)
	}
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	v.w.Header().Set("X-Robots-Tag", "noindex")
	return passes, order, nil
}

// onePass is that of the ticket in the address.
func (s *Store) onePass(v *visit) (wallet.Pass, error) {
	passes, _, err := s.passes(v)
	if err != nil {
		return wallet.Pass{}, err
	}
	for _, p := range passes {
		if p.TicketID.String() == v.r.PathValue("ticket") {
			return p, nil
		}
	}
	return wallet.Pass{}, errNoPage
}

// paper is all tickets of an order as one PDF.
func (s *Store) paper(v *visit) error {
	passes, order, err := s.passes(v)
	if err != nil {
		return err
	}
	printed, err := wallet.Paper(passes, order.CreatedAt)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="tickets-`+order.Number+`.pdf"`)
	return v.file("application/pdf", "private, no-store", printed)
}

func (s *Store) applePass(v *visit) error {
	if s.TicketFiles.Apple == nil {
		return errNoPage
	}
	p, err := s.onePass(v)
	if err != nil {
		return err
	}
	packed, err := s.TicketFiles.Apple(p)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+p.Order+"-"+p.TicketID.String()[24:]+`.pkpass"`)
	return v.file("application/vnd.apple.pkpass", "private, no-store", packed)
}

func (s *Store) googlePass(v *visit) error {
	if s.TicketFiles.Google == nil {
		return errNoPage
	}
	p, err := s.onePass(v)
	if err != nil {
		return err
	}
	link, err := s.TicketFiles.Google(p, []string{s.BrandOrigin(v.ctx, v.brand.ID)}, v.now)
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "private, no-store")
	http.Redirect(v.w, v.r, link, http.StatusSeeOther)
	return nil
}

// mostIssued is how many tickets a buyer may have issued for one seat, one after the other.
const mostIssued = 10

// newCode issues a ticket anew for the buyer: what was printed, saved or passed on before admits nobody any more.
func (s *Store) newCode(v *visit) error {
	if s.TicketFiles.Reissue == nil {
		return errNoPage
	}
	order, _, err := s.openOrder(v)
	if err != nil {
		return err
	}
	issued := map[string]int{}
	for _, t := range order.Tickets {
		issued[t.SeatID]++
	}
	for _, t := range order.Tickets {
		if t.ID.String() != v.r.PathValue("ticket") || t.State != booking.TicketValid || issued[t.SeatID] >= mostIssued {
			continue
		}
		_, err := s.TicketFiles.Reissue(v.ctx, "buyer", t.ID, "by the buyer")
		var invalid scan.Invalid
		if err != nil && !errors.As(err, &invalid) {
			return err
		}
		break
	}
	return v.redirect(s.orderURL(order)) // a ticket that is not valid any more is shown as it is
}

// ticketExtras gives a ticket on the page its live code and the links to its files.
func (s *Store) ticketExtras(o *page.Order, key string) {
	if s.TicketFiles.SecretOf == nil {
		return
	}
	at := "/orders/" + url.PathEscape(o.Order.Number)
	codes := map[string]booking.Ticket{}
	for _, t := range o.Order.Tickets {
		codes[t.SeatID] = t
	}
	for i := range o.Tickets {
		t := codes[o.Tickets[i].ID]
		secret, err := s.TicketFiles.SecretOf(t.Code)
		if err != nil || t.State != booking.TicketValid {
			continue // its key is gone: the code is shown as it is
		}
		o.Paper = at + "/tickets.pdf?key=" + key
		o.Tickets[i].Code, o.Tickets[i].Short = t.Code, ticket.Short(secret)
		o.Tickets[i].Secret = base64.RawURLEncoding.EncodeToString(secret)
		if s.TicketFiles.Reissue != nil {
			o.Tickets[i].NewCode = at + "/tickets/" + t.ID.String() + "/new-code?key=" + key
		}
		if s.TicketFiles.Apple != nil {
			o.Tickets[i].Apple = at + "/tickets/" + t.ID.String() + "/apple?key=" + key
		}
		if s.TicketFiles.Google != nil {
			o.Tickets[i].Google = at + "/tickets/" + t.ID.String() + "/google?key=" + key
		}
	}
}
