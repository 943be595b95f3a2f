// Package hold keeps seats for a buyer for a few minutes while they pay.
//
// A hold is a lease in an accelerator (Redis, see hold/holdredis): losing it may lose holds, never a sale,
// because Postgres has the last word (package booking). Every hold carries a fencing token that only grows
// within a performance, so that a buyer who was paused past the end of their hold can be told apart from
// the one who took the seats next.
package hold

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Hold is a set of seats of one performance that one session keeps until ExpiresAt.
type Hold struct {
	ID            string    `json:"id"` // opaque; names its performance, see PerformanceOf
	PerformanceID uuid.UUID `json:"performance_id"`
	Session       string    `json:"-"`
	Seats         []string  `json:"seats"`
	Token         int64     `json:"-"` // fencing token, grows within a performance
	ExpiresAt     time.Time `json:"expires_at"`
	Extended      bool      `json:"extended"` // a hold may be extended once
}

// Request asks for seats, all or none.
type Request struct {
	PerformanceID uuid.UUID
	Session       string // who keeps them
	Seats         []string
}

// SeatState is what everyone may know about a seat.
type SeatState string

// The states of a seat. Free seats are left out of snapshots.
const (
	Free SeatState = "free"
	Held SeatState = "held"
	Sold SeatState = "sold"
)

// Snapshot is the state of every seat of a performance that is not free, at sequence number Seq.
type Snapshot struct {
	Seq   int64                `json:"seq"`
	Seats map[string]SeatState `json:"seats"`
}

// Delta is a change to some seats. Seq grows by one with each delta of a performance; a gap means that
// deltas were lost and the reader must take a Snapshot.
type Delta struct {
	Seq   int64                `json:"seq"`
	Seats map[string]SeatState `json:"seats"`
}

// Store keeps holds. Implementations are safe for concurrent use.
type Store interface {
	// Acquire takes all the seats or none. It returns *TakenError when any of them is held by another session or
	// sold, *InvalidError for a request that could never succeed. A session keeps one hold a performance: if it
	// has one, the new hold takes its place in the same step, and when the new one is refused the old one stands.
	Acquire(ctx context.Context, request Request) (Hold, error)
	// Get returns a live hold, or ErrGone.
	Get(ctx context.Context, id string) (Hold, error)
	// Extend adds the full time to what a hold has left, once: ErrExtended the second time, ErrGone when it is over,
	// ErrNotYours for another session. No seat is kept longer than twice the full time in all, be it by an
	// extension or by taking it anew in the place of an earlier hold; what an extension gave, the new hold keeps.
	Extend(ctx context.Context, id, session string) (Hold, error)
	// Release gives the seats back. Releasing a hold that is over is no error; ErrNotYours for another session.
	Release(ctx context.Context, id, session string) error
	// MarkSold makes seats sold for everyone and ends the hold that kept them. It is called after the booking
	// transaction committed, any number of times.
	MarkSold(ctx context.Context, performanceID uuid.UUID, holdID string, seats []string) error
	// MarkFree returns sold seats to sale (a refund). Called after commit, any number of times.
	MarkFree(ctx context.Context, performanceID uuid.UUID, seats []string) error
	// Snapshot reads the state of a performance.
	Snapshot(ctx context.Context, performanceID uuid.UUID) (Snapshot, error)
}

// Feed tells about changes as they happen.
type Feed interface {
	// Subscribe delivers deltas until ctx ends or the reader falls too far behind; then the channel is closed
	// and the reader starts again from a Snapshot.
	Subscribe(ctx context.Context, performanceID uuid.UUID) (<-chan Delta, error)
}

// SoldSeats is the judge's list, asked for when the accelerator has lost its own. It must see every transaction that
// committed before it was called: no replica that lags.
type SoldSeats interface {
	SoldSeats(ctx context.Context, performanceID uuid.UUID) ([]string, error)
}

// LastToken is what a SoldSeats may know besides: the highest fencing token presented for any seat of a performance.
// It keeps tokens growing when the accelerator lost everything and its clock was set back.
type LastToken interface {
	LastToken(ctx context.Context, performanceID uuid.UUID) (int64, error)
}

// Errors a caller branches on.
var (
	ErrGone     = errors.New("hold: the hold is over")
	ErrExtended = errors.New("hold: the hold was extended before")
	ErrNotYours = errors.New("hold: the hold belongs to another session")
	// ErrUnavailable says that nothing could be learned or changed: the accelerator, or the judge it had to ask,
	// did not answer. A request that failed so may have been carried out.
	ErrUnavailable = errors.New("hold: seats can't be held just now")
)

// TakenError names the seats that could not be had.
type TakenError struct{ Seats []string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("hold: taken: %s", strings.Join(e.Seats, ", "))
}

// InvalidError says what is wrong with a request, in words for the buyer.
type InvalidError struct {
	Field  string
	Reason string
}

func (e *InvalidError) Error() string { return "hold: " + e.Field + ": " + e.Reason }
