package swap

import (
	"errors"
	"fmt"
	"time"
)

// Phase is how far a change has come.
type Phase string

// The phases, in their order.
const (
	Creating    Phase = "creating"
	Filling     Phase = "filling"
	Checking    Phase = "checking"
	Swapping    Phase = "swapping"
	Swapped     Phase = "swapped"
	RollingBack Phase = "rolling back"
	RolledBack  Phase = "rolled back"
	Dropping    Phase = "dropping"   // the old collection, after a swap
	Dropped     Phase = "dropped"    // over
	Abandoning  Phase = "abandoning" // the new collection is given up
	Abandoned   Phase = "abandoned"  // over
	Lost        Phase = "lost"       // over: the search server no longer has what the change is about
)

// Over says that nothing is left to do or to undo.
func (p Phase) Over() bool { return p == Dropped || p == Abandoned || p == Lost }

// Unfinished says that the change goes on when somebody runs it.
func (p Phase) Unfinished() bool {
	switch p {
	case Creating, Filling, Checking, Swapping, RollingBack, Dropping, Abandoning:
		return true
	}
	return false
}

// State is a change: what it is, how far it has come, and what was seen on the way.
type State struct {
	ID        string    `json:"id"`
	Alias     string    `json:"alias"`
	From      string    `json:"from,omitempty"` // the old collection; "" when there was none
	To        string    `json:"to"`             // the new one
	Rebuild   bool      `json:"rebuild,omitempty"`
	Schema    string    `json:"schema"` // fingerprint of the new collection's schema
	Phase     Phase     `json:"phase"`
	By        string    `json:"by"`
	StartedAt time.Time `json:"started_at"`
	ChangedAt time.Time `json:"changed_at"` // last time anything was saved
	EndedAt   time.Time `json:"ended_at,omitzero"`

	Fill  Fill  `json:"fill"`
	Check Check `json:"check"`
	// Problems say why the change stopped; empty while it has not. Applying again clears them.
	Problems []string `json:"problems,omitempty"`
	// Found counts what Problems are about, by kind, when it stopped at the comparison.
	Found map[Doubt]int `json:"found,omitempty"`
	// Sights say what that was, and Seen is a name for it: whoever overrules says which findings they have read.
	Sights Sights `json:"sights,omitempty"`
	Seen   string `json:"seen,omitempty"`
	// Overruled says who had it put in place in spite of that, and why; nil is nobody.
	Overruled *Overruling `json:"overruled,omitempty"`
	// Notes are what else people should know: no reason to stop.
	Notes []string `json:"notes,omitempty"`

	// Missed counts the writes that a collection refused while the other was searched, by its name. It is kept beside
	// what the holder saves, as Paused is.
	Missed map[string]int `json:"missed,omitempty"`

	SwappedAt time.Time `json:"swapped_at,omitzero"`
	// SwapSeconds is how long the alias took to change, seconds.
	SwapSeconds float64 `json:"swap_seconds,omitempty"`

	// Paused says that somebody stopped it for now. It is kept beside the state, so that it can be set by others than
	// the holder.
	Paused bool `json:"-"`
}

// Fill is the filling of the new collection.
type Fill struct {
	Cursor  string    `json:"cursor,omitempty"` // id of the last document that was read
	Done    int       `json:"done"`             // documents read and written
	Total   int       `json:"total"`            // documents there were when it began
	Kept    int       `json:"kept,omitempty"`   // of Done, those that were there already
	Refused int       `json:"refused,omitempty"`
	Failed  []Refusal `json:"failed,omitempty"` // the first few refused
	Seconds float64   `json:"seconds"`          // spent filling, over all runs
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// Refusal is a document that the new collection does not take.
type Refusal struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// Percent is how much is done, 0 to 100.
func (f Fill) Percent() int {
	if !f.EndedAt.IsZero() || f.Total == 0 {
		return 100
	}
	return min(100*f.Done/f.Total, 99)
}

// Rate is documents a second; 0 while that is not known.
func (f Fill) Rate() float64 {
	if f.Seconds <= 0 {
		return 0
	}
	return float64(f.Done) / f.Seconds
}

// Left is how long the rest takes at that rate; ok is false while that is not known.
func (f Fill) Left() (left time.Duration, ok bool) {
	rate := f.Rate()
	if rate == 0 || f.Done >= f.Total {
		return 0, false
	}
	return time.Duration(float64(f.Total-f.Done) / rate * float64(time.Second)).Round(time.Second), true
}

// Check is what the comparison of the new collection saw.
type Check struct {
	Compared int `json:"compared"`          // documents held against the source
	Equal    int `json:"equal"`             // of those, the same
	Removed  int `json:"removed,omitempty"` // leftovers of shows that ended meanwhile, taken out
	OldCount int `json:"old_count"`         // documents in the old collection
	NewCount int `json:"new_count"`
	Golden   int `json:"golden"`           // queries asked of both
	Rounds   int `json:"rounds,omitempty"` // looks at what was being written just then
	// Waiting are documents that differ only because a change of theirs has not reached the index yet.
	Waiting int     `json:"waiting,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

// Behind says in words that the collection which can be gone back to lacks writes; "" is that it does not.
func (s *State) Behind() string {
	if n := s.Missed[s.From]; n > 0 && (s.Phase == Swapped || s.Phase == RollingBack || s.Phase == RolledBack) {
		return fmt.Sprintf("%s has refused %d writes since: some shows are older in it than they should be, or missing", s.From, n)
	}
	return ""
}

// Targets are the collections that writers write, the one that people search first; nil is the alias alone.
func (s *State) Targets() []string {
	switch s.Phase {
	case Filling, Checking, Swapping, RollingBack, RolledBack:
		return names(s.From, s.To)
	case Swapped:
		return names(s.To, s.From)
	}
	return nil
}

func names(all ...string) []string {
	var out []string
	for _, n := range all {
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}

// Stopped says that the change waits for somebody.
func (s *State) Stopped() bool { return s.Paused || len(s.Problems) > 0 }

// What callers branch on.
var (
	// ErrNone: there is no change, nor was there any.
	ErrNone = errors.New("swap: nothing was ever changed")
	// ErrBusy: somebody else works on it just now.
	ErrBusy = errors.New("somebody else is changing the index just now")
	// ErrLost: the right to change was lost in the middle of it, for example with the database connection.
	ErrLost = errors.New("the right to change the index was lost: somebody else may go on")
	// ErrPaused: somebody asked it to stop.
	ErrPaused = errors.New("stopped; apply goes on from here")
	// ErrUpToDate: there is nothing to change.
	ErrUpToDate = errors.New("the index has the schema that it should have")
)

// ParityError says why the new collection was not put in place. Nothing was changed for those who search.
type ParityError struct {
	Reasons []string
	Found   map[Doubt]int // how many of each kind, when all was compared
	Sights  Sights        // and which
}

func (e *ParityError) Error() string {
	out := "the new collection is not put in place:"
	for _, r := range e.Reasons {
		out += "\n  - " + r
	}
	return out
}

// GoneError says that the search server no longer has what a change is about, which ended the change.
type GoneError struct{ Why string }

func (e *GoneError) Error() string { return e.Why }

// RefusedError is a wish that makes no sense at this point.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }
