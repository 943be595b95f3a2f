package redirects

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/staff"
)

type option struct{ Value, Label string }

var (
	stateChoices = []option{{"", "All"}, {edgeconfig.StateLive, "Live"}, {edgeconfig.StateScheduled, "Scheduled"}, {edgeconfig.StateOver, "Over"}, {edgeconfig.StateOff, "Off"}}
	matchChoices = []option{{"", "All"}, {site.MatchExact, "Exact"}, {site.MatchPrefix, "Prefix"}, {site.MatchPattern, "Pattern"}, {site.MatchHost, "Host"}}
	orderChoices = []option{{edgeconfig.BySource, "By address"}, {edgeconfig.ByChange, "Changed last"}, {edgeconfig.ByHits, "Most hits"}}
	tabList      = []option{{"", "All redirects"}, {"/test", "Test"}, {"/imports", "Import"}, {"/versions", "Versions"}}
)

func itoa(n int) string { return strconv.Itoa(n) }

func escape(text string) string { return url.QueryEscape(text) }

func intro(v *frame.Visit, view listView) string {
	text := "Old, short and campaign addresses of " + v.SiteName() + ", and where they lead."
	if len(view.Newest) > 0 {
		n := view.Newest[0]
		text += fmt.Sprintf(" Version %d, by %s, %s.", n.Number, n.Actor, v.Local(n.At))
	}
	return text
}

func counted(n int) string {
	if n >= edgeconfig.MaxCounted {
		return "More than " + frame.Number(n) + " rules"
	}
	return plural(n, "rule")
}

// firstPage is the list as it is asked for, from its beginning.
func firstPage(v *frame.Visit) string {
	q := v.Request().URL.Query()
	q.Del("after")
	return home(v.Site()) + "?" + q.Encode()
}

// span says from when until when a rule holds, "" when it always does.
func span(v *frame.Visit, r edgeconfig.Redirect) string {
	var parts []string
	if !r.StartsAt.IsZero() {
		parts = append(parts, "from "+moment(v, r.StartsAt))
	}
	if !r.EndsAt.IsZero() {
		parts = append(parts, "until "+moment(v, r.EndsAt))
	}
	return strings.Join(parts, " ")
}

func moment(v *frame.Visit, t time.Time) string {
	return t.In(v.Brand().Location()).Format("2 Jan 2006, 15:04")
}
func day(v *frame.Visit, t time.Time) string { return t.In(v.Brand().Location()).Format("2 Jan 2006") }

func who(r edgeconfig.Redirect) string {
	if r.UpdatedBy != "" {
		return r.UpdatedBy
	}
	return r.CreatedBy
}

func formTitle(f form) string {
	if f.ID == "" {
		return "New redirect"
	}
	return "Change a redirect"
}

func formAction(v *frame.Visit, f form) string {
	if f.ID == "" {
		return home(v.Site())
	}
	return home(v.Site()) + "/rule/" + f.ID
}

func saveLabel(f form) string {
	switch {
	case f.Theirs != nil:
		return "Save mine over it"
	case f.Gone:
		return "Save as a new rule"
	case f.ID == "":
		return "Add and publish"
	}
	return "Save and publish"
}

// invalid ties a field to its hint and its fault.
func invalid(f form, name string) templ.Attributes {
	a := templ.Attributes{}
	var by []string
	if slices.Contains([]string{"source", "target", "starts", "ends"}, name) {
		by = append(by, name+"-hint")
	}
	if f.Faults[name] != "" {
		a["aria-invalid"] = "true"
		by = append(by, name+"-fault")
	}
	if len(by) > 0 {
		a["aria-describedby"] = strings.Join(by, " ")
	}
	return a
}

type comparison struct{ Name, Theirs, Mine string }

// compared lists the fields in which what somebody saved differs from what was typed.
func compared(v *frame.Visit, f form) (list []comparison) {
	theirs := typed(v, *f.Theirs)
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	for _, c := range []comparison{
		{"From", theirs.Source, f.Source}, {"To", theirs.Target, f.Target}, {"Match", theirs.Match, f.Match}, {"Status", theirs.Status, f.Status},
		{"From when", theirs.Starts, f.Starts}, {"Until when", theirs.Ends, f.Ends}, {"In force", yes(theirs.Enabled), yes(f.Enabled)},
		{"Keeps the query", yes(theirs.Query), yes(f.Query)}, {"Keeps what follows", yes(theirs.Suffix), yes(f.Suffix)},
		{"Includes subdomains", yes(theirs.Subdomains), yes(f.Subdomains)}, {"Note", theirs.Note, strings.TrimSpace(f.Note)},
	} {
		if c.Theirs != c.Mine {
			list = append(list, c)
		}
	}
	return list
}

// did says what a version changed.
func did(n edgeconfig.Version) string {
	return changes(importing.SiteCount{Added: n.Added, Changed: n.Changed, Removed: n.Removed}) + "; " + plural(n.Total, "rule") + " in all"
}

