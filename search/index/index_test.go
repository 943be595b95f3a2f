package index_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
)

const apiKey = "test-key"

// open starts a server on dir and returns an indexer and a searcher for it.
func open(t *testing.T, dir string) (*index.Indexer, *index.Searcher, func()) {
	t.Helper()
	server, err := local.Open(local.Config{Dir: dir, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(server)
	client, err := index.Connect(index.Config{URL: h.URL, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	var once bool
	stop := func() {
		if once {
			return
		}
		once = true
		h.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return index.NewIndexer(client), index.NewSearcher(client), stop
}

func day(d int) int64 { return time.Date(2026, 12, d, 19, 30, 0, 0, time.UTC).Unix() }

func shows() []index.Show {
	show := func(id, brand, title, author, genre, city string, lat, lon float64, first, last int, price int64) index.Show {
		return index.Show{
			ID: id, BrandID: brand, Brand: brand, Title: title, Author: author, Genre: genre, Venue: brand + " Theatre",
			City: city, Country: "GB", Location: &index.Point{Lat: lat, Lon: lon}, Hostname: brand + ".localhost", URLPath: "/shows/" + id,
			FirstAt: day(first), LastAt: day(last), NextAt: day(first), PriceFrom: price, PriceTo: price * 3,
			Currency: "GBP", Availability: index.AvailabilityGood, Accessibility: []string{"captioned"}, Language: "en",
		}
	}
	return []index.Show{
		show("1", "lyceum", "Hamlet", "William Shakespeare", "Tragedy", "London", 51.5117, -0.1196, 1, 10, 2000),
		show("2", "lyceum", "Twelfth Night", "William Shakespeare", "Comedy", "London", 51.5117, -0.1196, 11, 20, 1500),
		show("3", "palace", "The Importance of Being Earnest", "Oscar Wilde", "Comedy", "Manchester", 53.4776, -2.2397, 5, 25, 3000),
		show("4", "palace", "O'Neill `quoted` && city:=London", "Anton Chekhov", "Drama", "King's Lynn", 52.7543, 0.3976, 5, 25, 900),
	}
}

func TestSearch(t *testing.T) {
	x, s, _ := open(t, t.TempDir())
	ctx := context.Background()
	name, err := x.Ensure(ctx)
	if err != nil || name != index.CollectionName() {
		t.Fatalf("Ensure = %q, %v", name, err)
	}
	if again, err := x.Ensure(ctx); err != nil || again != name {
		t.Fatalf("second Ensure = %q, %v", again, err)
	}
	report, err := x.Upsert(ctx, shows())
	if err != nil || report.Err() != nil || report.Indexed != 4 {
		t.Fatalf("Upsert = %+v, %v", report, err)
	}
	at := func(d int) time.Time { return time.Unix(day(d), 0).UTC() }
	tests := map[string]struct {
		q    index.Query
		want []string
	}{
		"everything, soonest first": {index.Query{Sort: index.SortSoonest}, []string{"1", "4", "3", "2"}},
		"a typo":                    {index.Query{Text: "hamlt"}, []string{"1"}},
		"an unfinished word":        {index.Query{Text: "twel"}, []string{"2"}},
		"an author":                 {index.Query{Text: "shakespeare"}, []string{"1", "2"}},
		"words of two fields":       {index.Query{Text: "wilde earnest"}, []string{"3"}},
		"a brand":                   {index.Query{BrandID: "lyceum"}, []string{"1", "2"}},
		"a city with an apostrophe": {index.Query{City: "King's Lynn"}, []string{"4"}},
		"a genre":                   {index.Query{Genre: "Comedy", Sort: index.SortPrice}, []string{"2", "3"}},
		"brand and genre":           {index.Query{BrandID: "palace", Genre: "Comedy"}, []string{"3"}},
		"a date range":              {index.Query{From: at(12), To: at(30), Sort: index.SortSoonest}, []string{"4", "3", "2"}},
		"only the future":           {index.Query{From: at(21)}, []string{"4", "3"}},
		"a price":                   {index.Query{MaxPrice: 1500, Sort: index.SortPrice}, []string{"4", "2"}},
		"near Manchester":           {index.Query{Near: &index.Near{Lat: 53.48, Lon: -2.24, RadiusKm: 50}}, []string{"3"}},
		"nearest first": {index.Query{Near: &index.Near{Lat: 53.48, Lon: -2.24}, Sort: index.SortNearest},
			[]string{"3", "4", "1", "2"}},
		"second page":           {index.Query{Sort: index.SortSoonest, Page: 2, PerPage: 3}, []string{"2"}},
		"nothing":               {index.Query{Text: "zzzzzz"}, nil},
		"an injected filter":    {index.Query{City: "x` || city:=`London"}, nil},
		"an injected operator":  {index.Query{BrandID: "lyceum && genre:=Comedy"}, nil},
		"an injected list":      {index.Query{Genre: "Comedy,Drama]"}, nil},
		"a genre without words": {index.Query{Genre: "`"}, nil},
		"a city of signs":       {index.Query{City: "(&&) 🎭"}, nil},
		"a list without words":  {index.Query{Availability: []string{"\\", ")"}}, nil},
		"an availability":       {index.Query{Availability: []string{"none", "few"}}, nil},
		"an accessibility":      {index.Query{Accessibility: []string{"captioned"}, BrandID: "lyceum"}, []string{"1", "2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := s.Search(ctx, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, h := range got.Hits {
				ids = append(ids, h.Show.ID)
			}
			if tt.q.Sort == index.SortBest {
				slices.Sort(ids)
				slices.Sort(tt.want)
			}
			if !slices.Equal(ids, tt.want) {
				t.Errorf("found %v, want %v", ids, tt.want)
			}
		})
	}
}

func TestHighlightsAndFacets(t *testing.T) {
	x, s, _ := open(t, t.TempDir())
	ctx := context.Background()
	if _, err := x.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Upsert(ctx, shows()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Search(ctx, index.Query{Text: "hamlet"})
	if err != nil {
		t.Fatal(err)
	}
	want := index.Highlight{{Text: "Hamlet", Matched: true}}
	if h := got.Hits[0].Highlights["title"]; !slices.Equal(h, want) {
		t.Errorf("highlight = %+v, want %+v", h, want)
	}
	all, err := s.Search(ctx, index.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Facets {
		if f.Field == "genre" && !slices.Contains(f.Values, index.FacetValue{Value: "Comedy", Count: 2}) {
			t.Errorf("genre facet = %+v, want Comedy twice", f.Values)
		}
	}
	if len(all.Facets) != 8 {
		t.Errorf("%d facets, want 8", len(all.Facets))
	}
}

func TestUpsertReportsLines(t *testing.T) {
	x, _, _ := open(t, t.TempDir())
	ctx := context.Background()
	if _, err := x.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	list := shows()
	list[1].ID = "" // the server makes up no id for an empty one
	report, err := x.Upsert(ctx, list)
	if err != nil {
		t.Fatal(err)
	}
	if report.Indexed != 3 || len(report.Failed) != 1 || report.Failed[0].Line != 1 || report.Failed[0].Err == "" {
		t.Errorf("report = %+v, want line 1 refused with a reason", report)
	}
	if report.Err() == nil {
		t.Error("Err() = nil for a report with a refused line")
	}
}

func TestDeleteAndRestart(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	x, _, stop := open(t, dir)
	if _, err := x.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Upsert(ctx, shows()); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Delete(ctx, "1", "3", "not there", "tick`"); err != nil || n != 2 {
		t.Fatalf("Delete = %d, %v, want 2", n, err)
	}
	stop()
	x, s, _ := open(t, dir)
	if n, err := x.Count(ctx); err != nil || n != 2 {
		t.Errorf("Count after a restart = %d, %v, want 2", n, err)
	}
	if got, err := s.Search(ctx, index.Query{Text: "twelfth"}); err != nil || got.Found != 1 {
		t.Errorf("search after a restart = %+v, %v", got, err)
	}
}

func TestErrorsAreTold(t *testing.T) {
	_, s, stop := open(t, t.TempDir())
	ctx := context.Background()
	if _, err := s.Search(ctx, index.Query{}); !errors.Is(err, index.ErrNoIndex) {
		t.Errorf("without an index: %v, want ErrNoIndex", err)
	}
	stop()
	if _, err := s.Search(ctx, index.Query{}); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("server down: %v, want ErrUnavailable", err)
	}
}
