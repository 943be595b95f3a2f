// Package notify writes to buyers, and to the box office where money has to be seen to. It listens to facts on the bus and puts e-mails into the table of mails, in the same
// transaction that notes the fact as handled: a fact told twice sends one e-mail. In development the Mailbox shows
// them; nothing leaves the machine.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Consumer is the name of the durable consumer that runs Handle. It is in the database: never use it for anything else.
const Consumer = "notify"

// Subjects are the facts that Handle acts on.
func Subjects() []string {
	return []string{booking.SubjectOrderPaid, booking.SubjectTicketsWanted, booking.SubjectOrderOffered, booking.SubjectPaymentWanted, customer.SubjectLinkWanted,
		content.SubjectPerformanceMoved, content.SubjectPerformanceCancelled, SubjectLettersWanted}
}

// MoneyConsumer is the name of the one that runs Handle for MoneySubjects. They are no business of Consumer: a process of before
// them, still at work, would share it, take each for an order that was paid, and set what it listens to back.
const MoneyConsumer = "notify-money"

// MoneySubjects are the facts about money that somebody must see to.
func MoneySubjects() []string {
	return []string{booking.SubjectRefundFailed, booking.SubjectDisputeChanged}
}

// Orders knows what was ordered.
type Orders interface {
	OrderByID(ctx context.Context, id uuid.UUID) (booking.Order, error)
	AccessKey(orderID uuid.UUID) string
}

// Shows knows what is played, where and when.
type Shows interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
}

// Locale writes in a brand's words. Times are given in the venue's zone.
type Locale interface {
	Tag() string // BCP 47
	Date(time.Time) string
	ShortDate(time.Time) string
	Clock(time.Time) string
}

// Links knows whether a link to somebody's orders is to be sent; a customer.Desk is one.
type Links interface {
	Wanted(ctx context.Context, tx pgx.Tx, link customer.LinkFact) (to, word string, err error)
}

// Config is what a Writer works with; all of it but Logger is needed, Links and Brands for letters about more than one
// order.
type Config struct {
	Links   Links
	Brands  func(ctx context.Context) ([]venue.Brand, error)
	Orders  Orders
	Shows   Shows
	Locale  func(tag string) Locale
	Money   func(amount int64, currency string) string // minor units into words: "£25.50"
	SiteURL func(brandID string) string                // "https://lyceum.example", no slash at the end
	// ConsoleURL is the address of the staff console, for letters to colleagues; "": they have no link.
	ConsoleURL string
	Logger     *slog.Logger // nil: slog.Default
}

// Writer writes e-mails.
type Writer struct{ cfg Config }

// NewWriter makes a writer.
func NewWriter(cfg Config) (*Writer, error) {
	if cfg.Orders == nil || cfg.Shows == nil || cfg.Locale == nil || cfg.Money == nil || cfg.SiteURL == nil {
		return nil, errors.New("notify: Orders, Shows, Locale, Money and SiteURL are needed")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Writer{cfg}, nil
}

// Handle is a bus.Handler: it writes what a fact calls for.
func (w *Writer) Handle(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	switch event.Subject {
	case content.SubjectPerformanceMoved, content.SubjectPerformanceCancelled:
		return w.handleEvening(ctx, tx, event)
	case SubjectLettersWanted:
		return w.handleRest(ctx, tx, event)
	case customer.SubjectLinkWanted:
		return w.handleLink(ctx, tx, event)
	case booking.SubjectRefundFailed:
		return w.refundFailed(ctx, tx, event)
	case booking.SubjectDisputeChanged:
		return w.dispute(ctx, tx, event)
	case booking.SubjectOrderOffered:
		return w.handleOrder(ctx, tx, event, booking.Offered, w.offer)
	case booking.SubjectPaymentWanted:
		return w.handleOrder(ctx, tx, event, booking.AwaitingPayment, w.bill)
	case booking.SubjectOrderPaid, booking.SubjectTicketsWanted:
		return w.handleOrder(ctx, tx, event, booking.Paid, w.paid)
	}
	return fmt.Errorf("notify: no letter is known for %s", event.Subject) // a later version's: it is told again until that is at work
}

// paid is the confirmation of an order, with the way to its tickets.
func (w *Writer) paid(order booking.Order, detail show.Detail) (mail, error) {
	return w.confirmation(order, detail, w.orderLink(order, ""))
}

// handleOrder writes to the buyer of an order. One that has moved on when the fact arrives, because it was refunded
// since, say, gets nothing by mail.
func (w *Writer) handleOrder(ctx context.Context, tx pgx.Tx, event bus.Delivery, state booking.State, write func(booking.Order, show.Detail) (mail, error)) error {
	var fact booking.OrderFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	order, detail, err := w.orderToTell(ctx, tx, fact.OrderID)
	if err != nil {
		return err
	}
	if order.State != state || order.Email == "" {
		w.cfg.Logger.InfoContext(ctx, "no e-mail: the order has moved on, or has no address", "order", order.Number, "state", order.State, "subject", event.Subject)
		return nil
	}
	m, err := write(order, detail)
	if err != nil {
		return err
	}
	return keep(ctx, tx, event.ID, order.BrandID, order.Email, m)
}

// handleLink sends somebody the way to their orders, if there are any.
func (w *Writer) handleLink(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact customer.LinkFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	to, word, err := w.cfg.Links.Wanted(ctx, tx, fact)
	if err != nil || to == "" {
		return err
	}
	brand, err := w.brand(ctx, fact.BrandID)
	if err != nil {
		return err
	}
	m, err := w.link(brand, word)
	if err != nil {
		return err
	}
	return keep(ctx, tx, event.ID, fact.BrandID, to, m)
}

// keep puts an e-mail where it is sent from. A fact told twice sends one.
func keep(ctx context.Context, tx pgx.Tx, eventID uuid.UUID, brandID, recipient string, m mail) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	_, err = dbsqlc.New(tx).AddMail(ctx, dbsqlc.AddMailParams{
		ID: id, EventID: pgtype.UUID{Bytes: eventID, Valid: true}, BrandID: brandID, Recipient: recipient, Subject: m.subject, BodyHtml: m.html, BodyText: m.text,
	})
	if err != nil {
		return fmt.Errorf("notify: keep the e-mail: %w", err)
	}
	return nil
}
