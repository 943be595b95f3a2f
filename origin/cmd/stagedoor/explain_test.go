package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/site"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// cloudflare is an API with a namespace that holds the Lyceum, closed on Sunday from ten to two.
func cloudflare(t *testing.T) map[string]string {
	t.Helper()
	sunday := func(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) }
	doc, err := site.Encode(site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Maintenance: []site.Window{{ID: "w", StartsAt: sunday(10), EndsAt: sunday(14), Message: "Back at two."}},
		Redirects:   []site.Redirect{{ID: "r", Match: site.MatchExact, Source: "/panto", Target: "/shows/cinderella"}},
		Origin:      site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const namespace = "/client/v4/accounts/acc/storage/kv/namespaces/ns"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer secret":
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}`))
		case r.URL.Path == namespace+"/values/site:lyceum.example":
			_, _ = w.Write(doc)
		case r.URL.Path == namespace+"/keys":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"success":true,"errors":[],"messages":[],"result":[{"name":"site:lyceum.example"},{"name":"site:novello.example"}],"result_info":{"count":2,"cursor":""}}`))
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"success":false,"errors":[{"code":10009,"message":"get: 'key not found'"}],"messages":[],"result":null}`))
		}
	}))
	t.Cleanup(server.Close)
	return map[string]string{
		"CLOUDFLARE_API_URL": server.URL + "/client/v4", "CLOUDFLARE_API_TOKEN": "secret", "CLOUDFLARE_ACCOUNT_ID": "acc", "CLOUDFLARE_KV_NAMESPACE_ID": "ns",
		"STAGEDOOR_HOP_KEY": "a hop key for tests, no secret",
	}
}

// tryIn is try with environment variables.
func tryIn(t *testing.T, variables map[string]string, args ...string) (code int, out, problem string) {
	t.Helper()
	return tryWith(t, t.Context(), func(name string) (string, bool) { v, ok := variables[name]; return v, ok }, args...)
}

func tryWith(t *testing.T, ctx context.Context, lookup func(string) (string, bool), args ...string) (code int, out, problem string) {
	t.Helper()
	dir := t.TempDir()
	stdout, errOut := create(t, dir, "stdout"), create(t, dir, "stderr")
	defer stdout.Close()
	defer errOut.Close()
	code = run(ctx, args, terminal{stdout, errOut, lookup})
	return code, read(t, stdout.Name()), read(t, errOut.Name())
}

func create(t *testing.T, dir, name string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestExplainCommand(t *testing.T) {
	t.Parallel()
	variables, empty := cloudflare(t), t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		code int
		says []string // on either output
	}{
		{"the URL first", []string{"http://lyceum.example/panto", "--at", "2026-11-22 09:00", "--times=false"}, 0, []string{"The visitor is sent to http://lyceum.example/shows/cinderella (302).", "Sunday 22 November 2026 at 09:00:00 GMT"}},
		{"the URL last", []string{"--at", "2026-11-22 11:00", "http://lyceum.example/"}, 0, []string{"The edge answers 503 itself.", "µs"}},
		{"a program", []string{"http://lyceum.example/", "--at", "2026-11-22 11:00", "--header", "Accept: application/json"}, 0, []string{"application/problem+json"}},
		{"an unknown host", []string{"http://lycium.example/"}, 1, []string{"421", "no site is published for lycium.example. 2 hostnames are; like it: lyceum.example."}},
		{"no URL", nil, 2, []string{"takes one argument"}},
		{"two URLs", []string{"http://lyceum.example/", "http://lyceum.example/"}, 2, []string{"takes one argument"}},
		{"no address", []string{"lyceum"}, 2, []string{"is not the address of a page"}},
		{"nobody", []string{"http://lyceum.example/", "--as", "ghost"}, 2, []string{"is nobody"}},
		{"no time", []string{"http://lyceum.example/", "--at", "soon"}, 2, []string{"is not a time"}},
		{"no header", []string{"http://lyceum.example/", "--header", "x"}, 2, []string{"Accept: application/json"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, out, problem := tryIn(t, variables, append([]string{"explain", "--data", empty}, tc.args...)...)
			if code != tc.code {
				t.Errorf("status %d\n%s\n%s", code, out, problem)
			}
			for _, text := range tc.says {
				if !strings.Contains(out+problem, text) {
					t.Errorf("it does not say %q:\n%s\n%s", text, out, problem)
				}
			}
			if strings.Contains(out, "\x1b[") {
				t.Error("it paints a file")
			}
		})
	}
}

func TestExplainWithoutAnEdge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(map[string]string)
		says   string
	}{
		{"nothing runs", func(v map[string]string) { clear(v) }, "make up"},
		{"half a configuration", func(v map[string]string) { delete(v, "CLOUDFLARE_ACCOUNT_ID") }, "the account is missing"},
		{"no key", func(v map[string]string) { delete(v, "STAGEDOOR_HOP_KEY") }, "STAGEDOOR_HOP_KEY"},
		{"a wrong token", func(v map[string]string) { v["CLOUDFLARE_API_TOKEN"] = "guess" }, "may the token read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			variables := cloudflare(t)
			tc.change(variables)
			if code, out, problem := tryIn(t, variables, "explain", "--data", t.TempDir(), "http://lyceum.example/"); code != 1 || !strings.Contains(problem, tc.says) {
				t.Errorf("%d %s %s", code, out, problem)
			}
		})
	}
}

func TestExplainForPrograms(t *testing.T) {
	t.Parallel()
	code, out, problem := tryIn(t, cloudflare(t), "explain", "--data", t.TempDir(), "http://lyceum.example/panto", "--json", "--as", "crawler", "--country", "GB")
	var a explain.Answer
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 || a.Plan.Status != 302 || a.Question.As != "crawler" || a.Question.Country != "GB" || a.Steps[0].Nanoseconds == nil {
		t.Errorf("%d %v %s %s", code, err, out, problem)
	}
}

// What people read, as they read it. Run with -update and read the file.
func TestExplainText(t *testing.T) {
	t.Parallel()
	code, out, problem := tryIn(t, cloudflare(t), "explain", "--data", t.TempDir(), "http://lyceum.example/panto", "--at", "2026-11-22 11:00", "--as", "staff:ana", "--times=false")
	if code != 0 {
		t.Fatalf("%d %s", code, problem)
	}
	path := filepath.Join("testdata", "explain.txt")
	if *update {
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
