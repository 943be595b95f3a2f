package house

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/telemetry"
)

// MailboxPath is where the development mailbox is, on the origin.
const MailboxPath = "/dev/mail"

// PracticePath is where the practice provider for the console is, on the origin.
const PracticePath = "/dev/sign-in"

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
	}, map[string]telemetry.Check{
		// Facts wait in the outbox, and sales go on.
		"nats": func(context.Context) error { return bus.Ready(h.nats) },
		// Pages that need no search go on, and the others show what they have in store: sending people elsewhere helps nobody.
		"search": func(ctx context.Context) error { _, err := h.reindex.Live(ctx); return err },
	}))
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}))
}

// sameSite refuses what another site's page makes a browser send. Behind the edge the Host header is ours; what the
// browser calls this site is its public origin.
func sameSite(next http.Handler) http.Handler {
	check := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if public, err := url.Parse(session.Origin(r.Context())); err == nil && public.Host != "" {
			r.Host = public.Host
		}
		if err := check.Check(r); err != nil {
			http.Error(w, "This request came from another website, so it was not carried out.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Handler answers every request that reaches the origin. Pages and API are for requests that the edge signed and the
// webhook comes from the payment provider, by whatever way. The rest is for whoever runs this, and the edge passes on
// every path of every theatre's site: a request that it has passed on never gets there.
func (h *House) Handler() http.Handler {
	public, direct := http.NewServeMux(), http.NewServeMux()
	public.Handle("/webhooks/stripe", h.webhook)
	for _, system := range h.content.Systems() {
		public.Handle(WebhookPath(system.Source()), h.content.Listener(system))
	}
	public.HandleFunc("POST "+reconcile.Path, h.reconcile)
	public.HandleFunc("POST "+hits.Path, h.countHits)
	public.Handle("/", h.sites)

	h.operations(direct)
	if h.cfg.Mailbox {
		direct.Handle(MailboxPath, h.mailbox)
		direct.Handle(MailboxPath+"/", h.mailbox)
	}
	if h.editors != nil {
		direct.Handle(EditorsPath+"/", http.StripPrefix(EditorsPath, h.editors.Handler()))
	}
	if h.practice != nil {
		direct.Handle(PracticePath+"/", h.practice)
	}
	direct.Handle("/", public)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(hop.HeaderHop) != "" {
			public.ServeHTTP(w, r)
			return
		}
		direct.ServeHTTP(w, r)
	})
}

// Watch keeps what pages show live, until ctx ends: every process that answers requests runs it.
func (h *House) Watch(ctx context.Context) { h.holds.Run(ctx) }
