package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// givenBack applies the provider's word on how much of a payment went back in all, by us or by anyone.
//
// The provider's webhooks are snapshots, and may be old: a refund that failed since is still in them. Where one says
// more than we know of, the provider was asked, and its answer counts.
func (s *Service) givenBack(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message, known late) (Outcome, error) {
	ours := order.PaymentIntent != nil && *order.PaymentIntent == m.IntentID
	state := State(order.State)
	if order.PaymentIntent == nil || ours && (state == AwaitingPayment || state == Expired || state == Cancelled) {
		return OutcomeEarly, nil // that the money came is still to be told
	}
	if old, err := s.outdated(ctx, q, m.IntentID, known); err != nil || old {
		return OutcomeEarly, err
	}
	if known.truth != nil {
		m.Received, m.Refunded = known.truth.Received, known.truth.Refunded
	}
	if err := s.notePayment(ctx, q, *order, m.intent()); err != nil {
		return outcomeUnfinished, err
	}
	if err := s.noteTruth(ctx, q, known); err != nil {
		return outcomeUnfinished, err
	}
	if early, err := s.elsewhere(ctx, q, *order, m, known); err != nil || early {
		return OutcomeEarly, err
	}
	whole := m.Received > 0 && m.Refunded >= m.Received
	if whole {
		err := q.SettleRefunds(ctx, dbsqlc.SettleRefundsParams{IntentID: m.IntentID, Now: s.now()})
		if err != nil {
			return outcomeUnfinished, fmt.Errorf("settle refunds: %w", err)
		}
	}
	backed, err := q.OrdersBackedBy(ctx, m.IntentID)
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("orders of %s: %w", m.IntentID, err)
	}
	outcome := OutcomeNoted
	for _, one := range backed {
		this := &one
		if one.ID == order.ID {
			this = order
		}
		if !whole && State(this.State) != RefundDue {
			continue // nobody knows for which of its seats it was
		}
		over, err := s.unbacked(ctx, q, *this)
		if err != nil {
			return outcomeUnfinished, err
		}
		if !over {
			continue
		}
		if err := s.refunded(ctx, tx, q, this, "all of the money was given back"); err != nil {
			return outcomeUnfinished, err
		}
		outcome = OutcomeRefunded
	}
	return outcome, nil
}

// lookTruth asks the provider how a payment stands, if an event about money that goes back says something that may be
// old, or that was not decided by us. sent is what we knew to have gone back, or to go, before it was asked. It is not for
// use inside a transaction.
func (s *Service) lookTruth(ctx context.Context, event dbsqlc.PaymentEvent) (truth *payment.Intent, sent int64, err error) {
	m, err := decode(event)
	if err != nil {
		return nil, 0, err
	}
	if sent, err = s.queries().RefundsSent(ctx, m.IntentID); err != nil {
		return nil, 0, fmt.Errorf("booking: refunds of %s: %w", m.IntentID, err)
	}
	switch m.Kind {
	case payment.PaymentRefunded:
		if m.Refunded <= sent {
			return nil, sent, nil
		}
	case payment.RefundUpdated:
		if m.Refund == nil || m.Refund.Status != payment.RefundFailed && m.Refund.Status != payment.RefundCanceled {
			return nil, sent, nil
		}
	}
	now, err := s.payments.GetIntent(ctx, m.IntentID)
	if errors.Is(err, payment.ErrNotFound) {
		return nil, sent, nil // of another account, or made up by a test
	}
	if err != nil {
		return nil, sent, unavailable("ask about a refund", err)
	}
	return &now, sent, nil
}

// outdated reports whether refunds have come, gone or failed since the provider was asked: then it has to be asked again. The
// orders are locked.
func (s *Service) outdated(ctx context.Context, q *dbsqlc.Queries, intentID string, known late) (bool, error) {
	if known.truth == nil {
		return false, nil
	}
	sent, err := q.RefundsSent(ctx, intentID)
	if err != nil {
		return false, fmt.Errorf("refunds of %s: %w", intentID, err)
	}
	return sent != known.sent, nil
}

// noteTruth keeps what the provider says has been given back.
func (s *Service) noteTruth(ctx context.Context, q *dbsqlc.Queries, known late) error {
	if known.truth == nil {
		return nil
	}
	err := q.SetPaymentRefunded(ctx, dbsqlc.SetPaymentRefundedParams{IntentID: known.truth.ID, Refunded: known.truth.Refunded, Now: s.now()})
	if err != nil {
		return fmt.Errorf("payment %s: %w", known.truth.ID, err)
	}
	return nil
}

