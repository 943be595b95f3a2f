package asset_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/storefront/asset"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

func open(t *testing.T) *asset.Set {
	t.Helper()
	set, err := asset.New()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func fetch(set *asset.Set, url, coding string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	if coding != "" {
		r.Header.Set("Accept-Encoding", coding)
	}
	w := httptest.NewRecorder()
	set.ServeHTTP(w, r)
	return w.Result()
}

func TestServe(t *testing.T) {
	t.Parallel()
	set := open(t)
	if a, b := set.URL("css/site.css"), open(t).URL("css/site.css"); a != b {
		t.Errorf("two sets of the same files: %s and %s", a, b)
	}
	for _, c := range []struct {
		name, url, coding string
		status            int
		kind, sent, cache string
	}{
		{"plain", set.URL("css/site.css"), "", 200, "text/css; charset=utf-8", "", "immutable"},
		{"gzipped", set.URL("css/site.css"), "br, gzip", 200, "text/css; charset=utf-8", "gzip", "immutable"},
		{"gzip refused", set.URL("css/site.css"), "gzip;q=0", 200, "text/css; charset=utf-8", "", "immutable"},
		{"script", set.URL("js/site.js"), "gzip", 200, "text/javascript; charset=utf-8", "", "immutable"},
		{"a font is compressed already", set.URL("fonts/inter-latin-wght-normal.woff2"), "gzip", 200, "font/woff2", "", "immutable"},
		{"of another build", "/assets/0123456789ab/css/site.css", "", 200, "text/css; charset=utf-8", "", "max-age=60"},
		{"unknown", "/assets/0123456789ab/css/none.css", "", 404, "", "", "no-store"},
		{"a part of a sheet", "/assets/0123456789ab/css/base.css", "", 404, "", "", "no-store"},
		{"outside", "/assets/0123456789ab/../asset.go", "", 404, "", "", "no-store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := fetch(set, c.url, c.coding)
			defer got.Body.Close()
			if got.StatusCode != c.status || !strings.Contains(got.Header.Get("Cache-Control"), c.cache) {
				t.Fatalf("%d %v", got.StatusCode, got.Header)
			}
			if c.status != http.StatusOK {
				return
			}
			sent := got.Header.Get("Content-Encoding")
			if got.Header.Get("Content-Type") != c.kind || c.name != "script" && sent != c.sent {
				t.Errorf("%v", got.Header)
			}
			body, err := io.ReadAll(got.Body)
			if err != nil || len(body) == 0 {
				t.Fatal(len(body), err)
			}
			if sent == "gzip" {
				unpacked, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if whole, err := io.ReadAll(unpacked); err != nil || len(whole) <= len(body) {
					t.Errorf("%d bytes from %d, %v", len(whole), len(body), err)
				}
			}
		})
	}
}

func TestUnknownNamePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a page may name a file that is not there")
		}
	}()
	open(t).URL("css/none.css")
}

var (
	imports = regexp.MustCompile(`(?m)^import .*from "(\.[^"]+)"`)
	links   = regexp.MustCompile(`url\("([^"]+)"\)`)
)

// Every file that a script imports or a sheet names is served, and nothing comes from elsewhere.
func TestReferencesLeadSomewhere(t *testing.T) {
	t.Parallel()
	set := open(t)
	err := filepath.WalkDir("static", func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".woff2" || path.Ext(name) == ".txt" {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if regexp.MustCompile(`url\(["']?https?:|import .*from "https?:|@import`).Match(body) {
			t.Errorf("%s loads something from elsewhere", name)
		}
		for _, m := range append(imports.FindAllSubmatch(body, -1), links.FindAllSubmatch(body, -1)...) {
			target := path.Join(path.Dir(strings.TrimPrefix(filepath.ToSlash(name), "static/")), string(m[1]))
			got := fetch(set, set.URL(target), "")
			_ = got.Body.Close()
			if got.StatusCode != http.StatusOK {
				t.Errorf("%s refers to %s", name, target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The scripts' pure parts are tested where they run, over houses that were really drawn.
func TestScripts(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the storefront's scripts were not tested: no node on PATH")
	}
	folder := t.TempDir()
	run := exec.CommandContext(t.Context(), node, "--test", "jstest/")
	if files, err := filepath.Glob("jstest/*.test.mjs"); err != nil || len(files) == 0 {
		t.Fatal("no tests", err)
	} else {
		run.Args = append(run.Args[:2], files...)
	}
	run.Env = append(os.Environ(), "PLANS="+write(t, folder, "plans.json", drawn(t)), "MONEY="+write(t, folder, "money.json", amounts()))
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func write(t *testing.T, folder, name string, value any) string {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, name)
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func drawn(t *testing.T) []*venue.Plan {
	t.Helper()
	var plans []*venue.Plan
	for _, house := range []struct {
		seats int
		spec  layout.Spec
	}{
		{80, layout.Spec{Style: layout.British, Width: 1, Levels: []layout.Level{{Name: "Stalls", Share: 1}}}},
		{466, layout.Spec{Style: layout.British, Curve: 1, Width: 0.8, Boxes: 6, Levels: []layout.Level{{Name: "Stalls", Share: 50}, {Name: "Dress Circle", Share: 30}, {Name: "Gallery", Share: 20}}}},
		{1502, layout.Spec{Style: layout.American, Curve: 0.2, Width: 1.2, Boxes: 8, Pillars: true, Levels: []layout.Level{{Name: "Orchestra", Share: 50}, {Name: "Mezzanine", Share: 30}, {Name: "Balcony", Share: 20}}}},
		{2359, layout.Spec{Style: layout.British, Curve: 0.6, Width: 1.1, Boxes: 20, Levels: []layout.Level{{Name: "Stalls", Share: 30}, {Name: "Dress Circle", Share: 25}, {Name: "Upper Circle", Share: 25}, {Name: "Balcony", Share: 20}}}},
	} {
		plan, err := layout.Draw("House", house.seats, house.spec)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	return plans
}

type amount struct {
	Amount   int64
	Currency string
	Want     string
}

// amounts holds money.js against wording.Money.
func amounts() []amount {
	var out []amount
	for _, currency := range []string{"GBP", "USD", "EUR", "DKK"} {
		for _, n := range []int64{0, 1, 99, 100, 101, 2500, 2550, 99999, 100000, 123456789, 100000000, -2500, -2505} {
			out = append(out, amount{n, currency, wording.Money(n, currency)})
		}
	}
	return out
}
