package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// ErrTooOften: it was asked for as often as it may be; try again in an hour.
var ErrTooOften = errors.New("booking: too often")

// mostResent is how often within an hour an order's tickets are e-mailed again.
const mostResent = 3

// Resend has the tickets of a paid order e-mailed once more, to the address they were ordered with. *PolicyError when
// there are none, ErrTooOften after three times within an hour.
func (s *Service) Resend(ctx context.Context, order Order) error {
	return s.inTx(ctx, "resend", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		row, err := q.LockOrder(ctx, order.ID)
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		if State(row.State) != Paid || row.BuyerEmail == "" {
			return &PolicyError{"This order has no tickets that could be sent."}
		}
		sent, err := q.CountEventsSince(ctx, dbsqlc.CountEventsSinceParams{OrderID: row.ID, Kind: string(EventLinkSent), Since: s.now().Add(-time.Hour)})
		if err != nil {
			return fmt.Errorf("count: %w", err)
		}
		if sent >= mostResent {
			return ErrTooOften
		}
		if err := s.note(ctx, q, row, EventLinkSent, actorBuyer, "the tickets were asked for once more", nil); err != nil {
			return err
		}
		seats, err := s.seatsOf(ctx, q, row)
		if err != nil {
			return err
		}
		return tell(ctx, tx, SubjectTicketsWanted, row, seats, "")
	})
}
