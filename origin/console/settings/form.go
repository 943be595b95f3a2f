package settings

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Kinds of fields.
const (
	lines  = "lines"  // one item a line
	text   = "text"   // a line
	number = "number" // a whole number
	tick   = "tick"   // yes or nothing
	choice = "choice"
)

// field is one thing to fill in.
type field struct {
	Name, Label, Hint, Kind string
	Value                   string
	Options                 []option
	Always                  []string // items that the house adds
	Fault                   string
	Fixed                   bool // shown, not to be changed
}

type option struct{ Value, Label string }

// group is fields under one heading.
type group struct {
	Heading, About string
	Row            bool // small fields, side by side
	Fields         []field
}

// house is what forms say about the site and the house it is in.
type house struct {
	Brand    venue.Brand
	Settings edgeconfig.Settings
}

// section is a part of a site's settings and its form.
type section struct {
	ID, Title, About string
	// Values are a value of edgeconfig.NewSection as the form has it.
	Values func(value any) url.Values
	// Fields are the form.
	Fields func(h house, values url.Values) []group
	// Read is the value that was typed, with what is wrong with it, by field.
	Read func(values url.Values) (any, map[string]string)
	// Row is the field in which element i of a list of structures is, "" for a list that is one field.
	Row func(values url.Values, list string, i int, part string) string
}

// find is the section with an ID.
func find(id string) (section, bool) {
	for _, s := range sections() {
		if s.ID == id {
			return s, true
		}
	}
	return section{}, false
}

var element = regexp.MustCompile(`^([a-z_]+)(?:\[(\d+)\](?:\.([a-z_]+))?)?$`)

// place puts faults of a Site beside the fields they are about.
func (s section) place(found edgeconfig.Faults, values url.Values) map[string]string {
	faults := map[string]string{}
	add := func(name, problem string) {
		if faults[name] != "" {
			faults[name] += " "
		}
		faults[name] += problem
	}
	for _, f := range found.List {
		at, ours := edgeconfig.FaultField(s.ID, f.Field)
		part := element.FindStringSubmatch(at)
		if !ours || part == nil {
			add("form", frame.Sentence("with this, "+f.Field+" "+f.Problem))
			continue
		}
		name, item := part[1], ""
		if part[2] != "" {
			i, _ := strconv.Atoi(part[2]) // digits, by the pattern; too many of them name no item
			if s.Row != nil {
				if row := s.Row(values, name, i, part[3]); row != "" {
					add(row, frame.Sentence(f.Problem))
					continue
				}
			}
			if list := split(name, values.Get(name)); i < len(list) && name != "client_keys" { // somebody may have typed the key itself
				item = list[i]
			}
		}
		if item == "" {
			add(name, frame.Sentence(f.Problem))
		} else {
			add(name, "“"+item+"” "+strings.TrimSuffix(f.Problem, ".")+".")
		}
	}
	return faults
}

// items are the lines of a field, without empty ones.
func items(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// words are the items of a field whose items hold no space: they may stand in one line, too.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}

// split takes a field apart as its section's Read does.
func split(name, text string) []string {
	switch name {
	case "block_agents", "ignore_params", "rewrites":
		return items(text)
	}
	return words(text)
}

func unlines(list []string) string { return strings.Join(list, "\n") }

// reader collects what is wrong while fields are read.
type reader struct {
	values url.Values
	faults map[string]string
}

func read(values url.Values) *reader { return &reader{values, map[string]string{}} }

func (r *reader) number(name string) int {
	written := strings.TrimSpace(strings.ReplaceAll(r.values.Get(name), ",", ""))
	if written == "" {
		return 0
	}
	n, err := strconv.Atoi(written)
	if err != nil {
		r.faults[name] = "Write a whole number."
	}
	return n
}

func (r *reader) span(name string) int {
	n, ok := parseSpan(r.values.Get(name))
	if !ok {
		r.faults[name] = "Write how long, such as 30s, 5m, 2h or 1d."
	}
	return n
}

func (r *reader) ticked(name string) bool { return r.values.Get(name) == "yes" }

func yes(on bool) string {
	if on {
		return "yes"
	}
	return ""
}

// units are those of spans, the largest first, in seconds.
var units = []struct {
	letter  string
	seconds int
}{{"d", 86_400}, {"h", 3600}, {"m", 60}, {"s", 1}}

var spanPart = regexp.MustCompile(`^(\d{1,9})\s*(d|h|m|s)[a-z]*\s*`)

// parseSpan reads a time such as "1h 30m", "5 min" or "90" (seconds), "" being 0.
func parseSpan(written string) (seconds int, ok bool) {
	written = strings.ToLower(strings.TrimSpace(written))
	if n, err := strconv.Atoi(written); err == nil && n >= 0 && n < 1e9 {
		return n, true
	}
	for written != "" {
		part := spanPart.FindStringSubmatch(written)
		if part == nil {
			return 0, false
		}
		n, err := strconv.Atoi(part[1])
		if err != nil {
			return 0, false
		}
		for _, u := range units {
			if u.letter == part[2] {
				seconds += n * u.seconds
			}
		}
		written = written[len(part[0]):]
	}
	return seconds, true
}

// span writes seconds so that parseSpan reads them: "1h 30m", "" for 0.
func span(seconds int) string {
	var parts []string
	for _, u := range units {
		if n := seconds / u.seconds; n > 0 {
			parts = append(parts, strconv.Itoa(n)+u.letter)
			seconds -= n * u.seconds
		}
	}
	return strings.Join(parts, " ")
}

// count writes a number, "" for 0.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

type comparison struct{ Name, Theirs, Mine string }

// compare lists the fields that differ between two states of a form.
func compare(theirs, mine []group) (list []comparison) {
	values := map[string]comparison{}
	var names []string
	note := func(groups []group, set func(*comparison, string)) {
		for _, g := range groups {
			for _, f := range g.Fields {
				c, known := values[f.Name]
				if !known {
					names = append(names, f.Name)
				}
				c.Name = f.Label
				if g.Row {
					c.Name = g.Heading + ": " + f.Label
				}
				set(&c, shown(f))
				values[f.Name] = c
			}
		}
	}
	note(theirs, func(c *comparison, value string) { c.Theirs = value })
	note(mine, func(c *comparison, value string) { c.Mine = value })
	for _, name := range names {
		if c := values[name]; c.Theirs != c.Mine {
			list = append(list, c)
		}
	}
	return list
}

// shown is a field's value as people read it.
func shown(f field) string {
	switch f.Kind {
	case tick:
		return map[bool]string{true: "yes", false: "no"}[f.Value == "yes"]
	case choice:
		if i := slices.IndexFunc(f.Options, func(o option) bool { return o.Value == f.Value }); i >= 0 {
			return f.Options[i].Label
		}
	case lines:
		return strings.Join(items(f.Value), ", ")
	}
	return strings.TrimSpace(f.Value)
}
