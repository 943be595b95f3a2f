package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
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
	DisputeStatus string `json:"dispute_status,omitempty"`

	DisputeBy *time.Time `json:"dispute_by,omitempty"` // evidence is due
}

// disputeID is the dispute's name.
func (m message) disputeID() string {
	id, _, _ := strings.Cut(m.Dispute, " ")
	return id
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
		m.DisputeAmount, m.DisputeReason, m.DisputeStatus = e.Dispute.Amount, e.Dispute.Reason, e.Dispute.Status
		if !e.Dispute.RespondBy.IsZero() {
			m.DisputeBy = &e.Dispute.RespondBy
		}
	}
	for _, text := range []*string{&m.Type, &m.IntentID, &m.OrderID, &m.BrandID, &m.Currency, &m.Decline, &m.Code, &m.Dispute, &m.DisputeReason, &m.DisputeStatus} {
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
		return errUnnamed
	}
	if err := s.store(ctx, event.ID, newMessage(event)); err != nil {
		return err
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
	if event.ID == "" {
		return outcomeUnfinished, errUnnamed
	}
	m := newMessage(event)
	if err := s.store(ctx, event.ID, m); err != nil {
		return outcomeUnfinished, err
	}
	s.step("event stored")
	return s.process(ctx, event.ID, m)
}

// store keeps an event, with others that come at the same time.
func (s *Service) store(ctx context.Context, id string, m message) error {
	payload, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("booking: event %s: %w", id, err)
	}
	if _, err := s.storing.Do(ctx, dbsqlc.StoreEventParams{ID: id, Kind: string(m.Kind), Payload: payload, Now: s.now()}); err != nil {
		return fmt.Errorf("booking: store event %s: %w", id, err)
	}
	return nil
}

func (s *Service) storeTogether(ctx context.Context, events []dbsqlc.StoreEventParams) []bundle.Result[struct{}] {
	var rows dbsqlc.StoreEventsParams
	for _, e := range events {
		rows.Ids, rows.Kinds, rows.Payloads, rows.ReceivedAt = append(rows.Ids, e.ID), append(rows.Kinds, e.Kind), append(rows.Payloads, string(e.Payload)), append(rows.ReceivedAt, e.Now)
	}
	err := s.queries().StoreEvents(ctx, rows)
	results := bundle.Fail[struct{}](len(events), err)
	if severable(err) && len(events) > 1 {
		for i, e := range events {
			_, results[i].Err = s.queries().StoreEvent(ctx, e)
		}
	}
	return results
}

var errUnnamed = errors.New("booking: an event without an ID")

// process acts on a stored event, once: the effects and the mark that it was processed are one transaction.
func (s *Service) process(ctx context.Context, eventID string, m message) (Outcome, error) {
	if done, err := s.settle(ctx, eventID, m); done != nil || err != nil {
		return s.afterSettling(ctx, eventID, m, done, err)
	}
	return s.processAlone(ctx, eventID)
}

// afterSettling is what follows the transaction for a payment that was settled with others.
func (s *Service) afterSettling(ctx context.Context, eventID string, m message, done *settled, err error) (Outcome, error) {
	if err != nil {
		return outcomeUnfinished, err
	}
	ctx, span := s.tracer.Start(inTraceOf(ctx, done.order.Traceparent), "settle "+string(m.Kind), trace.WithLinks(trace.LinkFromContext(ctx)))
	defer span.End()
	s.step("event applied")
	s.applied(ctx, eventID, string(m.Kind), OutcomeConfirmed, done.order, done.received)
	s.showSettled(ctx, done)
	return OutcomeConfirmed, nil
}

// applied counts and logs what came of an event.
func (s *Service) applied(ctx context.Context, eventID, kind string, outcome Outcome, order dbsqlc.Order, received time.Time) {
	s.metrics.events.WithLabelValues(kind, string(outcome)).Inc()
	s.metrics.paymentDelay.Observe(max(0, s.now().Sub(received).Seconds()))
	s.logger.InfoContext(ctx, "payment event applied", "event", eventID, "kind", kind, "order", order.Number, "state", order.State, "outcome", string(outcome))
}

// processAlone acts on any stored event in a transaction of its own.
func (s *Service) processAlone(ctx context.Context, eventID string) (Outcome, error) {
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
		if known.off, err = s.calledOffEvening(ctx, order); err != nil {
			return outcomeUnfinished, err
		}
	}
	if kind := payment.EventKind(event.Kind); order.ID != uuid.Nil && (kind == payment.PaymentRefunded || kind == payment.RefundUpdated) {
		if known.truth, known.sent, err = s.lookTruth(ctx, event); err != nil {
			return outcomeUnfinished, err
		}
	}
	outcome, changed, err := s.applyStored(ctx, eventID, known)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return outcomeUnfinished, err
	}
	s.step("event applied")
	if changed == nil {
		s.metrics.events.WithLabelValues(event.Kind, string(outcome)).Inc()
		return outcome, nil
	}
	s.applied(ctx, eventID, event.Kind, outcome, *changed, event.ReceivedAt)
	s.seatMap(ctx, changed.ID)
	return outcome, nil
}

// calledOffEvening reports whether an order is for a performance that does not take place.
func (s *Service) calledOffEvening(ctx context.Context, order dbsqlc.Order) (bool, error) {
	if order.ID == uuid.Nil {
		return false, nil
	}
	detail, err := s.shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return false, fmt.Errorf("booking: performance: %w", err)
	}
	return detail.Status == show.Cancelled, nil
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
