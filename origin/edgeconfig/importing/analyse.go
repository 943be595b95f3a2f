package importing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Report is what the analysis of an import found.
type Report struct {
	Sites    []SiteCount    `json:"sites,omitempty"`
	Counts   map[string]int `json:"counts,omitempty"`   // of findings, by kind
	Findings []Finding      `json:"findings,omitempty"` // the first of each kind
	Blocking int            `json:"blocking,omitempty"` // findings that keep the import from being applied
	Compared int            `json:"compared,omitempty"` // rules of all sites that were looked at together
}

// SiteCount is what applying would do to one site's rules.
type SiteCount struct {
	Site    string `json:"site"`
	Added   int    `json:"added"`
	Changed int    `json:"changed"`
	Same    int    `json:"same"`
	Removed int    `json:"removed"`
}

// maxFindings is how many findings of a kind are kept; the others are counted.
const maxFindings = 50

// analyse looks at the rules of every site as they would be, and leaves the job ready, with what is to be said of it if
// there is something.
func (m *Importer) analyse(ctx context.Context, id uuid.UUID, p *progress, problem string) error {
	p.done.Store(0)
	p.total.Store(0)
	j, err := m.Job(ctx, id)
	if err != nil {
		return err
	}
	q := dbsqlc.New(m.DB)
	places, err := m.Editor.Places(ctx)
	if err != nil {
		return err
	}
	all, err := m.Editor.AllRules(ctx)
	if err != nil {
		return err
	}
	report, err := m.preview(ctx, q, j)
	if err != nil {
		return err
	}
	lines := map[string]int{}
	if err := m.overlay(ctx, j, all, lines); err != nil {
		return err
	}
	if err := examine(ctx, places, all.Rules, lines, m.Now(), p, &report); err != nil {
		return err
	}
	text, err1 := json.Marshal(report)
	base, err2 := json.Marshal(all.Versions)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("import: the report cannot be stored")
	}
	if err := q.FinishAnalysis(ctx, dbsqlc.FinishAnalysisParams{ID: id, Report: text, Base: base}); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	_, err = m.move(ctx, id, Ready, 0, problem, Analysing)
	return err
}

// preview counts what applying would do.
func (m *Importer) preview(ctx context.Context, q *dbsqlc.Queries, j Job) (Report, error) {
	report := Report{Counts: map[string]int{}}
	rows, err := q.PreviewImport(ctx, j.ID)
	if err != nil {
		return report, fmt.Errorf("import: %w", err)
	}
	var brands []string
	for _, row := range rows {
		brands = append(brands, row.BrandID)
		report.Sites = append(report.Sites, SiteCount{
			Site: row.BrandID, Added: int(row.Added), Changed: int(row.Changed), Same: int(row.Rows - row.Added - row.Changed),
		})
	}
	if j.Mode != Replace {
		return report, nil
	}
	gone, err := q.RedirectsNotImported(ctx, dbsqlc.RedirectsNotImportedParams{ImportID: j.ID, Brands: brands})
	if err != nil {
		return report, fmt.Errorf("import: %w", err)
	}
	counts, err := q.CountRedirectsOf(ctx, gone)
	if err != nil {
		return report, fmt.Errorf("import: %w", err)
	}
	for _, row := range counts {
		if i := slices.IndexFunc(report.Sites, func(s SiteCount) bool { return s.Site == row.BrandID }); i >= 0 {
			report.Sites[i].Removed = int(row.Rules)
		}
	}
	return report, nil
}

// eachRow passes the rules of a job on, with whether each is on.
func (m *Importer) eachRow(ctx context.Context, id uuid.UUID, brand string, take func(line int, brand string, rule site.Redirect, on bool)) error {
	rows, err := m.DB.Query(ctx, `select line, id, brand_id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at, enabled
		from redirect_import_rows where import_id = $1 and ($2 = '' or brand_id = $2) order by line`, id, brand)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	var row dbsqlc.RedirectImportRow
	_, err = pgx.ForEachRow(rows, []any{&row.Line, &row.ID, &row.BrandID, &row.Match, &row.Source, &row.Target, &row.Status, &row.PreserveQuery, &row.PreserveSuffix,
		&row.IncludeSubdomains, &row.StartsAt, &row.EndsAt, &row.Enabled}, func() error {
		rule := site.Redirect{
			ID: row.ID.String(), Match: row.Match, Source: row.Source, Target: row.Target, Status: int(row.Status),
			PreserveQuery: row.PreserveQuery, PreserveSuffix: row.PreserveSuffix, IncludeSubdomains: row.IncludeSubdomains,
		}
		if row.StartsAt != nil {
			rule.StartsAt = *row.StartsAt
		}
		if row.EndsAt != nil {
			rule.EndsAt = *row.EndsAt
		}
		take(int(row.Line), row.BrandID, rule, row.Enabled)
		return nil
	})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// Rules are those of a job that wait to be applied, of one site, without those that are off.
func (m *Importer) Rules(ctx context.Context, id uuid.UUID, brand string) (rules []site.Redirect, err error) {
	err = m.eachRow(ctx, id, brand, func(_ int, _ string, rule site.Redirect, on bool) {
		if on {
			rules = append(rules, rule)
		}
	})
	return rules, err
}

// overlay puts the job's rules in the place of those they would replace, and notes the line of each.
func (m *Importer) overlay(ctx context.Context, j Job, all edgeconfig.AllRules, lines map[string]int) error {
	fresh := map[string][]site.Redirect{}
	taken := map[string]bool{}
	err := m.eachRow(ctx, j.ID, "", func(line int, brand string, rule site.Redirect, on bool) {
		taken[brand+" "+rule.Match+" "+rule.Source] = true
		if _, ok := fresh[brand]; !ok {
			fresh[brand] = nil // a site whose rows are all off is looked at too
		}
		if on && (rule.EndsAt.IsZero() || rule.EndsAt.After(m.Now())) {
			fresh[brand] = append(fresh[brand], rule)
			lines[rule.ID] = line
		}
	})
	if err != nil {
		return err
	}
	for _, brand := range slices.Sorted(maps.Keys(fresh)) {
		stay := all.Rules[brand]
		if j.Mode == Replace {
			stay = nil
		}
		stay = slices.DeleteFunc(stay, func(r site.Redirect) bool { return taken[brand+" "+r.Match+" "+r.Source] })
		all.Rules[brand] = append(stay, fresh[brand]...)
	}
	return nil
}
