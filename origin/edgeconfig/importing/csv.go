package importing

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// Bounds of a file.
const (
	MaxFile   = 64 << 20 // bytes
	MaxRows   = 1_000_000
	maxFaults = 200 // that are kept; the others are counted
)

// columns are the ones a file may have, in the order in which export writes them. Only source and target are needed,
// and site where the file has no site of its own.
var columns = []string{"site", "match", "source", "target", "status", "preserve_query", "preserve_suffix", "include_subdomains",
	"starts_at", "ends_at", "enabled", "note"}

// Fault is something wrong in a file.
type Fault struct {
	Line   int    `json:"line"`             // the first is 1; 0: the file as a whole
	Column int    `json:"column,omitempty"` // the first is 1, as in a spreadsheet's A; 0: the whole line
	Name   string `json:"name,omitempty"`   // the column's
	Text   string `json:"text,omitempty"`   // what stands there, cut short
	Says   string `json:"says"`             // what is wrong: "must be …"
}

// Row is one line's rule.
type Row struct {
	Line int
	Rule edgeconfig.Redirect // with an ID, in case it is new
}

// reader reads rules from a file.
type reader struct {
	places      map[string]edgeconfig.Place
	defaultSite string
	may         func(site string) bool // whether the person may change that site's rules
	now         time.Time
	newID       func() (uuid.UUID, error)

	at     map[string]int // where the columns are
	row    int            // fields a line must have
	line   int
	values []string

	faults []Fault
	count  int            // of faults
	seen   map[string]int // line of each site, match and source
}

// read passes every good row to take. Faults are collected; the error is take's, or the file's that cannot be read.
func (r *reader) read(file io.Reader, take func(Row) error) error {
	buffered := bufio.NewReaderSize(file, 64<<10)
	if !r.prologue(buffered) {
		return nil
	}
	lines := csv.NewReader(buffered)
	lines.Comma = separator(buffered)
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		r.fault(Fault{Says: "the file is empty"})
		return nil
	}
	if err != nil {
		return r.broken(err)
	}
	if !r.header(header) {
		return nil
	}
	for rows := 0; ; rows++ {
		values, err := lines.Read()
		if errors.Is(err, io.EOF) {
			if rows == 0 && r.count == 0 {
				r.fault(Fault{Line: 1, Says: "the file has a header and no rules"})
			}
			return nil
		}
		if err != nil {
			return r.broken(err)
		}
		if rows == MaxRows {
			r.fault(Fault{Says: fmt.Sprintf("the file has more than %d rules; split it", MaxRows)})
			return nil
		}
		r.line, _ = lines.FieldPos(0)
		if r.values = values; len(values) != r.row {
			r.fault(Fault{Line: r.line, Says: fmt.Sprintf("the line has %d fields, the header %d", len(values), r.row)})
			continue
		}
		rule, ok := r.rule()
		if !ok {
			continue
		}
		if rule.ID, err = r.newID(); err != nil {
			return err
		}
		if err := take(Row{r.line, rule}); err != nil {
			return err
		}
	}
}

// prologue skips a byte order mark and refuses text that is not UTF-8.
func (r *reader) prologue(b *bufio.Reader) bool {
	head, _ := b.Peek(3)
	switch {
	case len(head) >= 3 && string(head) == "\xef\xbb\xbf":
		_, _ = b.Discard(3)
	case len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		r.fault(Fault{Says: "the file is in UTF-16: save it as “CSV UTF-8”"})
		return false
	case len(head) >= 2 && string(head[:2]) == "PK":
		r.fault(Fault{Says: "the file is a spreadsheet: save it as “CSV UTF-8”"})
		return false
	}
	return true
}

// separator is what a header separates its columns with: spreadsheets of some countries write semicolons.
func separator(b *bufio.Reader) rune {
	head, _ := b.Peek(4 << 10)
	first, _, _ := strings.Cut(string(head), "\n")
	switch {
	case strings.Contains(first, ","):
		return ','
	case strings.Contains(first, ";"):
		return ';'
	case strings.Contains(first, "\t"):
		return '\t'
	}
	return ','
}

// broken notes text that is no CSV; what follows cannot be told apart.
func (r *reader) broken(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("read the file: %w", err)
	}
	says := "is not CSV"
	switch {
	case errors.Is(parse.Err, csv.ErrBareQuote):
		says = `has a quotation mark within a field that does not begin with one: write "" for each, and one around the field`
	case errors.Is(parse.Err, csv.ErrQuote):
		says = "has a quotation mark that is never closed, or text after it"
	}
	r.fault(Fault{Line: parse.Line, Says: fmt.Sprintf("%s (at character %d); the lines after it were not read", says, parse.Column)})
	return nil
}

