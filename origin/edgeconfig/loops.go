package edgeconfig

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	maxHops     = 12
	maxPatterns = 5000 // of one site, looked at when following a rule
	maxMoments  = 20   // at which one rule is followed
	maxFollowed = 500  // rules of one change; an import of more has been through an analysis
)

// findLoops refuses rules that lead visitors back to where they came from, through rules of whichever site. It follows
// each rule through the few rules that could answer at every step, so that it costs the same with a million of them.
// Of very many that come back with a rollback it follows the first maxFollowed, and the rest are taken to be as good as
// they were: a circle that they close with rules made since is found by the next import's dry run, over all sites.
func (e *Editor) findLoops(ctx context.Context, q *dbsqlc.Queries, b dbsqlc.Brand, rules []Redirect) error {
	if len(rules) > maxFollowed {
		rules = rules[:maxFollowed]
	}
	var t *trail
	for _, r := range rules {
		if r.State(e.Now()) == StateOff {
			continue
		}
		if t == nil {
			var err error
			if t, err = e.newTrail(ctx, q); err != nil {
				return err
			}
		}
		// The rules on its way may begin later: it is followed again at each such moment.
		t.later = nil
		at := e.Now()
		if r.StartsAt.After(at) {
			at = r.StartsAt
		}
		for range maxMoments {
			hops, loop, err := t.follow(ctx, b.ID, r, at)
			if err != nil {
				return err
			}
			if loop {
				return Loop{Hops: hops}
			}
			next, ok := t.next(at)
			if !ok || !r.EndsAt.IsZero() && !next.Before(r.EndsAt) {
				break
			}
			at = next
		}
	}
	return nil
}

// Loop is refused because a visitor would be sent round in a circle.
type Loop struct{ Hops []string } // addresses, the last one being one of the others

func (l Loop) Error() string {
	return "visitors would be sent in a circle: " + strings.Join(l.Hops, " → ")
}

// As lets errors.As find a Refused.
func (l Loop) As(target any) bool {
	if refused, ok := target.(*Refused); ok {
		*refused = Refused{l.Error()}
		return true
	}
	return false
}

// trail follows redirects from site to site.
type trail struct {
	q        *dbsqlc.Queries
	scheme   string
	byHost   map[string]string // brand of each hostname
	primary  map[string]string // hostname of each brand
	patterns map[string][]site.Redirect
	later    []time.Time // when rules that were met and have not begun will
}

// next is the first of the later moments after at.
func (t *trail) next(at time.Time) (first time.Time, ok bool) {
	for _, moment := range t.later {
		if moment.After(at) && (!ok || moment.Before(first)) {
			first, ok = moment, true
		}
	}
	return first, ok
}

func (e *Editor) newTrail(ctx context.Context, q *dbsqlc.Queries) (*trail, error) {
	brands, err := q.ListBrands(ctx)
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	t := &trail{q: q, scheme: "http", byHost: map[string]string{}, primary: map[string]string{}, patterns: map[string][]site.Redirect{}}
	if e.Settings.HTTPS {
		t.scheme = "https"
	}
	for _, b := range brands {
		t.primary[b.ID] = b.ID + "." + e.Settings.Domain
		t.byHost[t.primary[b.ID]] = b.ID
		if b.IsGroup {
			for _, alias := range e.Settings.GroupAliases {
				t.byHost[alias] = b.ID
			}
		}
	}
	return t, nil
}

// follow takes the addresses that a visitor sees who enters by a rule at an instant.
func (t *trail) follow(ctx context.Context, brandID string, r Redirect, now time.Time) (hops []string, loop bool, err error) {
	rule := r.Edge()
	host, path := site.SplitSource(&rule)
	if host == "" {
		host = t.primary[brandID]
	}
	// Any segment will do for a wildcard; one that no rule has keeps others from matching by accident.
	path = strings.ReplaceAll(strings.ReplaceAll(path, "**", "any/where"), "*", "any")
	if clean, err := address.AppendPath(nil, path); err == nil {
		path = string(clean)
	}
	if path == "" {
		path = "/"
	}
	seen := map[string]bool{}
	for range maxHops {
		at := host + path
		hops = append(hops, at)
		if seen[strings.TrimSuffix(at, "/")] {
			return hops, true, nil
		}
		seen[strings.TrimSuffix(at, "/")] = true
		location, err := t.step(ctx, host, path, now)
		if err != nil || location == "" {
			return hops, false, err
		}
		_, authority, rest := site.SplitURL(location)
		host, _, _ = strings.Cut(authority, ":")
		path, _, _ = strings.Cut(rest, "#")
		path, _, _ = strings.Cut(path, "?")
		if t.byHost[host] == "" {
			return append(hops, location), false, nil
		}
	}
	return hops, true, nil
}

// step is where an address leads, "" when it is answered.
func (t *trail) step(ctx context.Context, host, path string, now time.Time) (string, error) {
	brandID := t.byHost[host]
	rows, err := t.q.ListRedirectsFrom(ctx, dbsqlc.ListRedirectsFromParams{BrandID: brandID, Sources: sourcesFor(host, path)})
	if err != nil {
		return "", fmt.Errorf("redirects: %w", err)
	}
	patterns, known := t.patterns[brandID]
	if !known {
		rows, err := t.q.ListPatternRedirects(ctx, dbsqlc.ListPatternRedirectsParams{BrandID: brandID, Most: maxPatterns})
		if err != nil {
			return "", fmt.Errorf("redirects: %w", err)
		}
		for _, row := range rows {
			patterns = append(patterns, fromRow(row).Edge())
		}
		t.patterns[brandID] = patterns
	}
	candidates := append([]site.Redirect(nil), patterns...)
	for _, row := range rows {
		if row.Enabled && row.Match != site.MatchPattern {
			candidates = append(candidates, fromRow(row).Edge())
		}
	}
	for _, c := range candidates {
		if c.StartsAt.After(now) && !slices.ContainsFunc(t.later, c.StartsAt.Equal) {
			t.later = append(t.later, c.StartsAt)
		}
	}
	compiled, err := redirect.Build(candidates)
	if err != nil {
		return "", refuse("%s", err)
	}
	index, err := redirect.Open(compiled)
	if err != nil {
		return "", fmt.Errorf("redirects: %w", err)
	}
	match, ok := index.Find(host, path, now.UnixMilli())
	if !ok {
		return "", nil
	}
	base := t.scheme + "://" + t.primary[brandID]
	return string(redirect.AppendLocation(nil, &match, base, "")), nil
}

// sourcesFor lists the sources, as people may have written them, of rules other than patterns that could match.
func sourcesFor(host, path string) []string {
	hosts := []string{"", host}
	for domain := host; strings.Contains(domain, "."); { // rules that include subdomains
		_, domain, _ = strings.Cut(domain, ".")
		hosts = append(hosts, domain)
	}
	sources := slices.Clone(hosts[1:])
	add := func(p string) {
		for _, h := range hosts {
			sources = append(sources, h+p)
			if p != "/" {
				sources = append(sources, h+p+"/")
			}
		}
	}
	path = strings.TrimSuffix(path, "/")
	add("/")
	for i := 1; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			add(path[:i])
		}
	}
	return sources
}
