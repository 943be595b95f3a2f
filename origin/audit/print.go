package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Seconds is a duration that JSON shows in seconds.
type Seconds time.Duration

// MarshalJSON writes seconds with three decimals.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", time.Duration(s).Seconds()), nil
}

// UnmarshalJSON reads seconds.
func (s *Seconds) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return fmt.Errorf("audit: duration: %w", err)
	}
	*s = Seconds(seconds * float64(time.Second))
	return nil
}

// mostPrinted bounds the findings of one check that a table shows; JSON has them all.
const mostPrinted = 20

// WriteTable writes a report for people: a line per check, its findings below it, and a verdict.
func (r Report) WriteTable(w io.Writer) error {
	var table strings.Builder
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.Name))
	}
	for _, c := range r.Checks {
		fmt.Fprintf(&table, "%-8s %-*s  %d %s\n", c.verdict(), width, c.Name, c.Looked, c.Unit)
		if c.Skipped != "" {
			fmt.Fprintf(&table, "         not checked: %s\n", c.Skipped)
		}
		for i, f := range c.Findings {
			if i == mostPrinted {
				fmt.Fprintf(&table, "         ... and %d more\n", len(c.Findings)-mostPrinted)
				break
			}
			kind := "BROKEN"
			if f.Warning {
				kind = "look at"
			}
			fmt.Fprintf(&table, "         %s: %s: %s\n", kind, f.Thing, f.Fault)
		}
	}
	verdict := "clean"
	if !r.OK() {
		verdict = "NOT CLEAN"
	}
	fmt.Fprintf(&table, "%s: %d broken, %d to look at, in %.1f s\n", verdict, r.Violations, r.Warnings, time.Duration(r.Duration).Seconds())
	_, err := io.WriteString(w, table.String())
	return err
}

// WriteJSON writes a report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (c Check) verdict() string {
	switch {
	case c.Violations() > 0:
		return "BROKEN"
	case len(c.Findings) > 0:
		return "look at"
	case c.Skipped != "":
		return "skipped"
	}
	return "ok"
}
