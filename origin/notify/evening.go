package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// handleEvening writes to everybody who has tickets for a performance that was moved or called off. Each e-mail has an
// event ID of its own, made of the fact's and the order's: a fact told twice sends each once.
func (w *Writer) handleEvening(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var performance uuid.UUID
	var write func(booking.Order, show.Detail) (mail, error)
	if event.Subject == content.SubjectPerformanceMoved {
		var fact content.PerformanceMoved
		if err := event.Decode(&fact); err != nil {
			return err
		}
		performance = fact.PerformanceID
		write = func(o booking.Order, d show.Detail) (mail, error) { return w.moved(o, d, fact.From, fact.To) }
	} else {
		var fact content.PerformanceCancelled
		if err := event.Decode(&fact); err != nil {
			return err
		}
		performance, write = fact.PerformanceID, w.calledOff
	}
	detail, err := w.cfg.Shows.Performance(ctx, performance)
	if errors.Is(err, show.ErrNotFound) {
		return bus.Poison(fmt.Errorf("notify: performance %s: %w", performance, err))
	}
	if err != nil {
		return fmt.Errorf("notify: performance %s: %w", performance, err)
	}
	ids, err := dbsqlc.New(tx).OrdersToTell(ctx, performance)
	if err != nil {
		return fmt.Errorf("notify: orders of %s: %w", performance, err)
	}
	for _, id := range ids {
		order, err := w.cfg.Orders.OrderByID(ctx, id)
		if err != nil {
			return fmt.Errorf("notify: order %s: %w", id, err)
		}
		m, err := write(order, detail)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, uuid.NewSHA1(event.ID, id[:]), order.BrandID, order.Email, m); err != nil {
			return err
		}
	}
	return nil
}

// moved tells somebody that they are to come at another time.
func (w *Writer) moved(order booking.Order, d show.Detail, from, to time.Time) (mail, error) {
	n := w.about(d.Brand)
	n.Heading = "Another time"
	n.Before = []string{
		"Dear " + order.Name + ", the performance of " + d.Production.Title + " for which you have tickets, " + w.at(d, from) + ", takes place at another time:",
	}
	n.Lines = []string{w.at(d, to) + ", " + d.Venue.Name}
	n.Button, n.Link = "See my tickets", w.orderLink(order, "")
	n.After = []string{"Your tickets are good for the new time as they are, for the same seats. If you can’t come then, the page lets you exchange them or give them back as long as the terms allow it, and the box office helps after that. We are sorry for the trouble."}
	n.Because = "You receive this e-mail because of your order " + order.Number + "."
	return n.write("New time: " + d.Production.Title + " (" + order.Number + ")")
}

// calledOff tells somebody that a performance does not take place.
func (w *Writer) calledOff(order booking.Order, d show.Detail) (mail, error) {
	n := w.about(d.Brand)
	n.Heading = "We are sorry: this performance is cancelled"
	n.Before = []string{
		"Dear " + order.Name + ", the performance for which you have tickets does not take place:",
	}
	n.Lines = []string{w.evening(d)}
	n.Button, n.Link = "Have my money back, or exchange", w.orderLink(order, "")
	n.After = []string{"On that page all of your money goes back at a click, without a fee, or you choose another evening. What was paid at the box office is handed back there."}
	n.Because = "You receive this e-mail because of your order " + order.Number + "."
	return n.write("Cancelled: " + d.Production.Title + " (" + order.Number + ")")
}

// at is an instant in the words of the brand, at the venue.
func (w *Writer) at(d show.Detail, instant time.Time) string {
	at, locale := instant.In(d.Venue.Location()), w.cfg.Locale(d.Brand.Locale)
	return locale.Date(at) + ", " + locale.Clock(at)
}
