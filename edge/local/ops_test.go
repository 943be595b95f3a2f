package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/golden"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/edge/ops"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
	"github.com/stagedoor/stagedoor/infra/opsworker"
)

const opsToken = "an ops token for tests, and no secret"

// backstage is an edge with the ops Worker beside it, in workerd, and an origin
// that takes reports of drift.
type backstage struct {
	t    *testing.T
	edge *local.Edge
	kv   *kv.NamespaceService
	logs *logBook

	mu      sync.Mutex
	answers []int // statuses to give first; then 200
	reports []reconcile.Report
}

func (b *backstage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, err := hop.Verify([]byte(golden.HopKey), r, time.Now())
	if err != nil || id != reconcile.SiteID || r.Method != http.MethodPost || r.URL.Path != reconcile.Path || r.Header.Get("Content-Type") != "application/json" {
		b.t.Errorf("%s %s for %q: %v", r.Method, r.URL, id, err)
	}
	var report reconcile.Report
	if err := json.NewDecoder(io.LimitReader(r.Body, reconcile.MaxReport)).Decode(&report); err != nil {
		b.t.Error(err)
	}
	if len(b.answers) > 0 {
		w.WriteHeader(b.answers[0])
		b.answers = b.answers[1:]
		return
	}
	b.reports = append(b.reports, report)
	_ = json.NewEncoder(w).Encode(reconcile.Outcome{Compared: len(report.Documents), Different: []string{"site:a"}, Written: 1})
}

func newBackstage(t *testing.T) *backstage {
	t.Helper()
	c := config(t)
	dir, err := opsworker.Builder{Root: c.Root, Progress: os.Stderr}.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &backstage{t: t, logs: &logBook{}}
	origin := httptest.NewServer(b)
	t.Cleanup(origin.Close)
	b.edge, err = local.Start(t.Context(), local.Config{
		Root: c.Root, DataDir: t.TempDir(), HopKey: golden.HopKey, APIToken: token, Log: slog.New(b.logs),
		Ops: &local.Ops{Dir: dir, Token: opsToken, OriginURL: origin.URL},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.edge.Close(); err != nil {
			t.Error(err)
		}
	})
	b.kv = namespaces(b.edge.APIURL, token)
	return b
}

func (b *backstage) publish(t *testing.T, key, value string, fields map[string]any) {
	t.Helper()
	if _, err := b.kv.BulkUpdate(t.Context(), b.edge.NamespaceID, bulk(with(put(key, value), fields))); err != nil {
		t.Fatal(err)
	}
}

