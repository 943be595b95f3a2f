package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// giveUp ends an order that waits for its payment. With sure, it does so only once the provider has promised that
// no money can come any more; without, a payment that slips through is refunded. ErrPaid when the money was there
// first, or is on its way.
func (s *Service) giveUp(ctx context.Context, row dbsqlc.Order, why string, sure bool) error {
	for {
		if row.PaymentIntent != nil {
			if err := s.callOff(ctx, row, *row.PaymentIntent); err != nil {
				if errors.Is(err, ErrPaid) || sure {
					return err
				}
				s.logger.WarnContext(ctx, "a payment is to be called off later", "order", row.Number, "error", err.Error())
			}
		}
		s.step("intent called off")
		begun := false // a payment, since the order was read: its buyer may have been told to pay
		err := s.inTx(ctx, "give up order", func(tx pgx.Tx, q *dbsqlc.Queries) error {
			order, err := q.LockOrder(ctx, row.ID)
			if err != nil {
				return fmt.Errorf("lock order: %w", err)
			}
			switch State(order.State) {
			case AwaitingPayment:
				if begun = order.PaymentIntent != nil && row.PaymentIntent == nil; begun {
					row = order
					return nil // once round again: an order keeps its first intent
				}
				return s.cancel(ctx, tx, q, &order, actorBuyer, why)
			case Paid:
				return ErrPaid
			}
			return nil
		})
		if err == nil && !begun {
			s.unpledge(ctx, row.HoldID)
		}
		if err != nil || !begun {
			return err
		}
	}
}

// cancel moves a locked order that was never paid to Cancelled.
func (s *Service) cancel(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, actor, why string) error {
	if err := s.move(ctx, q, order, Cancelled, actor, why); err != nil {
		return err
	}
	if err := s.freePromos(ctx, q, *order); err != nil {
		return err
	}
	return s.tellOver(ctx, tx, q, *order, why)
}

// tellOver publishes that an order ended unpaid.
func (s *Service) tellOver(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order dbsqlc.Order, why string) error {
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return err
	}
	return tell(ctx, tx, SubjectOrderCancelled, order, seats, why)
}

// seatsOf lists the seats of an order that were not given up.
func (s *Service) seatsOf(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order) ([]string, error) {
	rows, err := q.ListOrderSeats(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("seats of the order: %w", err)
	}
	var ids []string
	for _, row := range rows {
		if row.Gone == "" {
			ids = append(ids, row.SeatID)
		}
	}
	return ids, nil
}

// callOff makes sure that an intent can take no money. When it did already, the payment is applied and ErrPaid
// returned; also while a bank is still thinking.
func (s *Service) callOff(ctx context.Context, row dbsqlc.Order, intentID string) error {
	intent, err := s.payments.CancelIntent(ctx, intentID, "cancel-"+row.ID.String())
	switch {
	case err == nil:
		return s.inTx(ctx, "note the cancelled intent", func(_ pgx.Tx, q *dbsqlc.Queries) error {
			order, err := q.LockOrder(ctx, row.ID) // before its payment, as everywhere
			if err != nil {
				return fmt.Errorf("lock order: %w", err)
			}
			if err := s.notePayment(ctx, q, order, intent); err != nil {
				return err
			}
			return s.freePromos(ctx, q, order) // if it is over: now nobody can pay it any more
		})
	case errors.Is(err, payment.ErrUnexpectedState) && intent.Status == payment.Succeeded:
		if _, err := s.ApplyPayment(ctx, reconciled(row, intent)); err != nil {
			return err
		}
		return ErrPaid
	case errors.Is(err, payment.ErrUnexpectedState):
		return ErrPaid
	}
	return unavailable("call off the payment", err)
}

// reconciled is the event that a webhook would have brought, made of what the provider answered when asked.
func reconciled(order dbsqlc.Order, intent payment.Intent) payment.Event {
	intent.ClientSecret = ""
	if intent.OrderID == "" {
		intent.OrderID, intent.BrandID = order.ID.String(), order.BrandID
	}
	return payment.Event{
		ID: "reconciled:" + intent.ID + ":" + string(intent.Status), Kind: payment.PaymentSucceeded,
		Type: "reconciled", Intent: intent,
	}
}

// GiveUp ends the unpaid order of a hold, if there is one, because the buyer gives the seats back. ErrPaid when the
// money is taken or on its way, ErrNotYours for another session.
func (s *Service) GiveUp(ctx context.Context, holdID, session string) error {
	row, err := s.queries().GetOrderByHold(ctx, holdID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("booking: order of the hold: %w", err)
	case !sameSession(row, session):
		return ErrNotYours
	}
	switch State(row.State) {
	case AwaitingPayment:
		return s.giveUp(ctx, row, "the buyer gave the seats back", false)
	case Paid:
		return ErrPaid
	}
	return nil
}

// Superseded ends the unpaid orders that a session placed for a performance with earlier holds: a session keeps one
// hold a performance, so the seats of those orders are no longer kept. An order that is being paid is left alone.
func (s *Service) Superseded(ctx context.Context, performanceID uuid.UUID, session, holdID string) error {
	if session == "" {
		return nil
	}
	earlier, err := s.queries().OpenOrdersOfSession(ctx, dbsqlc.OpenOrdersOfSessionParams{
		SessionHash: sessionHash(session), PerformanceID: performanceID, HoldID: holdID,
	})
	if err != nil {
		return fmt.Errorf("booking: earlier orders: %w", err)
	}
	return s.supersede(ctx, earlier)
}

func (s *Service) supersede(ctx context.Context, earlier []dbsqlc.Order) error {
	for _, order := range earlier {
		err := s.giveUp(ctx, order, "the buyer chose seats anew", true)
		if err != nil && !errors.Is(err, ErrPaid) {
			return err
		}
	}
	return nil
}

// Extended gives the unpaid order of a hold the hold's new deadline. Without an order it does nothing.
func (s *Service) Extended(ctx context.Context, holdID string, expiresAt time.Time) error {
	err := s.queries().SetOrderDeadline(ctx, dbsqlc.SetOrderDeadlineParams{HoldID: holdID, ExpiresAt: expiresAt.UTC(), Now: s.now()})
	if err != nil {
		return fmt.Errorf("booking: new deadline: %w", err)
	}
	row, err := s.queries().GetOrderByHold(ctx, holdID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && State(row.State) != AwaitingPayment {
		return nil
	}
	if err != nil {
		return fmt.Errorf("booking: order of the hold: %w", err)
	}
	return s.pledge(ctx, holdID, row.ExpiresAt)
}
