package swap_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
	"github.com/stagedoor/stagedoor/search/swap"
)

// house is the source of all shows: what the database is in the product.
type house struct {
	mu    sync.Mutex
	shows map[string]index.Show
}

func newHouse(n int) *house {
	h := &house{shows: map[string]index.Show{}}
	for i := range n {
		s := show(i)
		h.shows[s.ID] = s
	}
	return h
}

func id(i int) string { return fmt.Sprintf("show-%05d", i) }

func show(i int) index.Show {
	return index.Show{
		ID: id(i), BrandID: fmt.Sprintf("house-%d", i%7), Brand: fmt.Sprintf("House %d", i%7),
		Title: fmt.Sprintf("Play number %d of %d", i, i%13), Author: "Somebody", Genre: []string{"Comedy", "Tragedy"}[i%2],
		Venue: "Old Theatre", City: "London", Country: "GB", Location: &index.Point{Lat: 51.5117, Lon: -0.1 - float64(i)/1e4},
		Hostname: "house.localhost", URLPath: "/shows/" + id(i), FirstAt: 1_800_000_000, LastAt: 1_900_000_000,
		PriceFrom: int64(1000 + i), PriceTo: int64(5000 + i), Currency: "GBP", Availability: index.AvailabilityGood, PosterSeed: 1,
	}
}

func (h *house) Count(context.Context) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.shows), nil
}

func (h *house) Documents(_ context.Context, after string) iter.Seq2[index.Show, error] {
	return func(yield func(index.Show, error) bool) {
		h.mu.Lock()
		all := maps.Clone(h.shows) // as a database query does: what there is at its beginning
		h.mu.Unlock()
		for _, k := range slices.Sorted(maps.Keys(all)) {
			if k > after && !yield(all[k], nil) {
				return
			}
		}
	}
}

func (h *house) ByID(_ context.Context, ids []string) ([]index.Show, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []index.Show
	for _, k := range ids {
		if s, ok := h.shows[k]; ok {
			out = append(out, s)
		}
	}
	return out, nil
}

func (h *house) change(k string, how func(*index.Show)) index.Show {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.shows[k]
	how(&s)
	h.shows[k] = s
	return s
}

func (h *house) end(k string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.shows, k)
}

// stage is a search server with an index of the old schema, full, and what is needed to change it.
type stage struct {
	*house
	store  *swap.Memory
	client *typesense.Client
	swap   *swap.Swap
	broken *brokenWire
	url    string
	hooks  hooks
}

// oldSchema is the present one as it may have been once.
func oldSchema(name string) *api.CollectionSchema {
	s := index.Schema(name)
	s.Fields = slices.DeleteFunc(s.Fields, func(f api.Field) bool { return f.Name == "country" })
	return s
}

const key = "swap-test"

func newStage(t *testing.T, shows int) *stage {
	t.Helper()
	server, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: key, Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &stage{house: newHouse(shows), store: &swap.Memory{}, url: web.URL}
	s.client, err = index.Connect(index.Config{URL: web.URL, APIKey: key, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s.broken = &brokenWire{server: server, at: -1}
	wire := httptest.NewServer(s.broken)
	t.Cleanup(wire.Close)
	breaking, err := index.Connect(index.Config{URL: wire.URL, APIKey: key, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := index.Raw(index.Config{URL: wire.URL, APIKey: key, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s.swap = swap.New(swap.Config{
		Client: breaking, Raw: raw, Store: s.store, Source: s.house, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Name: "shows_v9", Batch: 20, Settle: 5 * time.Second, Golden: goldens(),
	})
	ctx := t.Context()
	if _, err := s.client.Collections().Create(ctx, oldSchema("shows_v8")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Aliases().Upsert(ctx, index.Alias, &api.CollectionAliasSchema{CollectionName: "shows_v8"}); err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(maps.Values(s.shows))
	report, err := s.writer().Upsert(ctx, all)
	if err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	return s
}

func goldens() []swap.Golden {
	return []swap.Golden{{"everything", index.Params(index.Query{Sort: index.SortPrice})}, {"a comedy", index.Params(index.Query{Genre: "Comedy", Text: "play"})}}
}

// writer is what keeps the index up to date in the product.
func (s *stage) writer() *index.Indexer {
	return index.NewIndexer(s.client).WithTargets(swap.Targets{Store: s.store})
}

// searched is the collection that people search.
func (s *stage) searched(t *testing.T) string {
	t.Helper()
	a, err := s.client.Alias(index.Alias).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a.CollectionName
}

func (s *stage) count(t *testing.T, collection string) int {
	t.Helper()
	c, err := s.client.Collection(collection).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(*c.NumDocuments)
}

// same fails unless the collection holds what the house does.
func (s *stage) same(t *testing.T, collection string) {
	t.Helper()
	wrong := swap.Differences(t.Context(), s.client, collection, s.house)
	if len(wrong) > 0 {
		t.Fatalf("%s is not what it should be: %v", collection, wrong[:min(len(wrong), 5)])
	}
}

// hooks run once, when a phase begins.
type hooks struct {
	at map[swap.Phase]func()
}

func (s *stage) hook(p swap.Phase, do func()) {
	if s.hooks.at == nil {
		s.hooks.at = map[swap.Phase]func(){}
	}
	s.hooks.at[p] = do
}

func (s *stage) progress(st swap.State) {
	if do := s.hooks.at[st.Phase]; do != nil {
		delete(s.hooks.at, st.Phase)
		do()
	}
}
