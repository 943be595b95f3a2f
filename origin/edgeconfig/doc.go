// Package edgeconfig turns what staff decide (maintenance windows, redirects, Apple Pay files) and what a brand is into
// Site documents, and publishes those to Cloudflare KV, from where the edge obeys them within seconds.
//
// An Editor changes the decisions: each change is checked against the whole Site document it would make, audited and
// committed before anything is published. A Publisher writes the documents that differ from what was last published;
// it may be interrupted at any point and run again.
package edgeconfig

import (
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Refused is a change that makes no sense: nothing was changed. The reason is a sentence fit to show to staff.
type Refused struct{ Reason string }

func (r Refused) Error() string { return r.Reason }

func refuse(format string, a ...any) error { return Refused{fmt.Sprintf(format, a...)} }

// Faults is a change refused because the site, or a rule for it, would not be valid. As an error it is a Refused.
type Faults struct {
	Site string
	List site.Faults
}

func (f Faults) Error() string {
	reasons := make([]string, len(f.List))
	for i, fault := range f.List {
		reasons[i] = fault.Field + " " + fault.Problem
	}
	return "the site " + f.Site + " would not be valid: " + strings.Join(reasons, "; ")
}

// As lets errors.As find a Refused.
func (f Faults) As(target any) bool {
	if refused, ok := target.(*Refused); ok {
		*refused = Refused{f.Error()}
		return true
	}
	return false
}
