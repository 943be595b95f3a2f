package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

// house is a running sandbox and a client for it.
type house struct {
	*sandbox.Sandbox
	t      testing.TB
	config sandbox.Config
	url    string
	server *httptest.Server
}

// open serves a sandbox. Without a backoff of the test's own, failed webhooks are tried
// again at once.
func open(t testing.TB, c sandbox.Config) *house {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.Backoff == nil {
		c.Backoff = func(int) (time.Duration, bool) { return time.Millisecond, true }
	}
	c.PublicURL = "http://" + server.Listener.Addr().String()
	s, err := sandbox.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.Handler()
	server.Start()
	h := &house{Sandbox: s, t: t, config: c, url: c.PublicURL, server: server}
	t.Cleanup(h.stop)
	return h
}

func (h *house) stop() {
	h.server.Close()
	h.Sandbox.Close()
}

// restart stops the sandbox and opens its folder again.
func (h *house) restart() *house {
	h.t.Helper()
	h.stop()
	return open(h.t, h.config)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// at digs into the body: at("error", "code").
func (a answer) at(path ...string) any {
	var node any = a.body
	for _, step := range path {
		object, _ := node.(map[string]any)
		node = object[step]
	}
	return node
}

func (a answer) text(path ...string) string {
	s, _ := a.at(path...).(string)
	return s
}

func (a answer) number(path ...string) int64 {
	n, _ := a.at(path...).(float64)
	return int64(n)
}

type header struct{ name, value string }

// call sends a request with the secret key, unless a header says otherwise.
func (h *house) call(method, path string, params url.Values, headers ...header) answer {
	h.t.Helper()
	var body io.Reader
	target := h.url + path
	if method == http.MethodGet {
		target += "?" + params.Encode()
	} else {
		body = strings.NewReader(params.Encode())
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, target, body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.Keys().Secret)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, x := range headers {
		r.Header.Set(x.name, x.value)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{status: got.StatusCode, header: got.Header, raw: string(text)}
	if err := json.Unmarshal(text, &a.body); err != nil && got.StatusCode != http.StatusNoContent {
		h.t.Fatalf("%s %s: %s: %s", method, path, got.Status, text)
	}
	return a
}

func (h *house) post(path string, params url.Values, headers ...header) answer {
	h.t.Helper()
	return h.call(http.MethodPost, path, params, headers...)
}

func (h *house) get(path string, params url.Values, headers ...header) answer {
	h.t.Helper()
	return h.call(http.MethodGet, path, params, headers...)
}

func (h *house) publishable() header {
	return header{"Authorization", "Bearer " + h.Keys().Publishable}
}

func key(k string) header { return header{"Idempotency-Key", k} }

// want fails the test unless the answer has a status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("answered %d, want %d: %s", a.status, status, a.raw)
	}
	return a
}

func params(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func intentParams(more ...string) url.Values {
	return params(append([]string{
		"amount", "8950", "currency", "gbp", "automatic_payment_methods[enabled]", "true",
		"automatic_payment_methods[allow_redirects]", "never", "metadata[order_id]", "7",
	}, more...)...)
}

// intent makes one and returns its ID and client secret.
func (h *house) intent() (id, secret string) {
	h.t.Helper()
	made := h.post("/v1/payment_intents", intentParams()).want(h.t, http.StatusOK)
	return made.text("id"), made.text("client_secret")
}

// mailbox is a webhook receiver that remembers what it got.
type mailbox struct {
	*httptest.Server
	mu       sync.Mutex
	received []delivery
	refuse   int // how many deliveries still to answer with 500
}

type delivery struct {
	id, kind, signature string
	body                []byte
	accepted            bool
}

func newMailbox(t testing.TB) *mailbox {
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var event struct{ ID, Type string }
		if err := json.Unmarshal(body, &event); err != nil {
			t.Errorf("a webhook that is not JSON: %s", body)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		d := delivery{event.ID, event.Type, r.Header.Get("Stripe-Signature"), body, m.refuse == 0}
		if m.refuse > 0 {
			m.refuse--
			w.WriteHeader(http.StatusInternalServerError)
		}
		m.received = append(m.received, d)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) refuseNext(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = n
}

func (m *mailbox) all() []delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]delivery(nil), m.received...)
}

// accepted lists the types of the events that were taken, in the order they came.
func (m *mailbox) accepted() []string {
	var kinds []string
	for _, d := range m.all() {
		if d.accepted {
			kinds = append(kinds, d.kind)
		}
	}
	return kinds
}

func (h *house) quiet() {
	h.t.Helper()
	if err := h.WebhooksQuiet(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func sprint(v any) string { return fmt.Sprint(v) }