// ruleLine is a rule in a line; what the other version has differently is said.
func ruleLine(v *frame.Visit, r, other *edgeconfig.Redirect) string {
	if r == nil {
		return "–"
	}
	line := r.Source + " → " + r.Target
	if r.Match != site.MatchExact {
		line = r.Match + " " + line
	}
	add := func(differs bool, text string) {
		if differs {
			line += ", " + text
		}
	}
	line += " (" + itoa(r.Status) + ")"
	if other == nil {
		add(r.Disabled, "off")
		return line
	}
	on := map[bool]string{true: "off", false: "in force"}
	add(r.Disabled != other.Disabled, on[r.Disabled])
	add(!r.StartsAt.Equal(other.StartsAt) || !r.EndsAt.Equal(other.EndsAt), orAlways(span(v, *r)))
	add(r.PreserveQuery != other.PreserveQuery, map[bool]string{true: "keeps the query", false: "drops the query"}[r.PreserveQuery])
	add(r.PreserveSuffix != other.PreserveSuffix, map[bool]string{true: "keeps what follows", false: "drops what follows"}[r.PreserveSuffix])
	add(r.IncludeSubdomains != other.IncludeSubdomains, map[bool]string{true: "with subdomains", false: "without subdomains"}[r.IncludeSubdomains])
	add(r.Note != other.Note, "note: “"+r.Note+"”")
	return line
}

func orAlways(span string) string {
	if span == "" {
		return "always"
	}
	return span
}

func siteColumn(v *frame.Visit) string {
	if v.Site() == staff.Group {
		return ", and site (such as lyceum)"
	}
	return ""
}

func modeText(j importing.Job) string {
	if j.Mode == importing.Replace {
		return "The file replaces the rules of the sites that are in it."
	}
	return "The file adds to the rules that are there and changes them."
}

func jobTitle(j importing.Job) string {
	switch j.State {
	case importing.Reading:
		return "Reading the file"
	case importing.Analysing:
		return "Looking at the rules of all sites together"
	case importing.Ready:
		return plural(j.Rows, "rule") + " tried out; nothing is changed yet"
	case importing.Faulty:
		return "The file has faults"
	case importing.Applying:
		return "Changing the rules"
	case importing.Publishing:
		return "Changed; publishing"
	case importing.Applied:
		return "Imported"
	case importing.Cancelled:
		return "Stopped; nothing was changed"
	}
	return "It did not work"
}

// progressText is how far, how fast and how long still.
func progressText(view jobView, now time.Time) string {
	j := view.Job
	text := fmt.Sprintf("%d %%", j.Percent())
	if j.State != importing.Reading { // that one counts bytes
		text += fmt.Sprintf(": %s of %s rules", frame.Number(int(j.Done)), frame.Number(int(j.Total)))
	}
	took, done := now.Sub(view.First.At), j.Done-view.First.Done
	if took < time.Second || done <= 0 {
		return text
	}
	rate := float64(done) / took.Seconds()
	if j.State != importing.Reading {
		text += fmt.Sprintf(", %s a second", frame.Number(int(rate)))
	}
	left := time.Duration(float64(j.Total-j.Done) / rate * float64(time.Second))
	return text + ", " + max(left.Round(time.Second), time.Second).String() + " left"
}

func lineText(n int) string {
	if n == 0 {
		return "–"
	}
	return itoa(n)
}

// columnText names a column as a spreadsheet does, and as the header does.
func columnText(f importing.Fault) string {
	if f.Column == 0 {
		return f.Name
	}
	letters := ""
	for n := f.Column; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return strings.TrimSpace(letters + " " + f.Name)
}

func faultText(f importing.Fault) string {
	if f.Name != "" {
		return f.Name + " " + f.Says
	}
	if f.Line > 0 && !strings.HasPrefix(f.Says, "the ") {
		return "it " + f.Says
	}
	return f.Says
}

func severity(f importing.Finding) string {
	switch redirect.Severity(f.Severity) {
	case redirect.Error:
		return "bad"
	case redirect.Warning:
		return "warn"
	}
	return ""
}

var kindNames = map[string]string{
	string(redirect.Invalid): "Invalid", string(redirect.Protected): "Protected path", string(redirect.TargetHost): "Off host",
	string(redirect.Duplicate): "Duplicate", string(redirect.Loop): "Loop", string(redirect.Chain): "Chain", string(redirect.Shadowed): "Never wins",
	string(redirect.Expired): "Over",
}

func kindName(kind string) string {
	if name, ok := kindNames[kind]; ok {
		return name
	}
	return kind
}

func findingsTitle(r importing.Report) string {
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	if total == 0 {
		return "Nothing is wrong"
	}
	return plural(total, "finding")
}

func findingCounts(r importing.Report) string {
	var parts []string
	for kind, n := range r.Counts {
		if n > 0 {
			parts = append(parts, kindName(kind)+": "+frame.Number(n))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ") + ". The first of each kind are shown."
}

// testSite is the site on which an import can be tested: the page's, or the first in the file.
func testSite(v *frame.Visit, j importing.Job) string {
	if v.Site() == staff.Group && len(j.Report.Sites) > 0 {
		return j.Report.Sites[0].Site
	}
	return v.Site()
}
