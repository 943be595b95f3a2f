package catalogue

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/search/index"
)

// Documents yields every show that belongs in the index whose ID comes after the one given ("" is before all), in the
// order of their IDs, as it would be written now. Its Version is that of the last writing, 0 when there was none, even
// if something has changed since. It yields an error at most once, last.
func (f *Feed) Documents(ctx context.Context, after string) iter.Seq2[index.Show, error] {
	return func(yield func(index.Show, error) bool) {
		last := uuid.Nil
		if after != "" {
			var err error
			if last, err = uuid.Parse(after); err != nil {
				yield(index.Show{}, fmt.Errorf("catalogue: show %q: %w", after, err))
				return
			}
		}
		for {
			ids, err := dbsqlc.New(f.cfg.DB).ShowsToCome(ctx, dbsqlc.ShowsToComeParams{After: last, FromAt: f.cfg.Now(), Most: mostShows})
			if err != nil {
				yield(index.Show{}, fmt.Errorf("catalogue: list shows: %w", err))
				return
			}
			if len(ids) == 0 {
				return
			}
			shows, err := f.documents(ctx, ids, false)
			if err != nil {
				yield(index.Show{}, err)
				return
			}
			for _, s := range shows {
				if !yield(s, nil) {
					return
				}
			}
			last = ids[len(ids)-1]
		}
	}
}

// DocumentsByID returns those of the shows that belong in the index now.
func (f *Feed) DocumentsByID(ctx context.Context, ids []string) ([]index.Show, error) {
	var known []uuid.UUID
	for _, id := range ids {
		if parsed, err := uuid.Parse(id); err == nil {
			known = append(known, parsed)
		}
	}
	return f.documents(ctx, known, false)
}

// CountDocuments is how many shows belong in the index.
func (f *Feed) CountDocuments(ctx context.Context) (int, error) {
	n, err := dbsqlc.New(f.cfg.DB).CountShowsToCome(ctx, f.cfg.Now())
	if err != nil {
		return 0, fmt.Errorf("catalogue: count shows: %w", err)
	}
	return int(n), nil
}

// documents reads shows as they are, in the order of their IDs. everywhere counts every seat anew.
func (f *Feed) documents(ctx context.Context, ids []uuid.UUID, everywhere bool) ([]index.Show, error) {
	q := dbsqlc.New(f.cfg.DB)
	rows, err := q.ShowVersions(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("catalogue: read versions: %w", err)
	}
	versions := make(map[uuid.UUID]int64, len(rows))
	for _, row := range rows {
		versions[row.ProductionID] = row.Version
	}
	shows, _, err := read(ctx, q, ids, f.cfg.Now(), everywhere)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	var out []index.Show
	for id, m := range shows {
		if document, belongs := m.document(f.cfg.Domain); belongs {
			document.Version = versions[id]
			out = append(out, document)
		}
	}
	slices.SortFunc(out, func(a, b index.Show) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}
