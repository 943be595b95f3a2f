package intake

import "github.com/stagedoor/stagedoor/origin/cms"

// Fault is one thing that is wrong with an entry.
type Fault struct {
	Field  string `json:"field"` // "" for the entry as a whole
	Locale string `json:"locale,omitempty"`
	Why    string `json:"why"` // for editors
}

// InvalidError is how an Applier says that an entry cannot be applied as it is: it is parked, with its faults named,
// until an editor publishes it anew or somebody corrects the delivery.
type InvalidError struct {
	Faults []Fault
	Err    error
}

func (e *InvalidError) Error() string { return e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// WaitingError is how an Applier says that a change refers to an entry of which nothing is known yet: it is tried again
// as soon as that one is applied.
type WaitingError struct {
	Ref cms.Ref
	Err error
}

func (e *WaitingError) Error() string { return e.Err.Error() }
func (e *WaitingError) Unwrap() error { return e.Err }
