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

	"github.com/stagedoor/stagedoor/origin/hold/seating"
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

// Request asks for places, all or none.
type Request struct {
	PerformanceID uuid.UUID
	Session       string // who keeps them
	Seats         []string
	General       []AnyOf // and these, from areas without numbers
	Channel       Channel
	For           time.Duration // how long, if the channel may say so. 0: the full time
	Accessible    bool          // somebody in the party uses a wheelchair, they say

	// Blocks are the blocks that the seats stand in, each from wall to wall, when no seat may be left alone in one; the
	// Service sets them.
	Blocks [][]string
}

// AnyOf asks for some places of those in a section, whichever they are.
type AnyOf struct {
	Section string
	Count   int
	Places  []string // which there are; the Service sets them
}

// Search asks for the best places there are, all or none.
type Search struct {
	PerformanceID uuid.UUID
	Session       string
	Channel       Channel
	For           time.Duration
	Order         *seating.Order // what to take, the best first
}

// Channel is who sells.
type Channel string

// The channels. The box office has an allocation of its own, which the public is not offered, and says itself how long a
// hold lasts; it may hold what the public may as well.
const (
	Public    Channel = ""
	BoxOffice Channel = "box-office"
)

// SeatState is what everyone may know about a seat.
type SeatState string

// The states of a seat. Free seats are left out of snapshots.
const (
	Free SeatState = "free"
	Held SeatState = "held"
	Sold SeatState = "sold"
	// Withheld seats are free for the box office alone.
	Withheld SeatState = "withheld"
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

// Finder finds the best seats there are.
type Finder interface {
	// Best takes the first places of the order that are free, in the step in which it looks: it returns ErrNoneFree only
	// when, at that moment, no choice in the order was. Tier by tier it takes the first choice by which no seat is left
	// alone, and when every free one leaves a seat alone, that which leaves the fewest; for a party with a wheelchair user
	// being together counts for more. As with Acquire the new hold takes
	// the place of the session's old one, whose seats count as free; when there are none, the old one stands.
	Best(ctx context.Context, search Search) (Hold, error)
}

// Pledger keeps seats for the order of a hold.
type Pledger interface {
	// Pledge keeps the seats of a hold, live or over, from everyone else until the instant given if that is later than the
	// end of the hold, because an order stands on them. The hold itself ends when it did: nobody can extend or order it
	// then, but its session may still take its seats anew while that gives it any time. ErrGone when the seats are
	// no longer kept.
	Pledge(ctx context.Context, holdID string, until time.Time) error
	// Unpledge ends a pledge, because the order is over. A hold that is over lets go of its seats; any number of times.
	Unpledge(ctx context.Context, holdID string) error
}

// Allocator gives a performance's seats to the box office.
type Allocator interface {
	// Withhold makes seats the allocation of the box office; seats that are not named any more are for everybody. What is
	// held or sold stays so, and is withheld, or free, when it comes back. Called after commit, any number of times.
	Withhold(ctx context.Context, performanceID uuid.UUID, seats []string) error
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

// WithheldSeats is what a SoldSeats may know besides: the allocation of the box office.
type WithheldSeats interface {
	WithheldSeats(ctx context.Context, performanceID uuid.UUID) ([]string, error)
}

// PledgedSeats is what a SoldSeats may know besides: the seats that orders keep which are not paid yet. An accelerator
// that lost everything keeps them for those orders again, instead of offering what the judge refuses.
type PledgedSeats interface {
	PledgedSeats(ctx context.Context, performanceID uuid.UUID) ([]Pledge, error)
}

// Pledge is a claim of an order on seats.
type Pledge struct {
	HoldID string
	Token  int64
	Seats  []string
	Until  time.Time
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

// ErrNoneFree says that the best seats were looked for and there were none.
var ErrNoneFree = errors.New("hold: there are no such seats")

// AloneError refuses a choice that would leave single seats between others, which nobody wants to buy.
type AloneError struct {
	Seats   []string // that would be left alone
	Instead []string // a choice of as many seats near them that leaves none alone; may be empty
	Reason  string   // what to do, in words for the buyer
}

func (e *AloneError) Error() string {
	return fmt.Sprintf("hold: leaves alone: %s", strings.Join(e.Seats, ", "))
}

// FullError says that an area without numbers has fewer places left than were asked for.
type FullError struct {
	Section string
	Left    int
}

func (e *FullError) Error() string {
	return fmt.Sprintf("hold: %s has %d places left", e.Section, e.Left)
}

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
