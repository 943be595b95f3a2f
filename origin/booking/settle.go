package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Payments that come at the same time are settled in one transaction, where there is nothing to decide: the order waits for
// just this payment, it is in time, its seats are its own. All others, and those that somebody else has locked, are for
// act, one at a time. What is written for an order is the same either way.

// settling is a stored event that tells of a payment.
type settling struct {
	eventID string
	orderID uuid.UUID
	message message
}

// settled is an order that was paid, with its seats.
type settled struct {
	order    dbsqlc.Order
	seats    []string
	received time.Time // when the event was
	mark     uuid.UUID // of the change that the seat map is told
}

// settle settles an event with others if it is plain. It returns nil when it is not, and then nothing has changed.
func (s *Service) settle(ctx context.Context, eventID string, m message) (*settled, error) {
	id, err := uuid.Parse(m.OrderID)
	if m.Kind != payment.PaymentSucceeded || err != nil {
		return nil, nil
	}
	return s.settlements.Do(ctx, settling{eventID, id, m})
}

// settleTogether settles the plain ones of some events. Nil is the answer for the others, and for all when the transaction
// fails for what one of them wanted.
func (s *Service) settleTogether(ctx context.Context, events []settling) []bundle.Result[*settled] {
	results := make([]bundle.Result[*settled], len(events))
	at := map[uuid.UUID]int{} // order -> its event; a second one of the same order is for later
	var ids dbsqlc.LockToSettleParams
	for i, e := range events {
		if _, twice := at[e.orderID]; !twice {
			at[e.orderID] = i
			ids.Events, ids.Orders = append(ids.Events, e.eventID), append(ids.Orders, e.orderID)
		}
	}
	limited, err := s.limited(ctx, ids.Orders)
	if err != nil {
		return bundle.Fail[*settled](len(events), err)
	}
	var done []*settled
	err = s.inTx(ctx, "settle payments", func(tx pgx.Tx, _ *dbsqlc.Queries) error {
		pipeline := postgres.NewPipeline(tx)
		q := dbsqlc.New(pipeline)
		if err := errors.Join(q.ByIndex(ctx), q.WaitAtMost(ctx, waitTogether)); err != nil {
			return err
		}
		rows, err := q.LockToSettle(ctx, ids)
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		now := s.now()
		var orders []*settled
		for _, row := range rows {
			e := events[at[row.Order.ID]]
			if e.eventID == row.EventID && !limited[row.Order.PerformanceID] && s.plainly(row.Order, e.message, now) {
				orders = append(orders, &settled{order: row.Order, received: row.ReceivedAt})
			}
		}
		if len(orders) == 0 {
			return nil
		}
		if done, err = s.ownSeats(ctx, q, orders); err != nil || len(done) == 0 {
			return errors.Join(err, pipeline.Flush(ctx))
		}
		var messages []message
		var finished []string
		for _, d := range done {
			e := events[at[d.order.ID]]
			messages, finished = append(messages, e.message), append(finished, e.eventID)
		}
		if err := s.confirmAll(ctx, q, done, messages, now); err != nil {
			return err
		}
		if err := q.FinishEvents(ctx, dbsqlc.FinishEventsParams{Ids: finished, Outcome: string(OutcomeConfirmed), Now: now}); err != nil {
			return err
		}
		return pipeline.Flush(ctx)
	})
	switch {
	case severable(err):
		return results // each by itself
	case err != nil:
		return bundle.Fail[*settled](len(events), err)
	}
	for _, d := range done {
		results[at[d.order.ID]].Answer = d
	}
	return results
}

// plainly reports whether there is nothing to decide about a payment of a locked order that waits for one.
func (s *Service) plainly(order dbsqlc.Order, m message, now time.Time) bool {
	return order.PaymentIntent != nil && *order.PaymentIntent == m.IntentID && m.Received == owed(order) && m.Currency == order.Currency &&
		keeps(State(order.State), order.ExpiresAt, now, s.grace)
}

// limited are the performances of orders about whose payments there is more to decide: it matters which card paid, and the
// provider has to be asked, or they are cancelled. It is found out
// before the transaction, which must not wait for another connection.
func (s *Service) limited(ctx context.Context, orders []uuid.UUID) (map[uuid.UUID]bool, error) {
	pipeline := postgres.NewPipeline(s.db)
	q := dbsqlc.New(pipeline)
	_ = q.ByIndex(ctx) // goes with the query: so does its error
	performances, err := q.PerformancesOf(ctx, orders)
	if err != nil {
		return nil, fmt.Errorf("booking: performances of orders: %w", err)
	}
	limited := make(map[uuid.UUID]bool, len(performances))
	for _, id := range performances {
		detail, err := s.shows.Performance(ctx, id)
		var terms Terms
		if err == nil {
			terms, err = s.Terms(ctx, detail)
		}
		// What can't be found out is told to one at a time, as are payments for what is not played.
		limited[id] = err != nil || detail.Status == show.Cancelled || terms.ByCard && !terms.Limit.None()
	}
	return limited, nil
}

