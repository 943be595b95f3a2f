package booking

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Remedy is what a person does about a refund that the buyer's bank sent back: the card was closed, say.
type Remedy struct {
	OrderID, RefundID uuid.UUID
	// Tries is how often it had been sent anew when the person looked: pressing twice sends it once.
	Tries int
	// ByHand says that the buyer has the money by other means, which How tells: "bank transfer of 3 May". Else it is sent
	// once more.
	ByHand bool
	How    string
	Actor  string // StaffActor
}

// longestHow is how long Remedy.How may be, in bytes.
const longestHow = 500

// RemedyRefund sends a failed refund anew, or notes that the buyer has the money by other means. An order that was due the
// refund is over once nothing is due any more.
//
// Errors: ErrNotFound, *PolicyError, *InvalidError.
func (s *Service) RemedyRefund(ctx context.Context, r Remedy) error {
	r.How = strings.TrimSpace(withoutNUL(r.How))
	if r.ByHand && (r.How == "" || len(r.How) > longestHow) {
		var wrong faults
		wrong.add("how", "says how the buyer got the money, in at most %d letters", longestHow)
		return wrong.err()
	}
	return s.inTx(ctx, "remedy a refund", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		order, err := q.LockOrder(ctx, r.OrderID)
		if err != nil {
			return notFound("order", err)
		}
		refund, err := q.LockRefund(ctx, dbsqlc.LockRefundParams{ID: r.RefundID, OrderID: r.OrderID})
		if err != nil {
			return notFound("refund", err)
		}
		if refund.State != refundFailed || int(refund.Tries) != r.Tries {
			return &PolicyError{"This refund has been seen to since: look at the order again."}
		}
		detail := map[string]any{"refund": refund.ID, "amount": refund.Amount, "currency": refund.Currency}
		if r.ByHand {
			if err := q.SetRefundState(ctx, dbsqlc.SetRefundStateParams{ID: refund.ID, State: refundByHand, Kind: refund.Kind, Now: s.now()}); err != nil {
				return fmt.Errorf("refund by hand: %w", err)
			}
			if err := s.note(ctx, q, order, EventRefundByHand, r.Actor, r.How, detail); err != nil {
				return err
			}
			return s.settledUp(ctx, tx, q, &order, order.ID, "the money was given back by other means")
		}
		if err := s.withBank(ctx, q, order.ID); err != nil {
			return err
		}
		if err := q.EndTry(ctx, dbsqlc.EndTryParams{ID: refund.ID, Now: s.now()}); err != nil {
			return fmt.Errorf("end the try: %w", err)
		}
		n, err := q.RefundAgain(ctx, dbsqlc.RefundAgainParams{ID: refund.ID, Tries: refund.Tries, Now: s.now()})
		if err != nil || n != 1 {
			return fmt.Errorf("refund again: %d rows, %w", n, err)
		}
		return s.note(ctx, q, order, EventRefundAgain, r.Actor, "it is sent once more", detail)
	})
}

// Trouble is money that somebody must see to: a dispute, or a refund that failed.
type Trouble struct {
	OrderID       uuid.UUID
	Number, Brand string
	Buyer         string
	// One of these is set.
	Dispute *Dispute
	Refund  *RefundLine
}

// mostTroubles is how many of a kind are listed at once.
const mostTroubles = 200

// Troubles are what there is to see to, of one theatre or ("") of all.
type Troubles struct {
	Disputes []Trouble // not decided, what is due first, first
	Failed   []Trouble // refunds that buyers' banks sent back, the oldest first
	Over     []Trouble // disputes that are decided, the latest first
}

// Troubles lists money that somebody must see to.
func (s *Service) Troubles(ctx context.Context, brand string) (Troubles, error) {
	var out Troubles
	q := s.queries()
	open, err := q.DisputesOpen(ctx, dbsqlc.DisputesOpenParams{BrandID: brand, Most: mostTroubles})
	if err != nil {
		return out, fmt.Errorf("booking: disputes: %w", err)
	}
	for _, d := range open {
		out.Disputes = append(out.Disputes, trouble(d))
	}
	over, err := q.DisputesOver(ctx, dbsqlc.DisputesOverParams{BrandID: brand, Most: mostTroubles})
	if err != nil {
		return out, fmt.Errorf("booking: disputes: %w", err)
	}
	for _, d := range over {
		out.Over = append(out.Over, trouble(dbsqlc.DisputesOpenRow(d)))
	}
	failed, err := q.RefundsToSeeTo(ctx, dbsqlc.RefundsToSeeToParams{BrandID: brand, Most: mostTroubles})
	if err != nil {
		return out, fmt.Errorf("booking: failed refunds: %w", err)
	}
	for _, r := range failed {
		out.Failed = append(out.Failed, Trouble{OrderID: r.OrderID, Number: r.Number, Brand: r.BrandID, Buyer: r.BuyerName, Refund: &RefundLine{
			ID: r.ID, Amount: r.Amount, Currency: r.Currency, Reason: r.Reason, State: r.State, Kind: r.Kind, Tries: int(r.Tries), CreatedAt: r.CreatedAt.UTC(),
		}})
	}
	return out, nil
}

func trouble(d dbsqlc.DisputesOpenRow) Trouble {
	dispute := Dispute{ID: d.ID, Amount: d.Amount, Currency: d.Currency, Reason: d.Reason, Status: d.Status, OpenedAt: d.OpenedAt.UTC()}
	if d.RespondBy != nil {
		dispute.RespondBy = d.RespondBy.UTC()
	}
	return Trouble{OrderID: d.OrderID, Number: d.Number, Brand: d.BrandID, Buyer: d.BuyerName, Dispute: &dispute}
}

// DueWithin reports whether the bank waits for an answer, and gets none that is later than a time from now.
func (d Dispute) DueWithin(now time.Time, wait time.Duration) bool {
	answered := strings.HasSuffix(d.Status, "under_review")
	return d.Open() && !answered && !d.RespondBy.IsZero() && d.RespondBy.Before(now.Add(wait))
}

// Missing is what the seats of a paid order cost more than is left of its money: somebody gave that back at the provider,
// or a bank keeps it. The tickets admit all the same, until somebody refunds them.
func (s *Service) Missing(ctx context.Context, order Order) (int64, error) {
	if order.State != Paid {
		return 0, nil
	}
	missing, err := s.queries().OrderMissing(ctx, order.ID)
	if err != nil {
		return 0, fmt.Errorf("booking: missing money: %w", err)
	}
	return missing, nil
}
