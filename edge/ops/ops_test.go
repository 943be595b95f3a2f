package ops_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/ops"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/edge/site"
)

const (
	hopKey = "a hop key for tests, no secret"
	token  = "an ops token for tests, and no secret"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// kv is a namespace in memory that can be switched off.
type kv struct {
	mu       sync.Mutex
	values   map[string]string
	metadata map[string]string
	down     bool
}

var errDown = errors.New("injected: KV is down")

func (k *kv) Get(_ context.Context, key string) ([]byte, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down {
		return nil, false, errDown
	}
	value, found := k.values[key]
	return []byte(value), found, nil
}

func (k *kv) Metadata(_ context.Context, key string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return []byte(k.metadata[key]), nil
}

func (k *kv) Keys(_ context.Context, prefix string) (keys []string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down {
		return nil, errDown
	}
	for key := range k.values {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

func (k *kv) Put(_ context.Context, key string, value []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down {
		return errDown
	}
	k.values[key] = string(value)
	return nil
}

func document(t *testing.T) string {
	t.Helper()
	doc, err := site.Encode(site.Site{
		ID: "lyceum", Name: "Lyceum <Theatre>", Hostname: "lyceum.example", Aliases: []string{"thelyceum.example"},
		Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Maintenance: []site.Window{{ID: "w", StartsAt: now.Add(24 * time.Hour), EndsAt: now.Add(28 * time.Hour)}},
		Redirects:   []site.Redirect{{ID: "r", Match: site.MatchExact, Source: "/panto", Target: "/shows/cinderella"}},
		Origin:      site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

type stage struct {
	*ops.Ops
	kv   *kv
	logs *bytes.Buffer
}

// open makes an ops Worker over a KV with one site in it, whose origin is the
// given handler.
func open(t *testing.T, origin http.HandlerFunc) *stage {
	t.Helper()
	server := httptest.NewServer(origin)
	t.Cleanup(server.Close)
	s := &stage{
		kv: &kv{
			values:   map[string]string{"site:lyceum.example": document(t), "site:thelyceum.example": document(t), "other": "x"},
			metadata: map[string]string{"site:lyceum.example": `{"published_at":"2026-11-21T09:30:00Z"}`},
		},
		logs: &bytes.Buffer{},
	}
	var err error
	s.Ops, err = ops.New(ops.Config{
		KV: s.kv, Token: token, HopKey: hopKey, OriginURL: server.URL, Client: http.DefaultTransport,
		Now: func() time.Time { return now }, Pause: func(context.Context, time.Duration) {}, Version: "test",
		Log: slog.New(slog.NewTextHandler(s.logs, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get asks for a page as an operator does. headers are names and values.
func (s *stage) get(target string, headers ...string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestNothingIsPublic(t *testing.T) {
	s := open(t, http.NotFound)
	for _, target := range []string{"/", "/explain?url=http://lyceum.example/", "/sites", "/sites/lyceum.example", "/health", "/style.css", "/nowhere"} {
		for name, authorization := range map[string]string{"nothing": "", "another token": "Bearer " + strings.Repeat("x", len(token)), "an empty one": "Bearer ", "its beginning": "Bearer " + token[:20], "another scheme": "Digest " + token} {
			status, body := s.get(target, "Authorization", authorization)
			if status != http.StatusUnauthorized || strings.Contains(body, "Lyceum") || strings.Contains(body, token) {
				t.Errorf("%s with %s: %d %s", target, name, status, body)
			}
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/health", nil)
	r.SetBasicAuth("anyone", token)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("a browser's password: %d", w.Code)
	}
}

func TestWhatIsMissingClosesIt(t *testing.T) {
	_, err := ops.New(ops.Config{Token: "short", HopKey: "short", OriginURL: "origin"})
	for _, name := range []string{"OPS_TOKEN", "HOP_KEY", "ORIGIN_URL"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	w := httptest.NewRecorder()
	if ops.Closed(w, httptest.NewRequest(http.MethodGet, "/sites", nil)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("closed: %d", w.Code)
	}
}

// No value may hold a comma: syumai/workers would make two headers of it.
func TestEveryAnswerIsProtected(t *testing.T) {
	s := open(t, http.NotFound)
	for _, target := range []string{"/", "/sites", "/health", "/nowhere"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		h := w.Result().Header
		for _, name := range []string{"Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Robots-Tag"} {
			if h.Get(name) == "" {
				t.Errorf("%s has no %s", target, name)
			}
		}
		for name := range h {
			if strings.Contains(h.Get(name), ",") {
				t.Errorf("%s: %s holds a comma", target, name)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	s := open(t, http.NotFound)
	tests := []struct {
		name, query string
		status      int
		says        []string
	}{
		{"the form", "", 200, []string{`name="url"`, "What does the edge do"}},
		{"a redirect", "?url=http%3A%2F%2Flyceum.example%2Fpanto", 200, []string{"The visitor is sent to http://lyceum.example/shows/cinderella (302).", "redirect.rule", "Lyceum &lt;Theatre&gt;"}},
		{"Sunday, at the venue", "?url=http%3A%2F%2Flyceum.example%2F&at=2026-11-22T11:00", 200, []string{"The edge answers 503 itself.", "Sunday 22 November 2026 at 11:00:00 GMT", "<strong>Open</strong>"}},
		{"Sunday, by an instant", "?url=http%3A%2F%2Flyceum.example%2F&at=2026-11-22T11:00:00Z", 200, []string{"The edge answers 503 itself."}},
		{"an unknown host", "?url=http%3A%2F%2Fnobody.example%2F", 200, []string{"421", "KV has no", "site:nobody.example"}},
		{"no address", "?url=&as=crawler", 400, []string{`id="fault"`, `aria-describedby="fault"`, "url:"}},
		{"nobody", "?url=http%3A%2F%2Flyceum.example%2F&as=ghost", 400, []string{"as:", "is nobody"}},
		{"no time", "?url=http%3A%2F%2Flyceum.example%2F&at=soon", 400, []string{"at:"}},
		{"a header that is none", "?url=http%3A%2F%2Flyceum.example%2F&header=x", 400, []string{"header:"}},
		{"markup", "?url=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", 400, []string{"&lt;script&gt;"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, body := s.get("/explain" + test.query)
			if status != test.status || strings.Contains(body, "<script>") {
				t.Errorf("%d\n%s", status, body)
			}
			for _, text := range test.says {
				if !strings.Contains(body, text) {
					t.Errorf("it does not say %q:\n%s", text, body)
				}
			}
		})
	}
	status, body := s.get("/explain?url=http%3A%2F%2Flyceum.example%2Fpanto&as=crawler", "Accept", "application/json")
	var answer explain.Answer
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 || answer.Plan.Status != 302 || answer.Question.As != "crawler" {
		t.Errorf("JSON: %d, %v\n%s", status, err, body)
	}
	if status, body := s.get("/explain?url=x", "Accept", "application/json"); status != 400 || !strings.Contains(body, `"detail"`) {
		t.Errorf("JSON of a bad question: %d %s", status, body)
	}
	s.kv.down = true
	if status, body := s.get("/explain?url=http%3A%2F%2Flyceum.example%2F"); status != 502 || strings.Contains(body, "injected") {
		t.Errorf("KV down: %d %s", status, body)
	}
}

func TestSites(t *testing.T) {
	s := open(t, http.NotFound)
	s.kv.values["site:broken.example"] = `{"version":1,"id":"broken","name":"","hostname":"broken.example"}`
	s.kv.values["site:newer.example"] = `{"version":9}`
	s.kv.values["site:wrong.example"] = document(t)
	status, body := s.get("/sites")
	for _, text := range []string{"5 hostnames", "lyceum.example", "another name of lyceum.example", "published 30 min ago", "1 maintenance window", "name: ", "schema version", "not for wrong.example"} {
		if status != 200 || !strings.Contains(body, text) {
			t.Errorf("%d, it does not say %q:\n%s", status, text, body)
		}
	}
	status, body = s.get("/sites/lyceum.example")
	for _, text := range []string{"No faults", "2026-11-21 09:30:00 UTC", "&#34;hostname&#34;: &#34;lyceum.example&#34;", "/explain?url=http%3A%2F%2Flyceum.example%2F"} {
		if status != 200 || !strings.Contains(body, text) {
			t.Errorf("%d, it does not say %q:\n%s", status, text, body)
		}
	}
	status, body = s.get("/sites/broken.example", "Accept", "application/json")
	var d struct {
		Faults   []string
		SHA256   string
		Document map[string]any
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil || status != 200 || len(d.Faults) < 4 || len(d.SHA256) != 64 || d.Document["id"] != "broken" {
		t.Errorf("%d, %v\n%s", status, err, body)
	}
	for target, want := range map[string]int{"/sites/nobody.example": 404, "/sites/Lyceum.example": 404, "/sites/..": 404} {
		if status, _ := s.get(target); status != want && status != http.StatusMovedPermanently && status != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d", target, status)
		}
	}
	s.kv.down = true
	if status, _ := s.get("/sites"); status != 502 {
		t.Errorf("KV down: %d", status)
	}
}

// origin is the other side: it verifies and answers with what it is given, in
// turn; the last answer stays.
type origin struct {
	t       *testing.T
	answers []func(http.ResponseWriter)
	reports []reconcile.Report
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := hop.Verify([]byte(hopKey), r, now)
	if err != nil || id != reconcile.SiteID || r.Method != http.MethodPost || r.URL.Path != reconcile.Path {
		o.t.Errorf("%s %s for %q: %v", r.Method, r.URL, id, err)
	}
	var report reconcile.Report
	if err := json.NewDecoder(io.LimitReader(r.Body, reconcile.MaxReport)).Decode(&report); err != nil {
		o.t.Error(err)
	}
	o.reports = append(o.reports, report)
	o.answers[min(len(o.reports), len(o.answers))-1](w)
}

func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
}

func TestReconcile(t *testing.T) {
	const repaired = `{"compared":2,"different":["site:lyceum.example"],"written":1,"removed":0}`
	tests := []struct {
		name     string
		answers  []func(http.ResponseWriter)
		attempts int
		drift    string
		problem  string
	}{
		{"in step", []func(http.ResponseWriter){says(200, `{"compared":2}`)}, 1, ops.InStep, ""},
		{"repaired", []func(http.ResponseWriter){says(200, repaired)}, 1, ops.Repaired, ""},
		{"not repaired", []func(http.ResponseWriter){says(200, `{"compared":2,"missing":["site:x"],"faults":["x is invalid"]}`)}, 1, ops.Faulty, ""},
		{"at the third attempt", []func(http.ResponseWriter){says(503, "starting"), says(502, ""), says(200, repaired)}, 3, ops.Repaired, ""},
		{"never", []func(http.ResponseWriter){says(503, "starting")}, 4, ops.NotKnown, "503: starting"},
		{"refused", []func(http.ResponseWriter){says(403, "")}, 1, ops.NotKnown, "403"},
		{"not the origin", []func(http.ResponseWriter){says(200, "<html>")}, 1, ops.NotKnown, "is ORIGIN_URL the origin?"},
		{"breaks off", []func(http.ResponseWriter){func(w http.ResponseWriter) { w.Header().Set("Content-Length", "99"); w.WriteHeader(200) }, says(200, `{"compared":2}`)}, 2, ops.InStep, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := &origin{t: t, answers: test.answers}
			s := open(t, o.ServeHTTP)
			record, err := s.Reconcile(t.Context())
			if err != nil || record.Attempts != test.attempts || !strings.Contains(record.Problem, test.problem) || (test.problem == "") != (record.Problem == "") {
				t.Errorf("%+v, %v", record, err)
			}
			if docs := o.reports[0].Documents; len(docs) != 2 || docs[0].Key != "site:lyceum.example" || len(docs[0].SHA256) != 64 || docs[0].Bytes != len(document(t)) {
				t.Errorf("reported %+v", docs)
			}
			var h ops.Health
			status, body := s.get("/health", "Accept", "application/json")
			if err := json.Unmarshal([]byte(body), &h); err != nil || status != 200 || h.Drift != test.drift || h.Last == nil || h.Hostnames != 2 || h.Version != "test" {
				t.Errorf("%d %s, %v", status, body, err)
			}
			if wantOK := test.drift == ops.InStep || test.drift == ops.Repaired; (h.Status == "ok") != wantOK {
				t.Errorf("status %s while %s", h.Status, h.Drift)
			}
			if status, body := s.get("/health"); status != 200 || !strings.Contains(body, test.drift) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestReconcileRemembersTheLastGoodOne(t *testing.T) {
	o := &origin{t: t, answers: []func(http.ResponseWriter){says(200, `{"compared":2}`), says(500, "broken")}}
	s := open(t, o.ServeHTTP)
	for range 2 {
		if _, err := s.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var record reconcile.Record
	if err := json.Unmarshal([]byte(s.kv.values[reconcile.LastKey]), &record); err != nil || record.Outcome != nil || !record.LastGood.Equal(now) || record.Problem == "" {
		t.Errorf("%+v, %v", record, err)
	}
}

func TestReconcileWithoutItsParts(t *testing.T) {
	t.Run("KV is down", func(t *testing.T) {
		s := open(t, func(http.ResponseWriter, *http.Request) { t.Error("the origin was asked to repair what nobody saw") })
		s.kv.down = true
		if _, err := s.Reconcile(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("error = %v", err)
		}
		if status, body := s.get("/health", "Accept", "application/json"); status != 503 || !strings.Contains(body, "unreachable") {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("the origin is gone", func(t *testing.T) {
		s := open(t, http.NotFound)
		server := httptest.NewServer(http.NotFoundHandler())
		s.OriginURL = server.URL
		server.Close()
		record, err := s.Reconcile(t.Context())
		if err != nil || record.Attempts != 4 || !strings.Contains(record.Problem, "cannot be reached") {
			t.Errorf("%+v, %v", record, err)
		}
	})
	t.Run("before the first", func(t *testing.T) {
		s := open(t, http.NotFound)
		if status, body := s.get("/health"); status != 200 || !strings.Contains(body, "have not been compared yet") {
			t.Errorf("%d %s", status, body)
		}
	})
}

// A fault of ours is an answer, and is in the log with where it happened.
func TestAFaultIsAnswered(t *testing.T) {
	s := open(t, http.NotFound)
	s.Config.KV = nil // as if the binding were gone
	if status, body := s.get("/sites"); status != 500 || strings.Contains(body, "nil pointer") || !strings.Contains(s.logs.String(), "nil pointer") {
		t.Errorf("%d %s", status, body)
	}
}
