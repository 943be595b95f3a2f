package booking

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Kinds of refunds.
const (
	refundWhole     = "whole"     // all that backed the order
	refundPart      = "part"      // for some of its seats
	refundSurplus   = "surplus"   // seats exchanged for cheaper ones
	refundStray     = "stray"     // a payment that no order wanted
	refundElsewhere = "elsewhere" // not by us: in the provider's dashboard
	refundDispute   = "dispute"   // a bank took it, and keeps it
)

// methods by which money came.
const (
	MethodStripe   = "stripe"
	MethodCash     = "cash"
	MethodTerminal = "terminal" // a card machine at the desk
)

// owed is what is to be paid for an order.
func owed(order dbsqlc.Order) int64 { return order.Total - order.Credit }

// fund writes down that money backs an order. What was received through a payment is, at every commit, either here or
// decided to go back.
func (s *Service) fund(ctx context.Context, q *dbsqlc.Queries, orderID uuid.UUID, intentID string, amount int64) error {
	if amount == 0 {
		return nil
	}
	if err := q.AddFunds(ctx, dbsqlc.AddFundsParams{OrderID: orderID, IntentID: intentID, Amount: amount}); err != nil {
		return fmt.Errorf("add funds: %w", err)
	}
	return nil
}

// portion is money out of one payment.
type portion struct {
	intentID, method string
	amount           int64
}

// draw takes an amount out of what backs a locked order, out of its own payment first.
func (s *Service) draw(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, amount int64) ([]portion, error) {
	funds, err := q.OrderFunds(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("funds: %w", err)
	}
	var out []portion
	for _, f := range funds {
		part := min(amount, f.Amount)
		if part == 0 {
			continue
		}
		taken, err := q.TakeFunds(ctx, dbsqlc.TakeFundsParams{OrderID: order.ID, IntentID: f.IntentID, Taken: part})
		if err != nil || taken != 1 {
			return nil, fmt.Errorf("take funds of %s: %d rows, %w", order.Number, taken, err)
		}
		out = append(out, portion{f.IntentID, f.Method, part})
		amount -= part
	}
	if amount > 0 {
		return nil, fmt.Errorf("order %s is backed by %d less than it is to give back", order.Number, amount)
	}
	return out, nil
}

// funded is what backs an order in all.
func (s *Service) funded(ctx context.Context, q *dbsqlc.Queries, orderID uuid.UUID) (int64, error) {
	funds, err := q.OrderFunds(ctx, orderID)
	if err != nil {
		return 0, fmt.Errorf("funds: %w", err)
	}
	var sum int64
	for _, f := range funds {
		sum += f.Amount
	}
	return sum, nil
}

// seatMoney is what goes back for one seat.
type seatMoney struct {
	seat   string
	amount int64
}

// giveBack decides that an amount goes back out of what backs a locked order: the refunds are written down, to be sent
// by the sweep, in the caller's transaction. What was paid in cash or at a card machine is handed back there, and done
// with. bySeat says what it is for; it may be empty.
func (s *Service) giveBack(
	ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, amount int64, kind, actor, reason string, bySeat []seatMoney,
) error {
	if amount == 0 {
		return nil
	}
	portions, err := s.draw(ctx, q, order, amount)
	if err != nil {
		return err
	}
	bySeat = slices.Clone(bySeat)
	for _, p := range portions {
		state := "due"
		if p.method != MethodStripe {
			state = refundSucceeded
		}
		id, err := s.writeRefund(ctx, q, order, p.intentID, p.amount, order.Currency, state, kind, actor, reason)
		if err != nil {
			return err
		}
		for left := p.amount; left > 0 && len(bySeat) > 0; {
			part := min(left, bySeat[0].amount)
			if part > 0 {
				err := q.InsertRefundSeat(ctx, dbsqlc.InsertRefundSeatParams{RefundID: id, OrderID: order.ID, SeatID: bySeat[0].seat, Amount: part})
				if err != nil {
					return fmt.Errorf("refund by seat: %w", err)
				}
			}
			left -= part
			if bySeat[0].amount -= part; bySeat[0].amount == 0 {
				bySeat = bySeat[1:]
			}
		}
	}
	return nil
}

func (s *Service) writeRefund(
	ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, intentID string, amount int64, currency, state, kind, actor, reason string,
) (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return id, fmt.Errorf("refund ID: %w", err)
	}
	err = q.InsertRefund(ctx, dbsqlc.InsertRefundParams{
		ID: id, IntentID: intentID, OrderID: order.ID, Amount: amount, Currency: currency, Reason: reason, State: state, Kind: kind, Now: s.now(),
	})
	if err != nil {
		return id, fmt.Errorf("insert refund: %w", err)
	}
	event := EventRefundDecided
	if kind == refundElsewhere || kind == refundDispute {
		event = EventGivenBack
	}
	return id, s.note(ctx, q, order, event, actor, reason, map[string]any{"refund": id, "kind": kind, "amount": amount, "currency": currency})
}

// oweBack decides that all of a locked order's money goes back: the order is due a refund, the refunds are written down
// to be sent, and it is published, in the caller's transaction.
func (s *Service) oweBack(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order *dbsqlc.Order, actor, reason string, detail any) error {
	amount, err := s.funded(ctx, q, order.ID)
	if err != nil {
		return err
	}
	if err := s.giveBack(ctx, q, *order, amount, refundWhole, actor, reason, nil); err != nil {
		return err
	}
	if err := s.moveWith(ctx, q, order, RefundDue, actor, reason, detail); err != nil {
		return err
	}
	if err := s.freePromos(ctx, q, *order); err != nil {
		return err
	}
	seats, err := s.seatsOf(ctx, q, *order)
	if err != nil {
		return err
	}
	return tell(ctx, tx, SubjectOrderRefundDue, *order, seats, reason)
}

// stray decides that money which no order wants goes back, once.
func (s *Service) stray(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, m message) error {
	decided, err := q.DecidedRefunds(ctx, m.IntentID)
	if err != nil {
		return fmt.Errorf("refunds of %s: %w", m.IntentID, err)
	}
	rest := m.Received - decided
	if rest <= 0 {
		return nil
	}
	const why = "a second payment for the same order"
	if err := s.note(ctx, q, order, EventSecondPayment, actorProvider, why, map[string]any{"payment": m.IntentID, "amount": m.Received, "currency": m.Currency}); err != nil {
		return err
	}
	_, err = s.writeRefund(ctx, q, order, m.IntentID, rest, m.Currency, "due", refundStray, actorSweeper, why)
	return err
}

// freePromos gives the uses of promo codes back that an order counted, if it is over for good.
func (s *Service) freePromos(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order) error {
	codes, err := promo.GiveBack(ctx, q, s.now(), order.ID)
	if err != nil || len(codes) == 0 {
		return err
	}
	return s.note(ctx, q, order, EventPromoGivenBack, actorSweeper, "the order came to nothing", map[string]any{"codes": codes})
}

// sweepPromos gives back what was not given back when it could have been: a payment was called off later, or whoever did
// it died.
func (s *Service) sweepPromos(ctx context.Context) (int, error) {
	ids, err := s.queries().PromosToGiveBack(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("booking: promo codes to give back: %w", err)
	}
	for _, id := range ids {
		err := s.inTx(ctx, "give promo codes back", func(_ pgx.Tx, q *dbsqlc.Queries) error {
			order, err := q.LockOrder(ctx, id)
			if err != nil {
				return fmt.Errorf("lock order: %w", err)
			}
			return s.freePromos(ctx, q, order)
		})
		if err != nil {
			return len(ids), err
		}
	}
	return len(ids), nil
}
