//go:build !tinygo

package redirect

import "time"

// Kind is what a finding is about.
type Kind string

// Kinds of findings.
const (
	Invalid    Kind = "invalid"     // the rule is not well formed
	Protected  Kind = "protected"   // its source is a path that no redirect may match
	TargetHost Kind = "target-host" // it leads to a host that the site may not redirect to
	Duplicate  Kind = "duplicate"   // another rule has its source and its times
	Loop       Kind = "loop"        // whoever follows it never arrives
	Chain      Kind = "chain"       // it leads to where another rule stands
	Shadowed   Kind = "shadowed"    // from now on it never wins
	Expired    Kind = "expired"     // it has ended
)

// Severity is how bad a finding is.
type Severity string

// Severities. An error keeps a set of rules from being published.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

var severities = map[Kind]Severity{
	Invalid: Error, Protected: Error, TargetHost: Error, Duplicate: Error, Loop: Error,
	Chain: Warning, Shadowed: Warning, Expired: Note,
}

// RuleRef names a rule of a site.
type RuleRef struct{ SiteID, RuleID string }

// Finding is one thing to know about a rule before it is published.
type Finding struct {
	Kind     Kind
	Severity Severity
	// Rules begins with the rule it is about; then come those that it meets,
	// in the order a visitor would, or the one that takes its place.
	Rules []RuleRef
	// Path is what a visitor would ask for: hostname and path.
	Path string
	// Hops is how many redirects follow one another, for loops and chains.
	Hops int
	// At is from when on it is so; zero is now.
	At time.Time
	// Sentence says it in one.
	Sentence string
}

// Report is what Analyse found.
type Report struct {
	// Rules is how many were read.
	Rules int
	// Counts has how many findings of each kind there are.
	Counts map[Kind]int
	// Findings are the findings, up to Options.Limit of each kind.
	Findings []Finding
}

// Blocks says whether anything was found that keeps the rules from being
// published.
func (r *Report) Blocks() bool {
	for kind, n := range r.Counts {
		if n > 0 && severities[kind] == Error {
			return true
		}
	}
	return false
}

func (r *Report) add(limit int, f Finding) {
	f.Severity = severities[f.Kind]
	if r.Counts[f.Kind]++; r.Counts[f.Kind] <= limit {
		r.Findings = append(r.Findings, f)
	}
}
