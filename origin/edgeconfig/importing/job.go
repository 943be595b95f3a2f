package importing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// States of a job.
const (
	Reading    = "reading"    // counts bytes
	Analysing  = "analysing"  // counts nothing
	Ready      = "ready"      // may be applied, if nothing blocks it
	Faulty     = "faulty"     // lines are wrong; over
	Applying   = "applying"   // counts lines
	Publishing = "publishing" // the rules are changed, and on their way to the edge
	Applied    = "applied"    // over
	Cancelled  = "cancelled"  // over, nothing changed
	Failed     = "failed"     // over, nothing changed
)

// Modes of an import.
const (
	Merge   = "merge"   // rules of the file are added or changed; others stay
	Replace = "replace" // and of the sites in the file, those that are not in it are removed
)

// Job is one import.
type Job struct {
	ID                    uuid.UUID
	Actor, FileName, Mode string
	DefaultSite           string
	State                 string
	Done, Total           int64 // in the state's unit; Total 0: unknown
	Rows                  int
	Cancelling            bool
	Problem               string // why it failed, or why it must be analysed again
	Faults                []Fault
	FaultCount            int // of which Faults are the first
	Report                Report
	Made                  []edgeconfig.Version
	CreatedAt, UpdatedAt  time.Time
	FinishedAt            time.Time // zero: not over
}

// Running reports whether something is being done about it.
func (j Job) Running() bool {
	return j.State == Reading || j.State == Analysing || j.State == Applying || j.State == Publishing
}

// Percent is how far the present state has come, -1 when that cannot be told.
func (j Job) Percent() int {
	if j.Total <= 0 {
		return -1
	}
	return int(min(100, 100*j.Done/j.Total))
}

// ErrNoJob is returned for a job that does not exist.
var ErrNoJob = errors.New("there is no such import")

// Job finds one.
func (m *Importer) Job(ctx context.Context, id uuid.UUID) (Job, error) {
	row, err := dbsqlc.New(m.DB).GetRedirectImport(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, ErrNoJob
	}
	if err != nil {
		return Job{}, fmt.Errorf("import: %w", err)
	}
	return job(row)
}

// Recent lists the newest jobs.
func (m *Importer) Recent(ctx context.Context, most int) ([]Job, error) {
	rows, err := dbsqlc.New(m.DB).ListRedirectImports(ctx, int32(most))
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	jobs := make([]Job, 0, len(rows))
	for _, row := range rows {
		j, err := job(row)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func job(row dbsqlc.RedirectImport) (Job, error) {
	j := Job{
		ID: row.ID, Actor: row.Actor, FileName: row.FileName, Mode: row.Mode, DefaultSite: row.DefaultSite, State: row.State,
		Done: row.Done, Total: row.Total, Rows: int(row.Rows), Cancelling: row.Cancel, Problem: row.Problem, FaultCount: int(row.FaultCount),
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}
	if row.FinishedAt != nil {
		j.FinishedAt = row.FinishedAt.UTC()
	}
	err := errors.Join(json.Unmarshal(row.Faults, &j.Faults), json.Unmarshal(row.Report, &j.Report), json.Unmarshal(row.Made, &j.Made))
	if err != nil {
		return j, fmt.Errorf("import %s: %w", row.ID, err)
	}
	return j, nil
}

// move takes a job from one of some states to another; ok is false when it was in none of them.
func (m *Importer) move(ctx context.Context, id uuid.UUID, to string, total int64, problem string, from ...string) (ok bool, err error) {
	n, err := dbsqlc.New(m.DB).MoveRedirectImport(ctx, dbsqlc.MoveRedirectImportParams{
		ID: id, State: to, Total: total, At: m.Now().UTC(), Problem: problem, Was: from,
		Finished: to == Faulty || to == Applied || to == Cancelled || to == Failed,
	})
	if err != nil {
		return false, fmt.Errorf("import: %w", err)
	}
	return n > 0, nil
}
