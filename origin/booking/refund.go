package booking

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Where a refund stands.
const (
	refundSent      = "sent"      // the provider accepted it
	refundSucceeded = "succeeded" // the provider says it went through
	refundFailed    = "failed"    // the bank sent it back: a person must see to it
	refundByHand    = "by_hand"   // it failed, and a person gave it by other means
)

// sendRefunds sends the refunds that are due. Each is written down before it is sent and goes under a key of its
// own, so sending it twice gives the money back once.
func (s *Service) sendRefunds(ctx context.Context) (int, error) {
	now := s.now()
	due, err := s.queries().ClaimRefunds(ctx, dbsqlc.ClaimRefundsParams{Now: now, AgainAt: now.Add(claimLease), Most: batch})
	if err != nil {
		return 0, fmt.Errorf("booking: refunds due: %w", err)
	}
	var failed []error
	for _, refund := range due {
		if err := s.sendRefund(ctx, refund); err != nil {
			failed = append(failed, err)
		}
	}
	return len(due), errors.Join(failed...)
}

func (s *Service) sendRefund(ctx context.Context, refund dbsqlc.Refund) error {
	key := "refund-" + refund.ID.String()
	if refund.Tries > 0 { // the one before failed: this is another
		key += "-" + strconv.Itoa(int(refund.Tries))
	}
	sent, err := s.payments.Refund(ctx, payment.Refund{IntentID: refund.IntentID, Amount: refund.Amount, IdempotencyKey: key})
	if errors.Is(err, payment.ErrAlreadyRefunded) {
		sent, err = payment.Refunded{Status: payment.RefundSucceeded}, nil
	}
	if err != nil {
		s.metrics.refunds.WithLabelValues("put_off").Inc()
		wait := backoff(refund.Attempts)
		if payment.IsPermanent(err) {
			wait = time.Hour // a person must look; audit reports it meanwhile
		}
		again := dbsqlc.PutOffRefundParams{ID: refund.ID, NextAttemptAt: s.now().Add(wait), LastError: err.Error()}
		if err := s.putOff(ctx, refund, again); err != nil {
			s.logger.ErrorContext(ctx, "refund not put off", "refund", refund.ID, "error", err.Error())
		}
		return fmt.Errorf("booking: refund %s of order %s: %w", refund.ID, refund.OrderID, err)
	}
	s.metrics.refunds.WithLabelValues("accepted").Inc()
	s.step("refund sent")
	return s.inTx(ctx, "note the refund", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, refund.OrderID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		now, err := q.LockRefund(ctx, dbsqlc.LockRefundParams{ID: refund.ID, OrderID: refund.OrderID})
		if err != nil {
			return fmt.Errorf("lock refund: %w", err)
		}
		if now.Tries != refund.Tries {
			return nil // it failed since, and is sent anew: this is word of the try before
		}
		return s.noteRefund(ctx, tx, q, &order, now, sent.ID, sent.Status)
	})
}

// putOff writes down that a refund could not be sent, and when it is tried again.
func (s *Service) putOff(ctx context.Context, refund dbsqlc.Refund, again dbsqlc.PutOffRefundParams) error {
	return s.inTx(ctx, "put a refund off", func(_ pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, refund.OrderID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		if err := q.PutOffRefund(ctx, again); err != nil {
			return fmt.Errorf("put off: %w", err)
		}
		return s.note(ctx, q, order, EventRefundPutOff, actorSweeper, again.LastError, map[string]any{
			"refund": refund.ID, "attempt": refund.Attempts, "again_at": again.NextAttemptAt,
		})
	})
}

// noteRefund writes down how a refund stands; the order is refunded once nothing is due any more.
func (s *Service) noteRefund(
	ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, refund dbsqlc.Refund, providerID string, status payment.RefundStatus,
) error {
	if refund.State == refundFailed || refund.State == refundByHand || refund.Kind == refundDispute {
		return nil // until a person sends it anew
	}
	state, lastError := refundSent, ""
	switch status {
	case payment.RefundSucceeded:
		state = refundSucceeded
	case payment.RefundFailed, payment.RefundCanceled:
		state, lastError = refundFailed, "the provider says: "+string(status)
	}
	params := dbsqlc.SetRefundParams{ID: refund.ID, State: state, LastError: lastError, Now: s.now()}
	if providerID != "" {
		params.ProviderID = &providerID
	}
	if err := q.SetRefund(ctx, params); err != nil {
		return fmt.Errorf("set refund: %w", err)
	}
	if err := s.noteRefundEvent(ctx, q, *order, refund, state); err != nil {
		return err
	}
	if state == refundFailed {
		if err := tellRefundFailed(ctx, tx, *order, refund); err != nil {
			return err
		}
	}
	if refund.Kind == refundStray {
		return nil // a second payment of an order that stands
	}
	if state == refundFailed && State(order.State) == Refunded {
		return s.move(ctx, q, order, RefundDue, actorProvider, "the buyer's bank sent the refund back")
	}
	if state == refundFailed || State(order.State) != RefundDue {
		return nil
	}
	due, err := q.DueRefunds(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("refunds due: %w", err)
	}
	if due > 0 {
		return nil // the money came by several payments
	}
	return s.refunded(ctx, tx, q, order, "the refund was accepted")
}

