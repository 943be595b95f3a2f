package house

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/search"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/reindex"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// Reindex makes what changes the search index. It needs no more than a database and the search server.
func Reindex(db *pgxpool.Pool, cfg Config, tools Tools) (*reindex.Index, error) {
	return reindexer(db, cfg, tools, nil)
}

func reindexer(db *pgxpool.Pool, cfg Config, tools Tools, metrics *reindex.Metrics) (*reindex.Index, error) {
	if tools.Now == nil {
		tools.Now = time.Now
	}
	server := index.Config{URL: cfg.Search.URL, APIKey: cfg.Search.APIKey, Timeout: reindex.Timeout}
	client, err := index.Connect(server)
	if err != nil {
		return nil, err
	}
	raw, err := index.Raw(server)
	if err != nil {
		return nil, err
	}
	// It is only read from: the house's own feed writes.
	feed := catalogue.New(catalogue.Config{DB: db, Index: index.NewIndexer(client), Domain: cfg.Edge.Domain, Now: tools.Now, Logger: tools.Logger})
	return reindex.New(reindex.Config{
		DB: db, Client: client, Raw: raw, Now: tools.Now, Logger: tools.Logger, Metrics: metrics, Catalogue: feed, Waiting: feed.Waiting,
		Moved: func(ctx context.Context) error { return edgeconfig.NoteAllSearches(ctx, db) },
	}), nil
}

// targets tells whoever writes shows which collections to write.
func targets(db *pgxpool.Pool) index.Targets { return swap.Targets{Store: &reindex.Store{DB: db}} }

// searchPages are the console's pages about the search index.
func (h *House) searchPages() []frame.Page {
	return (&search.Pages{Index: h.reindex, Logger: h.logger, Record: func(ctx context.Context, actor, action string, st swap.State) error {
		after := map[string]any{"from": st.From, "to": st.To, "phase": st.Phase, "shows": st.Fill.Done}
		if o := st.Overruled; o != nil {
			after["despite"], after["why"] = o.Reasons, o.Why
		}
		return record.Add(ctx, dbsqlc.New(h.db), record.Entry{
			At: h.now(), Actor: actor, Action: action, Target: "site:" + venue.GroupBrand, After: after,
		})
	}}).Pages()
}