// get asks the ops Worker; token "" shows none.
func (b *backstage) get(t *testing.T, target, token, accept string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.edge.OpsURL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

const (
	asJSON = "application/json;q=0.9, text/html;q=0.1"
	asHTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

func TestOpsWorker(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	t.Run("nothing is public", b.nothingIsPublic)
	t.Run("explain is the native explain", b.explains)
	t.Run("sites", b.showsSites)
	t.Run("the cron has drift repaired", b.repairs)
}

func (b *backstage) nothingIsPublic(t *testing.T) {
	for _, target := range []string{"/", "/explain?url=http://x.example/", "/sites", "/health", "/style.css", "/nowhere"} {
		for _, shown := range []string{"", strings.Repeat("x", len(opsToken))} {
			if response, _ := b.get(t, target, shown, asHTML); response.StatusCode != http.StatusUnauthorized || response.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d", target, shown, response.StatusCode)
			}
		}
	}
	response, body := b.get(t, "/", opsToken, asHTML)
	if response.StatusCode != http.StatusOK || !strings.Contains(body, "<form") || response.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

// source is what the Worker finds in KV, for the native engine.
type source map[string][]byte

func (s source) Get(_ context.Context, key string) ([]byte, bool, error) {
	value, found := s[key]
	return value, found, nil
}

// The Worker gives the answer that the same question gets natively, for cases
// from all over the golden corpus.
func (b *backstage) explains(t *testing.T) {
	testdata := filepath.Join(config(t).Root, "edge", "testdata")
	files, err := golden.Load(testdata)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		for i := range file.Cases {
			c := &file.Cases[i]
			if i%6 != 0 || !reflect.DeepEqual(c.State, golden.State{}) {
				continue
			}
			in, err := c.Prepare(testdata)
			if err != nil {
				t.Fatal(err)
			}
			var r chain.Request
			if err := wire.ParseRequest(in.Request, &r); err != nil || len(in.Request) > 4000 {
				continue
			}
			q := explain.Question{URL: c.Request.URL, Method: r.Method, At: c.Now, IP: r.RemoteIP, Header: http.Header{}}
			q.Network.Country = r.Network.Country
			var lines []string
			for _, f := range r.Fields {
				q.Header.Add(f.Name, f.Value)
				lines = append(lines, f.Name+": "+f.Value)
			}
			want, wrong := explain.Explainer{HopKey: []byte(golden.HopKey), Source: source{site.Key(in.Hostname): in.Document}}.Explain(t.Context(), q)
			b.publish(t, site.Key(in.Hostname), string(in.Document), nil)
			query := url.Values{"url": {q.URL}, "method": {q.Method}, "at": {q.At.Format(time.RFC3339Nano)}, "ip": {q.IP}, "country": {q.Network.Country}, "header": lines}
			response, body := b.get(t, "/explain?"+query.Encode(), opsToken, asJSON)
			asked++
			if wrong != nil {
				var q explain.QuestionError
				if !errors.As(wrong, &q) || response.StatusCode != http.StatusBadRequest {
					t.Errorf("%s: %d %s, natively %v", c.Name, response.StatusCode, body, wrong)
				}
				continue
			}
			var got explain.Answer
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Errorf("%s: %v: %s", c.Name, err, body)
				continue
			}
			// How long it took is not what is compared: natively nobody asked.
			got.Notes = slices.DeleteFunc(got.Notes, func(note string) bool { return note == explain.NoTimes })
			for i := range got.Steps {
				got.Steps[i].Nanoseconds = nil
			}
			if len(got.Notes) == 0 {
				got.Notes = nil
			}
			if same := throughJSON(t, want); !reflect.DeepEqual(got, same) {
				t.Errorf("%s: got %d %s\n%.300s\nwant %s", c.Name, response.StatusCode, got.Outcome, body, same.Outcome)
			}
		}
	}
	if t.Logf("%d questions", asked); asked < 30 {
		t.Errorf("only %d questions were asked", asked)
	}
}

func throughJSON(t *testing.T, a *explain.Answer) (out explain.Answer) {
	t.Helper()
	body, err := json.Marshal(a)
	if err == nil {
		err = json.Unmarshal(body, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (b *backstage) showsSites(t *testing.T) {
	doc, err := site.Encode(site.Site{
		ID: "novello", Name: "Novello", Hostname: "novello.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.publish(t, "site:novello.example", string(doc), map[string]any{"Metadata": any(map[string]string{"published_at": "2026-11-21T09:30:00Z"})})
	b.publish(t, "site:ruin.example", `{"version":1,"id":"ruin"}`, nil)
	response, body := b.get(t, "/sites/novello.example", opsToken, asHTML)
	if response.StatusCode != http.StatusOK || !strings.Contains(body, "2026-11-21 09:30:00 UTC") || !strings.Contains(body, "No faults") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	response, body = b.get(t, "/sites/ruin.example", opsToken, asJSON)
	if response.StatusCode != http.StatusOK || !strings.Contains(body, "hostname: ") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, body = b.get(t, "/sites/nobody.example", opsToken, asHTML); response.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, body = b.get(t, "/sites", opsToken, asHTML); response.StatusCode != http.StatusOK || !strings.Contains(body, "novello.example") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func (b *backstage) repairs(t *testing.T) {
	health := func() (h ops.Health) {
		_, body := b.get(t, "/health", opsToken, asJSON)
		if err := json.Unmarshal([]byte(body), &h); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return h
	}
	if h := health(); h.Drift != ops.NotKnown || h.Last != nil || h.KV != "reachable" || len(h.Version) != 12 {
		t.Errorf("before: %+v", h)
	}
	b.mu.Lock()
	b.answers = []int{http.StatusServiceUnavailable} // it is tried again
	b.mu.Unlock()
	if err := b.edge.RunCron(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); health().Last == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing came of it within 30 s: %s", fmt.Sprint(b.logs.messages))
		}
	}
	h := health()
	if h.Drift != ops.Repaired || h.Last.Attempts != 2 || h.Last.Outcome.Written != 1 || h.Status != "ok" {
		t.Errorf("after: %+v, %+v", h, h.Last)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.reports) != 1 || len(b.reports[0].Documents) != h.Hostnames || h.Hostnames < 3 {
		t.Errorf("%d reports, %d hostnames", len(b.reports), h.Hostnames)
	}
}
