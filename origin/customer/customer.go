package customer

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// SubjectLinkWanted is the subject of LinkFact.
const SubjectLinkWanted = "stagedoor.buyer.link_wanted.v1"

// LinkFact says that somebody asked for a link to the orders of an address. Which address is read when the letter is
// written: facts outlive an erasure.
type LinkFact struct {
	LinkID  uuid.UUID `json:"link_id"`
	BrandID string    `json:"brand_id"`
}

// How long links and visits last, and how often links are asked for within an hour: for one address, and by one client.
const (
	LinkLasts  = 30 * time.Minute
	VisitLasts = 2 * time.Hour
	mostLinks  = 3
	mostAsked  = 12
)

// MostOrders is how many orders of an address are shown, the newest ones.
const MostOrders = 200

// Errors a caller branches on.
var (
	// ErrAddress: it is no e-mail address.
	ErrAddress = errors.New("customer: that is no e-mail address")
	// ErrTooOften: this client has asked for as many links as it may within an hour.
	ErrTooOften = errors.New("customer: asked too often")
	// ErrLink: the link is not one of ours, was used, or is too old.
	ErrLink = errors.New("customer: the link is no longer good")
	// ErrSignedOut: there is no visit, or it is over.
	ErrSignedOut = errors.New("customer: nobody is signed in")
)

// Orders is what is asked of bookings; a booking.Service is one.
type Orders interface {
	OrdersOfBuyer(ctx context.Context, email, brandID string, most int) ([]booking.Order, error)
	History(ctx context.Context, id uuid.UUID) ([]booking.HistoryEvent, error)
	CardsOf(ctx context.Context, orderID uuid.UUID) ([]booking.Card, error)
	AccessKey(orderID uuid.UUID) string
}

// Shows knows what is played, where and when; a show.Repository is one.
type Shows interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
}

// Letter is an e-mail.
type Letter struct{ Subject, HTML, Text string }

// Desk answers buyers. All but Doorbell must be set.
type Desk struct {
	DB      *pgxpool.Pool
	Orders  Orders
	Shows   Shows
	LinkKey []byte // the one that makes the keys of orders
	Now     func() time.Time
	Logger  *slog.Logger
	// Farewell is what confirms to an address that nothing is kept under it any more.
	Farewell func(ctx context.Context, brandID string) (Letter, error)
	// Doorbell is rung after a commit that put facts into the outbox; may be nil.
	Doorbell interface{ Ring() }

	probe func(step string) // tests come in between here; nil otherwise
}

func (d *Desk) step(name string) {
	if d.probe != nil {
		d.probe(name)
	}
}

// Normalise writes an address as it is compared, or returns ErrAddress.
func Normalise(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 || strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "", ErrAddress
	}
	return email, nil
}

// now is the clock at the precision Postgres keeps.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// AskForLink has a link e-mailed to an address, if anybody ordered with it: that is found out later, by whoever writes
// the mail (see Wanted). client is whatever the request can be told from others by; it is kept as a hash for an hour.
// Beyond three links within an hour an address gets no more, and nobody is told. ErrAddress, ErrTooOften.
func (d *Desk) AskForLink(ctx context.Context, brandID, email, client string) error {
	email, err := Normalise(email)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("customer: link: %w", err)
	}
	now := d.now()
	asked := sha256.Sum256([]byte("asked by v1\x00" + client))
	err = d.in(ctx, "ask for a link", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		if _, err := q.ForgetBuyerLinks(ctx, now.Add(-time.Hour)); err != nil {
			return err
		}
		if err := q.LockBuyerLinks(ctx, email); err != nil {
			return err
		}
		had, err := q.CountBuyerLinksAsked(ctx, dbsqlc.CountBuyerLinksAskedParams{Since: now.Add(-time.Hour), AskedBy: asked[:]})
		if err != nil {
			return err
		}
		if had >= mostAsked {
			return ErrTooOften
		}
		sent, err := q.CountBuyerLinks(ctx, dbsqlc.CountBuyerLinksParams{Since: now.Add(-time.Hour), Email: email})
		if err != nil {
			return err
		}
		link := dbsqlc.InsertBuyerLinkParams{ID: id, Kind: "link", BrandID: brandID, Email: email, AskedBy: asked[:], CreatedAt: now, ExpiresAt: now.Add(LinkLasts)}
		if sent >= mostLinks {
			// It counts for whoever asks, and not for the address: or anybody could keep its owner from ever getting one.
			link.ExpiresAt = link.CreatedAt
		}
		if err := q.InsertBuyerLink(ctx, link); err != nil || sent >= mostLinks {
			return err
		}
		return bus.Add(ctx, tx, bus.Event{Subject: SubjectLinkWanted, Key: id.String(), Payload: LinkFact{LinkID: id, BrandID: brandID}})
	})
	if err == nil && d.Doorbell != nil {
		d.Doorbell.Ring()
	}
	return err
}

// Wanted says whom a link that was asked for is to be sent to, and the word that goes into its address; to is empty when it
// is not to be sent. The address can't be erased before tx ends, which is to keep the letter.
func (d *Desk) Wanted(ctx context.Context, tx pgx.Tx, link LinkFact) (to, word string, err error) {
	row, err := dbsqlc.New(tx).LockBuyerLink(ctx, link.LinkID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (row.UsedAt != nil || !row.ExpiresAt.After(d.now())) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("customer: link: %w", err)
	}
	orders, err := d.Orders.OrdersOfBuyer(ctx, row.Email, scope(row.BrandID), 1)
	if err != nil || len(orders) == 0 {
		return "", "", err
	}
	return row.Email, d.word("link", row.ID), nil
}

// Good reports whether a link could be used now, and uses nothing up: mail programs open links before people do.
func (d *Desk) Good(ctx context.Context, brandID, word string) error {
	_, err := d.read(ctx, "link", brandID, word)
	if errors.Is(err, ErrSignedOut) {
		return ErrLink
	}
	return err
}

// Open uses a link up and begins a visit: visit goes into a cookie. ErrLink.
func (d *Desk) Open(ctx context.Context, brandID, word string) (visit string, err error) {
	link, err := d.read(ctx, "link", brandID, word)
	if errors.Is(err, ErrSignedOut) {
		return "", ErrLink
	}
	if err != nil {
		return "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("customer: visit: %w", err)
	}
	now := d.now()
	err = d.in(ctx, "open a link", func(_ pgx.Tx, q *dbsqlc.Queries) error {
		n, err := q.UseBuyerLink(ctx, dbsqlc.UseBuyerLinkParams{ID: link.ID, Now: now})
		if err == nil && n == 0 {
			err = ErrLink // twice at once
		}
		if err != nil {
			return err
		}
		return q.InsertBuyerLink(ctx, dbsqlc.InsertBuyerLinkParams{ID: id, Kind: "visit", BrandID: link.BrandID, Email: link.Email, AskedBy: []byte{}, CreatedAt: now, ExpiresAt: now.Add(VisitLasts)})
	})
	if err != nil {
		return "", err
	}
	return d.word("visit", id), nil
}

// Who is signed in on a site by a visit's word. ErrSignedOut.
func (d *Desk) Who(ctx context.Context, brandID, visit string) (email string, err error) {
	row, err := d.read(ctx, "visit", brandID, visit)
	return row.Email, err
}

// SignOut ends a visit, if there is one.
func (d *Desk) SignOut(ctx context.Context, brandID, visit string) error {
	row, err := d.read(ctx, "visit", brandID, visit)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err == nil {
		err = dbsqlc.New(d.DB).DeleteBuyerLink(ctx, row.ID)
	}
	if err != nil {
		return fmt.Errorf("customer: sign out: %w", err)
	}
	return nil
}

// read finds the row that a word names. A link is good on the site it was asked for on, and once.
func (d *Desk) read(ctx context.Context, kind, brandID, word string) (dbsqlc.BuyerLink, error) {
	raw, err := base64.RawURLEncoding.DecodeString(word)
	if err != nil || len(raw) != 16+wordMAC {
		return dbsqlc.BuyerLink{}, ErrSignedOut
	}
	id := uuid.UUID(raw[:16])
	if subtle.ConstantTimeCompare(raw[16:], d.mac(kind, id)) != 1 {
		return dbsqlc.BuyerLink{}, ErrSignedOut
	}
	row, err := dbsqlc.New(d.DB).GetBuyerLink(ctx, id)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && (row.Kind != kind || row.BrandID != brandID || row.UsedAt != nil || !row.ExpiresAt.After(d.now())):
		return dbsqlc.BuyerLink{}, ErrSignedOut
	case err != nil:
		return row, fmt.Errorf("customer: %s: %w", kind, err)
	}
	return row, nil
}

// wordMAC bytes of the MAC are kept: 144 bits, as in the keys of orders.
const wordMAC = 18

// word names a row and proves that we said so.
func (d *Desk) word(kind string, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(append(id[:], d.mac(kind, id)...))
}

func (d *Desk) mac(kind string, id uuid.UUID) []byte {
	mac := hmac.New(sha256.New, d.LinkKey)
	mac.Write([]byte("buyer " + kind + " v1\x00"))
	mac.Write(id[:])
	return mac.Sum(nil)[:wordMAC]
}

// scope is whose orders are shown on a site: the theatre's own, or on the group's those of all.
func scope(brandID string) string {
	if brandID == venue.GroupBrand {
		return ""
	}
	return brandID
}

// in runs work in a transaction.
func (d *Desk) in(ctx context.Context, what string, work func(tx pgx.Tx, q *dbsqlc.Queries) error) error {
	if err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error { return work(tx, dbsqlc.New(tx)) }); err != nil {
		return fmt.Errorf("customer: %s: %w", what, err)
	}
	return nil
}
