package content

import (
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Fault is one thing that is wrong with an entry.
type Fault struct {
	Field  string `json:"field"`            // by name, or "" for the entry as a whole
	Locale string `json:"locale,omitempty"` // "" where the field does not differ by locale
	Why    string `json:"why"`              // a sentence for the editor: what is wrong, and what to do
}

func (f Fault) String() string {
	at := f.Field
	if f.Locale != "" {
		at += " (" + f.Locale + ")"
	}
	if at == "" {
		return f.Why
	}
	return at + ": " + f.Why
}

// InvalidError says that an entry can't be applied as it is. Nothing has changed, and trying again does not help: an
// editor must mend it and publish it anew.
type InvalidError struct {
	Kind   cms.Kind
	ID     string
	Faults []Fault
}

func (e *InvalidError) Error() string {
	texts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		texts[i] = f.String()
	}
	return fmt.Sprintf("content: %s %s: %s", e.Kind, e.ID, strings.Join(texts, "; "))
}

// WaitingError says that an entry refers to one that nobody has told of yet. Nothing has changed; it may be applied as
// soon as something is known of Ref.
type WaitingError struct {
	Source cms.Source
	Kind   cms.Kind // of the one that waits
	ID     string
	Field  string
	Ref    cms.Ref
}

func (e *WaitingError) Error() string {
	return fmt.Sprintf("content: %s %s: %s refers to %s, of which nothing is known yet", e.Kind, e.ID, e.Field, e.Ref.ID)
}
