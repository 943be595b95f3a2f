package redirect_test

import (
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// naive is the edge's redirecting as a scan over all rules, written from the
// package's documentation and not from its code.
type naive struct {
	sites []*site.Site
	rules map[string][]site.Redirect // by site ID
}

func (n *naive) siteOf(hostname string) *site.Site {
	for _, s := range n.sites {
		if slices.Contains(s.Hostnames(), hostname) {
			return s
		}
	}
	return nil
}

// specificity orders the rules that fit a request: element by element, the
// larger wins. ok is false for one that does not fit.
func specificity(r site.Redirect, hostname, path string, now time.Time) (rank []int, ok bool) {
	if now.Before(r.StartsAt) && !r.StartsAt.IsZero() || !r.EndsAt.IsZero() && !now.Before(r.EndsAt) {
		return nil, false
	}
	named, source := site.SplitSource(&r)
	onHost := 0
	switch {
	case named == "":
	case named == hostname && !r.IncludeSubdomains:
		onHost = 1 << 20
	case r.IncludeSubdomains && (named == hostname || strings.HasSuffix(hostname, "."+named)):
		onHost = len(named)
	default:
		return nil, false
	}
	names := 0
	if named != "" {
		names = 1
	}
	if r.Match == site.MatchHost {
		return []int{names, 0, 0, 0, 0, 0, 0, onHost}, true
	}
	r.Source = source
	at := rank1(r, path)
	if at == nil {
		return nil, false
	}
	return append(append([]int{names}, at...), onHost), true
}

// rank1 is what the path alone counts for: class, literals, pattern, no rest,
// length, and how early the literals stand.
func rank1(r site.Redirect, path string) []int {
	source, segments := segmentsOf(r.Source), segmentsOf(path)
	switch r.Match {
	case site.MatchExact:
		if slices.Equal(source, segments) {
			return []int{2, 0, 0, 0, 0, 0}
		}
	case site.MatchPrefix:
		if len(source) <= len(segments) && slices.Equal(source, segments[:len(source)]) {
			return []int{1, len(source), 0, 0, 0, 0}
		}
	case site.MatchPattern:
		literals, ok := fits(source, segments)
		if !ok {
			return nil
		}
		noRest, early := 1, 0
		if slices.Contains(source, "**") {
			source, noRest = source[:len(source)-1], 0
		}
		for i, s := range source {
			if s != "*" {
				early |= 1 << (20 - i)
			}
		}
		return []int{1, literals, 1, noRest, len(source), early}
	}
	return nil
}

// find is the rule that wins, by scanning.
func (n *naive) find(s *site.Site, hostname, path string, now time.Time) (best site.Redirect, ok bool) {
	var bestRank []int
	for _, r := range n.rules[s.ID] {
		rank, fits := specificity(r, hostname, path, now)
		if !fits || hostname != s.Hostname && rank[0] == 0 {
			continue
		}
		if c := slices.Compare(rank, bestRank); !ok || c > 0 || c == 0 && r.StartsAt.After(best.StartsAt) {
			best, bestRank, ok = r, rank, true
		}
	}
	return best, ok
}

// visit follows a request and returns the rules it met; endless says that it
// came back to where it had been, or did not arrive within 20 redirects.
func (n *naive) visit(hostname, path string, now time.Time) (met []site.Redirect, endless bool) {
	seen := map[string]bool{}
	for {
		s := n.siteOf(hostname)
		if s == nil || s.IsProtected(path) {
			return met, false
		}
		r, ok := n.find(s, hostname, path, now)
		if !ok && hostname != s.Hostname {
			hostname = s.Hostname
			r, ok = n.find(s, hostname, path, now)
		}
		if !ok {
			return met, false
		}
		location := n.location(s, r, hostname, path)
		_, authority, rest := site.SplitURL(location)
		if authority == hostname && rest == path {
			return met, false // the edge passes it over
		}
		if met = append(met, r); seen[hostname+path] || len(met) > 20 {
			return met, true
		}
		seen[hostname+path] = true
		clean, err := address.AppendPath(nil, rest)
		if err != nil {
			return met, false
		}
		hostname, path = authority, string(clean)
	}
}

// location is where one rule by itself leads.
func (n *naive) location(s *site.Site, r site.Redirect, hostname, path string) string {
	index, err := redirect.Build([]site.Redirect{r})
	if err != nil {
		panic(err)
	}
	x, err := redirect.Open(index)
	if err != nil {
		panic(err)
	}
	m, _ := x.Find(hostname, path, n.inForce(r))
	return string(redirect.AppendLocation(nil, &m, "http://"+s.Hostname, ""))
}

func (n *naive) inForce(r site.Redirect) int64 {
	if r.StartsAt.IsZero() {
		return 0
	}
	return r.StartsAt.UnixMilli()
}

// drawRules draws rules for a site that often meet one another.
func drawRules(s *site.Site, hosts []string) *rapid.Generator[[]site.Redirect] {
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) site.Redirect {
		r := site.Redirect{Match: rapid.SampledFrom([]string{"exact", "exact", "prefix", "pattern", "host"}).Draw(t, "match"), Status: 302}
		r.PreserveSuffix = rapid.Bool().Draw(t, "suffix")
		source := rapid.SampledFrom(append([]string{"", "", ""}, s.Hostnames()...)).Draw(t, "host")
		if r.IncludeSubdomains = source != "" && rapid.Bool().Draw(t, "subdomains"); r.IncludeSubdomains && rapid.Bool().Draw(t, "domain") {
			source = "example"
		}
		wildcards := 0
		if r.Match == "host" {
			if source == "" {
				source = s.Hostname
			}
		} else {
			segments := rapid.SliceOfN(name, 0, 3).Draw(t, "segments")
			if r.Match == "pattern" {
				for i := range segments {
					if rapid.Bool().Draw(t, "wild") {
						segments[i] = "*"
						wildcards++
					}
				}
				if rapid.Bool().Draw(t, "rest") || wildcards == 0 {
					segments = append(segments, "**")
					wildcards++
				}
			}
			source += "/" + strings.Join(segments, "/")
		}
		r.Source = source
		target := rapid.SliceOfN(name, 0, 3).Draw(t, "target")
		if wildcards > 0 && rapid.Bool().Draw(t, "captured") {
			target = append(target, "$1")
		}
		r.Target = "/" + strings.Join(target, "/")
		if rapid.IntRange(0, 3).Draw(t, "away") == 0 {
			r.Target = "http://" + rapid.SampledFrom(hosts).Draw(t, "target host") + r.Target
		}
		if rapid.IntRange(0, 3).Draw(t, "timed") == 0 {
			r.StartsAt = now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "starts")) * time.Hour)
			r.EndsAt = r.StartsAt.Add(time.Duration(rapid.IntRange(1, 3).Draw(t, "lasts")) * time.Hour)
		}
		r.ID = strings.Join([]string{s.ID, r.Match, r.Source, r.StartsAt.Format("15"), r.EndsAt.Format("15")}, " ")
		if r.IncludeSubdomains {
			r.ID += " and below"
		}
		return r
	}), 0, 8, func(r site.Redirect) string {
		return r.Match + r.Source + r.StartsAt.String() + map[bool]string{true: "+"}[r.IncludeSubdomains]
	})
}

// group is two sites that may lead to one another.
func group() []*site.Site {
	hosts := []string{"a.example", "b.example", "old-a.example", "www.b.example"}
	return []*site.Site{
		{ID: "a", Name: "A", Hostname: hosts[0], Aliases: []string{hosts[2]}, RedirectHosts: hosts},
		{ID: "b", Name: "B", Hostname: hosts[1], Aliases: []string{hosts[3]}, RedirectHosts: hosts},
	}
}

// paths are all of up to three segments, and some longer.
func paths() []string {
	list, last := []string{"/"}, []string{""}
	for range 3 {
		var next []string
		for _, p := range last {
			for _, name := range []string{"a", "b", "c", "z"} {
				next = append(next, p+"/"+name)
			}
		}
		list = append(list, next...)
		last = next
	}
	return append(list, "/a/b/c/a", "/b/b/z/z/z")
}
