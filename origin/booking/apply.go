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

// act applies one event inside its transaction. It returns the order when its seats may have changed.
func (s *Service) act(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, m message, known late) (Outcome, *dbsqlc.Order, error) {
	order, outcome, err := s.orderOf(ctx, q, m)
	if err != nil || outcome != outcomeUnfinished {
		return outcome, nil, err
	}
	switch m.Kind {
	case payment.PaymentSucceeded:
		outcome, err = s.succeeded(ctx, tx, q, &order, m, known)
	case payment.PaymentFailed, payment.PaymentProcessing, payment.PaymentRequiresAction:
		outcome, err = s.underWay(ctx, tx, q, order, m)
	case payment.PaymentCanceled:
		outcome, err = s.calledOff(ctx, tx, q, &order, m)
	case payment.PaymentRefunded:
		outcome, err = s.givenBack(ctx, tx, q, &order, m, known)
	case payment.RefundUpdated:
		outcome, err = s.refundUpdated(ctx, tx, q, &order, m, known)
	case payment.DisputeOpened, payment.DisputeUpdated, payment.DisputeClosed:
		outcome, err = s.disputed(ctx, tx, q, &order, m)
	default:
		return OutcomeIgnored, nil, nil
	}
	return outcome, &order, err
}

// orderOf finds and locks the order an event is about. Any other outcome than unfinished ends the event.
func (s *Service) orderOf(ctx context.Context, q *dbsqlc.Queries, m message) (dbsqlc.Order, Outcome, error) {
	id, err := s.orderID(ctx, q, m)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && aboutTaken(m.Kind):
		return dbsqlc.Order{}, OutcomeEarly, nil // names the intent alone; the payment itself is still to come
	case errors.Is(err, pgx.ErrNoRows):
		return dbsqlc.Order{}, OutcomeNotOurs, nil
	case err != nil:
		return dbsqlc.Order{}, outcomeUnfinished, err
	}
	if aboutTaken(m.Kind) {
		// The money may back other orders by now. The newest is locked first, as by an exchange.
		if err := q.LockOrdersBackedBy(ctx, dbsqlc.LockOrdersBackedByParams{IntentID: m.IntentID, OrderID: id}); err != nil {
			return dbsqlc.Order{}, outcomeUnfinished, fmt.Errorf("lock orders of %s: %w", m.IntentID, err)
		}
	}
	order, err := q.LockOrder(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		s.logger.ErrorContext(ctx, "a payment names an order that does not exist", "intent", m.IntentID, "order_id", m.OrderID)
		return dbsqlc.Order{}, OutcomeUnknown, nil
	}
	if err != nil {
		return dbsqlc.Order{}, outcomeUnfinished, fmt.Errorf("lock order: %w", err)
	}
	return order, outcomeUnfinished, nil
}

// aboutTaken reports whether an event can only follow one that says the money was taken.
func aboutTaken(kind payment.EventKind) bool {
	switch kind {
	case payment.PaymentRefunded, payment.RefundUpdated, payment.DisputeOpened, payment.DisputeUpdated, payment.DisputeClosed:
		return true
	}
	return false
}

// orderID finds which order an event is about: by its intent, or by the order's ID that the intent carries.
// pgx.ErrNoRows when neither says.
func (s *Service) orderID(ctx context.Context, q *dbsqlc.Queries, m message) (uuid.UUID, error) {
	known, err := q.GetPayment(ctx, m.IntentID)
	if err == nil {
		return known.OrderID, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fmt.Errorf("payment of the event: %w", err)
	}
	id, err := uuid.Parse(m.OrderID)
	if err != nil {
		return uuid.Nil, pgx.ErrNoRows
	}
	return id, nil
}

