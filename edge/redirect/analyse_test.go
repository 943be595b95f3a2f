package redirect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

func analyse(t testing.TB, sites []*site.Site, rules map[string][]site.Redirect) redirect.Report {
	t.Helper()
	var in []redirect.SiteRules
	for _, s := range sites {
		in = append(in, redirect.SiteRules{Site: s, Rules: slices.Values(rules[s.ID])})
	}
	report, err := redirect.Analyse(t.Context(), in, redirect.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAnalyse(t *testing.T) {
	tomorrow, yesterday := now.Add(24*time.Hour), now.Add(-24*time.Hour)
	tests := []struct {
		name  string
		a, b  []site.Redirect
		kinds string // "kind rule,rule"
	}{
		{name: "nothing", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/b"}}},
		{name: "malformed", a: []site.Redirect{{ID: "1", Match: "exact", Source: "a", Target: "/b"}}, kinds: "invalid a:1"},
		{name: "protected", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/checkout/x", Target: "/b"}}, kinds: "protected a:1"},
		{name: "off the hosts", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "https://evil.test/b"}}, kinds: "target-host a:1"},
		{
			name: "duplicate, written otherwise",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/x"}, {ID: "2", Match: "exact", Source: "/%61/", Target: "/y"},
			}, kinds: "duplicate a:2,a:1",
		},
		{name: "the same source on two sites is no duplicate", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/x"}}, b: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/x"}}},
		{
			name: "a season takes the place of the usual",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/x"}, {ID: "2", Match: "exact", Source: "/a", Target: "/y", StartsAt: tomorrow, EndsAt: tomorrow.Add(time.Hour)},
			},
		},
		{
			name: "what started later, for ever",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/x"}, {ID: "2", Match: "exact", Source: "/a", Target: "/y", StartsAt: yesterday},
			}, kinds: "shadowed a:1,a:2",
		},
		{
			name: "a prefix under a pattern of the same",
			a: []site.Redirect{
				{ID: "1", Match: "prefix", Source: "/a", Target: "/x"}, {ID: "2", Match: "pattern", Source: "/a/**", Target: "/y"},
			}, kinds: "shadowed a:1,a:2",
		},
		{
			name: "every hostname, after the primary one",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/x"}, {ID: "2", Match: "exact", Source: "a.example/a", Target: "/y"},
			}, kinds: "shadowed a:1,a:2",
		},
		{name: "ended", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/x", EndsAt: yesterday}}, kinds: "expired a:1"},
		{
			name: "loop of two",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/b"}, {ID: "2", Match: "exact", Source: "/b", Target: "/a/"},
			}, kinds: "loop a:1,a:2",
		},
		{name: "slash added", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/a/"}}},
		{name: "to itself", a: []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/a?x=1"}}, kinds: "loop a:1"},
		{name: "growing", a: []site.Redirect{{ID: "1", Match: "prefix", Source: "/a", Target: "/a/b", PreserveSuffix: true}}, kinds: "loop a:1"},
		{
			name: "loop through the suffix only",
			a: []site.Redirect{
				{ID: "1", Match: "prefix", Source: "/a", Target: "/b", PreserveSuffix: true}, {ID: "2", Match: "prefix", Source: "/b", Target: "/a", PreserveSuffix: true},
				{ID: "3", Match: "exact", Source: "/b", Target: "/end"},
			}, kinds: "chain a:1,a:3; loop a:2,a:1",
		},
		{
			name:  "loop across sites, by an alias",
			a:     []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "http://www.b.example/b"}},
			b:     []site.Redirect{{ID: "2", Match: "pattern", Source: "/*", Target: "http://a.example/a"}},
			kinds: "loop a:1,b:2",
		},
		{
			name: "a loop that begins tomorrow",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/b"}, {ID: "2", Match: "exact", Source: "/b", Target: "/a", StartsAt: tomorrow},
			}, kinds: "loop a:1,a:2",
		},
		{
			name: "a loop that an offer hides until tomorrow",
			a: []site.Redirect{
				{ID: "1", Match: "prefix", Source: "/a", Target: "/b"}, {ID: "2", Match: "exact", Source: "/a", Target: "/offer", EndsAt: tomorrow},
				{ID: "3", Match: "exact", Source: "/b", Target: "/a"},
			}, kinds: "chain a:3,a:2; loop a:1,a:3",
		},
		{
			name: "into a loop",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/a/b"}, {ID: "2", Match: "exact", Source: "/b", Target: "/c"},
				{ID: "3", Match: "exact", Source: "/c", Target: "/b"}, {ID: "4", Match: "exact", Source: "/a/b", Target: "/b"},
			}, kinds: "loop a:1,a:4,a:2,a:3; loop a:2,a:3; loop a:4,a:2,a:3",
		},
		{
			name: "chain",
			a: []site.Redirect{
				{ID: "1", Match: "exact", Source: "/a", Target: "/b"}, {ID: "2", Match: "exact", Source: "/b", Target: "/c"}, {ID: "3", Match: "exact", Source: "/c", Target: "/d"},
			}, kinds: "chain a:1,a:2,a:3; chain a:2,a:3",
		},
		{name: "a whole hostname to itself", a: []site.Redirect{{ID: "1", Match: "host", Source: "a.example", Target: "http://a.example", PreserveSuffix: true}}, kinds: "loop a:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report := analyse(t, group(), map[string][]site.Redirect{"a": test.a, "b": test.b})
			var got []string
			for _, f := range report.Findings {
				var rules []string
				for _, r := range f.Rules {
					rules = append(rules, r.SiteID+":"+r.RuleID)
				}
				got = append(got, string(f.Kind)+" "+strings.Join(rules, ","))
				if !strings.HasSuffix(f.Sentence, ".") || f.Path == "" || f.Severity == "" {
					t.Errorf("finding = %+v", f)
				}
				t.Log(f.Sentence)
			}
			slices.Sort(got)
			if strings.Join(got, "; ") != test.kinds {
				t.Errorf("found %q, want %q", strings.Join(got, "; "), test.kinds)
			}
			blocks := strings.ContainsAny(test.kinds, "l") && (strings.Contains(test.kinds, "loop")) || strings.HasPrefix(test.kinds, "invalid") ||
				strings.HasPrefix(test.kinds, "protected") || strings.HasPrefix(test.kinds, "target") || strings.HasPrefix(test.kinds, "duplicate")
			if report.Blocks() != blocks {
				t.Errorf("Blocks = %v", report.Blocks())
			}
		})
	}
}

