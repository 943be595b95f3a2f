package booking

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Subjects of the facts that booking publishes.
const (
	SubjectOrderPaid      = "stagedoor.order.paid.v1"           // OrderFact
	SubjectOrderCancelled = "stagedoor.order.cancelled.v1"      // OrderFact; expired or given up, never paid
	SubjectOrderOffered   = "stagedoor.order.offered.v1"        // OrderFact; other seats are kept for a buyer who paid late
	SubjectTicketsWanted  = "stagedoor.order.tickets_wanted.v1" // OrderFact; the buyer wants them by e-mail once more
	SubjectPaymentWanted  = "stagedoor.order.payment_wanted.v1" // OrderFact; the desk sends the buyer a link to pay by
	SubjectOrderChanged   = "stagedoor.order.changed.v1"        // OrderFact; some of its seats were refunded or exchanged
	SubjectOrderRefundDue = "stagedoor.order.refund_due.v1"     // OrderFact; money came that can't be kept
	SubjectOrderRefunded  = "stagedoor.order.refunded.v1"       // OrderFact; the money is on its way back
	SubjectPaymentFailed  = "stagedoor.payment.failed.v1"       // OrderFact; a card was declined, the order still waits
	SubjectSeatsSold      = "stagedoor.seats.sold.v1"           // SeatsFact
	SubjectSeatsFree      = "stagedoor.seats.free.v1"           // SeatsFact; sold seats that are for sale again
)

// OrderFact is what happened to an order. Whose it is is read from the order when it matters: facts outlive an erasure.
type OrderFact struct {
	OrderID       uuid.UUID `json:"order_id"`
	Number        string    `json:"number"`
	BrandID       string    `json:"brand_id"`
	PerformanceID uuid.UUID `json:"performance_id"`
	Seats         []string  `json:"seats"`
	Currency      string    `json:"currency"`
	Total         int64     `json:"total"` // minor units
	Reason        string    `json:"reason,omitempty"`
}

// SeatsFact is what happened to seats of a performance.
type SeatsFact struct {
	PerformanceID uuid.UUID `json:"performance_id"`
	OrderID       uuid.UUID `json:"order_id"`
	Seats         []string  `json:"seats"`
}

// tell publishes a fact about an order, in the trace of the request that placed it.
func tell(ctx context.Context, tx pgx.Tx, subject string, order dbsqlc.Order, seats []string, reason string) error {
	return publish(ctx, tx, subject, order, orderFact(order, seats, reason))
}

func orderFact(order dbsqlc.Order, seats []string, reason string) OrderFact {
	return OrderFact{
		OrderID: order.ID, Number: order.Number, BrandID: order.BrandID, PerformanceID: order.PerformanceID,
		Seats: seats, Currency: order.Currency, Total: order.Total, Reason: reason,
	}
}

// tellSeats publishes a fact about an order's seats.
func tellSeats(ctx context.Context, tx pgx.Tx, subject string, order dbsqlc.Order, seats []string) error {
	return publish(ctx, tx, subject, order, seatsFact(order, seats))
}

func seatsFact(order dbsqlc.Order, seats []string) SeatsFact {
	return SeatsFact{PerformanceID: order.PerformanceID, OrderID: order.ID, Seats: seats}
}

// publish writes a fact to the outbox. The order is locked, so its facts keep their order.
func publish(ctx context.Context, tx pgx.Tx, subject string, order dbsqlc.Order, payload any) error {
	return bus.Add(inTraceOf(ctx, order.Traceparent), tx, bus.Event{Subject: subject, Key: order.ID.String(), Payload: payload})
}
