package importing

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// Finding is something that the analysis noticed about one rule of the file.
type Finding struct {
	Kind     string `json:"kind"`     // redirect.Kind: "loop"
	Severity string `json:"severity"` // redirect.Severity: "error" keeps the file from being applied
	Site     string `json:"site"`
	Line     int    `json:"line,omitempty"`  // of the file; 0: all of it
	Other    int    `json:"other,omitempty"` // the line of the rule that it meets; 0: one that is there already
	Text     string `json:"text"`            // a sentence
}

// tooMany is a finding of our own: a site's rules cannot be compiled.
const tooMany = "too-many"

// examine analyses the rules of all sites together and keeps what concerns rules of the file, named in lines.
func examine(ctx context.Context, places map[string]edgeconfig.Place, rules map[string][]site.Redirect, lines map[string]int, now time.Time, p *progress, report *Report) error {
	var sites []redirect.SiteRules
	for _, brand := range slices.Sorted(maps.Keys(places)) {
		sites = append(sites, redirect.SiteRules{Site: places[brand].Site, Rules: slices.Values(rules[brand])})
	}
	found, err := redirect.Analyse(ctx, sites, redirect.Options{Now: now, Limit: 100_000, Progress: func(done, total int) {
		p.done.Store(int64(done))
		p.total.Store(int64(total))
	}})
	if errors.Is(err, redirect.ErrShapes) || errors.Is(err, redirect.ErrTooMany) {
		report.add(Finding{Kind: tooMany, Severity: string(redirect.Error), Text: strings.TrimPrefix(err.Error(), "redirect: ")})
		return nil
	}
	if err != nil {
		return err
	}
	report.Compared = found.Rules
	for _, f := range found.Findings {
		of := slices.IndexFunc(f.Rules, func(r redirect.RuleRef) bool { return lines[r.RuleID] > 0 })
		if of < 0 {
			continue // it was so before
		}
		one := Finding{Kind: string(f.Kind), Severity: string(f.Severity), Site: f.Rules[of].SiteID, Line: lines[f.Rules[of].RuleID], Text: f.Sentence}
		for i, r := range f.Rules {
			if i != of && lines[r.RuleID] > 0 && one.Other == 0 {
				one.Other = lines[r.RuleID]
			}
		}
		report.add(one)
	}
	rank := map[string]int{string(redirect.Error): 0, string(redirect.Warning): 1, string(redirect.Note): 2}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(rank[a.Severity]-rank[b.Severity], strings.Compare(a.Kind, b.Kind), a.Line-b.Line)
	})
	return nil
}

func (r *Report) add(f Finding) {
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	r.Counts[f.Kind]++
	if f.Severity == string(redirect.Error) {
		r.Blocking++
	}
	if r.Counts[f.Kind] <= maxFindings {
		r.Findings = append(r.Findings, f)
	}
}
