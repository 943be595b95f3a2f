package booking

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Dispute is a payment that its buyer's bank questions. The bank has the money until it has decided, unless it only asks;
// people answer it, at the provider.
type Dispute struct {
	ID        string
	Amount    int64 // minor units
	Currency  string
	Reason    string // in the provider's words: "fraudulent"
	Status    string // in the provider's words: "needs_response", "under_review", "won", "lost" ...
	RespondBy time.Time
	OpenedAt  time.Time
}

const disputeLost = "lost"

// Lost reports whether the bank keeps the money.
func (d Dispute) Lost() bool { return d.Status == disputeLost }

// Inquiry reports whether the bank only asks: it has taken no money, and money may still go back to the buyer.
func (d Dispute) Inquiry() bool { return strings.HasPrefix(d.Status, "warning_") }

// Open reports whether the bank has not decided.
func (d Dispute) Open() bool {
	switch d.Status {
	case "won", "lost", "warning_closed":
		return false
	}
	return true
}

// disputed writes down that a bank questions a payment, how far it has come, or what it has decided. The order and its
// tickets stay as they are: whether somebody who has their money back is still let in is for people to say. Until it is
// over no money goes back for the order, for that would be given twice; what a bank keeps in the end backs no order any
// more. Word of a dispute comes in any order, late and twice: what is told is what is new.
func (s *Service) disputed(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message) (Outcome, error) {
	paid, err := q.GetPayment(ctx, m.IntentID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && paid.Status != string(payment.Succeeded) {
		return OutcomeEarly, nil // that the money came is still to be told
	}
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("payment of the dispute: %w", err)
	}
	before, err := q.GetDispute(ctx, m.disputeID())
	known := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return outcomeUnfinished, fmt.Errorf("get dispute: %w", err)
	}
	now, err := q.PutDispute(ctx, dbsqlc.PutDisputeParams{
		ID: m.disputeID(), IntentID: m.IntentID, OrderID: order.ID, Amount: max(0, m.DisputeAmount), Currency: order.Currency, Reason: m.DisputeReason,
		Status: m.DisputeStatus, RespondBy: m.DisputeBy, OpenedAt: m.CreatedAt, Now: s.now(),
	})
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("put dispute: %w", err)
	}
	if known && before.Status == now.Status {
		return OutcomeNoted, nil
	}
	s.logger.WarnContext(ctx, "a payment is disputed", "order", order.Number, "intent", m.IntentID, "dispute", now.ID, "status", now.Status)
	s.metrics.disputes.WithLabelValues(now.Status).Inc()
	kind, why := disputeNews(fromDispute(now), known)
	detail := map[string]any{"payment": m.IntentID, "dispute": now.ID, "status": now.Status, "amount": now.Amount, "reason": now.Reason}
	if err := s.note(ctx, q, *order, kind, actorProvider, why, detail); err != nil {
		return outcomeUnfinished, err
	}
	if err := tellDispute(ctx, tx, *order, now, before.Status); err != nil {
		return outcomeUnfinished, err
	}
	if now.Status == disputeLost && now.Taken == nil {
		return OutcomeNoted, s.lost(ctx, tx, q, order, now)
	}
	return OutcomeNoted, nil
}

// disputeNews is what the history says of a dispute that is new, or stands otherwise than before.
func disputeNews(d Dispute, known bool) (EventKind, string) {
	switch {
	case d.Lost():
		return EventDisputeClosed, "the dispute is lost: the bank keeps the money"
	case !d.Open():
		return EventDisputeClosed, "the dispute is over: " + d.Status
	case known:
		return EventDisputeChanged, "the dispute is now: " + d.Status
	case d.Inquiry():
		return EventDisputeOpened, "the buyer's bank asks about the payment"
	}
	return EventDisputeOpened, "the buyer's bank questions the payment"
}

