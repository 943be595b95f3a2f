package data

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with the data files.
type Fault struct {
	File   string // "theatres-london.json"
	Record string // the record's ID or, where it has none, its position: "theatres[3]"; empty for the whole file
	Field  string // "capacity", "plan.levels[1].share"; empty for the whole record
	Reason string
}

func (f Fault) String() string {
	var parts []string
	for _, part := range []string{f.File, f.Record, f.Field} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ") + ": " + f.Reason
}

// Error lists everything wrong with the data files.
type Error struct{ Faults []Fault }

func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return "the data files are at fault: " + strings.Join(lines, "; ")
}

// faults gathers what is found wrong.
type faults struct{ found []Fault }

func (f *faults) add(file, record, field, reason string) {
	f.found = append(f.found, Fault{File: file, Record: record, Field: field, Reason: reason})
}

// report says that a field of one record is at fault.
type report func(field, format string, args ...any)

func (f *faults) in(file, record string) report {
	return func(field, format string, args ...any) {
		f.add(file, record, field, fmt.Sprintf(format, args...))
	}
}

// each reports the lines of a joined error, whose texts begin with the name of a field below prefix.
func (at report) each(prefix string, err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		field, reason, found := strings.Cut(line, ": ")
		if !found {
			field, reason = "", line
		}
		at(prefix+"."+field, "%s", reason)
	}
}

// text reports a field that is empty or longer than most bytes.
func (at report) text(field, value string, most int) {
	switch {
	case strings.TrimSpace(value) == "":
		at(field, "is empty")
	case value != strings.TrimSpace(value):
		at(field, "begins or ends with a space")
	case len(value) > most:
		at(field, "is %d bytes long, more than %d", len(value), most)
	}
}
