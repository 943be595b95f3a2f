package local_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/edge/site"
)

// edgeSpan is a span as the Worker sends it.
type edgeSpan struct {
	TraceID      string `json:"traceId"`
	SpanID       string `json:"spanId"`
	ParentSpanID string `json:"parentSpanId"`
	Name         string
	Attributes   []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
}

func (s edgeSpan) attribute(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

// collect is a collector whose spans come out of the channel.
func collect(t *testing.T) (*httptest.Server, chan edgeSpan) {
	spans := make(chan edgeSpan, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var export struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []edgeSpan } }
		}
		if err := json.NewDecoder(r.Body).Decode(&export); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					spans <- span
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return server, spans
}

func next(t *testing.T, spans chan edgeSpan) edgeSpan {
	t.Helper()
	select {
	case span := <-spans:
		return span
	case <-time.After(patience):
		t.Fatal("no span came")
		return edgeSpan{}
	}
}

// The Worker's spans, through workerd, for what the origin answers and what the
// edge answers; and a collector that is killed costs no request.
func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	collector, spans := collect(t)
	s, err := newStage(func(c *local.Config) { c.Traces = collector.URL })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	b := s.open(t, func(s *site.Site) {
		s.Redirects = []site.Redirect{{ID: "r", Match: "exact", Source: "/old", Target: "/new"}}
	})
	var sent string
	b.handle("GET /orders/7", func(_ http.ResponseWriter, r *http.Request) { sent = r.Header.Get("Traceparent") })

	r := b.request("GET", "/orders/7?key=secret", nil)
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	b.do(r)
	span := next(t, spans)
	if got := "00-" + span.TraceID + "-" + span.SpanID + "-01"; got != sent || span.ParentSpanID != "00f067aa0ba902b7" || span.Name != "edge GET" {
		t.Errorf("the span is %s below %s, the origin got %s", got, span.ParentSpanID, sent)
	}
	for key, want := range map[string]string{
		"stagedoor.site": b.site.ID, "stagedoor.pool": "main", "stagedoor.reason": "headers.added",
		"http.response.status_code": "200", "url.path": "/orders/7", "server.address": b.site.Hostname,
	} {
		if got := span.attribute(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	for _, a := range span.Attributes {
		if strings.Contains(a.Value.StringValue, "secret") {
			t.Errorf("%s tells the key to an order", a.Key)
		}
	}

	b.do(b.request("GET", "/old", nil))
	if span := next(t, spans); span.attribute("stagedoor.reason") != "redirect.rule" || span.attribute("http.response.status_code") != "302" || span.ParentSpanID != "" {
		t.Errorf("answered by the edge: %+v", span)
	}

	r = b.request("GET", "/orders/7", nil)
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
	b.do(r) // not sampled: the next span is another's
	b.do(b.request("GET", "/old", nil))
	if span := next(t, spans); span.attribute("url.path") != "/old" {
		t.Errorf("not sampled, and sent: %+v", span)
	}

	collector.Close()
	for range 20 {
		if status, _ := b.get("/orders/7"); status != 200 {
			t.Errorf("without a collector: %d", status)
		}
	}
	b.eventually("the loss being said", func() bool { return s.logs.has("spans could not be sent") })
}