// lost takes what a bank keeps out of the books. What was to go back to the buyer anyway is theirs by that; the rest
// backs no order any more, be it the one that was paid or one that its seats were exchanged for. A bank may take more
// than is left, for what was given back before: that is not in the books twice. The orders stay what they are, and so do
// their tickets.
func (s *Service) lost(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, d dbsqlc.PaymentDispute) error {
	const why = "the buyer's bank keeps it"
	rest := d.Amount
	open, err := q.RefundsOpen(ctx, d.IntentID)
	if err != nil {
		return fmt.Errorf("refunds of %s: %w", d.IntentID, err)
	}
	owed := map[uuid.UUID]bool{}
	for _, r := range open {
		if r.Amount > rest {
			continue
		}
		if err := q.SetRefundState(ctx, dbsqlc.SetRefundStateParams{ID: r.ID, State: refundSucceeded, Kind: refundDispute, Now: s.now()}); err != nil {
			return fmt.Errorf("refund %s: %w", r.ID, err)
		}
		rest -= r.Amount
		owed[r.OrderID] = true
	}
	left, err := s.writeOff(ctx, q, d.IntentID, rest, order.Currency, refundDispute, why)
	if err != nil {
		return err
	}
	if err := q.DisputeTaken(ctx, dbsqlc.DisputeTakenParams{ID: d.ID, Taken: d.Amount - left}); err != nil {
		return fmt.Errorf("dispute: %w", err)
	}
	for id := range owed {
		if err := s.settledUp(ctx, tx, q, order, id, "the buyer's bank has given the money back"); err != nil {
			return err
		}
	}
	return nil
}

// takeLost takes out of the books what banks kept while an older version left the books as they were. Until then no money
// goes back for such an order.
func (s *Service) takeLost(ctx context.Context) (int, error) {
	before, err := s.queries().LostBefore(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("booking: lost disputes: %w", err)
	}
	taken, failed := 0, []error(nil)
	for _, d := range before {
		err := s.inTx(ctx, "take a lost dispute out of the books", func(tx pgx.Tx, q *dbsqlc.Queries) error {
			if err := q.LockOrdersBackedBy(ctx, dbsqlc.LockOrdersBackedByParams{IntentID: d.IntentID, OrderID: d.OrderID}); err != nil {
				return fmt.Errorf("lock orders of %s: %w", d.IntentID, err)
			}
			order, err := q.LockOrder(ctx, d.OrderID)
			if err != nil {
				return fmt.Errorf("lock order: %w", err)
			}
			now, err := q.GetDispute(ctx, d.ID)
			if err != nil || now.Taken != nil { // by another process
				return err
			}
			return s.lost(ctx, tx, q, &order, now)
		})
		if failed = append(failed, err); err == nil {
			taken++
		}
	}
	return taken, errors.Join(failed...)
}

// settledUp ends an order that was due a refund, if nothing is due any more. order is one that is locked, and used where
// it is that one.
func (s *Service) settledUp(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, id uuid.UUID, why string) error {
	if id != order.ID {
		other, err := q.LockOrder(ctx, id)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		order = &other
	}
	if State(order.State) != RefundDue {
		return nil
	}
	due, err := q.DueRefunds(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("refunds due: %w", err)
	}
	if due > 0 {
		return nil
	}
	return s.refunded(ctx, tx, q, order, why)
}

// Disputes lists those of all payments that back an order, or backed it, the first first.
func (s *Service) Disputes(ctx context.Context, orderID uuid.UUID) ([]Dispute, error) {
	rows, err := s.queries().DisputesOfOrder(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("booking: disputes: %w", err)
	}
	out := make([]Dispute, len(rows))
	for i, row := range rows {
		out[i] = fromDispute(row)
	}
	return out, nil
}

func fromDispute(row dbsqlc.PaymentDispute) Dispute {
	d := Dispute{ID: row.ID, Amount: row.Amount, Currency: row.Currency, Reason: row.Reason, Status: row.Status, OpenedAt: row.OpenedAt.UTC()}
	if row.RespondBy != nil {
		d.RespondBy = row.RespondBy.UTC()
	}
	return d
}

// withBank refuses to give money back, or to move it to another order, that a bank has or may come to have.
func (s *Service) withBank(ctx context.Context, q *dbsqlc.Queries, orderID uuid.UUID) error {
	disputed, err := q.Disputed(ctx, orderID)
	if err != nil {
		return fmt.Errorf("booking: disputes: %w", err)
	}
	if disputed {
		return &PolicyError{"The bank of the card’s holder questions this payment, so no money can go back and no ticket can be exchanged before that is settled."}
	}
	return nil
}
