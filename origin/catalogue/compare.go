package catalogue

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/search/index"
)

// Differences are how the index stands to Postgres.
type Differences struct {
	Looked int // shows compared
	Found  []Difference
}

// Difference is a show that is not found as it is.
type Difference struct {
	Show    uuid.UUID
	Title   string
	Fault   string
	Waiting bool // changes of it are on their way, so that it is about to be put right
}

// Compare holds every document of the index against one made from nothing, with every seat counted. It reads one system
// after the other: what is being written just then may differ, and is said to be waiting.
func (f *Feed) Compare(ctx context.Context) (Differences, error) {
	var out Differences
	held, err := f.cfg.Index.Export(ctx)
	if err != nil {
		return out, fmt.Errorf("catalogue: %w", err)
	}
	last := uuid.Nil
	for {
		ids, err := dbsqlc.New(f.cfg.DB).ShowsToCome(ctx, dbsqlc.ShowsToComeParams{After: last, FromAt: f.cfg.Now(), Most: mostShows})
		if err != nil {
			return out, fmt.Errorf("catalogue: list shows: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		last = ids[len(ids)-1]
		documents, err := f.documents(ctx, ids, true)
		if err != nil {
			return out, err
		}
		for _, want := range documents {
			out.Looked++
			got, found := held[want.ID]
			delete(held, want.ID)
			if fault := differs(got, found, want); fault != "" {
				out.Found = append(out.Found, Difference{Show: uuid.MustParse(want.ID), Title: want.Title, Fault: fault})
			}
		}
	}
	for name, extra := range held {
		id, _ := uuid.Parse(name) // the nil UUID for a document that is none of ours
		out.Looked++
		out.Found = append(out.Found, Difference{Show: id, Title: extra.Title, Fault: "is found in search, and has nothing to come"})
	}
	return out, f.waiting(ctx, out.Found)
}

// Waiting are those of the shows of which something was told, or is about to be, that the index does not have yet: facts
// in the outbox and in the stream, and what this feed has not written. Shows that the index refuses, and facts that were
// parked, are none of them. What is no ID of a show waits for nothing.
func (f *Feed) Waiting(ctx context.Context, shows []string) ([]string, error) {
	ids := make([]uuid.UUID, 0, len(shows))
	for _, show := range shows {
		if id, err := uuid.Parse(show); err == nil {
			ids = append(ids, id)
		}
	}
	rows, err := f.waitingShows(ctx, ids)
	out := make([]string, len(rows))
	for i, id := range rows {
		out[i] = id.String()
	}
	return out, err
}

func (f *Feed) waitingShows(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := dbsqlc.New(f.cfg.DB).WaitingShows(ctx, dbsqlc.WaitingShowsParams{Ids: ids, Now: f.cfg.Now()})
	if err != nil {
		return nil, fmt.Errorf("catalogue: which shows wait: %w", err)
	}
	return rows, nil
}

// waiting notes which of the shows are about to be written.
func (f *Feed) waiting(ctx context.Context, found []Difference) error {
	rows, err := f.waitingShows(ctx, pluck(found, func(d Difference) uuid.UUID { return d.Show }))
	if err != nil {
		return err
	}
	waits := make(map[uuid.UUID]bool, len(rows))
	for _, id := range rows {
		waits[id] = true
	}
	for i := range found {
		found[i].Waiting = waits[found[i].Show]
	}
	return nil
}

// differs says in a sentence what of a show is not found as it is; "" when it is.
func differs(got index.Show, found bool, want index.Show) string {
	switch {
	case !found:
		return "is not found in search"
	case got.Availability != want.Availability:
		return fmt.Sprintf("has %s seats left and is found with %s", want.Availability, got.Availability)
	case got.PriceFrom != want.PriceFrom || got.PriceTo != want.PriceTo:
		return fmt.Sprintf("costs %d to %d and is found with %d to %d", want.PriceFrom, want.PriceTo, got.PriceFrom, got.PriceTo)
	case got.NextAt != want.NextAt || len(got.Performances) != len(want.Performances):
		return fmt.Sprintf("has %d performances to come and is found with %d", len(want.Performances), len(got.Performances))
	case digest(got) != digest(want):
		return "is found otherwise than it is"
	}
	return ""
}
