package importing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	copyRows  = 5000 // that are stored at once
	applyRows = 2000 // that are applied at once
)

// read stores the lines of a file, if all are good, and goes on to analyse them.
func (m *Importer) read(ctx context.Context, id uuid.UUID, u Upload, file io.Reader, p *progress) error {
	places, err := m.Editor.Places(ctx)
	if err != nil {
		return err
	}
	j, err := m.Job(ctx, id)
	if err != nil {
		return err
	}
	p.total.Store(j.Total)
	r := &reader{places: places, defaultSite: u.DefaultSite, may: u.May, now: m.Now(), newID: uuid.NewV7}
	rows := 0
	err = pgx.BeginFunc(ctx, m.DB, func(tx pgx.Tx) error {
		var batch [][]any
		flush := func() error {
			if len(batch) == 0 || r.count > 0 { // with a fault nothing will be kept
				batch = batch[:0]
				return ctx.Err()
			}
			_, err := tx.CopyFrom(ctx, pgx.Identifier{"redirect_import_rows"}, rowColumns, pgx.CopyFromRows(batch))
			batch = batch[:0]
			return err
		}
		err := r.read(&counted{file, &p.done}, func(row Row) error {
			rows++
			batch = append(batch, rowValues(id, row))
			if len(batch) == copyRows {
				return flush()
			}
			return nil
		})
		return errors.Join(err, flush())
	})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	faults, err := json.Marshal(append([]Fault{}, r.faults...))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	q := dbsqlc.New(m.DB)
	if err := q.FinishReading(ctx, dbsqlc.FinishReadingParams{ID: id, Rows: int32(rows), Faults: faults, FaultCount: int32(r.count)}); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if r.count > 0 {
		if err := q.DropImportRows(ctx, id); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		_, err := m.move(ctx, id, Faulty, 0, "", Reading)
		return err
	}
	if _, err := m.move(ctx, id, Analysing, 0, "", Reading); err != nil {
		return err
	}
	return m.analyse(ctx, id, p, "")
}

var rowColumns = []string{"import_id", "line", "id", "brand_id", "match", "source", "target", "status", "preserve_query", "preserve_suffix",
	"include_subdomains", "starts_at", "ends_at", "enabled", "note"}

func rowValues(id uuid.UUID, row Row) []any {
	r := row.Rule
	return []any{id, row.Line, r.ID, r.Site, r.Match, r.Source, r.Target, r.Status, r.PreserveQuery, r.PreserveSuffix,
		r.IncludeSubdomains, optional(r.StartsAt), optional(r.EndsAt), !r.Disabled, r.Note}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// counted counts what is read.
type counted struct {
	io.Reader
	bytes *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// apply changes the rules and publishes them.
func (m *Importer) apply(ctx context.Context, actor string, id uuid.UUID, p *progress) error {
	j, err := m.Job(ctx, id)
	if err != nil {
		return err
	}
	q := dbsqlc.New(m.DB)
	row, err := q.GetRedirectImport(ctx, id)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	var base map[string]int
	if err := json.Unmarshal(row.Base, &base); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	imported, err := q.ImportedBrands(ctx, id)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	var sites []string
	for _, b := range imported {
		sites = append(sites, b.BrandID)
	}
	p.done.Store(0)
	p.total.Store(int64(j.Rows))
	made, err := m.Editor.ApplyBatch(ctx, edgeconfig.Batch{
		Actor: actor, Action: "redirect.import", About: "Imported " + j.FileName, Sites: sites, Base: base,
		Apply: func(ctx context.Context, tx pgx.Tx, numbers map[string]int) (map[string]edgeconfig.Counts, error) {
			return m.change(ctx, tx, j, actor, numbers, p)
		},
	})
	if errors.Is(err, edgeconfig.ErrMoved) {
		if _, err := m.move(ctx, id, Analysing, 0, "", Applying); err != nil {
			return err
		}
		// Ready and why in one step: nobody may find it ready and unexplained.
		return m.analyse(ctx, id, p, "Somebody changed redirects meanwhile, so the file was checked again. Please look once more and apply it.")
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(append([]edgeconfig.Version{}, made...))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	// From here on it is done, whatever becomes of this process.
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(q.FinishApplying(ctx, dbsqlc.FinishApplyingParams{ID: id, Made: text}), q.DropImportRows(ctx, id)); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	p.total.Store(0)
	if _, err := m.move(ctx, id, Publishing, 0, "", Applying); err != nil {
		return err
	}
	problem := ""
	if err := m.Publish(ctx); err != nil {
		m.Logger.WarnContext(ctx, "an import is not published yet", "import", id, "error", err)
		problem = notPublished
	}
	_, err = m.move(ctx, id, Applied, 0, problem, Publishing)
	return err
}

// change carries the lines over, some thousand at a time, in the batch's transaction.
func (m *Importer) change(ctx context.Context, tx pgx.Tx, j Job, actor string, numbers map[string]int, p *progress) (map[string]edgeconfig.Counts, error) {
	q := dbsqlc.New(tx)
	counts := map[string]edgeconfig.Counts{}
	brands := slices.Sorted(maps.Keys(numbers))
	versions := make([]int32, len(brands))
	for i, b := range brands {
		versions[i] = int32(numbers[b])
	}
	now := m.Now().UTC()
	if j.Mode == Replace {
		// What leaves goes first, as the new rules need not stand beside it.
		gone, err := q.RedirectsNotImported(ctx, dbsqlc.RedirectsNotImportedParams{ImportID: j.ID, Brands: brands})
		if err != nil {
			return nil, err
		}
		for chunk := range slices.Chunk(gone, copyRows) {
			rows, err := q.CountRedirectsOf(ctx, chunk)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				c := counts[row.BrandID]
				c.Removed += int(row.Rules)
				counts[row.BrandID] = c
				if err := q.ArchiveBrandRedirects(ctx, dbsqlc.ArchiveBrandRedirectsParams{BrandID: row.BrandID, Version: int32(numbers[row.BrandID]), Ids: chunk}); err != nil {
					return nil, err
				}
			}
			if _, err := q.DeleteRedirects(ctx, chunk); err != nil {
				return nil, err
			}
		}
	}
	last, err := q.LastImportLine(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	for after := int32(0); after < last; after += applyRows {
		upto := after + applyRows
		if err := q.ArchiveImported(ctx, dbsqlc.ArchiveImportedParams{ImportID: j.ID, After: after, Upto: upto, Brands: brands, Numbers: versions}); err != nil {
			return nil, err
		}
		changed, err := q.UpdateImported(ctx, dbsqlc.UpdateImportedParams{ImportID: j.ID, After: after, Upto: upto, Brands: brands, Numbers: versions, Actor: actor, At: now})
		if err != nil {
			return nil, err
		}
		added, err := q.InsertImported(ctx, dbsqlc.InsertImportedParams{ImportID: j.ID, After: after, Upto: upto, Brands: brands, Numbers: versions, Actor: actor, At: now})
		if err != nil {
			return nil, err
		}
		for _, row := range changed {
			c := counts[row.BrandID]
			c.Changed += int(row.Rules)
			counts[row.BrandID] = c
		}
		for _, row := range added {
			c := counts[row.BrandID]
			c.Added += int(row.Rules)
			counts[row.BrandID] = c
		}
		p.done.Store(min(int64(upto), p.total.Load()))
	}
	return counts, nil
}
