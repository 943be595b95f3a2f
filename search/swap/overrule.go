package swap

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Overruling is that somebody had the new collection put in place in spite of what was found.
type Overruling struct {
	By  string    `json:"by"`
	Why string    `json:"why"`
	At  time.Time `json:"at"`
	// Reasons are what the change had stopped for, and what was read by whoever overruled it; Found counts them by kind,
	// Sights say which they were.
	Reasons []string      `json:"reasons"`
	Found   map[Doubt]int `json:"found"`
	Sights  Sights        `json:"sights,omitempty"`
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
	switch {
	case st.Seen == "": // an older version stopped it
		return &RefusedError{"it is not known which shows were found to differ: look again, and read what it stops for"}
	case o.Seen != st.Seen:
		return &RefusedError{fmt.Sprintf("what it stops for is called %s, and you have read %s: read it again", st.Seen, cmp.Or(o.Seen, "nothing"))}
	}
	st.Overruled = &Overruling{
		By: o.By, Why: o.Despite, At: r.Now().UTC(), Reasons: slices.Clone(st.Problems), Found: maps.Clone(st.Found), Sights: st.Sights,
	}
	return nil
}

// overruled says that all that was found is what somebody has overruled: the same shows, queries and settings, or fewer.
func (r *run) overruled(why *findings) bool {
	o := r.state.Overruled
	if o == nil {
		return false
	}
	if !o.Sights.cover(why.sights()) {
		return false
	}
	r.state.Notes = append(r.state.Notes, why.reasons...)
	return true
}
