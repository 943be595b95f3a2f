package reindex_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/reindex"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
	"github.com/stagedoor/stagedoor/search/swap"
)

// season is a catalogue that does not change.
type season int

func (n season) show(i int) index.Show {
	return index.Show{
		ID: fmt.Sprintf("%05d", i), BrandID: "lyceum", Brand: "Lyceum", Title: fmt.Sprintf("Play number %d", i), Genre: "Comedy", Venue: "Lyceum",
		City: "London", Country: "GB", Hostname: "lyceum.localhost", URLPath: "/", FirstAt: 1, LastAt: 2, Currency: "GBP", Availability: index.AvailabilityGood,
	}
}

func (n season) CountDocuments(context.Context) (int, error) { return int(n), nil }

func (n season) Documents(_ context.Context, after string) iter.Seq2[index.Show, error] {
	return func(yield func(index.Show, error) bool) {
		for i := range int(n) {
			if s := n.show(i); s.ID > after && !yield(s, nil) {
				return
			}
		}
	}
}

func (n season) DocumentsByID(_ context.Context, ids []string) ([]index.Show, error) {
	var out []index.Show
	for _, id := range ids {
		var i int
		if _, err := fmt.Sscanf(id, "%d", &i); err == nil && i < int(n) {
			out = append(out, n.show(i))
		}
	}
	return out, nil
}

const (
	searchKey = "reindex-test"
	wholeRun  = season(1200)
)

func connect(t *testing.T, url string) *typesense.Client {
	t.Helper()
	client, err := index.Connect(index.Config{URL: url, APIKey: searchKey, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func changer(db *pgxpool.Pool, client *typesense.Client) *reindex.Index {
	return reindex.New(reindex.Config{DB: db, Client: client, Catalogue: wholeRun, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
}

// old makes an index of an older schema with one show.
func old(t *testing.T, client *typesense.Client) {
	t.Helper()
	schema := index.Schema("shows_v0")
	schema.Fields = schema.Fields[:len(schema.Fields)-1]
	if _, err := client.Collections().Create(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Aliases().Upsert(t.Context(), index.Alias, &api.CollectionAliasSchema{CollectionName: "shows_v0"}); err != nil {
		t.Fatal(err)
	}
}

func server(t *testing.T) string {
	t.Helper()
	s, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: searchKey, Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() { web.Close(); _ = s.Close() })
	return web.URL
}

// TestKilledAnywhere kills the process that changes the index, with no chance to say goodbye, in each phase; another
// one, which merely runs, takes over and brings it to its end.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	db, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	typesense := server(t)
	client := connect(t, typesense)
	old(t, client)
	x := changer(db, client)
	for _, where := range []string{"creating 0", "filling 0", "filling 1000", "checking 1200", "swapping 1200"} {
		killed(t, url, typesense, where)
		before, err := x.Changes.Current(t.Context())
		if err != nil || !before.Phase.Unfinished() {
			t.Fatalf("%s: %+v, %v", where, before, err)
		}
		done := takenOver(t, x)
		if done.ID != before.ID || done.Phase != swap.Swapped || done.Fill.Done != int(wholeRun) || done.Check.Equal != int(wholeRun) {
			t.Fatalf("%s: %+v", where, done)
		}
		if where == "creating 0" { // once is enough
			killed(t, url, typesense, "dropping 1200")
			done = takenOver(t, x)
		} else if done, err = x.Drop(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if done.Phase != swap.Dropped {
			t.Fatalf("%s: %+v", where, done)
		}
	}
	status, err := x.Status(t.Context())
	if err != nil || len(status.Collections) != 1 || status.Collections[0].Use != "searched" {
		t.Errorf("%+v, %v", status, err)
	}
	t.Log("injected: SIGKILL of the process that builds the new index, in six places")
	t.Log("users saw: the old index answered until the new one was whole")
	t.Logf("found: %d collection is left", len(status.Collections))
}

// takenOver runs what every worker runs until there is nothing to go on with.
func takenOver(t *testing.T, x *reindex.Index) swap.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		st, err := x.Resume(ctx, nil)
		if err == nil {
			return st
		}
		if !errors.Is(err, swap.ErrBusy) {
			t.Fatalf("%v, %+v", err, st)
		}
		// Postgres has not noticed yet that the other one is dead.
		select {
		case <-ctx.Done():
			t.Fatal("the right to change was never given back")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestOneOfTwo(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	client := connect(t, server(t))
	old(t, client)
	x, other := changer(db, client), changer(db, client)
	st, err := x.Apply(t.Context(), swap.Options{By: "one", Progress: func(st swap.State) {
		if st.Phase != swap.Filling || st.Fill.Done == 0 {
			return
		}
		if _, err := other.Apply(t.Context(), swap.Options{By: "two"}); !errors.Is(err, swap.ErrBusy) {
			t.Errorf("the other one: %v", err)
		}
		if err := other.Changes.Pause(t.Context(), st.ID, true); err != nil {
			t.Error(err)
		}
	}})
	if !errors.Is(err, swap.ErrPaused) || st.By != "one" {
		t.Fatalf("%v, %+v", err, st)
	}
	names, err := x.Targets().Targets(t.Context())
	if err != nil || len(names) != 2 {
		t.Errorf("while it is paused, %v is written, %v", names, err)
	}
	for range 2 { // what writers count stays when the change is saved
		if err := other.Changes.Missed(t.Context(), names[0], 3); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.Resume(t.Context(), nil); !errors.Is(err, swap.ErrNone) {
		t.Errorf("it goes on against the wish of whoever paused it: %v", err)
	}
	if st, err = other.Drop(t.Context(), nil); err != nil || st.Phase != swap.Abandoned || st.Missed[names[0]] != 6 {
		t.Fatalf("%v, %+v", err, st)
	}
	if st, err = other.Apply(t.Context(), swap.Options{By: "two"}); err != nil || st.Phase != swap.Swapped || st.By != "two" {
		t.Fatalf("%v, %+v", err, st)
	}
	history, err := x.Changes.History(t.Context(), 10)
	if err != nil || len(history) != 2 || history[0].By != "two" {
		t.Errorf("%+v, %v", history, err)
	}
}

// TestLostConnection: Postgres ends the connection that holds the right; nothing is changed after that.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	client := connect(t, server(t))
	old(t, client)
	x := changer(db, client)
	_, err := x.Apply(t.Context(), swap.Options{Progress: func(st swap.State) {
		if st.Phase == swap.Checking {
			if _, err := db.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, swap.ErrLost) {
		t.Fatalf("got %v", err)
	}
	if a, err := client.Alias(index.Alias).Retrieve(t.Context()); err != nil || a.CollectionName != "shows_v0" {
		t.Fatalf("%+v, %v", a, err)
	}
	if st := takenOver(t, x); st.Phase != swap.Swapped {
		t.Errorf("%+v", st)
	}
}

// TestOlderDatabase: a rolling deployment runs this program before its migrations; shows are written as ever.
func TestOlderDatabase(t *testing.T) {
	t.Parallel()
	x := changer(pgtest.EmptyPool(t), connect(t, "http://127.0.0.1:1"))
	if names, err := x.Targets().Targets(t.Context()); err != nil || names != nil {
		t.Errorf("%v, %v", names, err)
	}
}

func TestMain(m *testing.M) {
	if where := os.Getenv("REINDEX_TEST_STOP_AT"); where != "" {
		victim(where)
	}
	os.Exit(m.Run())
}
