package booking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// givenBack applies the provider's word on how much of a payment went back in all, by us or by anyone.
func (s *Service) givenBack(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message) (Outcome, error) {
	ours := order.PaymentIntent != nil && *order.PaymentIntent == m.IntentID
	state := State(order.State)
	if order.PaymentIntent == nil || ours && (state == AwaitingPayment || state == Expired || state == Cancelled) {
		return OutcomeEarly, nil // that the money came is still to be told
	}
	if err := s.notePayment(ctx, q, *order, m.intent()); err != nil {
		return outcomeUnfinished, err
	}
	if err := s.elsewhere(ctx, q, *order, m); err != nil {
		return outcomeUnfinished, err
	}
	if m.Received == 0 || m.Refunded < m.Received {
		return OutcomeNoted, nil
	}
	err := q.SettleRefunds(ctx, dbsqlc.SettleRefundsParams{IntentID: m.IntentID, Now: s.now()})
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("settle refunds: %w", err)
	}
	backed, err := q.OrdersBackedBy(ctx, &m.IntentID)
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("orders of %s: %w", m.IntentID, err)
	}
	outcome := OutcomeNoted
	for _, one := range backed {
		this := &one
		if one.ID == order.ID {
			this = order
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

// elsewhere writes down what of a payment went back without us: in the provider's dashboard, or by the bank. What no
// refund of ours accounts for is that. It no longer backs any order, be it the one that was paid or one that its seats
// were exchanged for.
func (s *Service) elsewhere(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, m message) error {
	decided, err := q.DecidedRefunds(ctx, m.IntentID)
	if err != nil {
		return fmt.Errorf("refunds of %s: %w", m.IntentID, err)
	}
	rest := m.Refunded - decided
	if rest <= 0 {
		return nil
	}
	const why = "given back at the provider"
	backed, err := q.OrdersBackedBy(ctx, &m.IntentID)
	if err != nil {
		return fmt.Errorf("orders of %s: %w", m.IntentID, err)
	}
	funds, err := q.FundsOfIntent(ctx, m.IntentID)
	if err != nil {
		return fmt.Errorf("funds of %s: %w", m.IntentID, err)
	}
	for _, f := range funds {
		part := min(rest, f.Amount)
		if part == 0 {
			break
		}
		taken, err := q.TakeFunds(ctx, dbsqlc.TakeFundsParams{OrderID: f.OrderID, IntentID: m.IntentID, Taken: part})
		if err != nil || taken != 1 {
			return fmt.Errorf("take funds of %s: %d rows, %w", m.IntentID, taken, err)
		}
		rest -= part
		for _, one := range backed {
			if one.ID != f.OrderID {
				continue
			}
			if _, err := s.writeRefund(ctx, q, one, m.IntentID, part, m.Currency, refundSucceeded, refundElsewhere, actorProvider, why); err != nil {
				return err
			}
		}
	}
	if rest > 0 { // what backed nothing
		_, err = s.writeRefund(ctx, q, order, m.IntentID, rest, m.Currency, refundSucceeded, refundElsewhere, actorProvider, why)
	}
	return err
}
