package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Outcome is what came of an event, in words for staff and logs.
type Outcome string

// The outcomes of an event.
const (
	OutcomeConfirmed  Outcome = "order paid"
	OutcomeRefundDue  Outcome = "refund due"
	OutcomeOffered    Outcome = "other seats offered"
	OutcomeStray      Outcome = "second payment of an order, refund due"
	OutcomeNoted      Outcome = "noted"
	OutcomeCancelled  Outcome = "order cancelled"
	OutcomeRefunded   Outcome = "order refunded"
	OutcomeRepeated   Outcome = "already applied" // the order had moved on by another event
	OutcomeDuplicate  Outcome = "duplicate"       // this very event was processed before
	OutcomeEarly      Outcome = "waiting for an earlier event"
	OutcomeNotOurs    Outcome = "not ours"
	OutcomeUnknown    Outcome = "of an order that does not exist"
	OutcomeIgnored    Outcome = "ignored"
	outcomeUnfinished Outcome = ""
)

// mostEarly is how often an event may wait for an earlier one, some two days in all, before it is taken to be about
// somebody else's payment on the same account.
const mostEarly = 24

// message is what is kept of an event: enough to act on it after a crash, and no personal data.
type message struct {
	Kind      payment.EventKind `json:"kind"`
	Type      string            `json:"type"`
	IntentID  string            `json:"intent_id,omitempty"`
	OrderID   string            `json:"order_id,omitempty"`
	BrandID   string            `json:"brand_id,omitempty"`
	Status    payment.Status    `json:"status,omitempty"`
	Amount    int64             `json:"amount,omitempty"`
	Received  int64             `json:"received,omitempty"`
	Refunded  int64             `json:"refunded,omitempty"`
	Currency  string            `json:"currency,omitempty"`
	Decline   string            `json:"decline,omitempty"` // safe to show
	Code      string            `json:"code,omitempty"`    // the bank's, for staff
	Refund    *refundMessage    `json:"refund,omitempty"`
	Dispute   string            `json:"dispute,omitempty"` // its name and status
	CreatedAt time.Time         `json:"created_at"`

	DisputeAmount int64  `json:"dispute_amount,omitempty"`
	DisputeReason string `json:"dispute_reason,omitempty"`
}

type refundMessage struct {
	ID     string               `json:"id"`
	Status payment.RefundStatus `json:"status"`
	Amount int64                `json:"amount"`
}

func newMessage(e payment.Event) message {
	m := message{
		Kind: e.Kind, Type: e.Type, IntentID: e.Intent.ID, OrderID: e.Intent.OrderID, BrandID: e.Intent.BrandID,
		Status: e.Intent.Status, Amount: e.Intent.Amount, Received: e.Intent.Received, Refunded: e.Intent.Refunded,
		Currency: e.Intent.Currency, CreatedAt: e.CreatedAt,
	}
	if e.Intent.LastError != nil {
		m.Decline, m.Code = e.Intent.LastError.Message, e.Intent.LastError.DeclineCode
	}
	if e.Refund != nil {
		m.Refund = &refundMessage{ID: e.Refund.ID, Status: e.Refund.Status, Amount: e.Refund.Amount}
		if m.IntentID == "" {
			m.IntentID = e.Refund.IntentID
		}
		m.Refund.ID, m.Refund.Status = withoutNUL(m.Refund.ID), withoutNUL(m.Refund.Status)
	}
	if e.Dispute != nil {
		m.Dispute = e.Dispute.ID + " " + e.Dispute.Status
		m.DisputeAmount, m.DisputeReason = e.Dispute.Amount, e.Dispute.Reason
	}
	for _, text := range []*string{&m.Type, &m.IntentID, &m.OrderID, &m.BrandID, &m.Currency, &m.Decline, &m.Code, &m.Dispute, &m.DisputeReason} {
		*text = withoutNUL(*text)
	}
	m.Status = withoutNUL(m.Status)
	return m
}

// withoutNUL drops what JSON may hold and Postgres can't keep: an event with money behind it must not be refused for it.
func withoutNUL[T ~string](text T) T { return T(strings.ReplaceAll(string(text), "\x00", "")) }

