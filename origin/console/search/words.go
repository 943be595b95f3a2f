package search

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/search/swap"
)

// stands is how a change stands, in a word.
func stands(st *swap.State) (kind, word string) {
	switch {
	case st.Phase == swap.Lost:
		return "bad", "Lost with the server’s data"
	case len(st.Problems) > 0:
		return "bad", "Not put in place"
	case st.Paused && st.Phase.Unfinished():
		return "warn", "Stopped for now"
	case st.Phase.Unfinished():
		return "warn", "Under way"
	case st.Phase == swap.Swapped:
		return "good", "In place"
	case st.Phase == swap.RolledBack:
		return "warn", "Rolled back"
	case st.Phase == swap.Abandoned:
		return "", "Given up"
	}
	return "", "Over"
}

// doing is what happens just now.
func doing(st *swap.State) string {
	switch st.Phase {
	case swap.Creating:
		return "The new collection is being made."
	case swap.Filling:
		return "Every show is being written into the new collection. What changes meanwhile goes into both."
	case swap.Checking:
		if n := st.Check.Waiting; n == 1 {
			return "One show is on its way into the index: it is waited for."
		} else if n > 1 {
			return frame.Number(n) + " shows are on their way into the index: they are waited for."
		}
		if st.Check.Rounds > 0 {
			return "Shows that are being written just now are looked at again."
		}
		return "The new collection is being compared with the database and with the old one."
	case swap.Swapping:
		return "The new collection is being put in place."
	case swap.RollingBack:
		return "The old collection is being put back in place."
	}
	return "What is not searched is being removed."
}

// far is how far the filling is, in figures.
func far(f *swap.Fill) string {
	text := frame.Number(f.Done) + " of " + frame.Number(f.Total) + " shows"
	if rate := f.Rate(); rate >= 1 {
		text += ", " + frame.Number(int(rate)) + " a second"
	}
	if left, ok := f.Left(); ok {
		text += fmt.Sprintf(", about %s left", max(left, time.Second))
	}
	if f.Refused > 0 {
		text += ", " + frame.Number(f.Refused) + " refused"
	}
	return text
}

func percent(st *swap.State) string { return strconv.Itoa(st.Fill.Percent()) }

// use is what a collection is for, as people read it.
func use(c swap.Collection) (kind, word string) {
	switch c.Use {
	case "searched":
		return "good", "Searched"
	case "new":
		return "warn", "New"
	case "old":
		return "", "Kept"
	}
	return "", "Left over"
}

// sign is what stands before a difference.
func sign(c swap.Change) (kind, word string) {
	switch c.What {
	case "added":
		return "good", "Added"
	case "removed":
		return "bad", "Removed"
	}
	return "warn", "Changed"
}

// fieldOf names what differs.
func fieldOf(c swap.Change) string {
	if c.Field == "" {
		return "The collection itself"
	}
	return c.Field
}

// becomes is the difference in words.
func becomes(c swap.Change) string {
	switch c.What {
	case "added":
		return c.To
	case "removed":
		return "was " + c.From
	}
	return c.To + "; was " + c.From
}

// refusing is a collection that has refused writes.
type refusing struct {
	Collection string
	Writes     int
}

// missed lists the collections that have refused writes since the change began, by name.
func missed(st *swap.State) []refusing {
	var out []refusing
	for _, name := range slices.Sorted(maps.Keys(st.Missed)) {
		if n := st.Missed[name]; n > 0 {
			out = append(out, refusing{name, n})
		}
	}
	return out
}
