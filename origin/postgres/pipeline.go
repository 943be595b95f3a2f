package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Pipeline sends statements that answer nothing together with the next one that does, in one round trip. It is a
// dbsqlc.DBTX: what is asked through it looks as always, only that the error of an Exec comes with the next Query,
// QueryRow or Flush. In Postgres nothing is different: the statements arrive in their order, and after one that
// failed the transaction does nothing more.
//
// The tag of an Exec is not known when it returns: statements whose number of rows matters must return rows.
type Pipeline struct {
	db    sender
	batch *pgx.Batch
}

// sender is a transaction or a pool.
type sender interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// NewPipeline makes a pipeline of a transaction, to be flushed before the commit; or of a pool, where everything that is
// sent in one round trip is a transaction.
func NewPipeline(db sender) *Pipeline { return &Pipeline{db: db, batch: &pgx.Batch{}} }

// Exec puts a statement on the pipeline.
func (p *Pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// Query sends what waits, and sql with it.
func (p *Pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if p.batch.Len() == 0 {
		return p.db.Query(ctx, sql, args...)
	}
	waiting := p.batch.Len()
	p.batch.Queue(sql, args...)
	results := p.db.SendBatch(ctx, p.batch)
	p.batch = &pgx.Batch{}
	for range waiting {
		if _, err := results.Exec(); err != nil {
			return nil, errors.Join(err, results.Close())
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return &lastRows{Rows: rows, results: results}, nil
}

// QueryRow sends what waits, and sql with it.
func (p *Pipeline) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, sql, args...)
	return oneRow{rows, err}
}

// SendBatch sends what waits, and then a batch.
func (p *Pipeline) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if err := p.Flush(ctx); err != nil {
		failed, cancel := context.WithCancelCause(ctx)
		cancel(err)
		ctx = failed
	}
	return p.db.SendBatch(ctx, batch)
}

// Flush sends what waits.
func (p *Pipeline) Flush(ctx context.Context) error {
	if p.batch.Len() == 0 {
		return nil
	}
	results := p.db.SendBatch(ctx, p.batch)
	p.batch = &pgx.Batch{}
	return results.Close()
}

// lastRows ends the batch that it was the last statement of.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
	ended   bool
	failure error
}

func (r *lastRows) Next() bool {
	more := r.Rows.Next()
	if !more {
		r.end()
	}
	return more
}

func (r *lastRows) Close() {
	r.Rows.Close()
	r.end()
}

func (r *lastRows) end() {
	if !r.ended {
		r.ended, r.failure = true, r.results.Close()
	}
}

func (r *lastRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.failure
}

// oneRow is the first of some rows, as pgx.Row has it.
type oneRow struct {
	rows pgx.Rows
	err  error
}

func (r oneRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
