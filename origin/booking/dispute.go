package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Dispute is a payment that its buyer's bank questions. The bank has the money until it has decided; people answer it, at
// the provider.
type Dispute struct {
	ID        string
	Amount    int64 // minor units
	Currency  string
	Reason    string // in the provider's words: "fraudulent"
	Status    string // in the provider's words: "needs_response", "under_review", "won", "lost" ...
	RespondBy time.Time
	OpenedAt  time.Time
}

// Lost reports whether the bank keeps the money.
func (d Dispute) Lost() bool { return d.Status == "lost" }

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
// won no money goes back for the order, for that would be given twice.
func (s *Service) disputed(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, m message) (Outcome, error) {
	kind, why := EventDisputeOpened, "the buyer's bank questions the payment"
	switch {
	case m.Kind == payment.DisputeUpdated:
		kind, why = EventDisputeChanged, "the dispute is now: "+m.DisputeStatus
	case m.Kind == payment.DisputeClosed && m.DisputeStatus == "lost":
		kind, why = EventDisputeClosed, "the dispute is lost: the bank keeps the money"
	case m.Kind == payment.DisputeClosed:
		kind, why = EventDisputeClosed, "the dispute is over: "+m.DisputeStatus
	}
	s.logger.WarnContext(ctx, "a payment is disputed", "order", order.Number, "intent", m.IntentID, "dispute", m.Dispute)
	s.metrics.disputes.WithLabelValues(m.DisputeStatus).Inc()
	put := dbsqlc.PutDisputeParams{
		ID: m.disputeID(), IntentID: m.IntentID, OrderID: order.ID, Amount: max(0, m.DisputeAmount), Currency: order.Currency, Reason: m.DisputeReason,
		Status: m.DisputeStatus, RespondBy: m.DisputeBy, OpenedAt: m.CreatedAt, Now: s.now(),
	}
	if err := q.PutDispute(ctx, put); err != nil {
		return outcomeUnfinished, fmt.Errorf("put dispute: %w", err)
	}
	return OutcomeNoted, s.note(ctx, q, order, kind, actorProvider, why, map[string]any{
		"payment": m.IntentID, "dispute": m.Dispute, "amount": m.DisputeAmount, "reason": m.DisputeReason,
	})
}

// Disputes lists those of an order's own payment, the first first.
func (s *Service) Disputes(ctx context.Context, orderID uuid.UUID) ([]Dispute, error) {
	rows, err := s.queries().DisputesOfOrder(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("booking: disputes: %w", err)
	}
	out := make([]Dispute, len(rows))
	for i, row := range rows {
		out[i] = Dispute{ID: row.ID, Amount: row.Amount, Currency: row.Currency, Reason: row.Reason, Status: row.Status, OpenedAt: row.OpenedAt.UTC()}
		if row.RespondBy != nil {
			out[i].RespondBy = row.RespondBy.UTC()
		}
	}
	return out, nil
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
