// Package notify writes to buyers. It listens to facts on the bus and puts e-mails into the table of mails, in the same
// transaction that notes the fact as handled: a fact told twice sends one e-mail. In development the Mailbox shows
// them; nothing leaves the machine.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Consumer is the name of the durable consumer that runs HandleOrderPaid. It is in the database: never use it for
// anything else.
const Consumer = "notify"

// Subjects are the facts that HandleOrderPaid acts on.
func Subjects() []string { return []string{booking.SubjectOrderPaid, booking.SubjectTicketsWanted} }

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

// Config is what a Writer works with; all of it but Logger is needed.
type Config struct {
	Orders  Orders
	Shows   Shows
	Locale  func(tag string) Locale
	Money   func(amount int64, currency string) string // minor units into words: "£25.50"
	SiteURL func(brandID string) string                // "https://lyceum.example", no slash at the end
	Logger  *slog.Logger                               // nil: slog.Default
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

// HandleOrderPaid is a bus.Handler: it writes to the buyer of a paid order. An order that is no longer paid when the
// fact arrives, because it was refunded since, gets no tickets by mail.
func (w *Writer) HandleOrderPaid(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact booking.OrderFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	order, err := w.cfg.Orders.OrderByID(ctx, fact.OrderID)
	if errors.Is(err, booking.ErrNotFound) {
		return bus.Poison(fmt.Errorf("notify: order %s: %w", fact.OrderID, err))
	}
	if err != nil {
		return fmt.Errorf("notify: order %s: %w", fact.OrderID, err)
	}
	if order.State != booking.Paid || order.Email == "" {
		w.cfg.Logger.InfoContext(ctx, "no e-mail: the order is not paid any more", "order", order.Number, "state", order.State)
		return nil
	}
	detail, err := w.cfg.Shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return fmt.Errorf("notify: performance %s: %w", order.PerformanceID, err)
	}
	link := w.cfg.SiteURL(order.BrandID) + "/orders/" + url.PathEscape(order.Number) + "?" + url.Values{"key": {w.cfg.Orders.AccessKey(order.ID)}}.Encode()
	mail, err := w.confirmation(order, detail, link)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	_, err = dbsqlc.New(tx).AddMail(ctx, dbsqlc.AddMailParams{
		ID: id, EventID: pgtype.UUID{Bytes: event.ID, Valid: true}, BrandID: order.BrandID, Recipient: order.Email,
		Subject: mail.subject, BodyHtml: mail.html, BodyText: mail.text,
	})
	if err != nil {
		return fmt.Errorf("notify: keep the e-mail: %w", err)
	}
	return nil
}