// intent is the payment as the event had it.
func (m message) intent() payment.Intent {
	i := payment.Intent{
		ID: m.IntentID, Status: m.Status, Amount: m.Amount, Received: m.Received, Refunded: m.Refunded,
		Currency: m.Currency, OrderID: m.OrderID, BrandID: m.BrandID,
	}
	if m.Decline != "" {
		i.LastError = &payment.Decline{Message: m.Decline, DeclineCode: m.Code}
	}
	return i
}

// Receive stores an event and returns: what a webhook does before it answers 200. The event is acted upon soon
// after, by Run. An event that is there already changes nothing, and one of no use to us is not kept.
func (s *Service) Receive(ctx context.Context, event payment.Event) error {
	if event.Kind == payment.Ignored {
		return nil
	}
	if event.ID == "" {
		return errors.New("booking: an event without an ID")
	}
	payload, err := json.Marshal(newMessage(event))
	if err != nil {
		return fmt.Errorf("booking: event %s: %w", event.ID, err)
	}
	_, err = s.queries().StoreEvent(ctx, dbsqlc.StoreEventParams{ID: event.ID, Kind: string(event.Kind), Payload: payload, Now: s.now()})
	if err != nil {
		return fmt.Errorf("booking: store event %s: %w", event.ID, err)
	}
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
	return nil
}

// ApplyPayment stores an event and acts on it. It may be called with the same event, or with events in any order,
// as often as one likes.
func (s *Service) ApplyPayment(ctx context.Context, event payment.Event) (Outcome, error) {
	if event.Kind == payment.Ignored {
		return OutcomeIgnored, nil
	}
	if err := s.Receive(ctx, event); err != nil {
		return outcomeUnfinished, err
	}
	s.step("event stored")
	return s.process(ctx, event.ID)
}

// process acts on a stored event, once: the effects and the mark that it was processed are one transaction.
func (s *Service) process(ctx context.Context, eventID string) (Outcome, error) {
	event, order, err := s.peek(ctx, eventID)
	if err != nil {
		return outcomeUnfinished, err
	}
	if event.ProcessedAt != nil {
		return OutcomeDuplicate, nil
	}
	ctx, span := s.tracer.Start(inTraceOf(ctx, order.Traceparent), "apply "+event.Kind, trace.WithLinks(trace.LinkFromContext(ctx)))
	defer span.End()
	var known late
	if event.Kind == string(payment.PaymentSucceeded) {
		if known, err = s.lateFacts(ctx, order); err != nil {
			return outcomeUnfinished, err
		}
		if known.card, err = s.cardFacts(ctx, order, event); err != nil {
			return outcomeUnfinished, err
		}
	}
	outcome, changed, err := s.applyStored(ctx, eventID, known)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return outcomeUnfinished, err
	}
	s.step("event applied")
	s.metrics.events.WithLabelValues(event.Kind, string(outcome)).Inc()
	if changed != nil {
		s.metrics.paymentDelay.Observe(max(0, s.now().Sub(event.ReceivedAt).Seconds()))
		s.logger.InfoContext(ctx, "payment event applied", "event", eventID, "kind", event.Kind, "order", changed.Number, "state", changed.State, "outcome", string(outcome))
		s.seatMap(ctx, changed.ID)
	}
	return outcome, nil
}

// applyStored is the transaction of process. It returns the order when its seats may have changed.
func (s *Service) applyStored(ctx context.Context, eventID string, known late) (outcome Outcome, changed *dbsqlc.Order, err error) {
	err = s.inTx(ctx, "apply event "+eventID, func(tx pgx.Tx, q *dbsqlc.Queries) error {
		stored, err := q.LockEvent(ctx, eventID)
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		if stored.ProcessedAt != nil {
			outcome = OutcomeDuplicate
			return nil
		}
		var m message
		if err := json.Unmarshal(stored.Payload, &m); err != nil {
			return fmt.Errorf("payload: %w", err)
		}
		outcome, changed, err = s.act(ctx, tx, q, m, known)
		switch {
		case err != nil:
			return err
		case outcome == OutcomeEarly && stored.Attempts < mostEarly:
			return nil // it stays in the inbox and is tried again
		case outcome == OutcomeEarly:
			outcome = OutcomeNotOurs
		}
		return q.FinishEvent(ctx, dbsqlc.FinishEventParams{ID: eventID, Outcome: string(outcome), Now: s.now()})
	})
	return outcome, changed, err
}