// noteRefundEvent keeps in the order's history what is new about a refund.
func (s *Service) noteRefundEvent(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, refund dbsqlc.Refund, state string) error {
	detail := map[string]any{"refund": refund.ID, "amount": refund.Amount, "currency": refund.Currency}
	switch {
	case state == refundFailed:
		s.metrics.refunds.WithLabelValues("failed").Inc()
		s.logger.ErrorContext(ctx, "a refund failed: somebody must see to it", "order", order.Number, "refund", refund.ID, "amount", refund.Amount, "currency", refund.Currency)
		return s.note(ctx, q, order, EventRefundFailed, actorProvider, "the buyer's bank sent the refund back", detail)
	case refund.State == "due":
		return s.note(ctx, q, order, EventRefundSent, actorSweeper, "the provider accepted the refund", detail)
	}
	return nil
}

// refunded ends an order whose money went back.
func (s *Service) refunded(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, reason string) error {
	hadSeats := State(order.State).ownsSeats()
	if err := s.move(ctx, q, order, Refunded, actorProvider, reason); err != nil {
		return err
	}
	seats, err := s.seatsOf(ctx, q, *order)
	if err != nil {
		return err
	}
	if hadSeats {
		if err := q.VoidTickets(ctx, order.ID); err != nil {
			return fmt.Errorf("void tickets: %w", err)
		}
		if err := q.ReleaseSeats(ctx, order.ID); err != nil {
			return fmt.Errorf("release seats: %w", err)
		}
		if err := tellSeats(ctx, tx, SubjectSeatsFree, *order, seats); err != nil {
			return err
		}
	}
	if err := s.freePromos(ctx, q, *order); err != nil {
		return err
	}
	return tell(ctx, tx, SubjectOrderRefunded, *order, seats, reason)
}

// refundUpdated applies the provider's word on one refund.
func (s *Service) refundUpdated(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message, known late) (Outcome, error) {
	if m.Refund == nil {
		return OutcomeIgnored, nil
	}
	if old, err := s.outdated(ctx, q, m.IntentID, known); err != nil || old {
		return OutcomeEarly, err
	}
	if err := s.noteTruth(ctx, q, known); err != nil {
		return outcomeUnfinished, err
	}
	refund, err := q.FindRefund(ctx, m.Refund.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		ended, err := q.TryEnded(ctx, m.Refund.ID)
		if err != nil {
			return outcomeUnfinished, fmt.Errorf("tries: %w", err)
		}
		if ended {
			return OutcomeNoted, nil // late, or once more: it was seen to
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		if refund, err = s.unnamed(ctx, q, m); err == nil && refund.ID == uuid.Nil {
			return OutcomeNoted, nil // made at the provider; its total arrives by itself
		}
	}
	if errors.Is(err, errTooEarly) {
		return OutcomeEarly, nil
	}
	if err != nil {
		return outcomeUnfinished, fmt.Errorf("find refund: %w", err)
	}
	if refund.OrderID != order.ID { // its seats were exchanged for another order's, which was given back
		other, err := q.LockOrder(ctx, refund.OrderID)
		if err != nil {
			return outcomeUnfinished, fmt.Errorf("lock order: %w", err)
		}
		order = &other
	}
	return OutcomeNoted, s.noteRefund(ctx, tx, q, order, refund, m.Refund.ID, m.Refund.Status)
}

var errTooEarly = errors.New("booking: an event that came before what it is about")

// unnamed finds the refund that an event is about whose name we don't know: one that is being sent while we speak, or one
// that failed since somebody made it at the provider, or sent it and died. Nothing is found where it went well: its total tells that.
func (s *Service) unnamed(ctx context.Context, q *dbsqlc.Queries, m message) (dbsqlc.Refund, error) {
	waiting, err := q.RefundWaiting(ctx, m.IntentID)
	if err != nil {
		return dbsqlc.Refund{}, err
	}
	if waiting {
		return dbsqlc.Refund{}, errTooEarly
	}
	if m.Refund.Status != payment.RefundFailed && m.Refund.Status != payment.RefundCanceled {
		return dbsqlc.Refund{}, nil
	}
	refund, err := q.RefundUnnamed(ctx, dbsqlc.RefundUnnamedParams{IntentID: m.IntentID, Amount: m.Refund.Amount})
	if errors.Is(err, pgx.ErrNoRows) {
		return dbsqlc.Refund{}, nil
	}
	if err != nil {
		return dbsqlc.Refund{}, err
	}
	return refund, q.NameRefund(ctx, dbsqlc.NameRefundParams{ID: refund.ID, ProviderID: m.Refund.ID})
}
