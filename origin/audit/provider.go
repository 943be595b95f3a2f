package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// clockSlack is how far the provider's clock may stand from ours.
const clockSlack = time.Hour

// provider compares the provider's intents with the orders, both ways. The provider is read after the snapshot of
// Postgres was taken, so its side may only be newer.
func (a *auditor) provider(ctx context.Context, c *Check) error {
	c.Unit = "payments"
	if a.Payments == nil {
		c.Skipped = "no payment provider was given"
		return nil
	}
	if a.counts.Orders == 0 {
		return nil
	}
	outstanding := map[string]int64{} // what the provider keeps of each intent that took money
	since, cursor := a.counts.FirstOrderAt.Add(-clockSlack), ""
	for {
		page, err := a.Payments.ListIntents(ctx, since, cursor)
		if err != nil {
			return fmt.Errorf("list the provider's payments: %w", err)
		}
		c.Looked += len(page.Intents)
		if err := a.comparePage(ctx, c, page.Intents, outstanding); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return a.compareTaken(ctx, c, outstanding)
		}
	}
}

func (a *auditor) comparePage(ctx context.Context, c *Check, intents []payment.Intent, outstanding map[string]int64) error {
	var ids []uuid.UUID
	for _, intent := range intents {
		if id, err := uuid.Parse(intent.OrderID); err == nil {
			ids = append(ids, id)
		}
	}
	rows, err := a.q.AuditOrdersByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("orders of payments: %w", err)
	}
	orders := make(map[string]dbsqlc.AuditOrdersByIDRow, len(rows))
	for _, row := range rows {
		orders[row.ID.String()] = row
	}
	names := make([]string, len(intents))
	for i, intent := range intents {
		names[i] = intent.ID
	}
	written, err := a.q.AuditBooks(ctx, names)
	if err != nil {
		return fmt.Errorf("books of payments: %w", err)
	}
	books := make(map[string]dbsqlc.AuditBooksRow, len(written))
	for _, row := range written {
		books[row.IntentID] = row
	}
	for _, intent := range intents {
		if intent.Received == 0 || intent.OrderID == "" { // nothing taken, or not by us
			continue
		}
		outstanding[intent.ID] = intent.Outstanding()
		order, known := orders[intent.OrderID]
		if !known {
			if intent.CreatedAt.Before(a.settled) { // else it is newer than our snapshot
				c.violation(intent.ID, "the provider took %d %s for order %s, which does not exist", intent.Received, intent.Currency, intent.OrderID)
			}
			continue
		}
		a.compareIntent(c, intent, order, books)
	}
	return nil
}

// compareIntent compares an intent that took money with its order, and with what our books say became of that money.
func (a *auditor) compareIntent(c *Check, intent payment.Intent, order dbsqlc.AuditOrdersByIDRow, books map[string]dbsqlc.AuditBooksRow) {
	its := order.PaymentIntent != nil && *order.PaymentIntent == intent.ID
	ours, known := books[intent.ID]
	state, left := booking.State(order.State), intent.Outstanding()-ours.Lost
	switch {
	case state == booking.Paid && its && (intent.Received != order.Total-order.Credit || intent.Currency != order.Currency):
		c.violation(order.Number, "is paid and totals %d %s; the provider received %d %s", order.Total-order.Credit, order.Currency, intent.Received, intent.Currency)
	case known && left == ours.Kept && ours.Due == 0:
	case known && left < ours.Kept:
		c.warning(order.Number, "%d %s of %s were given back at the provider; that webhook is still to come", ours.Kept-left, intent.Currency, intent.ID)
	case known && left <= ours.Kept+ours.Due:
		c.warning(order.Number, "%d %s are to go back to the buyer", left-ours.Kept, intent.Currency)
	case known && left <= ours.Kept+ours.Due+ours.Failed: // the check of our own books tells
	case left == 0:
	case !known && state == booking.AwaitingPayment && order.ExpiresAt.After(a.settled):
		c.warning(order.Number, "the provider took %d %s; the webhook may be on its way", left, intent.Currency)
	default:
		c.violation(order.Number, "is %s and the provider keeps %d %s of %s", state, left, intent.Currency, intent.ID)
	}
}

// compareTaken finds payments that we think were made and the provider does not know.
func (a *auditor) compareTaken(ctx context.Context, c *Check, outstanding map[string]int64) error {
	after := ""
	for {
		rows, err := a.q.AuditTakenPayments(ctx, after)
		if err != nil {
			return fmt.Errorf("payments taken: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			after = row.IntentID
			if _, known := outstanding[row.IntentID]; known {
				continue
			}
			intent, err := a.Payments.GetIntent(ctx, row.IntentID)
			switch {
			case errors.Is(err, payment.ErrNotFound):
				c.violation(row.IntentID, "we think %d were received; the provider does not know it", row.Received)
			case err != nil:
				return fmt.Errorf("payment %s: %w", row.IntentID, err)
			case intent.Received != row.Received:
				c.violation(row.IntentID, "we think %d were received; the provider says %d", row.Received, intent.Received)
			}
		}
	}
}
