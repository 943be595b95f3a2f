package local_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// patience is how long something may take on a busy machine.
const patience = 2 * time.Minute

const (
	secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	me     = "editor@example.com"
)

// stage is a local CMS and a listener that the test plays.
type stage struct {
	*local.CMS
	t   *testing.T
	db  *pgxpool.Pool
	api *httptest.Server

	mu     sync.Mutex
	got    []*http.Request // with their bodies read
	bodies [][]byte
	say    func(n int) int // the status of the nth answer
	heard  chan struct{}
}

func newStage(t *testing.T, db *pgxpool.Pool) *stage {
	t.Helper()
	s := &stage{t: t, db: db, heard: make(chan struct{}, 1000), say: func(int) int { return http.StatusAccepted }}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.got, s.bodies = append(s.got, r), append(s.bodies, body)
		status := s.say(len(s.got))
		s.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "heard")
		s.heard <- struct{}{}
	}))
	t.Cleanup(listener.Close)
	mux := http.NewServeMux()
	s.api = httptest.NewServer(mux)
	t.Cleanup(s.api.Close)
	s.CMS = local.New(local.Config{
		DB: db, Now: time.Now, Logger: slog.New(slog.DiscardHandler), URL: s.api.URL + "/cms",
		Contentful: local.Contentful{Space: "house", Token: "delivery", Secret: secret, Webhook: listener.URL + "/webhooks/contentful"},
		Umbraco:    local.Umbraco{APIKey: "key", Header: "Authorization", Token: "Bearer hook", Webhook: listener.URL + "/webhooks/umbraco"},
		Pause:      func(cms.Source, int) time.Duration { return 0 },
	})
	mux.Handle("/cms/", http.StripPrefix("/cms", s.Handler()))
	return s
}

// run sends until the test ends.
func (s *stage) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-done })
}

// hears waits for n more webhooks.
func (s *stage) hears(n int) {
	s.t.Helper()
	for range n {
		select {
		case <-s.heard:
		case <-time.After(patience):
			s.t.Fatal("no webhook came")
		}
	}
}

// said is the nth webhook, from 1: its headers and its body.
func (s *stage) said(n int) (*http.Request, map[string]any) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var body map[string]any
	if err := json.Unmarshal(s.bodies[n-1], &body); err != nil {
		s.t.Fatalf("%v: %s", err, s.bodies[n-1])
	}
	return s.got[n-1], body
}

// ask asks an API.
func (s *stage) ask(path string, headers ...string) (int, map[string]any) {
	s.t.Helper()
	if len(path) > 0 && path[0] == '/' {
		path = s.api.URL + "/cms" + path
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var body map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			s.t.Fatalf("%v: %s", err, text)
		}
	}
	return res.StatusCode, body
}

// fields writes values in a system's default locale.
func fields(source cms.Source, pairs ...any) local.Fields {
	out := local.Fields{}
	for i := 0; i+1 < len(pairs); i += 2 {
		text, err := json.Marshal(pairs[i+1])
		if err != nil {
			panic(err)
		}
		out[pairs[i].(string)] = map[string]json.RawMessage{local.Locales(source)[0]: text}
	}
	return out
}

// must ends the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func open(t *testing.T) *stage { t.Helper(); return newStage(t, pgtest.Pool(t)) }

// at finds a value within JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			l, _ := v.([]any)
			if key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

func split(path string) []any {
	var out []any
	for part := range strings.SplitSeq(path, "/") {
		out = append(out, part)
	}
	return out
}
