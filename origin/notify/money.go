package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Letters about money that somebody must see to: to the buyer who waits for it, and to the box office. What goes to the box
// office says nothing of the buyer: it is not erased with them.

// refundFailed writes to the buyer that we owe them money, and to the box office that it has to be seen to; to nobody if it
// was, meanwhile.
func (w *Writer) refundFailed(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact booking.RefundFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	order, detail, err := w.orderToTell(ctx, tx, fact.OrderID)
	if err != nil {
		return err
	}
	still := slices.ContainsFunc(order.Refunds, func(r booking.RefundLine) bool {
		return r.ID == fact.RefundID && r.State == "failed" && r.Tries == fact.Tries
	})
	if !still {
		w.cfg.Logger.InfoContext(ctx, "no e-mail: the refund was seen to", "order", order.Number, "refund", fact.RefundID)
		return nil
	}
	if order.Email != "" {
		m, err := w.owed(order, detail, fact)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, event.ID, order.BrandID, order.Email, m); err != nil {
			return err
		}
	}
	return w.toDesk(ctx, tx, event.ID, detail, w.failedNotice(order, detail, fact))
}

// owed tells a buyer that their bank sent a refund back, and what happens next.
func (w *Writer) owed(order booking.Order, d show.Detail, fact booking.RefundFact) (mail, error) {
	money := w.cfg.Money(fact.Amount, fact.Currency)
	n := w.about(d.Brand)
	n.Heading = "We still owe you " + money
	n.Before = []string{
		"Dear " + order.Name + ", we sent " + money + " back to the card that paid for order " + order.Number + " (" + w.evening(d) + "), and its bank returned the money to us. That happens when a card was closed or replaced, for example. We are sorry.",
		"The money is yours, and there is nothing that you have to do now. Our box office has been told: it sends the money to your card once more, or gets in touch with you about another way.",
	}
	n.Button, n.Link = "See how it stands", w.orderLink(order, "")
	n.After = []string{"If you know that the card was closed, the box office is glad to hear it. We never ask for the number of a card or an account by e-mail."}
	n.Because = "You receive this e-mail because money is due to you for order " + order.Number + "."
	return n.write("We still owe you " + money + " (" + order.Number + ")")
}

// notice is a note to the box office.
type notice struct {
	note
	subject string
}

func (w *Writer) failedNotice(order booking.Order, d show.Detail, fact booking.RefundFact) notice {
	money := w.cfg.Money(fact.Amount, fact.Currency)
	n := notice{note: w.about(d.Brand), subject: "A refund came back: " + money + ", order " + order.Number}
	n.Heading = "A refund came back"
	n.Before = []string{
		"The buyer’s bank returned " + money + " that was sent back for order " + order.Number + ", " + w.evening(d) + ".",
		"The buyer is owed that money. Please send it once more, or give it to them by other means and note how.",
	}
	if order.Email != "" {
		n.After = []string{"The buyer has been told by e-mail that the money is theirs and that you see to it."}
	}
	return n
}

// dispute tells the box office that a bank questions a payment, or asks about it, and what came of it in the end. What lies
// between is at the provider and in the console.
func (w *Writer) dispute(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact booking.DisputeFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	now, before := fact.Dispute(), booking.Dispute{Status: fact.Before}
	if fact.Before != "" && now.Open() && now.Inquiry() == before.Inquiry() {
		return nil
	}
	order, detail, err := w.orderToTell(ctx, tx, fact.OrderID)
	if err != nil {
		return err
	}
	return w.toDesk(ctx, tx, event.ID, detail, w.disputeNotice(order, detail, now))
}