// unbacked reports whether nothing is left of an order whose payment went back: no money backs it, none is still to be
// sent, and the seats it has were not free to begin with. A seat that cost nothing, a companion's say, stays when those
// that did are given up one by one.
func (s *Service) unbacked(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order) (bool, error) {
	switch State(order.State) {
	case Paid, Offered, RefundDue:
	default:
		return false, nil
	}
	left, err := s.funded(ctx, q, order.ID)
	if err != nil || left > 0 {
		return false, err
	}
	due, err := q.DueRefunds(ctx, order.ID)
	if err != nil {
		return false, fmt.Errorf("refunds due: %w", err)
	}
	if due > 0 || State(order.State) != Paid {
		return due == 0, nil
	}
	seats, err := q.ListOrderSeats(ctx, order.ID)
	if err != nil {
		return false, fmt.Errorf("seats of the order: %w", err)
	}
	for _, seat := range seats {
		if seat.Gone == "" && seat.Amount > 0 {
			return true, nil
		}
	}
	return false, nil
}

// elsewhere writes down what of a payment went back without us, in the provider's dashboard. What no refund of ours
// accounts for is that. Refunds of ours that had failed are made good by it first; the rest no longer backs any order, be
// it the one that was paid or one that its seats were exchanged for. It reports whether it is too early to say.
func (s *Service) elsewhere(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, m message, known late) (early bool, err error) {
	sent, err := q.RefundsSent(ctx, m.IntentID)
	if err != nil {
		return false, fmt.Errorf("refunds of %s: %w", m.IntentID, err)
	}
	rest := m.Refunded - sent
	if rest <= 0 {
		return false, nil
	}
	const why = "given back at the provider"
	failed, err := q.FailedRefunds(ctx, m.IntentID)
	if err != nil {
		return false, fmt.Errorf("refunds of %s: %w", m.IntentID, err)
	}
	if known.truth == nil && len(failed) > 0 {
		return true, nil // one failed since the provider was asked
	}
	for _, r := range failed {
		if r.Amount > rest {
			continue
		}
		// What went back is another refund at the provider: word of the one that failed is not about it.
		if err := q.EndTry(ctx, dbsqlc.EndTryParams{ID: r.ID, Now: s.now()}); err != nil {
			return false, fmt.Errorf("end the try of refund %s: %w", r.ID, err)
		}
		if err := q.SetRefundState(ctx, dbsqlc.SetRefundStateParams{ID: r.ID, State: refundSucceeded, Kind: r.Kind, Now: s.now()}); err != nil {
			return false, fmt.Errorf("refund %s: %w", r.ID, err)
		}
		detail := map[string]any{"refund": r.ID, "amount": r.Amount, "currency": r.Currency}
		if err := s.noteOn(ctx, q, order, r.OrderID, EventGivenBack, actorProvider, "the refund that had failed was made good at the provider", detail); err != nil {
			return false, err
		}
		rest -= r.Amount
	}
	if rest, err = s.writeOff(ctx, q, m.IntentID, rest, m.Currency, refundElsewhere, why); err != nil {
		return false, err
	}
	if rest > 0 { // what backed nothing
		_, err = s.writeRefund(ctx, q, order, m.IntentID, rest, m.Currency, refundSucceeded, refundElsewhere, actorProvider, why)
	}
	return false, err
}

// writeOff takes an amount of a payment from the orders it backs, and writes down what became of it. It returns what backed
// nothing. The orders are locked.
func (s *Service) writeOff(ctx context.Context, q *dbsqlc.Queries, intentID string, rest int64, currency, kind, why string) (int64, error) {
	backed, err := q.OrdersBackedBy(ctx, intentID)
	if err != nil {
		return rest, fmt.Errorf("orders of %s: %w", intentID, err)
	}
	funds, err := q.FundsOfIntent(ctx, intentID)
	if err != nil {
		return rest, fmt.Errorf("funds of %s: %w", intentID, err)
	}
	for _, f := range funds {
		part := min(rest, f.Amount)
		if part == 0 {
			break
		}
		taken, err := q.TakeFunds(ctx, dbsqlc.TakeFundsParams{OrderID: f.OrderID, IntentID: intentID, Taken: part})
		if err != nil || taken != 1 {
			return rest, fmt.Errorf("take funds of %s: %d rows, %w", intentID, taken, err)
		}
		rest -= part
		for _, one := range backed {
			if one.ID != f.OrderID {
				continue
			}
			if _, err := s.writeRefund(ctx, q, one, intentID, part, currency, refundSucceeded, kind, actorProvider, why); err != nil {
				return rest, err
			}
		}
	}
	return rest, nil
}

// noteOn notes something on an order that may be another than the one at hand.
func (s *Service) noteOn(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, id uuid.UUID, kind EventKind, actor, why string, detail any) error {
	if id != order.ID {
		other, err := q.LockOrder(ctx, id)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		order = other
	}
	return s.note(ctx, q, order, kind, actor, why, detail)
}
