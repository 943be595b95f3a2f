package swap

import (
	"maps"
	"slices"
	"time"
)

// Overruling is that somebody had the new collection put in place in spite of what was found.
type Overruling struct {
	By  string    `json:"by"`
	Why string    `json:"why"`
	At  time.Time `json:"at"`
	// Reasons are what the change had stopped for, and what was read by whoever overruled it; Found counts them by kind.
	Reasons []string      `json:"reasons"`
	Found   map[Doubt]int `json:"found"`
}

// overrule notes that what the change stopped for is no reason to stop. Nobody overrules what was not found yet, and so
// was not read by anybody.
func (r *run) overrule(o Options) error {
	st := r.state
	if st == nil || st.Phase != Checking || len(st.Found) == 0 {
		return &RefusedError{"there is nothing to overrule: apply first, and read what it stops for"}
	}
	for kind := range st.Found {
		if kind.never() {
			return &RefusedError{"that cannot be overruled: there is nothing to put in place"}
		}
	}
	st.Overruled = &Overruling{By: o.By, Why: o.Despite, At: r.Now().UTC(), Reasons: slices.Clone(st.Problems), Found: maps.Clone(st.Found)}
	return nil
}

// overruled says that all that was found is what somebody has overruled: of each kind, no more than there was then.
func (r *run) overruled(why *findings) bool {
	o := r.state.Overruled
	if o == nil {
		return false
	}
	for kind, n := range why.found {
		if n > o.Found[kind] {
			return false
		}
	}
	r.state.Notes = append(r.state.Notes, why.reasons...)
	return true
}
