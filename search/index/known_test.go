package index_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// TestOlderCollection: a program searches a collection of an older schema, which is then replaced by one that has
// everything.
func TestOlderCollection(t *testing.T) {
	server, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: apiKey, Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() { web.Close(); _ = server.Close() })
	client, err := index.Connect(index.Config{URL: web.URL, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	old := index.Schema("shows_v1")
	old.Fields = slices.DeleteFunc(old.Fields, func(f api.Field) bool {
		return slices.Contains([]string{"cast", "times", "language", "next_at", "days", "open_days"}, f.Name)
	})
	for _, schema := range []*api.CollectionSchema{old, index.Schema("shows_v2")} {
		if _, err := client.Collections().Create(ctx, schema); err != nil {
			t.Fatal(err)
		}
		if report, err := index.NewIndexer(client).UpsertInto(ctx, schema.Name, shows()); err != nil || report.Err() != nil {
			t.Fatal(err, report.Err())
		}
	}
	point := func(name string) {
		if _, err := client.Aliases().Upsert(ctx, index.Alias, &api.CollectionAliasSchema{CollectionName: name}); err != nil {
			t.Fatal(err)
		}
	}
	point("shows_v1")
	s := index.NewSearcher(client)
	queries := []index.Query{
		{Text: "hamlet"}, {Sort: index.SortSoonest}, {Sort: index.SortPrice, Text: "wilde"},
		{Near: &index.Near{Lat: 51.5, Lon: -0.1, RadiusKm: 10}, Sort: index.SortNearest},
		{City: "x && times:=y", Genre: "(a) && b"}, {Times: []string{"matinee"}, BrandID: "lyceum"}, {Language: "en"},
		{From: time.Unix(day(2), 0), To: time.Unix(day(4), 0)},
	}
	facets := func(q index.Query) int {
		got, err := s.Search(ctx, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		return len(got.Facets)
	}
	fewer := 0
	for _, q := range queries {
		fewer = facets(q)
	}
	point("shows_v2")
	for n := 0; facets(index.Query{}) <= fewer; n++ {
		if n > 200 {
			t.Fatal("the new collection's fields are never asked for")
		}
	}
	point("shows_v1")
	if got := facets(index.Query{}); got != fewer {
		t.Errorf("%d facets after going back, want %d", got, fewer)
	}
}
