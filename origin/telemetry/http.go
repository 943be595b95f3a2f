package telemetry

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// HTTP measures and traces an HTTP server.
type HTTP struct {
	logger   *slog.Logger
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewHTTP registers the server's metrics: http_request_duration_seconds by route, method and status class, and
// http_requests_in_flight.
func NewHTTP(registry prometheus.Registerer, logger *slog.Logger) *HTTP {
	h := &HTTP{
		logger: logger,
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer, until the last byte; streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "Requests being answered, streams included."}),
	}
	registry.MustRegister(h.seconds, h.inFlight)
	return h
}

// Wrap joins the caller's trace, measures, logs server errors and turns a panic into a 500 that keeps the
// process alive. The route is the ServeMux pattern, so that metrics stay few.
func (h *HTTP) Wrap(next http.Handler) http.Handler {
	measured := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.inFlight.Inc()
		defer h.inFlight.Dec()
		watched := &recorder{ResponseWriter: w}
		start := time.Now()
		defer func() {
			if problem := recover(); problem != nil {
				if problem == http.ErrAbortHandler {
					panic(problem)
				}
				h.logger.ErrorContext(r.Context(), "a handler panicked", "path", r.URL.Path, "panic", problem, "stack", string(debug.Stack()))
				if watched.status == 0 {
					http.Error(watched, "Something went wrong on our side. Nothing was charged by this request; please try again.", http.StatusInternalServerError)
				}
			}
			h.observe(r, watched, time.Since(start))
		}()
		next.ServeHTTP(watched, r)
	})
	return otelhttp.NewHandler(measured, "http", otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
		if r.Pattern != "" {
			return r.Pattern
		}
		return r.Method
	}))
}

func (h *HTTP) observe(r *http.Request, watched *recorder, took time.Duration) {
	status := watched.status
	if status == 0 {
		status = http.StatusOK
	}
	route := r.Pattern
	if route == "" {
		route = "unmatched"
	}
	if watched.Header().Get("Content-Type") != "text/event-stream" {
		h.seconds.WithLabelValues(route, method(r.Method), strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
	}
	if status >= http.StatusInternalServerError {
		h.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "status", status, "duration_ms", took.Milliseconds())
	}
}

// method keeps a stranger from inventing metric labels.
func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return name
	}
	return "other"
}

// recorder remembers the status. Unwrap lets http.ResponseController flush and set deadlines through it.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(body []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(body)
}

// Flush is there for writers that ask for http.Flusher directly.
func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }
