package importing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestAnExportImportsToTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		text := rapid.StringOfN(rapid.RuneFrom([]rune(`abé ,;"'=+-@ 	`+"\n\r")), 0, 12, 400)
		for i := range rapid.IntRange(1, 8).Draw(r, "rules") {
			rule := edgeconfig.Redirect{
				Site:   rapid.SampledFrom([]string{"lyceum", "shubert"}).Draw(r, "site"),
				Source: fmt.Sprintf("/r%d/%d", round, i), Target: rapid.SampledFrom([]string{"/x", "https://box-office.example/?a=1,2"}).Draw(r, "target"),
				Match:  rapid.SampledFrom([]string{"exact", "prefix"}).Draw(r, "match"),
				Status: rapid.SampledFrom([]int{301, 302, 307, 308}).Draw(r, "status"), PreserveQuery: rapid.Bool().Draw(r, "query"),
				PreserveSuffix: rapid.Bool().Draw(r, "suffix"), Disabled: rapid.Bool().Draw(r, "disabled"), Note: text.Draw(r, "note"),
			}
			if rapid.Bool().Draw(r, "timed") {
				rule.StartsAt = now.Add(time.Duration(rapid.Int64Range(1, 1e15).Draw(r, "start"))).Truncate(time.Microsecond)
				rule.EndsAt = rule.StartsAt.Add(time.Hour)
			}
			if _, err := d.editor.AddRedirect(t.Context(), "ana", rule); err != nil {
				r.Fatal(err)
			}
		}
		before := d.export(t)
		versions := d.count(t, "select count(*) from redirect_versions")
		j := d.apply(t, d.upload(t, importing.Replace, before))
		if j.State != importing.Applied || j.Problem != "" {
			r.Fatalf("%+v", j)
		}
		if after := d.export(t); after != before || d.count(t, "select count(*) from redirect_versions") != versions {
			r.Fatalf("the rules changed:\n%s\n%s", before, after)
		}
	})
}

func TestMergeAndReplace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	add := func(site, source string) {
		if _, err := d.editor.AddRedirect(t.Context(), "ana", edgeconfig.Redirect{Site: site, Source: source, Target: "/x", PreserveQuery: true, PreserveSuffix: true}); err != nil {
			t.Fatal(err)
		}
	}
	add("lyceum", "/same")
	add("lyceum", "/changed")
	add("lyceum", "/left")
	add("shubert", "/other")
	file := "site,source,target\nlyceum,/same,/x\nlyceum,/changed,/y\nlyceum,/new,/x\n"
	j := d.upload(t, importing.Replace, file)
	if want := []importing.SiteCount{{Site: "lyceum", Added: 1, Changed: 1, Same: 1, Removed: 1}}; !slices.Equal(j.Report.Sites, want) {
		t.Errorf("dry run: %+v", j.Report.Sites)
	}
	if n := d.count(t, "select count(*) from redirects"); n != 4 {
		t.Errorf("a dry run left %d rules", n)
	}
	j = d.apply(t, j)
	if len(j.Made) != 1 || j.Made[0].Added != 1 || j.Made[0].Changed != 1 || j.Made[0].Removed != 1 || j.Made[0].Total != 3 || d.published != 1 {
		t.Errorf("made %+v, published %d times", j.Made, d.published)
	}
	if got := d.export(t); strings.Contains(got, "/left") || !strings.Contains(got, "/other") || !strings.Contains(got, "/changed,/y") {
		t.Errorf("rules: %s", got)
	}
	if _, err := d.editor.Rollback(t.Context(), "ben", "lyceum", 3); err != nil {
		t.Fatal(err)
	}
	if got := d.export(t); !strings.Contains(got, "/left") || !strings.Contains(got, "/changed,/x") || strings.Contains(got, "/new") {
		t.Errorf("rolled back: %s", got)
	}
}

func TestTheDryRunLooksAcrossAllSites(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, r := range []edgeconfig.Redirect{
		{Site: "shubert", Source: "/b", Target: "http://lyceum.localhost/a"},
		{Site: "lyceum", Source: "/dup", Target: "/x"},
		{Site: "lyceum", Source: "lyceum.localhost/wins", Target: "/x"},
		{Site: "lyceum", Source: "/next", Target: "/last"},
	} {
		if _, err := d.editor.AddRedirect(t.Context(), "ana", r); err != nil {
			t.Fatal(err)
		}
	}
	j := d.upload(t, importing.Merge, "site,source,target\nlyceum,/a,http://shubert.localhost/b\nlyceum,/dup/,/y\nlyceum,/wins,/y\nlyceum,/first,/next\n")
	if j.State != importing.Ready || j.Report.Blocking != 2 || j.Report.Compared != 8 {
		t.Fatalf("%+v", j)
	}
	kinds := map[string]importing.Finding{}
	for _, f := range j.Report.Findings {
		kinds[f.Kind] = f
	}
	for kind, want := range map[redirect.Kind]struct {
		line int
		text string
	}{
		redirect.Loop: {2, "shubert.localhost/b"}, redirect.Duplicate: {3, "/dup"}, redirect.Shadowed: {4, "lyceum.localhost/wins"}, redirect.Chain: {5, "/last"},
	} {
		if f := kinds[string(kind)]; f.Line != want.line || !strings.Contains(f.Text, want.text) {
			t.Errorf("%s: %+v", kind, f)
		}
	}
	var refused edgeconfig.Refused
	if err := d.Apply(t.Context(), "ana", j.ID); !errors.As(err, &refused) {
		t.Errorf("a loop was applied: %v", err)
	}
	if _, err := d.editor.AddRedirect(t.Context(), "ana", edgeconfig.Redirect{Site: "lyceum", Source: "/a", Target: "http://shubert.localhost/b"}); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("one rule that closes the circle: %v", err)
	}
}

func TestRulesThatChangedMeanwhileAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	j := d.upload(t, importing.Merge, "site,source,target\nlyceum,/a,http://shubert.localhost/b\n")
	if _, err := d.editor.AddRedirect(t.Context(), "ben", edgeconfig.Redirect{Site: "shubert", Source: "/b", Target: "http://lyceum.localhost/a"}); err != nil {
		t.Fatal(err)
	}
	j = d.apply(t, j)
	if j.State != importing.Ready || j.Report.Blocking != 1 || !strings.Contains(j.Problem, "meanwhile") {
		t.Fatalf("%+v", j)
	}
	if n := d.count(t, "select count(*) from redirects"); n != 1 {
		t.Errorf("%d rules", n)
	}
}

func TestACancelledImportLeavesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	j := d.upload(t, importing.Merge, big(20_000))
	// Whoever holds the site's rules keeps the import waiting, so that it is cancelled in the middle.
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.WithoutCancel(t.Context()))
	if _, err := tx.Exec(t.Context(), "insert into redirects (id, brand_id, match, source, target, status, created_by) values (gen_random_uuid(), 'lyceum', 'exact', '/r/9000', '/', 302, 'test')"); err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(t.Context(), "ana", j.ID); err != nil {
		t.Fatal(err)
	}
	d.comeAlong(t, j.ID)
	if err := d.Cancel(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	if j = d.rest(t, j.ID); j.State != importing.Cancelled {
		t.Errorf("%+v", j)
	}
	for _, table := range []string{"redirects", "redirect_versions", "redirect_history", "redirect_import_rows", "staff_audit"} {
		if n := d.count(t, "select count(*) from "+table); n > 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// big is a file of rules for lyceum.
func big(rules int) string {
	var b strings.Builder
	b.WriteString("site,source,target,status\n")
	for i := range rules {
		fmt.Fprintf(&b, "lyceum,/r/%d,/shows/%d,301\n", i, i%977)
	}
	return b.String()
}

const killMe = "STAGEDOOR_TEST_IMPORT"

// TestImportingProcess is the process that the next test kills while it applies. By itself it does nothing.
func TestImportingProcess(t *testing.T) {
	address, id, found := strings.Cut(os.Getenv(killMe), " ")
	if !found {
		return
	}
	db, err := postgres.Open(t.Context(), address, postgres.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m := importing.New(importing.Config{DB: db, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Editor: &edgeconfig.Editor{DB: db, Now: time.Now,
		Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "main", BaseURL: "http://127.0.0.1:8788"}}}}})
	if err := m.Apply(t.Context(), "ana", uuid.MustParse(id)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
}

func TestAKilledImportLeavesNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	j := d.upload(t, importing.Merge, big(20_000))
	// It comes as far as this rule, and there it waits to be killed.
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.WithoutCancel(t.Context()))
	if _, err := tx.Exec(t.Context(), "insert into redirects (id, brand_id, match, source, target, status, created_by) values (gen_random_uuid(), 'lyceum', 'exact', '/r/9000', '/', 302, 'test')"); err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestImportingProcess$")
	child.Env = append(os.Environ(), killMe+"="+d.db.Config().ConnString()+" "+j.ID.String())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	d.comeAlong(t, j.ID)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := importing.New(importing.Config{DB: d.db, Editor: d.editor, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Now().Add(time.Hour) }})
	if err := later.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j = d.rest(t, j.ID); j.State != importing.Failed || !strings.Contains(j.Problem, "Nothing was changed") {
		t.Errorf("%+v", j)
	}
	for _, table := range []string{"redirects", "redirect_versions", "redirect_import_rows"} {
		if n := d.count(t, "select count(*) from "+table); n > 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// BenchmarkImport is an import of 100,000 rules, from the upload until it is applied.
func BenchmarkImport(b *testing.B) {
	db := pgtest.Pool(b)
	if _, err := db.Exec(b.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{}', false)`); err != nil {
		b.Fatal(err)
	}
	editor := &edgeconfig.Editor{DB: db, Now: time.Now, Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "main", BaseURL: "http://127.0.0.1:8788"}}}}
	m := importing.New(importing.Config{DB: db, Editor: editor, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Publish: func(context.Context) error { return nil }})
	rest := func(id uuid.UUID) importing.Job {
		for {
			j, err := m.Job(b.Context(), id)
			if err != nil {
				b.Fatal(err)
			}
			if !j.Running() {
				return j
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	for b.Loop() {
		file := strings.ReplaceAll(big(100_000), "/r/", fmt.Sprintf("/r%d/", rand.IntN(1e9)))
		start := time.Now()
		id, err := m.Start(b.Context(), importing.Upload{Actor: "ana", Name: "big.csv", Mode: importing.Replace, File: strings.NewReader(file), May: func(string) bool { return true }})
		if err != nil {
			b.Fatal(err)
		}
		if j := rest(id); j.State != importing.Ready {
			b.Fatalf("%+v", j)
		}
		ready := time.Now()
		if err := m.Apply(b.Context(), "ana", id); err != nil {
			b.Fatal(err)
		}
		if j := rest(id); j.State != importing.Applied {
			b.Fatalf("%+v", j)
		}
		b.ReportMetric(ready.Sub(start).Seconds(), "s-to-ready")
		b.ReportMetric(time.Since(ready).Seconds(), "s-to-applied")
	}
	if err := m.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
