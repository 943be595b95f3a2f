package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/stagedoor/stagedoor/search/swap"
)

// progressOf is a line about a change under way.
func progressOf(st *swap.State) string {
	switch st.Phase {
	case swap.Creating:
		return "Making " + st.To + " …"
	case swap.Filling:
		line := fmt.Sprintf("Filling %s: %3d %%, %d of %d shows", st.To, st.Fill.Percent(), st.Fill.Done, st.Fill.Total)
		if rate := st.Fill.Rate(); rate > 0 {
			line += fmt.Sprintf(", %.0f a second", rate)
		}
		if left, ok := st.Fill.Left(); ok {
			line += fmt.Sprintf(", %s left", max(left, time.Second))
		}
		if st.Fill.Refused > 0 {
			line += fmt.Sprintf(", %d refused", st.Fill.Refused)
		}
		return line
	case swap.Checking:
		if n := st.Check.Waiting; n > 0 {
			return fmt.Sprintf("Comparing %s: waiting for changes of %d shows that are on their way into the index", st.To, n)
		}
		if st.Check.Rounds > 0 {
			return fmt.Sprintf("Comparing %s: %d shows compared, waiting for those being written just now", st.To, st.Check.Compared)
		}
		return "Comparing " + st.To + " with the database and with " + cmp.Or(st.From, "nothing") + " …"
	case swap.Swapping:
		return "Putting " + st.To + " in place …"
	}
	return fmt.Sprintf("%s is %s", st.To, st.Phase)
}

// allTheSame is how a change that stopped is put in place in spite of what was found; "" where it cannot be.
func allTheSame(st *swap.State) string {
	if st.Seen == "" {
		return ""
	}
	return fmt.Sprintf("`stagedoor search apply` looks again; with --seen %s --despite \"why\" it puts it in place in spite of this.\n", st.Seen)
}

func printPlan(t terminal, p *swap.Plan) {
	if p.Under != nil {
		fmt.Fprintf(t.out, "A change is under way, begun by %s: %s.\n`stagedoor search apply` goes on with it; `stagedoor search drop` gives it up.\n\n", p.Under.By, progressOf(p.Under))
	}
	switch {
	case p.Live == "":
		fmt.Fprintf(t.out, "There is no search index yet. Applying makes %s with %d shows.\n", p.New, p.Shows)
	case p.UpToDate():
		fmt.Fprintf(t.out, "Nothing to do: %s has the schema of this program.\n", p.Live)
	default:
		fmt.Fprintf(t.out, "%s is searched, and has another schema than this program:\n", p.Live)
		for _, c := range p.Changes {
			fmt.Fprintln(t.out, "  "+c.String())
		}
		for _, w := range p.Warnings {
			fmt.Fprintln(t.out, "Mind: "+w+".")
		}
		fmt.Fprintf(t.out, "\n`stagedoor search apply` makes %s, fills it with %d shows, compares the two and puts it in place.\nUntil then %s goes on as it is.\n", p.New, p.Shows, p.Live)
	}
}

func printDone(t terminal, st *swap.State) {
	fmt.Fprintf(t.out, "%s is searched now. %d shows were written in %s, %d compared, %d queries asked.\n",
		st.To, st.Fill.Done, time.Duration(st.Fill.Seconds*float64(time.Second)).Round(10*time.Millisecond), st.Check.Compared, st.Check.Golden)
	if o := st.Overruled; o != nil {
		fmt.Fprintf(t.out, "%s had it put in place in spite of what was found, because: %s\n", o.By, o.Why)
	}
	for _, n := range st.Notes {
		fmt.Fprintln(t.out, "Mind: "+n+".")
	}
	if why := st.Behind(); why != "" {
		fmt.Fprintln(t.out, "Mind: "+why+". Going back would show them so.")
	}
	if st.From != "" && st.Phase == swap.Swapped {
		fmt.Fprintf(t.out, "%s is kept and written as well: `stagedoor search rollback` goes back to it at once, `stagedoor search drop` gives it up.\n", st.From)
	}
}

func printStatus(t terminal, s *swap.Status) error {
	if len(s.Collections) == 0 {
		fmt.Fprintln(t.out, "There is no search index yet. `stagedoor search apply` makes one.")
		return nil
	}
	table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "COLLECTION\tSHOWS\tUSE")
	for _, c := range s.Collections {
		fmt.Fprintf(table, "%s\t%d\t%s\n", c.Name, c.Shows, c.Use)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	st := s.Last
	if st == nil {
		return nil
	}
	fmt.Fprintln(t.out)
	switch {
	case st.Phase == swap.Lost:
		fmt.Fprintf(t.out, "The last change, to %s, is over: %s. Shows are written into the index that is searched; `stagedoor search plan` says whether a change is due.\n", st.To, st.Problems[0])
	case len(st.Problems) > 0:
		fmt.Fprintln(t.out, "The change begun by "+st.By+" stopped:")
		for _, p := range st.Problems {
			fmt.Fprintln(t.out, "  - "+p)
		}
		fmt.Fprint(t.out, allTheSame(st))
	case st.Paused && st.Phase.Unfinished():
		fmt.Fprintf(t.out, "Stopped for now: %s. `stagedoor search apply` goes on.\n", progressOf(st))
	case st.Phase.Unfinished():
		fmt.Fprintf(t.out, "%s (begun by %s, last seen %s)\n", progressOf(st), st.By, st.ChangedAt.Local().Format(time.TimeOnly))
	case st.Phase == swap.Swapped:
		printDone(t, st)
	case st.Phase == swap.RolledBack:
		fmt.Fprintf(t.out, "The last change was rolled back; %s is kept and written: apply goes forth again, drop gives it up.\n", st.To)
	default:
		fmt.Fprintf(t.out, "The last change, to %s, is %s (%s).\n", st.To, st.Phase, st.EndedAt.Local().Format("2 Jan 2006 15:04"))
	}
	return nil
}
