package explain

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Style is how text looks. The zero Style is plain.
type Style struct{ Colour bool }

// Write writes the answer for a person to read: aligned, two lines a filter.
func (a *Answer) Write(w io.Writer, style Style) error {
	t := &writer{style: style}
	q := a.Question
	t.line("%s %s", t.bold(q.Method), t.bold(q.URL))
	from := q.IP
	if q.Country != "" {
		from += " in " + q.Country
	}
	t.line("as %s from %s, %s", q.As, from, moment(q))
	switch s := a.Site; {
	case s == nil:
		t.line("No site: KV has no %s", "site:"+a.Hostname)
	case s.Fault != "":
		t.line("Site document %s, %s, cannot be used: %s", s.Key, bytes(s.Bytes), s.Fault)
	default:
		t.line("Site %s (%s), document %s, %s", s.ID, s.Name, s.Key, bytes(s.Bytes))
	}
	t.line("")
	t.steps(a.Steps)
	t.line("")
	t.line("%s", t.bold(a.Outcome))
	t.plan(&a.Plan)
	t.windows(a)
	for _, note := range a.Notes {
		t.line("\nNote: %s", note)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

type writer struct {
	out   strings.Builder
	style Style
}

func (t *writer) line(format string, args ...any) { fmt.Fprintf(&t.out, format+"\n", args...) }

const (
	bold, dim, red, green, cyan = "1", "2", "31", "32", "36"
)

func (t *writer) paint(code, text string) string {
	if !t.style.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (t *writer) bold(text string) string { return t.paint(bold, text) }

func (t *writer) steps(steps []Step) {
	colours := map[string]string{"continue": green, "respond": cyan, "fail": red, NotReached: dim}
	for _, s := range steps {
		place := "  "
		if s.Place > 0 {
			place = fmt.Sprintf("%2d", s.Place)
		}
		extra := ""
		if s.Nanoseconds != nil {
			extra = micros(*s.Nanoseconds)
		}
		if s.Verdict == NotReached && s.Response {
			extra = strings.TrimSpace(extra + "  in the response only")
		}
		head := fmt.Sprintf("%s  %-12s %s  %-28s %-13s %s", place, s.Filter, t.paint(colours[s.Verdict], fmt.Sprintf("%-11s", s.Verdict)), s.Reason, fails(s.Fails), extra)
		t.line("%s", strings.TrimRight(head, " "))
		if s.Meaning != "" {
			t.line("    %s", t.paint(dim, s.Meaning))
		}
	}
}

func fails(direction string) string {
	if direction == "" {
		return ""
	}
	return "fails " + direction
}

func (t *writer) plan(p *Plan) {
	row := func(name, value string) {
		if value != "" {
			t.line("  %-12s %s", name, value)
		}
	}
	row("action", p.Action)
	if p.Status != 0 {
		row("status", fmt.Sprint(p.Status))
	}
	row("location", p.Location)
	row("pool", p.Pool)
	row("origin", p.Origin)
	row("path there", p.Target)
	if c := p.Cache; c != nil {
		row("cache key", c.Key)
		keep := fmt.Sprintf("%d s", c.TTL)
		if c.Stale > 0 {
			keep += fmt.Sprintf(", and stale for %d s more", c.Stale)
		}
		row("kept for", keep)
		row("purged by", c.Tags)
	}
	row("counted as", p.Count)
	t.headers("to the origin", p.Request)
	t.headers("in the response", p.Response)
	if p.Body != nil {
		t.line("  body, %s", bytes(p.Body.Bytes))
		for line := range strings.Lines(p.Body.Text) {
			t.line("    %s", strings.TrimRight(line, "\n"))
		}
	}
}

func (t *writer) headers(what string, headers []Header) {
	if len(headers) == 0 {
		return
	}
	t.line("  headers %s", what)
	longest := 0
	for _, h := range headers {
		longest = max(longest, len(h.Change))
	}
	for _, h := range headers {
		text := h.Name
		if h.Value != "" {
			text += ": " + h.Value
		}
		t.line("    %s  %s", t.paint(dim, fmt.Sprintf("%-*s", longest, h.Change)), text)
	}
}

func (t *writer) windows(a *Answer) {
	if len(a.Windows) == 0 {
		return
	}
	t.line("\nMaintenance windows of this site that are not over:")
	for _, w := range a.Windows {
		state := "to come"
		if w.Open {
			state = "open"
		}
		ends := "until staff end it"
		if !w.EndsAt.IsZero() {
			ends = "until " + a.local(w.EndsAt)
		}
		starts := "always"
		if !w.StartsAt.IsZero() {
			starts = a.local(w.StartsAt)
		}
		t.line("  %-8s %-20s from %s %s", state, w.Path, starts, ends)
	}
}

// local is a moment at the venue, or in UTC where its zone is not known.
func (a *Answer) local(at time.Time) string {
	if a.Site != nil {
		if zone, err := time.LoadLocation(a.Site.TimeZone); err == nil {
			return at.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
		}
	}
	return at.UTC().Format("Mon 2 Jan 2006 15:04 MST")
}

func moment(q Asked) string {
	utc := q.At.Format(time.RFC3339)
	if q.AtLocal == "" {
		return utc
	}
	return q.AtLocal + " (" + utc + ")"
}

func micros(ns int64) string { return fmt.Sprintf("%.2f µs", float64(ns)/1000) }

// bytes is a size with a comma between thousands.
func bytes(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text + " bytes"
}
