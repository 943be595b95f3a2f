package importing_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// now is a Saturday in November, when London keeps GMT and New York EST.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// desk is a database with two theatres, and an importer.
type desk struct {
	*importing.Importer
	editor    *edgeconfig.Editor
	db        *pgxpool.Pool
	published int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.Pool(t)
	_, err := db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{}', false),
		('shubert', 'Shubert Theatre', 'US', 'en-US', 'USD', 'America/New_York', '{}', false)`)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{db: db, editor: &edgeconfig.Editor{DB: db, Now: func() time.Time { return now }, Settings: edgeconfig.Settings{
		Domain: "localhost", Origins: []site.Pool{{ID: "main", BaseURL: "http://127.0.0.1:8788", Weight: 1}},
		RedirectHosts: []string{"box-office.example", "lyceum.localhost", "shubert.localhost"},
	}}}
	d.Importer = d.importer()
	t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}

func (d *desk) importer() *importing.Importer {
	return importing.New(importing.Config{DB: d.db, Editor: d.editor, Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Publish: func(context.Context) error { d.published++; return nil }})
}

// upload starts an import and waits until it rests.
func (d *desk) upload(t *testing.T, mode, file string) importing.Job {
	t.Helper()
	id, err := d.Start(t.Context(), importing.Upload{Actor: "ana", Name: "rules.csv", Mode: mode, File: strings.NewReader(file),
		May: func(site string) bool { return site != "shubert" || !strings.Contains(file, "#not-yours") }})
	if err != nil {
		t.Fatal(err)
	}
	return d.rest(t, id)
}

// comeAlong waits until a job has applied something.
func (d *desk) comeAlong(t *testing.T, id uuid.UUID) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		j, err := d.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == importing.Applying && j.Done > 0 {
			return
		}
	}
	t.Fatal("the import does not come along")
}

// rest waits until nothing is being done about a job.
func (d *desk) rest(t *testing.T, id uuid.UUID) importing.Job {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		j, err := d.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !j.Running() {
			return j
		}
	}
	t.Fatal("the import does not come to rest")
	return importing.Job{}
}

func (d *desk) apply(t *testing.T, j importing.Job) importing.Job {
	t.Helper()
	if err := d.Apply(t.Context(), "ana", j.ID); err != nil {
		t.Fatal(err)
	}
	return d.rest(t, j.ID)
}

// export is the rules of both theatres as a file.
func (d *desk) export(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	if _, err := importing.Export(t.Context(), d.db, []string{"lyceum", "shubert"}, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func (d *desk) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := d.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
