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

// SubjectLettersWanted is the subject of LettersFact.
const SubjectLettersWanted = "stagedoor.letters.wanted.v1"

// lettersAtOnce is how many letters about a performance are written in one transaction.
const lettersAtOnce = 100

// LettersFact says how far the letters about a performance that was moved or called off are written. It is told with the
// letters before it: whoever is killed goes on from there, and everybody is written to once.
type LettersFact struct {
	Cause         uuid.UUID  `json:"cause"` // the fact that the letters are about
	PerformanceID uuid.UUID  `json:"performance_id"`
	From          *time.Time `json:"from,omitempty"` // moved from and to; nil: it is off
	To            *time.Time `json:"to,omitempty"`
	After         uuid.UUID  `json:"after"` // the order of the last letter
}

// handleEvening writes to everybody who has tickets for a performance that was moved or called off.
func (w *Writer) handleEvening(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	fact := LettersFact{Cause: event.ID}
	if event.Subject == content.SubjectPerformanceMoved {
		var moved content.PerformanceMoved
		if err := event.Decode(&moved); err != nil {
			return err
		}
		fact.PerformanceID, fact.From, fact.To = moved.PerformanceID, &moved.From, &moved.To
	} else {
		var off content.PerformanceCancelled
		if err := event.Decode(&off); err != nil {
			return err
		}
		fact.PerformanceID = off.PerformanceID
	}
	return w.someLetters(ctx, tx, fact)
}

// handleRest goes on with such letters.
func (w *Writer) handleRest(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact LettersFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	return w.someLetters(ctx, tx, fact)
}

// someLetters writes the next ones, and tells that there may be more. Each has an event ID of its own, made of the cause and
// the order: a fact told twice sends each once.
func (w *Writer) someLetters(ctx context.Context, tx pgx.Tx, fact LettersFact) error {
	detail, err := w.cfg.Shows.Performance(ctx, fact.PerformanceID)
	if errors.Is(err, show.ErrNotFound) {
		return bus.Poison(fmt.Errorf("notify: performance %s: %w", fact.PerformanceID, err))
	}
	if err != nil {
		return fmt.Errorf("notify: performance %s: %w", fact.PerformanceID, err)
	}
	ids, err := dbsqlc.New(tx).OrdersToTell(ctx, dbsqlc.OrdersToTellParams{PerformanceID: fact.PerformanceID, After: fact.After, Most: lettersAtOnce})
	if err != nil {
		return fmt.Errorf("notify: orders of %s: %w", fact.PerformanceID, err)
	}
	for _, id := range ids {
		order, err := w.cfg.Orders.OrderByID(ctx, id)
		if err != nil {
			return fmt.Errorf("notify: order %s: %w", id, err)
		}
		if order.Email == "" {
			continue
		}
		m, err := w.eveningLetter(order, detail, fact)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, uuid.NewSHA1(fact.Cause, id[:]), order.BrandID, order.Email, m); err != nil {
			return err
		}
	}
	if len(ids) < lettersAtOnce {
		return nil
	}
	fact.After = ids[0] // the last of them comes first
	return bus.Add(ctx, tx, bus.Event{Subject: SubjectLettersWanted, Key: fact.PerformanceID.String(), Payload: fact})
}

func (w *Writer) eveningLetter(order booking.Order, detail show.Detail, fact LettersFact) (mail, error) {
	if fact.From != nil && fact.To != nil {
		return w.moved(order, detail, *fact.From, *fact.To)
	}
	return w.calledOff(order, detail)
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
