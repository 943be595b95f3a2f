//go:build !tinygo

package redirect

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Explanation is what becomes of one request, and why.
type Explanation struct {
	// Winner is the rule that applies; nil for none.
	Winner *Candidate
	// Location is where it leads, "" if nowhere.
	Location string
	// Candidates are all rules whose source fits, the most specific first.
	Candidates []Candidate
	// Sentence says it in one.
	Sentence string
}

// Candidate is a rule whose source fits a request.
type Candidate struct {
	RuleID, Match, Source, Target string
	Status                        int
	Starts, Ends                  time.Time // zero: has always been, for ever
	Wins                          bool
	// Why it wins or does not: a sentence.
	Why string
}

// Explain says which rule of x, the rules of s, applies to a request on a
// hostname of s, and why no other does. path and query are as the visitor
// sends them, without question mark.
func Explain(x *Index, s *site.Site, hostname, path, query string, now time.Time) Explanation {
	clean, err := address.AppendPath(nil, path)
	if err != nil {
		return Explanation{Sentence: "The path is malformed: the edge answers 400 before any rule is looked at."}
	}
	path, query = string(clean), string(address.AppendQuery(nil, query))
	onPrimary := hostname == s.Hostname
	fits := candidates(x, hostname, path)
	e := Explanation{}
	for i := range fits {
		e.Candidates = append(e.Candidates, describe(x, &fits[i]))
	}
	if s.IsProtected(path) {
		for i := range e.Candidates {
			e.Candidates[i].Why = "The path is protected."
		}
		e.Sentence = path + " is protected: no rule is looked at."
		return e
	}

	at := now.UnixMilli()
	winner := slices.IndexFunc(fits, func(f fit) bool { return f.rule.active(at) && (onPrimary || f.rule.host != 0) })
	for i := range fits {
		e.Candidates[i].Why = why(fits, e.Candidates, i, winner, at, onPrimary)
	}
	if winner < 0 {
		e.Sentence = "No rule applies."
		if !onPrimary {
			e.Sentence = fmt.Sprintf("No rule that names %s applies: the edge leads to %s%s, where the rules are looked at again.", hostname, s.Hostname, path)
		}
		return e
	}
	e.Winner = &e.Candidates[winner]
	e.follow(x, s, hostname, path, query, at)
	return e
}

// follow finds out where the winner leads.
func (e *Explanation) follow(x *Index, s *site.Site, hostname, path, query string, at int64) {
	search := new(Search)
	m, ok := search.Find(x, hostname, path, at)
	if !ok {
		return
	}
	base := (&ruledSite{Site: s}).base()
	location := AppendLocation(nil, &m, base, query)
	switch here := (step{hostname: hostname, path: path}); {
	case here.leadsTo(location):
		e.Sentence = fmt.Sprintf("%s wins, but leads to where the visitor is, and is passed over.", e.Winner.Source)
	case !SafeTarget(string(location), base, s):
		e.Sentence = fmt.Sprintf("%s wins, but leads to a host the site may not redirect to, and is passed over.", e.Winner.Source)
	default:
		e.Location, e.Winner.Wins = string(location), true
		e.Sentence = fmt.Sprintf("%s wins: %d to %s.", e.Winner.Source, e.Winner.Status, location)
	}
}

// fit is a rule that fits, with what decides which wins.
type fit struct {
	rule  Rule
	shape shape // of a pattern
	named int   // place of its hostname among those that fit; every hostname is the last
}

// candidates lists all rules whose source fits, those that win first.
func candidates(x *Index, hostname, path string) (fits []fit) {
	s := new(Search)
	s.read(x, path)
	s.lookUp(x, hostname)
	hosts := append(slices.Clone(s.hosts[:s.named]), 0)
	for named, h := range hosts {
		add := func(first int, sh shape) {
			for i := first; i >= 0 && i < x.rules; i++ {
				r := x.rule(i)
				fits = append(fits, fit{r, sh, named})
				if !r.more {
					break
				}
			}
		}
		add(x.probe(s.whole, exact, h, s.path), shape{})
		for at := min(s.segments, maxSegments-1); at >= 0; at-- {
			add(x.probe(s.hashes[at], prefix, h, s.path[:s.borders[at]]), shape{})
		}
		for i := range x.shapes {
			if s.canBe(&x.shapes[i]) {
				s.key = s.key[:0]
				add(s.probePattern(x, s.hashAs(&x.shapes[i]), h, &x.shapes[i]), x.shapes[i])
			}
		}
		if h != 0 {
			add(x.probe(fnvOffset, host, h, ""), shape{})
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { c, _ := compare(a, b); return c })
	return fits
}

// compare says which of two rules that fit wins, negative for the first, and
// why.
func compare(a, b fit) (c int, why string) {
	class := func(k kind) int { return [metaKind + 1]int{exact: 0, pattern: 1, prefix: 1, host: 2}[k] }
	switch {
	case (a.rule.host == 0) != (b.rule.host == 0):
		return sign(b.rule.host == 0), "a rule that names the hostname goes before one for every hostname"
	case class(a.rule.kind) != class(b.rule.kind):
		return class(a.rule.kind) - class(b.rule.kind), "an exact path goes before a prefix or a pattern, and these before a whole hostname"
	case a.rule.literals != b.rule.literals:
		return b.rule.literals - a.rule.literals, "a source that fixes more segments goes first"
	case a.rule.kind != b.rule.kind:
		return sign(a.rule.kind == pattern), "a pattern goes before a prefix that fixes as many segments"
	case a.rule.kind == pattern && a.shape != b.shape:
		return sign(a.shape.before(b.shape)), "of two patterns, the narrower one goes first"
	case a.named != b.named:
		return a.named - b.named, "the hostname itself goes before a domain it is under"
	case a.rule.starts != b.rule.starts:
		return sign(a.rule.starts > b.rule.starts), "of two rules of one source, the one that started later goes first"
	}
	return a.rule.ordinal - b.rule.ordinal, "of two rules of one source, the one given first goes first"
}

func sign(first bool) int {
	if first {
		return -1
	}
	return 1
}

// why says why a candidate wins or does not.
func why(fits []fit, described []Candidate, i, winner int, at int64, onPrimary bool) string {
	r := &fits[i].rule
	switch {
	case at < r.starts:
		return "It has not started: it does on " + day(r.starts) + "."
	case at >= r.ends:
		return "It ended on " + day(r.ends) + "."
	case !onPrimary && r.host == 0:
		return "It is for the site's own hostname."
	case i == winner:
		return "It is the most specific rule in force."
	}
	_, reason := compare(fits[winner], fits[i])
	return fmt.Sprintf("%s wins over it: %s.", described[winner].Source, reason)
}

func describe(x *Index, f *fit) Candidate {
	r := &f.rule
	key := string(x.appendKey(nil, r.ordinal))
	return Candidate{
		RuleID: string(r.AppendID(nil)), Match: kindNames[r.kind], Source: (&ruledSite{x: x}).source(r, key),
		Target: strings.Clone(r.Target), Status: r.Status, Starts: instant(r.starts), Ends: instant(r.ends),
	}
}

// instant is a rule's time; zero for one that is not set.
func instant(unixMilli int64) time.Time {
	if unixMilli == math.MinInt64 || unixMilli == math.MaxInt64 {
		return time.Time{}
	}
	return time.UnixMilli(unixMilli).UTC()
}