func (w *Writer) disputeNotice(order booking.Order, d show.Detail, now booking.Dispute) notice {
	money := w.cfg.Money(now.Amount, now.Currency)
	of := money + " of order " + order.Number + ", " + w.evening(d)
	n := notice{note: w.about(d.Brand)}
	switch {
	case now.Lost():
		n.Heading = "A dispute is lost"
		n.Before = []string{"The bank keeps " + of + ".", "The tickets still admit. To end them, refund the order: nothing goes back that the bank has given."}
	case !now.Open() && now.Inquiry():
		n.Heading = "A bank’s question is settled"
		n.Before = []string{"The bank asked about " + of + ". It has closed the matter and took no money."}
	case !now.Open():
		n.Heading = "A dispute is settled"
		n.Before = []string{"The bank questioned " + of + ". The money stays with us."}
	case now.Inquiry():
		n.Heading = "A bank asks about a payment"
		n.Before = []string{
			"The card holder’s bank asks about " + of + ". Its reason: " + spaced(now.Reason) + ".",
			"No money has been taken. A refund settles the matter; otherwise please answer the bank at the payment provider" + w.until(d, now) + ".",
		}
	default:
		n.Heading = "A payment is disputed"
		n.Before = []string{
			"The card holder’s bank has taken back " + of + ", until it has decided. Its reason: " + spaced(now.Reason) + ".",
			"Please answer it at the payment provider" + w.until(d, now) + ": without an answer the bank keeps the money. The tickets still admit, and no refund goes out until this is settled.",
		}
	}
	n.subject = n.Heading + ": " + money + ", order " + order.Number
	return n
}

func (w *Writer) until(d show.Detail, now booking.Dispute) string {
	if now.RespondBy.IsZero() {
		return ""
	}
	return " by " + w.at(d, now.RespondBy)
}

func spaced(words string) string { return strings.ReplaceAll(words, "_", " ") }

// toDesk writes to everybody at the box office of a theatre. Each letter has an event ID of its own, made of the cause and the
// colleague: a fact told twice sends each once.
func (w *Writer) toDesk(ctx context.Context, tx pgx.Tx, cause uuid.UUID, d show.Detail, n notice) error {
	colleagues, err := dbsqlc.New(tx).DeskOf(ctx, d.Brand.ID)
	if err != nil {
		return fmt.Errorf("notify: the box office of %s: %w", d.Brand.ID, err)
	}
	if len(colleagues) == 0 {
		w.cfg.Logger.WarnContext(ctx, "nobody works at this box office: the console alone says what is to be done", "brand", d.Brand.ID, "subject", n.subject)
		return nil
	}
	if w.cfg.ConsoleURL != "" {
		n.Button, n.Link = "Open disputes and failed refunds", w.cfg.ConsoleURL+"/sites/"+url.PathEscape(d.Brand.ID)+"/box-office/money"
	}
	n.Because = "You receive this e-mail because you look after the box office of " + d.Brand.Name + "."
	m, err := n.write(n.subject)
	if err != nil {
		return err
	}
	for _, c := range colleagues {
		if err := keep(ctx, tx, uuid.NewSHA1(cause, c.ID[:]), d.Brand.ID, c.Email, m); err != nil {
			return err
		}
	}
	return nil
}

// orderToTell is an order that letters are written about, which can't be erased meanwhile, and what it is for.
func (w *Writer) orderToTell(ctx context.Context, tx pgx.Tx, id uuid.UUID) (booking.Order, show.Detail, error) {
	if err := dbsqlc.New(tx).LockToTell(ctx, id); err != nil {
		return booking.Order{}, show.Detail{}, fmt.Errorf("notify: lock order %s: %w", id, err)
	}
	order, err := w.cfg.Orders.OrderByID(ctx, id)
	if errors.Is(err, booking.ErrNotFound) {
		return order, show.Detail{}, bus.Poison(fmt.Errorf("notify: order %s: %w", id, err))
	}
	if err != nil {
		return order, show.Detail{}, fmt.Errorf("notify: order %s: %w", id, err)
	}
	detail, err := w.cfg.Shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return order, detail, fmt.Errorf("notify: performance %s: %w", order.PerformanceID, err)
	}
	return order, detail, nil
}
