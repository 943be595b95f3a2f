package edgeconfig_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// zone remembers what it was told to drop, and what stood in the store by then.
type zone struct{ tags []string }

func (z *zone) PurgeTags(_ context.Context, tags []string) error {
	z.tags = append(z.tags, tags...)
	return nil
}

// caching is a house whose sites share pages and searches, with two shows at the Lyceum and one at the Shubert.
func caching(t *testing.T) (*house, *edgeconfig.Caches, *zone) {
	t.Helper()
	h := newHouse(t)
	for _, id := range []string{"lyceum", "shubert", "stagedoor"} {
		if _, err := h.SaveSetting(t.Context(), "ana", id, edgeconfig.SectionCache, &site.Cache{PageTTL: 300, SearchTTL: 60}, 0); err != nil {
			t.Fatal(err)
		}
	}
	h.exec(t, `insert into venues (id, brand_id, slug, name, city, country, latitude, longitude, time_zone, capacity, opened_year)
		select gen_random_uuid(), id, id, name, 'London', country, 0, 0, time_zone, 100, 1900 from brands where not is_group;
		insert into seating_plans (id, venue_id, version, name, seats, layout) select gen_random_uuid(), id, 1, 'All', 100, '{}' from venues;
		insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)`)
	for _, show := range [][2]string{{"lyceum", "hamlet"}, {"lyceum", "tosca"}, {"shubert", "candida"}} {
		h.exec(t, `insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
			select gen_random_uuid(), brand_id, id, $2::text, $2, 'A', 'play', 's', 'd', 120, 1, '2026-01-01', '2026-12-31' from venues where brand_id = $1`, show[0], show[1])
	}
	z := &zone{}
	notify := func(context.Context, pgx.Tx, string) error { return nil }
	caches := &edgeconfig.Caches{
		DB: h.db, Zone: z, Now: h.Editor.Now, Logger: slog.New(slog.DiscardHandler), Patience: time.Hour, Notify: notify,
		Publish: func(ctx context.Context) error { _, err := h.Publish(ctx, edgeconfig.Options{}); return err },
	}
	h.round(t, caches)
	z.tags = nil
	return h, caches, z
}

