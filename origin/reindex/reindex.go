package reindex

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// Catalogue says what belongs in the index; a catalogue.Feed does.
type Catalogue interface {
	Documents(ctx context.Context, after string) iter.Seq2[index.Show, error]
	DocumentsByID(ctx context.Context, ids []string) ([]index.Show, error)
	CountDocuments(ctx context.Context) (int, error)
}

// source is a catalogue as swap reads it.
type source struct{ Catalogue }

// Count implements swap.Source.
func (s source) Count(ctx context.Context) (int, error) { return s.CountDocuments(ctx) }

// ByID implements swap.Source.
func (s source) ByID(ctx context.Context, ids []string) ([]index.Show, error) {
	return s.DocumentsByID(ctx, ids)
}

// Timeout is how long a client that changes the index waits for one answer: an export of everything is one.
const Timeout = 30 * time.Minute

// Config is what changing the index needs.
type Config struct {
	DB *pgxpool.Pool
	// Client reaches the search server; it waits for Timeout.
	Client    *typesense.Client
	Raw       api.ClientInterface // for what Client does not know; nil: see swap.Config
	Catalogue Catalogue
	// Waiting says which of these shows have changes that are on their way to whoever writes the index; nil: see swap.Config.
	Waiting func(ctx context.Context, ids []string) ([]string, error)
	// Moved is told when another collection is searched than before; nil is nobody.
	Moved   func(ctx context.Context) error
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics *Metrics // nil: none
}

// Index changes the search index of the house.
type Index struct {
	*swap.Swap
	Changes *Store
	logger  *slog.Logger
	metrics *Metrics
	now     func() time.Time
}

// New returns an Index. It sends nothing.
func New(c Config) *Index {
	store := &Store{DB: c.DB}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	return &Index{logger: c.Logger, metrics: c.Metrics, now: c.Now, Changes: store, Swap: swap.New(swap.Config{
		Client: c.Client, Raw: c.Raw, Store: store, Source: source{c.Catalogue}, Now: c.Now, Logger: c.Logger, Golden: golden(c.Now()),
		Moved: c.Moved, Waiting: c.Waiting,
	})}
}

// golden are searches as people make them.
func golden(now time.Time) []swap.Golden {
	queries := []struct {
		name string
		q    index.Query
	}{
		{"everything, soonest first", index.Query{Sort: index.SortSoonest}},
		{"everything, cheapest first", index.Query{Sort: index.SortPrice}},
		{"by title", index.Query{Sort: index.SortTitle}},
		{"a comedy", index.Query{Genre: "Comedy"}},
		{"a musical in London", index.Query{Genre: "Musical", City: "London"}},
		{"captioned", index.Query{Accessibility: []string{"captioned"}}},
		{"an author, misspelt", index.Query{Text: "shakespere"}},
		{"an unfinished word", index.Query{Text: "ham"}},
		{"near Leicester Square", index.Query{Near: &index.Near{Lat: 51.5103, Lon: -0.1301, RadiusKm: 5}, Sort: index.SortNearest}},
		{"in the coming month", index.Query{From: now, To: now.AddDate(0, 1, 0), Sort: index.SortSoonest}},
		{"under 30", index.Query{MaxPrice: 3000, Sort: index.SortPrice}},
	}
	out := make([]swap.Golden, len(queries))
	for i, one := range queries {
		out[i] = swap.Golden{Name: one.name, Params: index.Params(one.q)}
	}
	return out
}

// Targets tells writers of the index which collections to write.
func (x *Index) Targets() index.Targets { return swap.Targets{Store: x.Changes} }

// lookEvery is how often Run looks for a change to go on with.
const lookEvery = 2 * time.Second

// Run goes on with changes that were begun, by whichever process, and that nobody carries out: one that was killed is
// taken over within seconds. It returns when ctx ends.
func (x *Index) Run(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { x.watch(ctx) })
	x.notice(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	said := ""
	for {
		st, err := x.Resume(ctx, nil)
		switch {
		case err == nil:
			said = ""
			x.logger.InfoContext(ctx, "the search index was changed", "phase", string(st.Phase), "from", st.From, "to", st.To)
		case ctx.Err() != nil:
			return
		case errors.Is(err, swap.ErrNone), errors.Is(err, swap.ErrBusy), errors.Is(err, swap.ErrPaused):
		case err.Error() != said: // once, not every two seconds
			said = err.Error()
			x.logger.ErrorContext(ctx, "changing the search index stopped", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// notice says at the start that the index has another schema than this program. Nothing is changed by it: the old one
// goes on being searched and written.
func (x *Index) notice(ctx context.Context) {
	plan, err := x.Plan(ctx)
	switch {
	case err != nil:
		x.logger.WarnContext(ctx, "the search index could not be compared with this program's schema", "error", err)
	case plan.Live != "" && !plan.UpToDate():
		x.logger.WarnContext(ctx, "the search index has an older schema than this program: see `stagedoor search plan`, change it with `stagedoor search apply`",
			"collection", plan.Live, "changes", len(plan.Changes))
	}
}

// Stop asks whoever carries out the change under way to stop for now. Begin, or Apply, goes on with it.
func (x *Index) Stop(ctx context.Context) (swap.State, error) {
	st, err := x.Changes.Current(ctx)
	if err != nil {
		return st, err
	}
	if !st.Phase.Unfinished() {
		return st, &swap.RefusedError{Why: "nothing is under way"}
	}
	return st, x.Changes.Pause(ctx, st.ID, true)
}

// History returns the last n changes, the newest first.
func (x *Index) History(ctx context.Context, n int) ([]swap.State, error) {
	return x.Changes.History(ctx, n)
}
