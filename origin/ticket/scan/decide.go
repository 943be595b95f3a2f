package scan

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

// Known is what the list of a performance says of one ticket.
type Known struct {
	ID       uuid.UUID
	Alive    bool
	Reissued bool // dead because a newer one took its place
	Secret   []byte
}

// Question is everything that a decision depends on.
type Question struct {
	Performance uuid.UUID
	StartsAt    time.Time
	CalledOff   bool
	Policy      Policy
	Now         time.Time
	Direction   Result // In or Out

	// Read is what the code says, or why it can't be believed. A short code that is on the list is read as its ticket.
	Read    ticket.Presented
	ReadErr error
	Listed  bool // Ticket is set
	Ticket  Known
	Listing time.Time // when the device's list was made; zero: this is the house itself
	Facts   []Fact    // about the ticket
}

// Verdict is the answer.
type Verdict struct {
	Result Result
	Reason Reason // of a refusal
	Was    Fact   // the entry or exit that a refusal is about
}

// Decide says what is to be done with a code. It is the same for the house and for a device that is offline.
func Decide(q Question) Verdict {
	no := func(r Reason) Verdict { return Verdict{Result: Refused, Reason: r} }
	switch {
	case errors.Is(q.ReadErr, ticket.ErrForged):
		return no(Forged)
	case q.ReadErr != nil:
		return no(Unknown)
	case q.Read.PerformanceID != q.Performance:
		return no(WrongShow)
	case q.CalledOff:
		return no(CalledOff)
	case !q.Listed && q.Listing.IsZero():
		return no(Unknown)
	case !q.Listed && q.Read.IssuedAt.Before(q.Listing.Truncate(time.Second)):
		return no(NewerList)
	case q.Listed && !q.Ticket.Alive && q.Ticket.Reissued:
		return no(Reissued)
	case q.Listed && !q.Ticket.Alive:
		return no(Cancelled)
	}
	s := Stand(q.Facts)
	if q.Direction == Out {
		if !s.Inside {
			return Verdict{Result: Refused, Reason: NotIn, Was: s.Left}
		}
		return Verdict{Result: Out}
	}
	switch {
	case s.Inside: // before what a colleague overrules more lightly: they must see that somebody is in
		return Verdict{Result: Refused, Reason: AlreadyIn, Was: s.Since}
	case !s.Left.At.IsZero() && !q.Policy.Readmission:
		return Verdict{Result: Refused, Reason: NoReturn, Was: s.Left}
	case q.Now.Before(q.Policy.Opens(q.StartsAt)):
		return no(TooEarly)
	case q.Policy.ScreensOnly && q.Read.Rotating == "":
		return no(ScreenOnly)
	case q.Read.Rotating != "" && q.Listed && !ticket.Fresh(q.Ticket.Secret, q.Read.Rotating, q.Now):
		return no(StaleScreen)
	}
	return Verdict{Result: In}
}
