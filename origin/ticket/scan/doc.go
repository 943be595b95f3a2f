// Package scan decides who comes in at a theatre's door and keeps what scanners saw.
//
// A scan is one code held before one device, once. What came of it is a Fact (in, out or refused), and facts are only
// ever added: a set that grows. Where a ticket stands is folded from its facts, in whatever order they came, so that a
// device that decided alone while it was offline adds its facts later, as often as it likes, and nothing is overwritten.
// Two devices that both let a ticket in leave two facts, and both are shown.
//
// Decide holds the rules. The scanner page has the same rules in JavaScript for when it is offline (js/scan/rules.js of
// the console); a test holds both against the same cases.
package scan

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// Result is what came of a scan.
type Result string

// The results.
const (
	In      Result = "in"
	Out     Result = "out"
	Refused Result = "refused"
)

// Reason says why somebody was not let in, or out.
type Reason string

// The reasons. Their words are in words.go.
const (
	Unknown     Reason = "unknown"      // no ticket code, or one that is not on the list
	Forged      Reason = "forged"       // the signature does not hold
	WrongShow   Reason = "wrong_show"   // genuine, and for another performance
	Cancelled   Reason = "cancelled"    // refunded, given back or exchanged
	Reissued    Reason = "reissued"     // dead: a newer one was issued for it
	CalledOff   Reason = "called_off"   // the performance is cancelled
	TooEarly    Reason = "too_early"    // the doors are not open yet
	ScreenOnly  Reason = "screen_only"  // a picture or paper where the digits of the moment are asked for
	StaleScreen Reason = "stale_screen" // the digits are not those of the moment
	AlreadyIn   Reason = "already_in"
	NotIn       Reason = "not_in"     // out, and was not in
	NoReturn    Reason = "no_return"  // was in and out, and this performance lets nobody in twice
	NewerList   Reason = "newer_list" // genuine, but older than the device's list, which does not have it
)

// Fact is what came of one scan on one device.
type Fact struct {
	Scan        uuid.UUID `json:"scan"`
	Result      Result    `json:"result"`
	Performance uuid.UUID `json:"performance"`
	Ticket      uuid.UUID `json:"ticket"`           // zero: none that we know
	Reason      Reason    `json:"reason,omitempty"` // of a refusal; of In: which refusal was overruled by hand
	Device      string    `json:"device"`
	DeviceName  string    `json:"device_name"`
	Door        string    `json:"door"`
	Person      string    `json:"person"` // the colleague's address
	At          time.Time `json:"at"`     // on the device, set right by the house's clock
	ReceivedAt  time.Time `json:"received_at,omitzero"`
	Offline     bool      `json:"offline"`
}

// Policy is what a performance asks of its visitors.
type Policy struct {
	OpensBefore time.Duration // how long before it begins the doors open; to the minute
	OpenedAt    time.Time     // the doors were opened by hand; zero: not
	ScreensOnly bool          // the digits of the moment are asked for
	Readmission bool          // who was scanned out may come in again
}

// DefaultPolicy is that of a performance for which nobody said anything.
func DefaultPolicy() Policy { return Policy{OpensBefore: 90 * time.Minute, Readmission: true} }

// Opens is when the doors of a performance open.
func (p Policy) Opens(startsAt time.Time) time.Time {
	opens := startsAt.Add(-p.OpensBefore)
	if !p.OpenedAt.IsZero() && p.OpenedAt.Before(opens) {
		return p.OpenedAt
	}
	return opens
}

// Errors a caller branches on.
var (
	// ErrNotFound: there is no such performance or ticket.
	ErrNotFound = errors.New("scan: not found")
)

// Invalid says in words fit to show what is wrong with what a device or a person sent. Nothing was changed.
type Invalid struct{ Reason string }

func (e Invalid) Error() string { return e.Reason }
