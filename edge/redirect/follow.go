//go:build !tinygo

package redirect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/site"
)

// maxHops is after how many redirects a visitor is taken to be led on for
// ever; browsers give up at 20.
const maxHops = 20

// sample stands for what a wildcard or a suffix could be. No rule should have
// a segment like it.
const sample = "~any~"

// follow follows every rule from its own source.
func (a *analysis) follow() error {
	shared := []int64{a.now}
	if len(a.moments) <= maxMoments && (len(a.moments)+1)*a.report.Rules <= maxFollowed {
		for at := range a.moments {
			shared = append(shared, at)
		}
		slices.Sort(shared)
	} else {
		a.moments = nil
	}
	total, done := 0, 0
	for _, s := range a.sites {
		total += s.x.Len()
	}
	w := walker{analysis: a, loops: map[string]bool{}}
	for _, s := range a.sites {
		for ordinal := range s.x.rules {
			if done++; done%progressEvery == 0 {
				if err := a.ctx.Err(); err != nil {
					return err
				}
				if a.o.Progress != nil {
					a.o.Progress(done, total)
				}
			}
			r := s.x.rule(ordinal)
			moments := shared
			if a.moments == nil && r.starts > a.now {
				moments = []int64{r.starts}
			}
			w.rule(s, &r, moments)
		}
	}
	if a.o.Progress != nil {
		a.o.Progress(total, total)
	}
	return nil
}

// walker follows rules, one after another.
type walker struct {
	*analysis
	key, path, location []byte
	steps               []step
	loops               map[string]bool
}

// maxLoops is how many loops are remembered, not to be reported again.
const maxLoops = 100_000

// step is where a visitor has been, and the rule that led on from there.
type step struct {
	site     *ruledSite
	hostname string
	path     string
	ordinal  int
}

// rule follows one from the paths that stand for those it matches, and reports
// the first thing found.
func (w *walker) rule(s *ruledSite, r *Rule, moments []int64) {
	hostname := s.hostnameFor(r)
	if hostname == "" {
		return
	}
	w.key = s.x.appendKey(w.key[:0], r.ordinal)
	for _, at := range moments {
		if !r.active(at) {
			continue
		}
		for _, tail := range tails(r) {
			w.path = appendSample(w.path[:0], r, string(w.key), tail)
			if w.from(s, hostname, string(w.path), r.ordinal, at) {
				return
			}
		}
	}
}

// hostnameFor is one that a rule applies to.
func (s *ruledSite) hostnameFor(r *Rule) string {
	name := s.x.hostName(r.host)
	switch {
	case name == "":
		return s.Hostname
	case name[0] != '.':
		return name
	}
	for _, hostname := range s.Hostnames() {
		if hostname == name[1:] || strings.HasSuffix(hostname, name) {
			return hostname
		}
	}
	return ""
}

var (
	noTail   = []string{""}
	bothTail = []string{"", "/" + sample}
)

// tails are what may follow a rule's path: nothing, and something where it
// makes a difference.
func tails(r *Rule) []string {
	if r.kind == pattern || (r.kind == prefix || r.kind == host) && r.PreserveSuffix {
		return bothTail
	}
	return noTail
}

// appendSample appends a path that a rule matches.
func appendSample(dst []byte, r *Rule, key, tail string) []byte {
	if r.kind != pattern {
		dst = append(append(dst, key...), tail...)
	} else {
		for rest := key; rest != ""; {
			segment, next, _ := strings.Cut(rest[1:], "/")
			switch segment {
			case "*":
				dst = append(append(dst, '/'), sample...)
			case "**":
				dst = append(dst, tail...)
			default:
				dst = append(append(dst, '/'), segment...)
			}
			if rest = rest[1+len(segment):]; next == "" {
				break
			}
		}
	}
	if len(dst) == 0 {
		dst = append(dst, '/')
	}
	return dst
}

// from follows a visitor who asks for a path, if the rule wins there, and says
// whether there was something to report.
func (w *walker) from(s *ruledSite, hostname, path string, ordinal int, at int64) (found bool) {
	w.steps = w.steps[:0]
	for {
		next, ok := w.decide(s, hostname, path, at)
		if len(w.steps) == 0 && (!ok || next.ordinal != ordinal) {
			return false
		}
		if !ok {
			break
		}
		if next.leadsTo(w.location) {
			// The edge passes such a redirect over.
			if len(w.steps) > 0 {
				break
			}
			w.steps = append(w.steps, next)
			w.reportLoop(0, at)
			return true
		}
		for i, earlier := range w.steps {
			if earlier.site == next.site && earlier.hostname == next.hostname && trim(earlier.path) == trim(next.path) {
				w.reportLoop(i, at)
				return true
			}
		}
		if w.steps = append(w.steps, next); len(w.steps) > maxHops {
			w.reportLoop(-1, at)
			return true
		}
		if s, hostname, path, ok = w.arrive(string(w.location)); !ok {
			break
		}
	}
	if len(w.steps) > 1 {
		w.reportChain(at)
		return true
	}
	return false
}

