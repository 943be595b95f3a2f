//go:build !tinygo

package redirect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
)

// SiteRules are a site and its rules. Rules is read once, in order;
// Site.Redirects is not looked at.
type SiteRules struct {
	Site  *site.Site
	Rules iter.Seq[site.Redirect]
}

// Options of Analyse.
type Options struct {
	// Now is when the rules would be published; zero is not allowed.
	Now time.Time
	// Limit is how many findings of each kind are kept; 0 is 1000.
	Limit int
	// Progress is told, every few thousand rules, how many have been dealt
	// with. total is 0 while the rules are read, which comes first; then done
	// begins again. Nil: nobody is told.
	Progress func(done, total int)
}

const (
	progressEvery = 4096
	maxMoments    = 64        // times at which every rule is followed
	maxFollowed   = 4_000_000 // rules times moments
)

// Analyse says what is wrong with the rules of a group's sites, which may lead
// to one another. It compiles each site's rules as Build does and follows
// every rule from its own source, as the edge would, through all of them: from
// now on, and at every later moment at which some rule starts or ends, if
// there are few such; otherwise when the rule itself starts.
//
// What is found is real: a visitor who asks for Finding.Path at Finding.At is
// led that way. A loop is found if there is an exact rule in it, or if it
// closes for any one value of the wildcards and suffixes in it as for another.
//
// A million rules take a few seconds and some 400 MB while a site is read, and
// 80 MB afterwards. The error is ctx's, or that of a set which cannot be
// compiled at all.
func Analyse(ctx context.Context, sites []SiteRules, o Options) (Report, error) {
	if o.Now.IsZero() {
		return Report{}, errors.New("redirect: the time to analyse for is missing")
	}
	if o.Limit == 0 {
		o.Limit = 1000
	}
	a := &analysis{
		ctx: ctx, o: o, now: o.Now.UnixMilli(), byHost: map[string]*ruledSite{}, moments: map[int64]bool{},
		report: Report{Counts: map[Kind]int{}},
	}
	for i := range sites {
		if err := a.read(&sites[i]); err != nil {
			return a.report, err
		}
	}
	for _, s := range a.sites {
		a.groups(s)
	}
	return a.report, a.follow()
}

type analysis struct {
	ctx     context.Context
	o       Options
	now     int64
	sites   []*ruledSite
	byHost  map[string]*ruledSite
	moments map[int64]bool // later than now, at which a rule starts or ends
	search  Search
	report  Report
}

// ruledSite is a site with its rules compiled.
type ruledSite struct {
	*site.Site
	x *Index
}

func (a *analysis) add(f Finding) { a.report.add(a.o.Limit, f) }

// read checks each rule by itself and compiles those that can be.
func (a *analysis) read(in *SiteRules) error {
	b := newBuilder(0)
	for r := range in.Rules {
		if a.report.Rules++; a.report.Rules%progressEvery == 0 {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			if a.o.Progress != nil {
				a.o.Progress(a.report.Rules, 0)
			}
		}
		if r.Status == 0 {
			r.Status = statuses[1]
		}
		if f, bad := fault(in.Site, &r); bad {
			a.add(f)
			continue
		}
		if err := b.add(&r); err != nil {
			var refused *RuleError
			if !errors.As(err, &refused) {
				return err
			}
			a.add(Finding{Kind: Invalid, Rules: []RuleRef{{in.Site.ID, r.ID}}, Path: r.Source, Sentence: r.Source + ": " + refused.Problem + "."})
			continue
		}
		a.note(r.StartsAt)
		a.note(r.EndsAt)
	}
	index, err := b.bytes()
	if err != nil {
		return fmt.Errorf("%s: %w", in.Site.ID, err)
	}
	x, err := Open(index)
	if err != nil {
		return err
	}
	s := &ruledSite{in.Site, x}
	a.sites = append(a.sites, s)
	for _, hostname := range in.Site.Hostnames() {
		a.byHost[hostname] = s
	}
	return nil
}

func (a *analysis) note(at time.Time) {
	if !at.IsZero() && at.UnixMilli() > a.now && len(a.moments) <= maxMoments {
		a.moments[at.UnixMilli()] = true
	}
}

