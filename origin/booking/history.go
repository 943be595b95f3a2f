package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// EventKind is what happened to an order. Everything that does is a line of its history, which is only ever added to.
type EventKind string

// The kinds of events. All but EventMoved leave the order in the state it is in.
const (
	EventMoved          EventKind = "moved"           // from one state to another
	EventDeclined       EventKind = "declined"        // a card was refused
	EventSecondPayment  EventKind = "second_payment"  // somebody paid it once more; that money goes back
	EventStrayCalledOff EventKind = "payment_ended"   // a payment that was not needed any more was called off
	EventLateDecision   EventKind = "late_decision"   // what became of money that came after the time
	EventSeatsGivenUp   EventKind = "seats_given_up"  // some of its seats, for money
	EventSeatsExchanged EventKind = "seats_exchanged" // some of its seats, for another order
	EventRefundDecided  EventKind = "refund_decided"
	EventRefundSent     EventKind = "refund_sent"
	EventRefundPutOff   EventKind = "refund_put_off" // the provider could not be reached, or refused
	EventRefundFailed   EventKind = "refund_failed"  // the buyer's bank sent it back
	EventRefundAgain    EventKind = "refund_again"   // a person has it sent once more
	EventRefundByHand   EventKind = "refund_by_hand" // a person gave it by other means
	EventGivenBack      EventKind = "given_back_elsewhere"
	EventDisputeOpened  EventKind = "dispute_opened"
	EventDisputeChanged EventKind = "dispute_changed"
	EventDisputeClosed  EventKind = "dispute_closed"
	EventPromoGivenBack EventKind = "promo_given_back"
	EventLinkSent       EventKind = "link_sent" // the buyer asked for the tickets once more
)

// HistoryEvent is one line of an order's history.
type HistoryEvent struct {
	At     time.Time
	Kind   EventKind
	From   State // the same as To but for EventMoved
	To     State
	Actor  string // "buyer", "stripe", "sweeper" or "staff:<who>"
	Reason string // in words
	Detail json.RawMessage
}

// note writes into an order's history something that does not move it, in the caller's transaction. detail is any JSON
// object, without personal data; nil is none.
func (s *Service) note(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, kind EventKind, actor, reason string, detail any) error {
	return s.record(ctx, q, order.ID, State(order.State), State(order.State), kind, actor, reason, detail)
}

func (s *Service) record(ctx context.Context, q *dbsqlc.Queries, id uuid.UUID, from, to State, kind EventKind, actor, reason string, detail any) error {
	text := []byte("{}")
	if detail != nil {
		var err error
		if text, err = json.Marshal(detail); err != nil {
			return fmt.Errorf("order event: %w", err)
		}
	}
	err := q.InsertOrderEvent(ctx, dbsqlc.InsertOrderEventParams{
		OrderID: id, FromState: string(from), ToState: string(to), Actor: actor, Reason: reason, At: s.now(), Kind: string(kind), Detail: text,
	})
	if err != nil {
		return fmt.Errorf("order event: %w", err)
	}
	return nil
}

// History is everything that happened to an order, the first first.
func (s *Service) History(ctx context.Context, id uuid.UUID) ([]HistoryEvent, error) {
	rows, err := s.queries().ListOrderEvents(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("booking: history: %w", err)
	}
	events := make([]HistoryEvent, len(rows))
	for i, row := range rows {
		events[i] = HistoryEvent{
			At: row.At.UTC(), Kind: EventKind(row.Kind), From: State(row.FromState), To: State(row.ToState),
			Actor: row.Actor, Reason: row.Reason, Detail: row.Detail,
		}
	}
	return events, nil
}