// decide does as the filters canonical and redirect do: what becomes of a
// request, and whether a rule leads on. The rule's Location is then in
// w.location.
func (w *walker) decide(s *ruledSite, hostname, path string, at int64) (next step, ok bool) {
	if s.IsProtected(path) {
		return next, false
	}
	var m Match
	if hostname == s.Hostname {
		m, ok = w.search.Find(s.x, hostname, path, at)
	} else if m, ok = w.search.FindForHost(s.x, hostname, path, at); !ok {
		// canonical leads to the primary hostname, and asks again there.
		hostname = s.Hostname
		m, ok = w.search.Find(s.x, hostname, path, at)
	}
	if !ok {
		return next, false
	}
	w.location = AppendLocation(w.location[:0], &m, s.base(), "")
	return step{s, hostname, path, m.Rule.ordinal}, true
}

// leadsTo says whether a Location is where the visitor is, but for the query.
func (s *step) leadsTo(location []byte) bool {
	_, authority, rest := site.SplitURL(viewOf(location))
	rest, ok := strings.CutPrefix(rest, s.path)
	return authority == s.hostname && ok && (rest == "" || rest[0] == '?' || rest[0] == '#')
}

func (s *ruledSite) base() string {
	if s.HTTPS {
		return "https://" + s.Hostname
	}
	return "http://" + s.Hostname
}

// arrive takes a Location apart; ok is false when it leads out of the group.
func (w *walker) arrive(location string) (s *ruledSite, hostname, path string, ok bool) {
	_, authority, rest := site.SplitURL(location)
	hostname, _, _ = strings.Cut(authority, ":")
	if s = w.byHost[hostname]; s == nil {
		return nil, "", "", false
	}
	path, _, _ = strings.Cut(rest, "#")
	path, _, _ = strings.Cut(path, "?")
	if !address.IsCleanPath(path) {
		clean, err := address.AppendPath(nil, path)
		if err != nil {
			return nil, "", "", false
		}
		path = string(clean)
	}
	return s, hostname, path, true
}

// reportLoop reports that the last step leads back to an earlier one; -1 is a
// path that grows with every round. A loop is reported by the first of its
// rules that is followed.
func (w *walker) reportLoop(back int, at int64) {
	if back > 0 && slices.ContainsFunc(w.steps[back:], w.steps[0].sameRule) {
		w.steps, back = w.steps[back:], 0
	}
	if back == 0 && w.known(w.steps) {
		return
	}
	f := Finding{Kind: Loop, Path: w.steps[0].String(), Hops: len(w.steps), At: w.moment(at)}
	f.Rules = w.refs(w.steps)
	switch {
	case back < 0:
		f.Rules = w.refs(w.steps[:1])
		f.Sentence = fmt.Sprintf("%s leads on and on: after %d redirects a visitor has still not arrived, and is at %s.", f.Path, maxHops, clip(w.steps[len(w.steps)-1].String()))
	case len(w.steps) == 1:
		f.Sentence = fmt.Sprintf("%s leads to itself, and so nowhere.", f.Path)
	case back == 0:
		f.Sentence = fmt.Sprintf("%s leads to %s and from there back: a visitor would never arrive.", f.Path, list(w.steps[1:]))
	default:
		f.Sentence = fmt.Sprintf("%s leads into a loop: %s.", f.Path, list(w.steps[back:]))
	}
	w.add(f)
}

func (w *walker) reportChain(at int64) {
	f := Finding{Kind: Chain, Rules: w.refs(w.steps), Path: w.steps[0].String(), Hops: len(w.steps), At: w.moment(at)}
	f.Sentence = fmt.Sprintf("%s reaches %s after %d redirects, by way of %s; it could lead there at once.",
		f.Path, clip(string(w.location)), len(w.steps), list(w.steps[1:]))
	w.add(f)
}

// known says whether a loop of these rules has been reported, and remembers it.
func (w *walker) known(steps []step) bool {
	rules := make([]string, len(steps))
	for i := range steps {
		rules[i] = fmt.Sprint(steps[i].site.ID, " ", steps[i].ordinal)
	}
	slices.Sort(rules)
	key := strings.Join(rules, ",")
	if w.loops[key] {
		return true
	}
	if len(w.loops) < maxLoops {
		w.loops[key] = true
	}
	return false
}

func (s step) sameRule(other step) bool { return s.site == other.site && s.ordinal == other.ordinal }

func (w *walker) refs(steps []step) (refs []RuleRef) {
	for i := range steps {
		r := steps[i].site.x.rule(steps[i].ordinal)
		refs = append(refs, steps[i].site.ref(&r))
	}
	return refs
}

func (w *walker) moment(at int64) time.Time {
	if at == w.now {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

func (s *step) String() string { return s.hostname + strings.ReplaceAll(s.path, sample, "…") }

func list(steps []step) string {
	names := make([]string, 0, 4)
	for i := range steps {
		if i == 3 && len(steps) > 4 {
			names = append(names, fmt.Sprintf("%d more", len(steps)-3))
			break
		}
		names = append(names, clip(steps[i].String()))
	}
	return strings.Join(names, ", ")
}

func clip(s string) string {
	s = strings.ReplaceAll(s, sample, "…")
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
