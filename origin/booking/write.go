package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Orders that come at the same time are written in one transaction, with one statement for each table: what costs most of
// a sale is going to Postgres and flushing to disk, not the rows. Each order is judged by itself all the same. Where one
// of them is refused the others are written without it, and where a statement fails each is tried alone.

const (
	mostInBundle   = 64 // orders or events in a transaction
	atOnce         = 2  // transactions of a kind
	bundlePatience = 15 * time.Second
)

// How long one lock is waited for. While somebody else keeps what one order wants, a seat say, all of its bundle waits, and
// those who come next wait for the bundle; so it is not long, and then the others go on without that one. All are well
// below what a step at the database may take: that would end the connection, and tells nobody's fault from another's.
const (
	waitTogether = "1s"
	waitAlone    = "2s"
	waitOn       = "0" // as long as whoever asks has time
)

// waitOf is how long so many of a bundle wait.
func waitOf(n int) string {
	if n > 1 {
		return waitTogether
	}
	return waitAlone
}

// overdue tells whoever asked of a lock that was waited for too long: time ran out, nothing was done, they may ask again.
func overdue(err error) error {
	if postgres.Locked(err) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// errLost ends a transaction in which some orders can't have their seats.
var errLost = errors.New("booking: seats lost")

// written asks for an order to be written, with others or alone.
func (s *Service) written(ctx context.Context, wanted *draft) error {
	if !wanted.plain() {
		return s.writeEach(ctx, []*draft{wanted})[0].Err
	}
	_, err := s.writing.Do(ctx, wanted)
	return err
}

// plain reports whether an order may be written with others: it has nothing to do with what other orders lock, the count
// of a promo code or an order that it is exchanged for.
func (d *draft) plain() bool {
	return len(d.codes) == 0 && len(d.gives) == 0 && !d.order.ExchangeOf.Valid
}

// writeTogether writes orders that come at the same time.
func (s *Service) writeTogether(ctx context.Context, drafts []*draft) []bundle.Result[struct{}] {
	results := make([]bundle.Result[struct{}], len(drafts))
	first, again := apart(drafts)
	for len(first) > 0 {
		at := pick(drafts, first)
		lost, err := s.writeOnce(ctx, at)
		var refused refusals
		switch {
		case errors.As(err, &refused):
			var rest []int
			for i, index := range first {
				if why, ok := refused[i]; ok {
					results[index].Err = placing(why)
				} else {
					rest = append(rest, index)
				}
			}
			first = rest
			continue
		case errors.Is(err, errLost):
			var rest []int
			for i, index := range first {
				if len(lost[i]) > 0 {
					results[index].Err = placing(&SeatsLostError{Seats: lost[i]})
				} else {
					rest = append(rest, index)
				}
			}
			first = rest
			continue
		case severable(err) && len(first) > 1:
			again = append(first, again...)
		default:
			for _, index := range first {
				results[index].Err = err
			}
		}
		break
	}
	for i, result := range s.writeEach(ctx, pick(drafts, again)) {
		results[again[i]] = result
	}
	return results
}

// writeEach writes orders one by one.
func (s *Service) writeEach(ctx context.Context, drafts []*draft) []bundle.Result[struct{}] {
	results := make([]bundle.Result[struct{}], len(drafts))
	for i, d := range drafts {
		lost, err := s.writeOnce(ctx, []*draft{d})
		if errors.Is(err, errLost) {
			err = placing(&SeatsLostError{Seats: lost[0]})
		}
		results[i].Err = err
	}
	return results
}

func placing(err error) error { return fmt.Errorf("booking: place order: %w", err) }

// writeOnce writes orders in a transaction, or none of them. With errLost it says which seats each lost.
func (s *Service) writeOnce(ctx context.Context, drafts []*draft) (lost [][]string, err error) {
	wait := waitOf(len(drafts))
	if !drafts[0].plain() || len(drafts) == 1 && drafts[0].limited() {
		wait = waitOn // it queues up where many do, and nobody waits for it
	}
	err = s.inTx(ctx, "place order", func(tx pgx.Tx, _ *dbsqlc.Queries) error {
		lost, err = s.writeAll(ctx, tx, drafts, wait)
		if err != nil {
			return err
		}
		for _, seats := range lost {
			if len(seats) > 0 {
				return errLost
			}
		}
		return nil
	})
	return lost, overdue(err)
}

// writeAll puts orders, their history and their seats into the transaction, then queues up for the seats. It returns the
// seats that each of them can't have; then the transaction must not be committed. A lock is waited for as long as wait says.
func (s *Service) writeAll(ctx context.Context, tx pgx.Tx, drafts []*draft, wait string) (lost [][]string, err error) {
	pipeline := postgres.NewPipeline(tx)
	q := dbsqlc.New(pipeline)
	claims := make([]claim, len(drafts))
	var history lines
	for i, d := range drafts {
		row := &d.order
		row.State = string(placed) // also when it is tried again
		if err := history.move(row, AwaitingPayment, d.actor, "ordered the seats they hold", row.CreatedAt); err != nil {
			return nil, err
		}
		claims[i] = claim{OrderID: row.ID, PerformanceID: row.PerformanceID, HoldID: row.HoldID, Token: row.HoldToken, Seats: seatIDs(d.seats), Plan: d.plan}
	}
	err = errors.Join(q.ByIndex(ctx), q.WaitAtMost(ctx, wait), q.InsertOrders(ctx, orderRows(drafts)), history.write(ctx, q), q.InsertSeats(ctx, seatRows(drafts)))
	if err != nil {
		return nil, fmt.Errorf("insert orders: %w", err)
	}
	for _, d := range drafts {
		if err := s.writeExchange(ctx, q, d.order, d.gives); err != nil {
			return nil, err
		}
	}
	if err := s.withinLimits(ctx, tx, pipeline, drafts); err != nil {
		return nil, err
	}
	if lost, err = s.takeAll(ctx, q, claims); err != nil {
		return nil, err
	}
	if err := pipeline.Flush(ctx); err != nil {
		return nil, fmt.Errorf("take fences: %w", err)
	}
	for i, d := range drafts {
		if len(lost[i]) > 0 {
			continue
		}
		// Last: the row of a code that everybody uses is locked for as short as can be, and after the seats, as everywhere.
		if err := promo.Take(ctx, dbsqlc.New(tx), d.codes, d.order.ID, d.order.BuyerEmail, d.lines, d.order.CreatedAt); err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// apart finds those that may be in one transaction: no two are of the same hold, for the same seat, or of one buyer who may
// have so many seats.
func apart(drafts []*draft) (first, again []int) {
	type seat struct {
		performance uuid.UUID
		id          string
	}
	seen := map[seat]bool{}
	for i, d := range drafts {
		keys := []seat{{id: "hold " + d.order.HoldID}}
		for _, s := range d.seats {
			keys = append(keys, seat{d.order.PerformanceID, s.SeatID})
		}
		if d.limited() {
			keys = append(keys, seat{d.within.production, "session " + string(d.order.SessionHash)}, seat{d.within.production, "address " + limit.Address(d.order.BuyerEmail)})
		}
		twice := false
		for _, key := range keys {
			twice = twice || seen[key]
		}
		if twice {
			again = append(again, i)
			continue
		}
		first = append(first, i)
		for _, key := range keys {
			seen[key] = true
		}
	}
	return first, again
}

func pick(drafts []*draft, at []int) []*draft {
	out := make([]*draft, len(at))
	for i, index := range at {
		out[i] = drafts[index]
	}
	return out
}

// severable reports whether a transaction of many failed for what one of them wanted: Postgres refused a statement. When
// Postgres could not be reached, each alone would fare no better.
func severable(err error) bool { return postgres.Refused(err) }
