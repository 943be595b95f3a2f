package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/telemetry"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestLogsJoinTheEdgesTrace(t *testing.T) {
	stop, err := telemetry.Tracing{Service: "test"}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop(context.Background()) })
	var lines bytes.Buffer
	logger := telemetry.NewLogger(&lines, nil)
	handler := telemetry.NewHTTP(prometheus.NewRegistry(), logger).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "hello")
		if !trace.SpanContextFromContext(r.Context()).IsSampled() {
			t.Error("the sampled flag was lost")
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("traceparent", parent)
	handler.ServeHTTP(httptest.NewRecorder(), request)
	var line struct {
		TraceID string `json:"trace_id"`
	}
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("logged trace %q, want the caller's", line.TraceID)
	}
}

func TestPanicBecomesA500AndIsCounted(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	registry := prometheus.NewRegistry()
	handler := telemetry.NewHTTP(registry, telemetry.NewLogger(&lines, nil)).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("the curtain fell")
	}))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("BREW", "/pot", nil))
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "curtain") {
		t.Errorf("answered %d %q, want a 500 that tells nothing", answer.Code, answer.Body)
	}
	if !strings.Contains(lines.String(), "the curtain fell") {
		t.Error("the panic was not logged")
	}
	if n := testutil.CollectAndCount(registry, "http_request_duration_seconds"); n != 1 {
		t.Errorf("%d series, want 1", n)
	}
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) error { return nil }
	cases := []struct {
		name            string
		checks, besides map[string]telemetry.Check
		status          int
		body            string
	}{
		{name: "all well", checks: map[string]telemetry.Check{"postgres": fine}, status: 200, body: `{"postgres":"ok"}`},
		{name: "one down", checks: map[string]telemetry.Check{"postgres": fine, "redis": func(context.Context) error { return errors.New("secret address") }},
			status: 503, body: `{"postgres":"ok","redis":"down"}`},
		{name: "one hangs", checks: map[string]telemetry.Check{"nats": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}, status: 503, body: `{"nats":"down"}`},
		{name: "one down that it can do without", checks: map[string]telemetry.Check{"postgres": fine},
			besides: map[string]telemetry.Check{"search": func(context.Context) error { return errors.New("away") }}, status: 200, body: `{"postgres":"ok","search":"down"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			answer := httptest.NewRecorder()
			telemetry.Readyz(20*time.Millisecond, c.checks, c.besides).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if answer.Code != c.status || strings.TrimSpace(answer.Body.String()) != c.body {
				t.Errorf("answered %d %s, want %d %s", answer.Code, answer.Body, c.status, c.body)
			}
		})
	}
}