// fault is what is wrong with a rule by itself.
func fault(s *site.Site, r *site.Redirect) (f Finding, bad bool) {
	f = Finding{Rules: []RuleRef{{s.ID, r.ID}}, Path: r.Source}
	_, path := site.SplitSource(r)
	if path != "" && s.IsProtected(path) {
		f.Kind, f.Sentence = Protected, path+" is protected: no redirect may stand there."
		return f, true
	}
	if _, authority, _ := site.SplitURL(r.Target); authority != "" {
		hostname, _, _ := strings.Cut(authority, ":")
		if !s.AllowsTarget(hostname) {
			f.Kind, f.Sentence = TargetHost, fmt.Sprintf("%s leads to %s, which is not among the hosts that %s may redirect to.", r.Source, hostname, s.Name)
			return f, true
		}
	}
	if faults := s.CheckRedirect(*r); len(faults) > 0 {
		f.Kind, f.Sentence = Invalid, fmt.Sprintf("%s: the %s %s.", r.Source, faults[0].Field, faults[0].Problem)
		return f, true
	}
	return f, false
}

// groups looks at the rules that have a source in common, and at what always
// wins over one.
func (a *analysis) groups(s *ruledSite) {
	a.search.lookUp(s.x, s.Hostname)
	primary := slices.Clone(a.search.hosts[:a.search.named])
	var key []byte
	for first := 0; first < s.x.rules; {
		end := first
		for s.x.rule(end).more && end+1 < s.x.rules {
			end++
		}
		key = s.x.appendKey(key[:0], first)
		var before []Rule
		for i := first; i <= end; i++ {
			r := s.x.rule(i)
			a.judge(s, &r, string(key), before, primary)
			before = append(before, r)
		}
		first = end + 1
	}
}

// judge says whether a rule is ever used from now on. before are those of the
// same source that win over it.
func (a *analysis) judge(s *ruledSite, r *Rule, key string, before []Rule, primary []uint16) {
	if r.ends <= a.now {
		a.add(Finding{
			Kind: Expired, Rules: []RuleRef{s.ref(r)}, Path: s.source(r, key),
			Sentence: fmt.Sprintf("%s ended on %s.", s.source(r, key), day(r.ends)),
		})
		return
	}
	for i := range before {
		if before[i].starts == r.starts && before[i].ends == r.ends {
			a.add(Finding{
				Kind: Duplicate, Rules: []RuleRef{s.ref(r), s.ref(&before[i])}, Path: s.source(r, key),
				Sentence: fmt.Sprintf("Two rules have the source %s and the same times; only the first would ever be used.", s.source(r, key)),
			})
			return
		}
	}
	rivals := slices.Clone(before)
	if r.kind == prefix {
		rivals = append(rivals, s.group(hashString(hashString(fnvOffset, key), "/**"), pattern, r.host, key+"/**")...)
	}
	if r.host == 0 {
		for _, h := range primary {
			rivals = append(rivals, s.group(hashString(fnvOffset, key), r.kind, h, key)...)
			rivals = append(rivals, s.group(fnvOffset, host, h, "")...)
		}
	}
	if winner := covered(max(r.starts, a.now), r.ends, rivals); winner != nil {
		a.add(Finding{
			Kind: Shadowed, Rules: []RuleRef{s.ref(r), s.ref(winner)}, Path: s.source(r, key),
			Sentence: fmt.Sprintf("%s is never used from now on: a rule with the source %s always wins over it.",
				s.source(r, key), s.source(winner, string(s.x.appendKey(nil, winner.ordinal)))),
		})
	}
}

// group lists the rules with a key.
func (s *ruledSite) group(path uint64, k kind, h uint16, want string) (rules []Rule) {
	for i := s.x.probe(path, k, h, want); i >= 0 && i < s.x.rules; i++ {
		r := s.x.rule(i)
		rules = append(rules, r)
		if !r.more {
			break
		}
	}
	return rules
}

// covered says whether, at every moment from one to another, one of the rules
// is in force, and returns the first of those.
func covered(from, to int64, rules []Rule) (winner *Rule) {
	for from < to {
		next := from
		for i := range rules {
			if r := &rules[i]; r.starts <= from && r.ends > next {
				if next = r.ends; winner == nil {
					winner = r
				}
			}
		}
		if next == from {
			return nil
		}
		from = next
	}
	return winner
}

func (s *ruledSite) ref(r *Rule) RuleRef { return RuleRef{s.ID, string(r.AppendID(nil))} }

// source is a rule's source as people write it.
func (s *ruledSite) source(r *Rule, key string) string {
	hostname := s.x.hostName(r.host)
	if r.kind == host {
		return strings.TrimPrefix(hostname, ".")
	}
	if key == "" {
		key = "/"
	}
	return strings.TrimPrefix(hostname, ".") + key
}

func day(unixMilli int64) string {
	if unixMilli == math.MaxInt64 || unixMilli == math.MinInt64 {
		return "no day"
	}
	return time.UnixMilli(unixMilli).UTC().Format("2 January 2006 at 15:04 UTC")
}
