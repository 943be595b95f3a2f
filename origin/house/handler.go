package house

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/telemetry"
)

// MailboxPath is where the development mailbox is, on the origin.
const MailboxPath = "/dev/mail"

// Operations answers those who run the house: whether it lives, whether it can work, and its figures.
func (h *House) Operations() http.Handler {
	mux := http.NewServeMux()
	h.operations(mux)
	return mux
}

func (h *House) operations(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", telemetry.Healthz)
	mux.Handle("GET /readyz", telemetry.Readyz(2*time.Second, map[string]telemetry.Check{
		"postgres": h.db.Ping,
		"redis":    func(ctx context.Context) error { return h.redis.Ping(ctx).Err() },
		"nats":     func(context.Context) error { return bus.Ready(h.nats) },
	}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}))
}

// Handler answers every request that reaches the origin.
func (h *House) Handler() http.Handler {
	mux := http.NewServeMux()
	h.operations(mux)
	return telemetry.NewHTTP(h.registry, h.logger).Wrap(mux)
}

// Watch keeps what pages show live, until ctx ends: every process that answers requests runs it.
func (h *House) Watch(ctx context.Context) { h.holds.Run(ctx) }