// succeeded gives a paid order its seats, or decides that the money goes back.
func (s *Service) succeeded(
	ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message, known late,
) (Outcome, error) {
	if err := s.notePayment(ctx, q, *order, m.intent()); err != nil {
		return outcomeUnfinished, err
	}
	if order.PaymentIntent != nil && *order.PaymentIntent != m.IntentID {
		s.logger.ErrorContext(ctx, "an order was paid by a second intent", "order", order.Number, "intent", m.IntentID)
		return OutcomeStray, s.stray(ctx, q, *order, m)
	}
	if order.PaymentIntent == nil { // we died between creating the intent and writing it down
		if err := s.keepIntent(ctx, q, *order, m.intent()); err != nil {
			return outcomeUnfinished, err
		}
	}
	state := State(order.State)
	if state != AwaitingPayment && state != Expired && state != Cancelled {
		return OutcomeRepeated, nil
	}
	if err := s.fund(ctx, q, order.ID, m.IntentID, m.Received); err != nil {
		return outcomeUnfinished, err
	}
	var detail any
	owe := func(reason string) (Outcome, error) {
		return OutcomeRefundDue, s.oweBack(ctx, tx, q, order, actorProvider, reason, detail)
	}
	switch {
	case state == Cancelled:
		return owe("the money was taken although the order had been given up")
	case known.off:
		return owe("the performance is cancelled")
	case m.Received != owed(*order) || m.Currency != order.Currency:
		s.logger.ErrorContext(ctx, "the amount paid is not the amount asked for", "order", order.Number,
			"asked", owed(*order), "currency", order.Currency, "received", m.Received, "received_currency", m.Currency)
		return owe(fmt.Sprintf("paid %d %s instead of %d %s", m.Received, m.Currency, owed(*order), order.Currency))
	}
	over, err := s.overLimit(ctx, q, *order, m.IntentID, known.card)
	if err != nil {
		return outcomeUnfinished, err
	}
	if over != nil {
		detail = over
		return owe(overReason + over.Why)
	}
	reason := "payment succeeded"
	if state == Expired {
		reason = "payment succeeded late, the seats were still free"
	}
	if known.is {
		detail = lateDecision{Decision: "same seats", SeatMap: known.held != nil}
	}
	lost, err := s.confirm(ctx, tx, q, order, known.elsewhere, actorProvider, reason, detail)
	if err != nil {
		return outcomeUnfinished, err
	}
	if len(lost) > 0 {
		offered, err := s.offer(ctx, tx, q, order, lost, known)
		if err != nil || offered {
			return OutcomeOffered, err
		}
		detail = lateDecision{Decision: "refund", Lost: lost, SeatMap: known.held != nil}
		return owe(lostReason(lost))
	}
	return OutcomeConfirmed, nil
}

// underWay notes a card that was declined or is being checked. The order waits on.
func (s *Service) underWay(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order dbsqlc.Order, m message) (Outcome, error) {
	if err := s.notePayment(ctx, q, order, m.intent()); err != nil {
		return outcomeUnfinished, err
	}
	if m.Kind != payment.PaymentFailed || State(order.State) != AwaitingPayment {
		return OutcomeNoted, nil
	}
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return outcomeUnfinished, err
	}
	if err := s.note(ctx, q, order, EventDeclined, actorProvider, "a card was declined", map[string]any{"payment": m.IntentID, "code": m.Code}); err != nil {
		return outcomeUnfinished, err
	}
	return OutcomeNoted, tell(ctx, tx, SubjectPaymentFailed, order, seats, m.Decline)
}

// calledOff ends an order whose intent was cancelled at the provider.
func (s *Service) calledOff(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, m message) (Outcome, error) {
	if err := s.notePayment(ctx, q, *order, m.intent()); err != nil {
		return outcomeUnfinished, err
	}
	if order.PaymentIntent != nil && *order.PaymentIntent != m.IntentID {
		return OutcomeNoted, s.note(ctx, q, *order, EventStrayCalledOff, actorProvider, "another payment than the order's was called off", map[string]any{"payment": m.IntentID})
	}
	if State(order.State) != AwaitingPayment {
		return OutcomeNoted, s.freePromos(ctx, q, *order)
	}
	return OutcomeCancelled, s.cancel(ctx, tx, q, order, actorProvider, "the payment was called off")
}
