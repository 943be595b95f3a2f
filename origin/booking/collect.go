package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// collect makes sure that an order can be paid, notes its intent in row and returns its client secret. Repeating it is safe: the provider
// knows the request by a key derived from the order, so there is one intent for an order.
//
// ErrCalledOff for a performance that does not take place: then the order is over.
func (s *Service) collect(ctx context.Context, row *dbsqlc.Order) (string, error) {
	if err := s.refuseCalledOff(ctx, row.ID, row.PerformanceID); err != nil {
		return "", err
	}
	if owed(*row) == 0 {
		return "", s.giveAway(ctx, *row)
	}
	if row.PaymentIntent != nil { // an earlier request got this far
		intent, err := s.payments.GetIntent(ctx, *row.PaymentIntent)
		if err != nil {
			return "", unavailable("read the payment", err)
		}
		if intent.Status == payment.Canceled {
			// By whoever was about to end the order, and may have died over it: an order that can't be paid is over.
			if err := s.endCalledOff(ctx, *row, intent); err != nil {
				return "", err
			}
			return "", s.ended(ctx, row.HoldID)
		}
		return intent.ClientSecret, nil
	}
	intent, err := s.payments.CreateIntent(ctx, payment.CreateIntent{
		OrderID: row.ID.String(), OrderNumber: row.Number, Amount: owed(*row), Currency: row.Currency,
		Email: row.BuyerEmail, Description: "Tickets, order " + row.Number, BrandID: row.BrandID,
		IdempotencyKey: "order-" + row.ID.String(),
	})
	if err != nil {
		return "", unavailable("create the payment", err)
	}
	s.step("intent created")
	over, err := s.keeping.Do(ctx, intended{*row, intent})
	switch {
	case err != nil:
		return "", err
	case over: // given up or expired while we talked to the provider; the sweep calls the intent off
		return "", s.ended(ctx, row.HoldID)
	}
	row.PaymentIntent = &intent.ID
	s.step("intent kept")
	return intent.ClientSecret, nil
}

// refuseCalledOff ends an order that waits for its payment if its performance does not take place: whoever has the form to pay
// open can't any more. It returns ErrCalledOff then, and ErrPaid if the money was there first: that goes back.
func (s *Service) refuseCalledOff(ctx context.Context, id, performance uuid.UUID) error {
	off, err := s.calledOffEvening(ctx, dbsqlc.Order{ID: id, PerformanceID: performance})
	if err != nil || !off {
		return err
	}
	row, err := s.queries().GetOrder(ctx, id)
	if err != nil {
		return notFound("order", err)
	}
	if State(row.State) == AwaitingPayment {
		if err := s.giveUp(ctx, row, "the performance is cancelled", true); err != nil {
			return err
		}
	}
	return ErrCalledOff
}

// endCalledOff ends an order whose intent was found cancelled at the provider.
func (s *Service) endCalledOff(ctx context.Context, row dbsqlc.Order, intent payment.Intent) error {
	return s.inTx(ctx, "end order", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		if err := s.notePayment(ctx, q, order, intent); err != nil {
			return err
		}
		if State(order.State) != AwaitingPayment {
			return nil
		}
		return s.cancel(ctx, tx, q, &order, actorProvider, "the payment had been called off")
	})
}

// ended says why an order came to its end while it was being placed: the hold's seats are paid for by now, the hold is
// over, or another order of it came in between.
func (s *Service) ended(ctx context.Context, holdID string) error {
	other, err := s.queries().GetOrderByHold(ctx, holdID)
	switch {
	case err == nil && State(other.State) == Paid:
		return ErrPaid
	case err == nil && State(other.State) == Expired:
		return ErrHoldGone
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("booking: order of the hold: %w", err)
	}
	_, err = s.holds.Get(ctx, holdID)
	switch {
	case err == nil:
		return ErrReplaced // also by one that is about to be written
	case errors.Is(err, hold.ErrGone):
		return ErrHoldGone
	}
	return fmt.Errorf("booking: read the hold: %w", err)
}

// keepIntent writes down what is known of an order's intent. The order is locked.
func (s *Service) keepIntent(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, intent payment.Intent) error {
	kept, err := q.SetOrderIntent(ctx, dbsqlc.SetOrderIntentParams{ID: order.ID, PaymentIntent: &intent.ID, Now: s.now()})
	if err != nil {
		return fmt.Errorf("set intent: %w", err)
	}
	if kept == 0 {
		return fmt.Errorf("order %s has another intent than %s", order.Number, intent.ID)
	}
	return s.notePayment(ctx, q, order, intent)
}

// notePayment writes down how an intent stands.
func (s *Service) notePayment(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, intent payment.Intent) error {
	decline := ""
	if intent.LastError != nil && !intent.Status.Final() {
		decline = intent.LastError.Message
	}
	err := q.UpsertPayment(ctx, dbsqlc.UpsertPaymentParams{
		IntentID: intent.ID, OrderID: order.ID, Amount: intent.Amount, Currency: intent.Currency,
		Status: string(intent.Status), Decline: decline, Received: intent.Received, Refunded: intent.Refunded, Now: s.now(),
	})
	if err != nil {
		return fmt.Errorf("note payment: %w", err)
	}
	return nil
}

// giveAway makes an order that costs nothing paid, without asking a provider.
func (s *Service) giveAway(ctx context.Context, row dbsqlc.Order) error {
	lost, over := false, false
	err := s.inTx(ctx, "give the seats", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		switch State(order.State) {
		case Paid:
			return nil
		case AwaitingPayment:
		default: // given up or expired just now
			over = true
			return nil
		}
		gone, err := s.confirm(ctx, tx, q, &order, nil, actorBuyer, "there was nothing to pay", nil)
		if err != nil || len(gone) == 0 {
			return err
		}
		lost = true
		return s.cancel(ctx, tx, q, &order, actorSweeper, "the seats were lost")
	})
	if err != nil {
		return err
	}
	switch {
	case lost:
		return ErrHoldGone
	case over:
		return s.ended(ctx, row.HoldID)
	}
	s.seatMap(ctx, row.ID)
	return nil
}