func (r *reader) header(names []string) bool {
	r.at, r.row, r.seen = map[string]int{}, len(names), map[string]int{}
	before := r.count
	if !slices.ContainsFunc(names, func(name string) bool { return isColumn(strings.ToLower(strings.TrimSpace(name))) }) {
		r.fault(Fault{Line: 1, Says: "the first line must name the columns: " + strings.Join(columns, ", ")})
		return false
	}
	for i, name := range names {
		clean := strings.ToLower(strings.TrimSpace(name))
		_, twice := r.at[clean]
		switch {
		case !isColumn(clean):
			r.fault(Fault{Line: 1, Column: i + 1, Text: brief(name), Says: "is no column of ours: " + strings.Join(columns, ", ")})
		case twice:
			r.fault(Fault{Line: 1, Column: i + 1, Name: clean, Says: "stands there twice"})
		}
		r.at[clean] = i
	}
	for _, needed := range []string{"source", "target"} {
		if _, ok := r.at[needed]; !ok {
			r.fault(Fault{Line: 1, Name: needed, Says: "is missing from the header: the first line must name the columns"})
		}
	}
	if _, ok := r.at["site"]; !ok && r.defaultSite == "" {
		r.fault(Fault{Line: 1, Name: "site", Says: "is missing: say in the file, or when uploading it, which site the rules are for"})
	}
	return r.count == before
}

func isColumn(name string) bool {
	return slices.Contains(columns, name)
}

// rule reads the present line.
func (r *reader) rule() (edgeconfig.Redirect, bool) {
	before := r.count
	for name, at := range r.at {
		if v := r.values[at]; !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			r.faultAt(name, "is not text in UTF-8")
		}
	}
	if r.count > before {
		return edgeconfig.Redirect{}, false
	}
	rule := edgeconfig.Redirect{
		Site: r.value("site"), Match: strings.ToLower(r.value("match")), Source: r.value("source"), Target: r.value("target"),
		Status: r.status(), PreserveQuery: r.boolean("preserve_query", true), PreserveSuffix: r.boolean("preserve_suffix", true),
		IncludeSubdomains: r.boolean("include_subdomains", false), Disabled: !r.boolean("enabled", true), Note: unguarded(r.value("note")),
	}
	if rule.Site == "" {
		rule.Site = r.defaultSite
	}
	place, known := r.places[rule.Site]
	switch {
	case rule.Site == "":
		r.faultAt("site", "is empty")
	case !known:
		r.faultAt("site", "is no site of ours")
	case !r.may(rule.Site):
		r.faultAt("site", "is not yours to change")
		known = false
	}
	if rule.Source == "" {
		r.faultAt("source", "is empty")
	}
	if rule.Match == "" {
		rule.Match = edgeconfig.GuessMatch(rule.Source)
	}
	if len(rule.Note) > edgeconfig.MaxNote {
		r.faultAt("note", fmt.Sprintf("has %d bytes; at most %d are kept", len(rule.Note), edgeconfig.MaxNote))
	}
	if !known || r.count > before {
		return rule, false
	}
	rule.StartsAt, rule.EndsAt = r.when("starts_at", place.Zone), r.when("ends_at", place.Zone)
	if r.count == before {
		for _, f := range place.Site.CheckRedirect(rule.Edge()) {
			r.faultAt(f.Field, f.Problem)
		}
	}
	if r.count > before {
		return rule, false
	}
	key := rule.Site + " " + rule.Match + " " + rule.Source
	if first, twice := r.seen[key]; twice {
		r.faultAt("source", fmt.Sprintf("stands in line %d already", first))
		return rule, false
	}
	r.seen[key] = r.line
	return rule, true
}

func (r *reader) value(column string) string {
	at, ok := r.at[column]
	if !ok {
		return ""
	}
	return strings.Clone(strings.TrimSpace(r.values[at]))
}

func (r *reader) status() int {
	text := r.value("status")
	if text == "" {
		return 302
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		r.faultAt("status", "must be 301, 302, 307 or 308")
	}
	return n
}

func (r *reader) boolean(column string, otherwise bool) bool {
	switch strings.ToLower(r.value(column)) {
	case "":
		return otherwise
	case "true", "yes", "y", "1", "on":
		return true
	case "false", "no", "n", "0", "off":
		return false
	}
	r.faultAt(column, "must be true or false")
	return otherwise
}

func (r *reader) when(column string, zone *time.Location) time.Time {
	text := r.value(column)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		if t, err = edgeconfig.ParseWhen(text, r.now, zone); err != nil {
			r.faultAt(column, "must be like 2026-11-22 14:00 (the venue's time) or 2026-11-22T14:00:00Z")
		}
	}
	return t.UTC()
}

// faultAt notes a fault of the present line.
func (r *reader) faultAt(column, says string) {
	f := Fault{Line: r.line, Name: column, Says: says}
	if at, ok := r.at[column]; ok {
		f.Column, f.Text = at+1, brief(r.values[at])
	}
	r.fault(f)
}

func (r *reader) fault(f Fault) {
	if r.count++; len(r.faults) < maxFaults {
		r.faults = append(r.faults, f)
	}
}

// brief cuts a text short and makes it fit to show.
func brief(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "�"), "�")
	if runes := []rune(s); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return s
}
