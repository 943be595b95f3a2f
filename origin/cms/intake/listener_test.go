package intake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestTheListenerAnswers(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *Config) { c.Metrics = NewMetrics(prometheus.NewRegistry()) })
	good := entry("hamlet", "production", "Hamlet", at(1), 1, "")
	request := func(method, topic, body string) *http.Request {
		r := httptest.NewRequest(method, "/webhooks/contentful", strings.NewReader(body))
		r.Header.Set("X-Contentful-Topic", "ContentManagement."+topic)
		sign(r, body, secret, time.Now())
		return r
	}
	change := func(r *http.Request, do func(*http.Request)) *http.Request { do(r); return r }
	for _, c := range []struct {
		name    string
		request *http.Request
		want    int
		result  string
		stored  int
	}{
		{"fetched", request(http.MethodGet, "Entry.publish", good), 405, "refused_method", 0},
		{"not signed", change(request(http.MethodPost, "Entry.publish", good), func(r *http.Request) { r.Header.Del("X-Contentful-Signature") }), 401, "refused_signature", 0},
		{"signed by somebody else", change(request(http.MethodPost, "Entry.publish", good), func(r *http.Request) { sign(r, good, strings.Repeat("e", 64), time.Now()) }), 401, "refused_signature", 0},
		{"signed yesterday", change(request(http.MethodPost, "Entry.publish", good), func(r *http.Request) { sign(r, good, secret, time.Now().Add(-24*time.Hour)) }), 401, "refused_stale", 0},
		{"a draft's body as a publication", change(request(http.MethodPost, "Entry.save", good), func(r *http.Request) { r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish") }), 401, "refused_signature", 0},
		{"too long", request(http.MethodPost, "Entry.publish", `{"x":"`+strings.Repeat("x", MostBody)+`"}`), 413, "refused_large", 0},
		{"no JSON", request(http.MethodPost, "Entry.publish", `<entry/>`), 400, "refused_malformed", 0},
		{"no ID", request(http.MethodPost, "Entry.publish", `{"sys":{}}`), 400, "refused_malformed", 0},
		{"a draft", request(http.MethodPost, "Entry.save", good), 204, "ignored", 0},
		{"an asset", request(http.MethodPost, "Asset.publish", `{"sys":{"type":"Asset","id":"x"}}`), 204, "ignored", 0},
		{"good", request(http.MethodPost, "Entry.publish", good), 202, "accepted", 1},
		{"once more", request(http.MethodPost, "Entry.publish", good), 200, "repeated", 1},
	} {
		before := testutil.ToFloat64(s.cfg.Metrics.webhooks.WithLabelValues("contentful", c.result))
		w := s.answer(s.contentful, c.request)
		if w.Code != c.want || len(s.states()) != c.stored {
			t.Errorf("%s: answered %d %s and stored %d, want %d and %d", c.name, w.Code, w.Body, len(s.states()), c.want, c.stored)
		}
		if now := testutil.ToFloat64(s.cfg.Metrics.webhooks.WithLabelValues("contentful", c.result)); now != before+1 {
			t.Errorf("%s: it is not counted as %s", c.name, c.result)
		}
		if c.want < 400 {
			continue
		}
		var problem struct {
			Type, Title, Detail, Instance, Code string
			Status                              int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Header().Get("Content-Type") != "application/problem+json" ||
			problem.Status != c.want || problem.Title == "" || problem.Detail == "" || problem.Instance != "/webhooks/contentful" || problem.Code != c.result {
			t.Errorf("%s: %s %+v %v", c.name, w.Header().Get("Content-Type"), problem, err)
		}
		if strings.Contains(w.Body.String(), secret[:16]) {
			t.Errorf("%s: the answer tells our secret", c.name)
		}
	}
}

// unreadable fails the test of whoever reads it.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.ErrUnexpectedEOF
}

// TestBodiesOfStrangersAreNotRead: what the headers show to be nobody's, or far too long, costs no more than its headers.
func TestBodiesOfStrangersAreNotRead(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	for _, c := range []struct {
		name    string
		system  System
		headers map[string]string
		length  int64
		want    int
	}{
		{"Contentful, not signed", s.contentful, nil, -1, 401},
		{"Contentful, signed yesterday", s.contentful, map[string]string{"X-Contentful-Timestamp": fmt.Sprint(time.Now().Add(-24 * time.Hour).UnixMilli())}, -1, 401},
		{"Contentful, the topic not signed", s.contentful, map[string]string{"X-Contentful-Signed-Headers": "x-contentful-signed-headers,x-contentful-timestamp"}, -1, 401},
		{"Contentful, too long", s.contentful, map[string]string{}, MostBody + 1, 413},
		{"Umbraco, no token", s.umbraco, nil, -1, 401},
		{"Umbraco, a wrong token", s.umbraco, map[string]string{"Authorization": "Bearer wrong"}, -1, 401},
		{"Umbraco, too long", s.umbraco, map[string]string{"Authorization": "Bearer " + token}, MostBody + 1, 413},
	} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/it", unreadable{t})
		r.ContentLength = c.length
		if c.headers != nil {
			r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
			sign(r, "", secret, time.Now())
		}
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		if w := s.answer(c.system, r); w.Code != c.want {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	if n := len(s.states()); n != 0 {
		t.Errorf("%d deliveries were kept", n)
	}
}

// TestNothingIsTakenWithoutADatabase: the sender is told to come again, so that nothing is lost.
func TestNothingIsTakenWithoutADatabase(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.db.Close()
	body := entry("hamlet", "production", "Hamlet", at(1), 1, "")
	r := httptest.NewRequest(http.MethodPost, "/webhooks/contentful", strings.NewReader(body))
	r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
	sign(r, body, secret, time.Now())
	if w := s.answer(s.contentful, r); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "pool") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestUmbracosToken(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer " + token: 202} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/umbraco", strings.NewReader(item(hamlet, "production", "Hamlet", at(1))))
		r.Header.Set("Umb-Webhook-Event", "Umbraco.ContentPublish")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if w := s.answer(s.umbraco, r); w.Code != want {
			t.Errorf("%q: %d %s", header, w.Code, w.Body)
		}
	}
}

// TestATraceGoesOn: what a handler does belongs to the trace of the webhook that told of it.
func TestATraceGoesOn(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	s := newStage(t, func(c *Config) { c.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)) })
	s.send("publish", entry("hamlet", "production", "Hamlet", at(1), 1, ""))
	s.finish()
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "POST /webhooks/contentful" || ended[1].Parent().SpanID() != ended[0].SpanContext().SpanID() {
		t.Errorf("spans: %v", ended)
	}
}
