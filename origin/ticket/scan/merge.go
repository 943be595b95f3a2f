package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// MostMerged is how many facts a device may send at once. A device that has more sends them in turns.
const MostMerged = 500

// farthest is how far a device's word about the time may lie from now: a device that was away for longer is not a scanner.
const farthest = 72 * time.Hour

// Merged says what became of a device's facts.
type Merged struct {
	Kept  int         `json:"kept"`  // new ones
	Known int         `json:"known"` // those that were here already
	Twice []uuid.UUID `json:"twice"` // tickets among them with which more than one person came in
	// Rejected are facts that no scanner of ours makes, and why. They are not kept; the others of the batch are.
	Rejected []Rejection `json:"rejected"`
}

// Rejection is a fact that was not kept.
type Rejection struct {
	Scan   uuid.UUID `json:"scan"`
	Reason string    `json:"reason"` // fit to show
}

// Merge adds what a device decided while it was alone. Facts that are here already change nothing, and facts are taken
// in any order. What the device decided stands, for the person is in: a second entry with the same ticket is kept and
// shown, not refused.
func (d *Desk) Merge(ctx context.Context, person string, performance uuid.UUID, batch []Fact) (Merged, error) {
	if len(batch) > MostMerged {
		return Merged{}, Invalid{fmt.Sprintf("At most %d scans can be sent at once.", MostMerged)}
	}
	if _, err := d.Performance(ctx, performance); err != nil {
		return Merged{}, err
	}
	// In one order everywhere: two devices that send the same tickets must not wait for each other.
	batch = slices.Clone(batch)
	slices.SortFunc(batch, func(a, b Fact) int { return cmp.Or(compare(a.Ticket, b.Ticket), Before(a, b)) })
	merged := Merged{Twice: []uuid.UUID{}, Rejected: []Rejection{}}
	err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		tickets := map[uuid.UUID]bool{}
		for _, f := range batch {
			f.Performance, f.Person, f.Offline = performance, person, true
			fresh, err := d.keep(ctx, q, f, tickets)
			var invalid Invalid
			switch {
			case errors.As(err, &invalid):
				merged.Rejected = append(merged.Rejected, Rejection{f.Scan, invalid.Reason})
			case err != nil:
				return err
			case fresh:
				merged.Kept++
			default:
				merged.Known++
			}
		}
		return d.conflicts(ctx, q, tickets, &merged)
	})
	if err != nil {
		return Merged{}, fmt.Errorf("scan: merge: %w", err)
	}
	return merged, nil
}

// keep adds one fact and reports whether it was new. tickets are those that are locked already.
func (d *Desk) keep(ctx context.Context, q *dbsqlc.Queries, f Fact, tickets map[uuid.UUID]bool) (bool, error) {
	if err := d.plausible(f); err != nil {
		return false, err
	}
	if f.Ticket != uuid.Nil && !tickets[f.Ticket] {
		row, err := q.LockTicket(ctx, f.Ticket)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.PerformanceID != f.Performance && f.Result != Refused {
			return false, Invalid{"It is of a ticket that is not of this performance."}
		}
		if err != nil {
			return false, fmt.Errorf("lock the ticket: %w", err)
		}
		tickets[f.Ticket] = true
	}
	fresh, err := d.add(ctx, q, f)
	if err == nil && fresh && f.Result != Refused && f.Reason != "" {
		var detail show.Detail
		if detail, err = d.Performance(ctx, f.Performance); err == nil {
			err = record.Add(ctx, q, record.Entry{At: d.now(), Actor: f.Person, Action: "door.overrule", Target: "site:" + detail.Brand.ID, After: f})
		}
	}
	return fresh, err
}

func (d *Desk) conflicts(ctx context.Context, q *dbsqlc.Queries, tickets map[uuid.UUID]bool, merged *Merged) error {
	ids := make([]uuid.UUID, 0, len(tickets))
	for id := range tickets {
		ids = append(ids, id)
	}
	rows, err := q.TicketScans(ctx, ids)
	if err != nil {
		return fmt.Errorf("scans of the tickets: %w", err)
	}
	for id, list := range byTicket(facts(rows)) {
		if len(Stand(list).Twice) > 0 {
			merged.Twice = append(merged.Twice, id)
		}
	}
	slices.SortFunc(merged.Twice, compare)
	return nil
}

func byTicket(list []Fact) map[uuid.UUID][]Fact {
	sorted := map[uuid.UUID][]Fact{}
	for _, f := range list {
		if f.Ticket != uuid.Nil {
			sorted[f.Ticket] = append(sorted[f.Ticket], f)
		}
	}
	return sorted
}

// plausible refuses facts that no scanner of ours makes.
func (d *Desk) plausible(f Fact) error {
	switch {
	case f.Scan == uuid.Nil:
		return Invalid{"A scan has no ID."}
	case f.Result != In && f.Result != Out && f.Result != Refused:
		return Invalid{"A scan came to no result that we know."}
	case f.Result != Refused && f.Ticket == uuid.Nil:
		return Invalid{"Somebody was let in without a ticket."}
	case f.Reason != "" && !slices.Contains(Reasons(), f.Reason), f.Reason == "" && f.Result == Refused:
		return Invalid{"A scan was refused for no reason that we know."}
	case f.Result != Refused && f.Reason != "" && !overrulable(f.Reason):
		return Invalid{"A refusal that nobody may overrule was overruled."}
	case f.Device == "" || !named(f.Device) || !named(f.DeviceName) || !named(f.Door):
		return Invalid{"The device’s or the door’s name is missing, longer than 80 bytes or no text."}
	case f.At.Before(d.now().Add(-farthest)), f.At.After(d.now().Add(10 * time.Minute)):
		return Invalid{"A scan has a time that can’t be: look at the device’s clock."}
	}
	return nil
}