func (h *house) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := h.db.Exec(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func (h *house) round(t *testing.T, c *edgeconfig.Caches) {
	t.Helper()
	if _, err := c.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// purged says which tags are counted otherwise than before, in the documents that are published.
func (h *house) purged(t *testing.T, before map[string]site.CacheEpochs) []string {
	t.Helper()
	var list []string
	for id, was := range before {
		now := h.published(t, id+".localhost").CacheEpochs
		if now.Config != was.Config {
			list = append(list, id+" config")
		}
		for tag, n := range now.Tags {
			if n != was.Tags[tag] {
				list = append(list, tag)
			}
		}
		for tag := range was.Tags {
			if now.Tags[tag] == 0 {
				list = append(list, "forgot "+tag)
			}
		}
	}
	slices.Sort(list)
	return list
}

func (h *house) epochs(t *testing.T) map[string]site.CacheEpochs {
	t.Helper()
	h.publish(t)
	all := map[string]site.CacheEpochs{}
	for _, id := range []string{"lyceum", "shubert", "stagedoor"} {
		all[id] = h.published(t, id+".localhost").CacheEpochs
	}
	return all
}

// TestWhatChangesIsPurged: whoever changes the catalogue, by whatever way, the pages that show it are made anew, and no others.
func TestWhatChangesIsPurged(t *testing.T) {
	t.Parallel()
	h, caches, z := caching(t)
	lists := []string{"lyceum-listings", "lyceum-search", "stagedoor-listings", "stagedoor-search"}
	hamlet := append([]string{"lyceum-show-hamlet"}, lists...)
	for _, tc := range []struct {
		name, query string
		want        []string
	}{
		{"a title", "update productions set title = 'Hamlet!' where slug = 'hamlet'", hamlet},
		{"the same title", "update productions set title = 'Hamlet!' where slug = 'hamlet'", nil},
		{"a slug", "update productions set slug = 'prince' where slug = 'hamlet'", append([]string{"lyceum-show-prince"}, hamlet...)},
		{"and back", "update productions set slug = 'hamlet' where slug = 'prince'", append([]string{"lyceum-show-prince"}, hamlet...)},
		{"a performance", `insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at)
			select gen_random_uuid(), p.id, p.venue_id, s.id, '2026-12-24 19:30Z', '2026-11-01Z' from productions p join seating_plans s on s.venue_id = p.venue_id where slug = 'hamlet'`, hamlet},
		{"a cancellation", "update performances set status = 'cancelled'", hamlet},
		{"prices", "insert into prices select id, 'standard', 'A', 'adult', 5000 from productions where slug = 'hamlet'", hamlet},
		{"a price", "update prices set amount = 4000", hamlet},
		{"no price any longer", "delete from prices", hamlet},
		{"a show of another house", "update productions set genre = 'comedy' where slug = 'candida'",
			[]string{"shubert-show-candida", "shubert-listings", "shubert-search", "stagedoor-listings", "stagedoor-search"}},
		{"an address", "update venues set city = 'Bath' where brand_id = 'shubert'", []string{"shubert-page", "shubert-search", "stagedoor-page", "stagedoor-search"}},
		{"no performance", "delete from performances", hamlet},
		{"a show that is gone", "delete from productions where slug = 'tosca'", append([]string{"lyceum-show-tosca"}, lists...)},
		{"a brand's colours", `update brands set theme = '{"background":"#000000","ink":"#ffffff"}' where id = 'shubert'`, []string{"shubert config"}},
		{"what no page shows", "update productions set poster_seed = poster_seed where true", nil},
	} {
		before := h.epochs(t)
		z.tags = nil
		h.exec(t, tc.query)
		h.round(t, caches)
		h.publish(t)
		slices.Sort(tc.want)
		if got := h.purged(t, before); !slices.Equal(got, tc.want) {
			t.Errorf("%s: purged %q, want %q", tc.name, got, tc.want)
		}
		slices.Sort(z.tags)
		if strings.HasSuffix(strings.Join(tc.want, " "), "config") {
			tc.want = nil // which no zone need hear
		}
		if !slices.Equal(z.tags, tc.want) {
			t.Errorf("%s: the zone dropped %q, want %q", tc.name, z.tags, tc.want)
		}
	}
}

// TestSeatsWaitForMore: a sale is no reason to make pages anew a hundred times a minute.
func TestSeatsWaitForMore(t *testing.T) {
	t.Parallel()
	h, caches, _ := caching(t)
	h.exec(t, `insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at)
		select gen_random_uuid(), p.id, p.venue_id, s.id, '2026-12-24 19:30Z', '2026-11-01Z' from productions p join seating_plans s on s.venue_id = p.venue_id where slug = 'hamlet'`)
	h.round(t, caches)
	var night uuid.UUID
	if err := h.db.QueryRow(t.Context(), "select id from performances").Scan(&night); err != nil {
		t.Fatal(err)
	}
	sell := func(performance uuid.UUID) (known bool) {
		t.Helper()
		if err := pgx.BeginFunc(t.Context(), h.db, func(tx pgx.Tx) (err error) {
			known, err = edgeconfig.NoteSeats(t.Context(), tx, performance)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return known
	}
	before := h.epochs(t)
	for range 5 {
		if !sell(night) {
			t.Fatal("a performance that is sold is unknown")
		}
		h.round(t, caches)
	}
	if got := h.purged(t, before); len(got) > 0 {
		t.Errorf("purged %q while more may come", got)
	}
	h.exec(t, "update cache_changes set noted_at = noted_at - interval '2 hours'")
	h.round(t, caches)
	if got, want := h.purged(t, before), []string{"lyceum-search", "lyceum-show-hamlet", "stagedoor-search"}; !slices.Equal(got, want) {
		t.Errorf("purged %q, want %q", got, want)
	}
	if sell(uuid.New()) {
		t.Error("a performance that does not exist is known")
	}
}

// TestOneOfManyTakesAChange: several processes see the same change; it counts once, and none gets in another's way.
func TestOneOfManyTakesAChange(t *testing.T) {
	t.Parallel()
	h, caches, _ := caching(t)
	before := h.epochs(t)["lyceum"].Tags["lyceum-show-hamlet"]
	h.exec(t, "update productions set title = 'Hamlet!' where slug = 'hamlet'")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if _, err := caches.Round(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if after := h.epochs(t)["lyceum"].Tags["lyceum-show-hamlet"]; after != before+1 {
		t.Errorf("counted %d times", after-before)
	}
}

// TestAPurgeOutlivesItsPublication: what could not be published is by the next one, and nothing is counted twice for it.
func TestAPurgeOutlivesItsPublication(t *testing.T) {
	t.Parallel()
	h, caches, z := caching(t)
	before := h.epochs(t)
	told := 0
	caches.Notify = func(context.Context, pgx.Tx, string) error { told++; return nil }
	h.exec(t, "update productions set title = 'Hamlet!' where slug = 'hamlet'")
	down := errors.New("the store is down")
	publish := caches.Publish
	caches.Publish = func(context.Context) error { return down }
	if _, err := caches.Round(t.Context()); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
	if told != 2 || len(z.tags) > 0 {
		t.Errorf("%d sites were said to have changed, want the show's and the group's; the zone dropped %q before it should", told, z.tags)
	}
	caches.Publish = publish
	h.publish(t)
	if got := h.purged(t, before); len(got) != 5 {
		t.Errorf("purged %q", got)
	}
}

func TestStaffPurge(t *testing.T) {
	t.Parallel()
	h, _, _ := caching(t)
	before := h.epochs(t)
	for _, tag := range []string{"shows", "show-", "show-Hamlet", "lyceum", "page,asset"} {
		var refused edgeconfig.Refused
		if _, err := h.PurgeCache(t.Context(), "ana", "lyceum", tag); !errors.As(err, &refused) {
			t.Errorf("%q: %v", tag, err)
		}
	}
	if tags, err := h.PurgeCache(t.Context(), "ana", "lyceum", "asset"); err != nil || !slices.Equal(tags, []string{"lyceum-asset"}) {
		t.Fatal(tags, err)
	}
	h.publish(t)
	if got := h.purged(t, before); !slices.Equal(got, []string{"lyceum-asset"}) {
		t.Errorf("purged %q", got)
	}
	if _, err := h.PurgeCache(t.Context(), "ana", edgeconfig.AllSites, edgeconfig.EverythingTag); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	for id := range before {
		if got := h.published(t, id+".localhost").CacheEpochs.Tags; !maps.Equal(got, map[string]int64{id: 1}) {
			t.Errorf("%s counts %v after all of it was purged", id, got)
		}
	}
	if got := h.audited(t, "lyceum"); got[len(got)-1] != "ana cache.purge" {
		t.Errorf("audit %q", got)
	}
}

// TestTagsAreBounded: a document counts so many purges, and then that of everything.
func TestTagsAreBounded(t *testing.T) {
	t.Parallel()
	h, caches, _ := caching(t)
	h.exec(t, `insert into cache_changes (brand_id, tag, urgent) select 'lyceum', 'show-' || n, true from generate_series(1, $1::integer) as n`, site.MaxCacheTags+1)
	h.round(t, caches)
	if got := h.published(t, "lyceum.localhost").CacheEpochs.Tags; !maps.Equal(got, map[string]int64{"lyceum": 1}) {
		t.Errorf("%v", got)
	}
}

// TestSitesThatShareNothingAreNotPublished: their documents stay as they are, however the catalogue changes.
func TestSitesThatShareNothingAreNotPublished(t *testing.T) {
	t.Parallel()
	h, caches, _ := caching(t)
	for _, id := range []string{"lyceum", "stagedoor"} {
		if _, err := h.SaveSetting(t.Context(), "ana", id, edgeconfig.SectionCache, &site.Cache{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	h.publish(t)
	puts := h.store.puts
	h.exec(t, "update productions set title = 'Hamlet!' where slug = 'hamlet'")
	h.round(t, caches)
	if h.store.puts != puts {
		t.Error("a document was written")
	}
}

// The shapes are those of Cloudflare's API reference, "Purge cached content", and of its limit on tags in one request.
func TestCloudflarePurgesByTag(t *testing.T) {
	t.Parallel()
	var calls []string
	var told []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Tags []string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		calls = append(calls, fmt.Sprintf("%s %s %s %d", r.Method, r.URL.Path, r.Header.Get("Authorization"), len(body.Tags)))
		told = append(told, body.Tags...)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"success":true,"errors":[],"messages":[],"result":{"id":"z"}}`))
	}))
	defer server.Close()
	tags := make([]string, 130)
	for i := range tags {
		tags[i] = fmt.Sprintf("lyceum-show-%d", i)
	}
	edge := edgeconfig.Cloudflare{BaseURL: server.URL + "/client/v4", Token: "secret", Account: "acc", Namespace: "ns", Zone: "z"}
	if err := edge.PurgeTags(t.Context(), tags); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST /client/v4/zones/z/purge_cache Bearer secret 100", "POST /client/v4/zones/z/purge_cache Bearer secret 30"}
	if !slices.Equal(calls, want) || !slices.Equal(told, tags) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	edge.Zone = ""
	if err := edge.PurgeTags(t.Context(), tags); err != nil || len(calls) != 2 {
		t.Error("without a zone, one was asked")
	}
}
