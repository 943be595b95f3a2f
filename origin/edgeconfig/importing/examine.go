package importing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// Kinds of findings.
const (
	Loop      = "loop"      // visitors would go round in a circle; blocks
	TooMany   = "too-many"  // a site's rules cannot be compiled; blocks
	Duplicate = "duplicate" // another rule has the same source, written differently
	Shadowed  = "shadowed"  // another rule wins
	Chain     = "chain"     // the target is redirected again
)

// Finding is something that the analysis noticed about one rule of the file.
type Finding struct {
	Kind   string `json:"kind"`
	Site   string `json:"site"`
	Line   int    `json:"line,omitempty"`
	Source string `json:"source,omitempty"`
	Text   string `json:"text"`
	Blocks bool   `json:"blocks,omitempty"`
}

func (r *Report) add(f Finding) {
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	r.Counts[f.Kind]++
	if f.Blocks {
		r.Blocking++
	}
	if r.Counts[f.Kind] <= maxFindings {
		r.Findings = append(r.Findings, f)
	}
}

const (
	maxHops = 10
	maxKV   = 25 << 20 // bytes that one compiled index may have
	// anySegment stands for a wildcard or for what follows a prefix. No marketer has a page of that name.
	anySegment = "~any~"
)

// group is the rules of all sites, compiled.
type group struct {
	places  map[string]edgeconfig.Place
	byHost  map[string]string // brand
	indexes map[string]*redirect.Index
	search  redirect.Search
	sources map[string]site.Redirect // by ID
}

// examine follows each rule of the file, named in lines, through the rules of all sites.
func examine(ctx context.Context, places map[string]edgeconfig.Place, rules map[string][]site.Redirect, lines map[string]int, now time.Time, report *Report) error {
	g := &group{places: places, byHost: map[string]string{}, indexes: map[string]*redirect.Index{}, sources: map[string]site.Redirect{}}
	for brand, place := range places {
		for _, host := range place.Site.Hostnames() {
			g.byHost[host] = brand
		}
	}
	for brand, list := range rules {
		if problem, err := g.compile(brand, list); err != nil {
			return err
		} else if problem != "" {
			report.add(Finding{Kind: TooMany, Site: brand, Text: problem, Blocks: true})
		}
	}
	for brand, list := range rules {
		same := map[string]site.Redirect{}
		for _, r := range list {
			g.sources[r.ID] = r
			key := canonical(r)
			first, twice := same[key]
			if same[key] = r; !twice {
				continue
			}
			for _, one := range [][2]site.Redirect{{r, first}, {first, r}} {
				if lines[one[0].ID] > 0 {
					report.add(Finding{Kind: Duplicate, Site: brand, Line: lines[one[0].ID], Source: one[0].Source,
						Text: fmt.Sprintf("is the same address as %s%s", one[1].Source, atLine(lines[one[1].ID]))})
					break
				}
			}
		}
	}
	checked := 0
	for brand, list := range rules {
		for _, r := range list {
			if lines[r.ID] == 0 || g.indexes[brand] == nil {
				continue
			}
			if checked++; checked%1000 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			g.follow(brand, r, lines, now, report)
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		if a.Blocks != b.Blocks {
			if a.Blocks {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Kind, b.Kind), a.Line-b.Line)
	})
	return nil
}

func (g *group) compile(brand string, rules []site.Redirect) (problem string, err error) {
	compiled, err := redirect.Build(rules)
	var wrong *redirect.RuleError
	switch {
	case errors.Is(err, redirect.ErrShapes), errors.Is(err, redirect.ErrTooMany), errors.As(err, &wrong):
		return strings.TrimPrefix(err.Error(), "redirect: "), nil
	case err != nil:
		return "", err
	case len(compiled) > maxKV:
		return fmt.Sprintf("its %d rules take %d MiB when compiled, and a site may have %d MiB", len(rules), len(compiled)>>20, maxKV>>20), nil
	}
	g.indexes[brand], err = redirect.Open(compiled)
	return "", err
}

// follow goes where a visitor goes who enters by a rule.
func (g *group) follow(brand string, r site.Redirect, lines map[string]int, now time.Time, report *Report) {
	if r.StartsAt.After(now) {
		now = r.StartsAt
	}
	place := g.places[brand]
	host, path := site.SplitSource(&r)
	if host == "" {
		host = place.Site.Hostname
	}
	path = sample(r.Match, path)
	seen := map[string]bool{}
	var hops []string
	for {
		at := host + path
		hops = append(hops, at)
		if key := strings.TrimSuffix(at, "/"); seen[key] {
			report.add(Finding{Kind: Loop, Site: brand, Line: lines[r.ID], Source: r.Source, Blocks: true,
				Text: "sends visitors in a circle: " + shown(hops)})
			return
		} else {
			seen[key] = true
		}
		index := g.indexes[g.byHost[host]]
		if index == nil || len(hops) > maxHops {
			break
		}
		match, ok := g.search.Find(index, host, path, now.UnixMilli())
		if !ok {
			break
		}
		winner := string(match.Rule.AppendID(nil))
		if len(hops) == 1 && winner != r.ID {
			other := g.sources[winner]
			report.add(Finding{Kind: Shadowed, Site: brand, Line: lines[r.ID], Source: r.Source,
				Text: fmt.Sprintf("is passed over: %s%s wins there", other.Source, atLine(lines[winner]))})
			return
		}
		doc := g.places[g.byHost[host]].Site
		scheme := "http://"
		if doc.HTTPS {
			scheme = "https://"
		}
		location := string(redirect.AppendLocation(nil, &match, scheme+doc.Hostname, ""))
		_, authority, rest := site.SplitURL(location)
		host, _, _ = strings.Cut(authority, ":")
		path, _, _ = strings.Cut(rest, "#")
		path, _, _ = strings.Cut(path, "?")
		if doc.IsProtected(path) && g.byHost[host] == g.byHost[doc.Hostname] {
			hops = append(hops, host+path)
			break
		}
	}
	if len(hops) > 2 {
		report.add(Finding{Kind: Chain, Site: brand, Line: lines[r.ID], Source: r.Source,
			Text: fmt.Sprintf("takes %d hops: %s", len(hops)-1, shown(hops))})
	}
}

// sample is a path that a source matches.
func sample(match, path string) string {
	switch match {
	case site.MatchHost:
		return "/" + anySegment
	case site.MatchPrefix:
		path = strings.TrimSuffix(path, "/") + "/" + anySegment
	case site.MatchPattern:
		path = strings.ReplaceAll(strings.ReplaceAll(path, "**", anySegment+"/"+anySegment), "*", anySegment)
	}
	if clean, err := address.AppendPath(nil, path); err == nil {
		path = string(clean)
	}
	return path
}

// canonical is a source in the form in which the edge compares it.
func canonical(r site.Redirect) string {
	host, path := site.SplitSource(&r)
	if clean, err := address.AppendPath(nil, path); err == nil {
		path = string(clean)
	}
	return fmt.Sprintf("%s %t %s %s %d", r.Match, r.IncludeSubdomains, host, strings.TrimSuffix(path, "/"), r.StartsAt.UnixMilli())
}

func atLine(n int) string {
	if n == 0 {
		return " (there already)"
	}
	return fmt.Sprintf(" (line %d)", n)
}

func shown(hops []string) string {
	for i := range hops {
		hops[i] = strings.ReplaceAll(hops[i], anySegment, "…")
	}
	return strings.Join(hops, " → ")
}
