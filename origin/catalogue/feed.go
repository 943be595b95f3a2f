package catalogue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

// batch is how many documents are written at once.
const batch = 200

// Shows is the part of show.Repository that the feed reads.
type Shows interface {
	SearchDocuments(ctx context.Context, brandID string, from time.Time) iter.Seq2[show.SearchDocument, error]
	SearchDocument(ctx context.Context, id uuid.UUID, from time.Time) (show.SearchDocument, error)
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
}

// Index is the part of index.Indexer that the feed writes to.
type Index interface {
	Ensure(ctx context.Context) (string, error)
	Upsert(ctx context.Context, shows []index.Show) (index.Report, error)
	Delete(ctx context.Context, ids ...string) (int, error)
}

// Feed writes show documents into the search index.
type Feed struct {
	Shows  Shows
	Index  Index
	Domain string // what brands' hostnames end in
	Now    func() time.Time
	Logger *slog.Logger
}

// Fill writes every show that has something to come, making the index if there is none. It may be repeated at any
// time. A document that the index refuses is logged and counted; the others are written.
func (f *Feed) Fill(ctx context.Context) (written, refused int, err error) {
	if _, err := f.Index.Ensure(ctx); err != nil {
		return 0, 0, fmt.Errorf("catalogue: %w", err)
	}
	var waiting []index.Show
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		report, err := f.Index.Upsert(ctx, waiting)
		for _, line := range report.Failed {
			f.Logger.ErrorContext(ctx, "search refused a show", "show", line.ID, "reason", line.Err)
		}
		written, refused = written+report.Indexed, refused+len(report.Failed)
		waiting = waiting[:0]
		return err
	}
	for d, err := range f.Shows.SearchDocuments(ctx, show.AllBrands, f.Now()) {
		if err != nil {
			return written, refused, fmt.Errorf("catalogue: %w", err)
		}
		waiting = append(waiting, document(d, f.Domain))
		if len(waiting) == batch {
			if err := flush(); err != nil {
				return written, refused, fmt.Errorf("catalogue: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return written, refused, fmt.Errorf("catalogue: %w", err)
	}
	return written, refused, nil
}

// seatsChanged is the part of booking's seat facts that matters here.
type seatsChanged struct {
	PerformanceID uuid.UUID `json:"performance_id"`
}

// HandleSeats brings a show up to date after some of its seats were sold or came back: a bus.Handler. The index is
// no part of the transaction, so a document may be written twice; the later one is as true as the first.
func (f *Feed) HandleSeats(ctx context.Context, _ pgx.Tx, event bus.Delivery) error {
	var changed seatsChanged
	if err := event.Decode(&changed); err != nil {
		return err
	}
	performance, err := f.Shows.Performance(ctx, changed.PerformanceID)
	if errors.Is(err, show.ErrNotFound) {
		return bus.Poison(err)
	}
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	return f.refresh(ctx, performance.ProductionID)
}

// refresh writes one show anew, or takes it out when nothing of it is to come.
func (f *Feed) refresh(ctx context.Context, production uuid.UUID) error {
	d, err := f.Shows.SearchDocument(ctx, production, f.Now())
	if err != nil && !errors.Is(err, show.ErrNotFound) {
		return fmt.Errorf("catalogue: %w", err)
	}
	if err != nil || d.Coming == 0 {
		if _, err := f.Index.Delete(ctx, production.String()); err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		return nil
	}
	report, err := f.Index.Upsert(ctx, []index.Show{document(d, f.Domain)})
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	if len(report.Failed) > 0 {
		return bus.Poison(fmt.Errorf("catalogue: search refused %s: %s", production, report.Failed[0].Err))
	}
	return nil
}