// ownSeats locks the seats of orders and returns those orders that have all of theirs to themselves.
func (s *Service) ownSeats(ctx context.Context, q *dbsqlc.Queries, orders []*settled) ([]*settled, error) {
	ids, at := make([]uuid.UUID, len(orders)), map[uuid.UUID]int{}
	for i, d := range orders {
		ids[i], at[d.order.ID] = d.order.ID, i
	}
	if err := q.LockFencesOf(ctx, ids); err != nil {
		return nil, fmt.Errorf("lock fences: %w", err)
	}
	rows, err := q.ReadFencesOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read fences: %w", err)
	}
	claims, standing := make([]claim, len(orders)), make([][]fence, len(orders))
	for i, d := range orders {
		o := d.order
		claims[i] = claim{OrderID: o.ID, PerformanceID: o.PerformanceID, HoldID: o.HoldID, Token: o.HoldToken, Paid: true}
	}
	for _, row := range rows {
		i := at[row.Claimant]
		orders[i].seats = append(orders[i].seats, row.SeatID)
		claims[i].Seats = orders[i].seats
		standing[i] = append(standing[i], fence{
			Seat: row.SeatID, Token: row.Token, OrderID: row.OrderID, HoldID: row.HoldID, State: State(row.State),
			ExpiresAt: row.ExpiresAt, Assigned: row.AssignedTo.Valid,
		})
	}
	lost, err := s.judge(ctx, q, claims, standing)
	if err != nil {
		return nil, err
	}
	var own []*settled
	for i, d := range orders {
		if len(lost[i]) == 0 && len(d.seats) > 0 {
			own = append(own, d)
		}
	}
	return own, nil
}

// confirmAll makes orders paid: their money, seats, tickets, history and the facts of it.
func (s *Service) confirmAll(ctx context.Context, q *dbsqlc.Queries, done []*settled, messages []message, now time.Time) error {
	var history lines
	var paid notes
	var funds dbsqlc.AddManyFundsParams
	var tickets dbsqlc.InsertManyTicketsParams
	var facts []bus.Told
	mark, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	for i, d := range done {
		o := &d.order
		d.mark = mark
		paid.add(*o, messages[i].intent())
		funds.Orders, funds.Intents, funds.Amounts = append(funds.Orders, o.ID), append(funds.Intents, messages[i].IntentID), append(funds.Amounts, messages[i].Received)
		if err := s.sign(&tickets, *o, d.seats, now); err != nil {
			return err
		}
		if err := history.move(o, Paid, actorProvider, "payment succeeded", now); err != nil {
			return err
		}
		facts = append(facts, told(SubjectOrderPaid, *o, orderFact(*o, d.seats, "")), told(SubjectSeatsSold, *o, seatsFact(*o, d.seats)))
	}
	seats := dbsqlc.AssignManySeatsParams{Performances: tickets.Performances, Seats: tickets.Seats, Orders: tickets.Orders, Now: now}
	return errors.Join(
		paid.write(ctx, q, now), q.AddManyFunds(ctx, funds), q.AssignManySeats(ctx, seats), q.InsertManyTickets(ctx, tickets),
		q.SetOrdersPaid(ctx, dbsqlc.SetOrdersPaidParams{Ids: funds.Orders, Now: now, Mark: mark}), history.write(ctx, q), bus.AddAll(ctx, q, facts),
	)
}

// told is a fact as publish tells it.
func told(subject string, order dbsqlc.Order, payload any) bus.Told {
	return bus.Told{Event: bus.Event{Subject: subject, Key: order.ID.String(), Payload: payload}, Traceparent: order.Traceparent}
}

// sign makes a signed ticket for every seat of an order.
func (s *Service) sign(tickets *dbsqlc.InsertManyTicketsParams, order dbsqlc.Order, seats []string, now time.Time) error {
	for _, seat := range seats {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("ticket ID: %w", err)
		}
		code, keyID, err := s.signer.SignTicket(id, order.PerformanceID, seat, now)
		if err != nil {
			return fmt.Errorf("sign ticket: %w", err)
		}
		t := tickets
		t.Ids, t.Orders, t.Performances, t.Seats = append(t.Ids, id), append(t.Orders, order.ID), append(t.Performances, order.PerformanceID), append(t.Seats, seat)
		t.KeyIds, t.Codes, t.IssuedAt = append(t.KeyIds, keyID), append(t.Codes, code), append(t.IssuedAt, now)
	}
	return nil
}

// notes are payments as they stand, to be written down together.
type notes struct{ rows dbsqlc.UpsertPaymentsParams }

func (n *notes) add(order dbsqlc.Order, intent payment.Intent) {
	decline := ""
	if intent.LastError != nil && !intent.Status.Final() {
		decline = intent.LastError.Message
	}
	r := &n.rows
	r.Intents, r.Orders, r.Amounts = append(r.Intents, intent.ID), append(r.Orders, order.ID), append(r.Amounts, intent.Amount)
	r.Currencies, r.Statuses, r.Declines = append(r.Currencies, intent.Currency), append(r.Statuses, string(intent.Status)), append(r.Declines, decline)
	r.Received, r.Refunded = append(r.Received, intent.Received), append(r.Refunded, intent.Refunded)
}

func (n *notes) write(ctx context.Context, q *dbsqlc.Queries, now time.Time) error {
	n.rows.Now = now
	if err := q.UpsertPayments(ctx, n.rows); err != nil {
		return fmt.Errorf("note payment: %w", err)
	}
	return nil
}