// What is found is real, and no loop with an exact rule in it goes unseen: held
// against following every short path by scanning the rules.
func TestAnalyseAgreesWithFollowingEveryPath(t *testing.T) {
	sites, all := group(), paths()
	rapid.Check(t, func(t *rapid.T) {
		n := &naive{sites: sites, rules: map[string][]site.Redirect{}}
		var in []redirect.SiteRules
		moments := []time.Time{now}
		for _, s := range sites {
			for _, r := range drawRules(s, s.RedirectHosts).Draw(t, "rules of "+s.ID) {
				if len(s.CheckRedirect(r)) > 0 {
					continue
				}
				n.rules[s.ID] = append(n.rules[s.ID], r)
				for _, at := range []time.Time{r.StartsAt, r.EndsAt} {
					if at.After(now) {
						moments = append(moments, at)
					}
				}
			}
			in = append(in, redirect.SiteRules{Site: s, Rules: slices.Values(n.rules[s.ID])})
		}
		report, err := redirect.Analyse(context.Background(), in, redirect.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}

		inLoop := map[string]bool{}
		for _, f := range report.Findings {
			at := f.At
			if at.IsZero() {
				at = now
			}
			hostname, path, _ := strings.Cut(strings.ReplaceAll(f.Path, "…", "~any~"), "/")
			met, endless := n.visit(hostname, "/"+path, at)
			switch f.Kind {
			case redirect.Loop:
				for _, r := range f.Rules {
					inLoop[r.RuleID] = true
				}
				if !endless && len(f.Rules) > 1 {
					t.Fatalf("%s: followed, it ends after %d redirects", f.Sentence, len(met))
				}
			case redirect.Chain:
				if endless || len(met) != f.Hops {
					t.Fatalf("%s: followed, it takes %d redirects", f.Sentence, len(met))
				}
			}
		}
		for _, s := range sites {
			for _, hostname := range s.Hostnames() {
				for _, path := range all {
					for _, at := range moments {
						met, endless := n.visit(hostname, path, at)
						if !endless {
							continue
						}
						// The rules from the last round on are the loop's own.
						for _, r := range met[len(met)-1:] {
							if r.Match == "exact" && !inLoop[r.ID] {
								t.Fatalf("%s%s loops through %q at %s, which is not reported: %+v", hostname, path, r.ID, at, report.Findings)
							}
						}
					}
				}
			}
		}
	})
}

func TestAnalyseStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rules := func(yield func(site.Redirect) bool) {
		for i := 0; ; i++ {
			if i == 10_000 {
				cancel()
			}
			if !yield(site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/a/%d", i), Target: "/b"}) {
				return
			}
		}
	}
	_, err := redirect.Analyse(ctx, []redirect.SiteRules{{Site: group()[0], Rules: rules}}, redirect.Options{Now: now})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestAnalyseKeepsSomeFindingsAndCountsAll(t *testing.T) {
	var rules []site.Redirect
	for i := range 5000 {
		rules = append(rules, site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/api/%d", i), Target: "/b"})
	}
	last := 0
	report, err := redirect.Analyse(t.Context(), []redirect.SiteRules{{Site: group()[0], Rules: slices.Values(rules)}},
		redirect.Options{Now: now, Limit: 7, Progress: func(done, _ int) { last = done }})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) != 7 || report.Counts[redirect.Protected] != 5000 || report.Rules != 5000 || last != 0 {
		t.Errorf("%d findings of %v in %d rules, progress ended at %d", len(report.Findings), report.Counts, report.Rules, last)
	}
}
