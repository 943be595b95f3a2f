package show

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// SearchDocument is one production as search wants it: its performances folded into one.
type SearchDocument struct {
	Listing
	Seats int64 // places of all coming performances on sale
	Sold  int64 // of those, how many are sold
}

// SearchDocuments yields a document for every production of a brand (AllBrands for all) that has a performance at
// or after from, soonest first. It yields an error at most once, last.
func (r *Repository) SearchDocuments(
	ctx context.Context, brandID string, from time.Time,
) iter.Seq2[SearchDocument, error] {
	return func(yield func(SearchDocument, error) bool) {
		listings, err := r.Productions(ctx, brandID, from)
		if err != nil {
			yield(SearchDocument{}, err)
			return
		}
		left, err := r.seatsLeft(ctx, uuid.Nil, from)
		if err != nil {
			yield(SearchDocument{}, err)
			return
		}
		for _, l := range listings {
			s := left[l.ID]
			if !yield(SearchDocument{Listing: l, Seats: s.Seats, Sold: s.Sold}, nil) {
				return
			}
		}
	}
}

// SearchDocument returns the document of one production, or ErrNotFound. A production with nothing to come has
// Coming 0 and belongs out of the index.
func (r *Repository) SearchDocument(ctx context.Context, id uuid.UUID, from time.Time) (SearchDocument, error) {
	l, err := r.ProductionByID(ctx, id, from)
	if err != nil {
		return SearchDocument{}, err
	}
	left, err := r.seatsLeft(ctx, id, from)
	if err != nil {
		return SearchDocument{}, err
	}
	return SearchDocument{Listing: l, Seats: left[id].Seats, Sold: left[id].Sold}, nil
}

// seatsLeft reads the seats of one production, or (uuid.Nil) of all.
func (r *Repository) seatsLeft(
	ctx context.Context, id uuid.UUID, from time.Time,
) (map[uuid.UUID]dbsqlc.ListSeatsLeftRow, error) {
	rows, err := dbsqlc.New(r.db).ListSeatsLeft(ctx, dbsqlc.ListSeatsLeftParams{ProductionID: id, FromAt: from})
	if err != nil {
		return nil, reading("seats left", err)
	}
	left := make(map[uuid.UUID]dbsqlc.ListSeatsLeftRow, len(rows))
	for _, row := range rows {
		left[row.ProductionID] = row
	}
	return left, nil
}
