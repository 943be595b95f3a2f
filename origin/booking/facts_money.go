package booking

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Subjects of the facts about money that somebody must see to.
const (
	SubjectRefundFailed   = "stagedoor.refund.failed.v1"   // RefundFact; the buyer's bank sent it back
	SubjectDisputeChanged = "stagedoor.dispute.changed.v1" // DisputeFact; a bank questions a payment, or has said more
)

// RefundFact is what happened to a refund. It is told once for each time that the refund was sent.
type RefundFact struct {
	OrderID       uuid.UUID `json:"order_id"`
	Number        string    `json:"number"`
	BrandID       string    `json:"brand_id"`
	PerformanceID uuid.UUID `json:"performance_id"`
	RefundID      uuid.UUID `json:"refund_id"`
	Amount        int64     `json:"amount"` // minor units
	Currency      string    `json:"currency"`
	Tries         int       `json:"tries"` // how often it had been sent anew before
}

// DisputeFact is how a dispute stands, told once for each step that it takes. Reason, Status and Before are in the
// provider's words, as in Dispute.
type DisputeFact struct {
	OrderID       uuid.UUID  `json:"order_id"`
	Number        string     `json:"number"`
	BrandID       string     `json:"brand_id"`
	PerformanceID uuid.UUID  `json:"performance_id"`
	DisputeID     string     `json:"dispute_id"`
	Amount        int64      `json:"amount"` // minor units
	Currency      string     `json:"currency"`
	Reason        string     `json:"reason"`
	Status        string     `json:"status"`
	Before        string     `json:"before,omitempty"` // the status before; "": it is new
	RespondBy     *time.Time `json:"respond_by,omitempty"`
}

// Dispute is what the fact says of the dispute.
func (f DisputeFact) Dispute() Dispute {
	d := Dispute{ID: f.DisputeID, Amount: f.Amount, Currency: f.Currency, Reason: f.Reason, Status: f.Status}
	if f.RespondBy != nil {
		d.RespondBy = *f.RespondBy
	}
	return d
}

// tellRefundFailed publishes that a refund of a locked order failed.
func tellRefundFailed(ctx context.Context, tx pgx.Tx, order dbsqlc.Order, refund dbsqlc.Refund) error {
	return publish(ctx, tx, SubjectRefundFailed, order, RefundFact{
		OrderID: order.ID, Number: order.Number, BrandID: order.BrandID, PerformanceID: order.PerformanceID,
		RefundID: refund.ID, Amount: refund.Amount, Currency: refund.Currency, Tries: int(refund.Tries),
	})
}

// tellDispute publishes how a dispute of a locked order stands.
func tellDispute(ctx context.Context, tx pgx.Tx, order dbsqlc.Order, now dbsqlc.PaymentDispute, before string) error {
	return publish(ctx, tx, SubjectDisputeChanged, order, DisputeFact{
		OrderID: order.ID, Number: order.Number, BrandID: order.BrandID, PerformanceID: order.PerformanceID,
		DisputeID: now.ID, Amount: now.Amount, Currency: now.Currency, Reason: now.Reason, Status: now.Status, Before: before, RespondBy: now.RespondBy,
	})
}
