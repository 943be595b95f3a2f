package e2e_test

import (
	"context"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/up"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// purgeWhatChanged has two theatres share their pages. One of them changes a show and then empties its cache: its
// visitors see what is new, and those of the other go on being answered from what is kept.
func purgeWhatChanged(t *testing.T, h *openHouse) {
	const changes, stays, path = "gielgud", "lyric", "/shows/"
	ops := signIn(t, h, "ops")
	cache := func(site string) string { return "/sites/" + site + "/settings/cache" }
	version := func(site string) string {
		page, _ := ops.get(h.at("console", cache(site)))
		return versionField.FindStringSubmatch(page)[1]
	}
	for _, site := range []string{changes, stays} {
		ops.post(cache(site), url.Values{"version": {version(site)}, "page_ttl": {"1h"}})
		t.Cleanup(func() { ops.post(cache(site)+"/default", url.Values{"version": {version(site)}}) })
	}

	var running up.Running
	if err := datadir.Running(h.data, &running); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), running.House.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	var show, title string
	if err := db.QueryRow(t.Context(), "select slug, title from productions where brand_id = $1 order by slug limit 1", changes).Scan(&show, &title); err != nil {
		t.Fatal(err)
	}

	// ask says whether a page is from what is kept, and for how many seconds it was.
	visitor := newClient(h)
	ask := func(site, path string) (body string, kept bool, age int) {
		t.Helper()
		res, err := visitor.Get(h.at(site, path))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%s of %s: %s, %v", path, site, res.Status, err)
		}
		age, err = strconv.Atoi(res.Header.Get("Age"))
		return string(text), err == nil, age
	}
	until := func(what string, done func() bool) time.Duration {
		t.Helper()
		began := time.Now()
		for !done() {
			if time.Since(began) > 2*time.Minute {
				t.Fatalf("still not: %s", what)
			}
			time.Sleep(20 * time.Millisecond)
		}
		return time.Since(began)
	}
	isKept := func(site, path string) func() bool {
		return func() bool { _, kept, _ := ask(site, path); return kept }
	}
	until("the show's page is kept", isKept(changes, path+show))
	until("the other theatre's page is kept", isKept(stays, "/"))
	// How long the other theatre's page is kept only ever grows, as long as it is the same one.
	_, _, oldest := ask(stays, "/")
	undisturbed := func() {
		t.Helper()
		_, kept, age := ask(stays, "/")
		if !kept || age < oldest {
			t.Errorf("the other theatre's page was made anew: kept %v, for %d s after %d s", kept, age, oldest)
		}
		oldest = age
	}

	rename := func(ctx context.Context, to string) {
		t.Helper()
		if _, err := db.Exec(ctx, "update productions set title = $1 where brand_id = $2 and slug = $3", to, changes, show); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { rename(context.Background(), title) }) // the test's own has ended by then
	const renamed = "A Title of Tonight"
	rename(t.Context(), renamed)
	took := until("visitors see the new title", func() bool {
		body, _, _ := ask(changes, path+show)
		return strings.Contains(body, renamed)
	})
	t.Logf("visitors saw the new title after %s", took.Round(time.Millisecond))
	undisturbed()

	until("the new page is kept", isKept(changes, path+show))
	if page := ops.post(cache(changes)+"/purge", url.Values{"tag": {""}}); !strings.Contains(page, "The edge lets go of what it had") {
		t.Errorf("emptying the cache led to:\n%s", tail(page, 20))
	}
	until("the page is made anew", func() bool { return !isKept(changes, path+show)() })
	undisturbed()
}
