package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/payment/breaker"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/reindex"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/telemetry"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/search/index"
)

// Tools are what a house is given rather than opens.
type Tools struct {
	Logger  *slog.Logger
	Now     func() time.Time // nil: time.Now
	Version string           // of this program, for traces
}

// House is an opened house: everything is connected, nothing runs yet. See Handler and Work.
type House struct {
	cfg      Config
	logger   *slog.Logger
	now      func() time.Time
	registry *prometheus.Registry

	db       *pgxpool.Pool
	redis    *redis.Client
	nats     *nats.Conn
	shows    *show.Repository
	search   *index.Searcher
	holds    *holdredis.Store
	payments *stripe.Gateway
	booking  *booking.Service
	tickets  *ticket.Keyring
	doorbell *bus.Doorbell
	relay    *bus.Relay
	busStats *bus.Metrics
	feed     *catalogue.Feed
	reindex  *reindex.Index // changes the search index
	letters  *notify.Writer
	office   *boxoffice.Desk
	askers   *customer.Desk // what buyers ask of what is kept of them
	content  *intake.Intake // of what editors write
	editors  *local.CMS     // where they write on one machine; nil: in the real systems
	channels *hold.Service  // holds as buyers and the box office may have them
	sites    http.Handler   // every brand's site, through the edge only
	webhook  http.Handler   // of the payment provider
	mailbox  http.Handler   // for development
	practice http.Handler   // signs in practice accounts; nil for real sites
	desk     *staff.Desk
	console  *console.Console

	rooms     *waiting.Control
	tender    *waiting.Tender
	admission *admission.Guard
	trials    *trial.Runner       // simulations and rehearsals of rooms
	importer  *importing.Importer // of redirects, for the console

	// Editor changes and Publisher publishes what the edge obeys.
	Editor    *edgeconfig.Editor
	Publisher *edgeconfig.Publisher
	caches    *edgeconfig.Caches

	closers []func(context.Context) error // the last one first
}

// judge is what holds ask about seats that are sold. Booking, which knows, needs the holds first.
type judge struct {
	*booking.Service
	*boxoffice.Desk // knows what only it sells
}

// Open connects everything the configuration names. Redis, NATS, search and Stripe may be away; Postgres must answer.
func Open(ctx context.Context, cfg Config, tools Tools) (_ *House, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if tools.Now == nil {
		tools.Now = time.Now
	}
	h := &House{cfg: cfg, logger: tools.Logger, now: tools.Now, registry: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(context.WithoutCancel(ctx)))
		}
	}()
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	flush, err := telemetry.Tracing{Service: "stagedoor", Version: tools.Version, Endpoint: cfg.Traces}.Start(ctx)
	if err != nil {
		return nil, err
	}
	h.closing(flush)
	if err := h.openStores(ctx); err != nil {
		return nil, err
	}
	if err := h.openSales(); err != nil {
		return nil, err
	}
	if err := h.openContent(); err != nil {
		return nil, err
	}
	h.openEditors()
	h.Editor, h.Publisher = EdgeConfig(h.db, cfg, tools)
	h.caches = &edgeconfig.Caches{
		DB: h.db, Publish: h.publish, Notify: siteChanged, Zone: cfg.Zone(), Now: tools.Now, Logger: tools.Logger,
	}
	if err := h.openRooms(); err != nil {
		return nil, err
	}
	if err := h.openConsole(); err != nil {
		return nil, err
	}
	if err := h.openPages(); err != nil {
		return nil, err
	}
	return h, nil
}

// openStores connects to what keeps data.
func (h *House) openStores(ctx context.Context) (err error) {
	if h.db, err = postgres.Open(ctx, h.cfg.DatabaseURL, postgres.Config{Tracer: otel.GetTracerProvider(), MaxConns: 40}); err != nil {
		return err
	}
	h.closing(func(context.Context) error { h.db.Close(); return nil })
	holdredis.LogTo(h.logger)
	if h.redis, err = holdredis.Connect(h.cfg.RedisURL); err != nil {
		return err
	}
	h.closing(func(context.Context) error { return h.redis.Close() })
	if h.nats, err = bus.Connect(h.cfg.NATSURL, "stagedoor", h.logger); err != nil {
		return err
	}
	h.closing(func(context.Context) error { h.nats.Close(); return nil })
	client, err := index.Connect(index.Config{URL: h.cfg.Search.URL, APIKey: h.cfg.Search.APIKey})
	if err != nil {
		return err
	}
	if h.reindex, err = reindexer(h.db, h.cfg, Tools{Logger: h.logger, Now: h.now}, reindex.NewMetrics(h.registry)); err != nil {
		return err
	}
	h.search = index.NewSearcher(client)
	h.shows = show.NewRepository(h.db)
	h.feed = catalogue.New(catalogue.Config{
		DB: h.db, Index: index.NewIndexer(client).WithTargets(targets(h.db)), Domain: h.cfg.Edge.Domain, Now: h.now, Logger: h.logger, Metrics: catalogue.NewMetrics(h.registry),
		Written: edgeconfig.NoteSearch,
	})
	return nil
}

// openSales makes what sells: holds, payments, bookings, tickets and the bus that carries the facts.
func (h *House) openSales() (err error) {
	tracer := otel.GetTracerProvider()
	sold := &judge{}
	lasting, err := h.cfg.holdTime()
	if err != nil {
		return err
	}
	h.holds, err = holdredis.New(holdredis.Config{
		Client: h.redis, Sold: sold, TTL: lasting, MaxSeats: maxSeats, Logger: h.logger, Metrics: holdredis.NewMetrics(h.registry), Tracer: tracer,
	})
	if err != nil {
		return err
	}
	if h.payments, err = stripe.New(stripe.Config{
		SecretKey: h.cfg.Stripe.SecretKey, BaseURL: h.cfg.Stripe.URL, Logger: h.logger,
		Transport: otelhttp.NewTransport(http.DefaultTransport),
	}); err != nil {
		return err
	}
	if h.tickets, err = ticket.OpenKeyring(h.cfg.TicketKeys, random); err != nil {
		return err
	}
	h.busStats = bus.NewMetrics(h.registry)
	h.doorbell = bus.NewDoorbell(h.db, h.logger)
	h.relay = bus.NewRelay(bus.RelayConfig{DB: h.db, NATS: h.nats, Clock: h.now, Logger: h.logger, Metrics: h.busStats, Tracer: tracer})
	h.booking, err = booking.New(booking.Config{
		DB: h.db, Holds: h.holds, Payments: breaker.New(h.payments, breaker.Config{Now: h.now, Registerer: h.registry}), Shows: h.shows, Signer: h.tickets, LinkKey: []byte(h.cfg.LinkKey),
		Logger: h.logger, Doorbell: h.doorbell, Now: h.now, Metrics: booking.NewMetrics(h.registry), Tracer: tracer,
		TestCards: h.cfg.Stripe.test(),
	})
	if err != nil {
		return err
	}
	h.office = &boxoffice.Desk{DB: h.db, Now: h.now, Seats: h.holds, Logger: h.logger}
	sold.Service, sold.Desk = h.booking, h.office
	return nil
}

// EdgeConfig makes what changes (the editor) and publishes (the publisher) what the edge obeys. It needs no more than a
// database.
func EdgeConfig(db *pgxpool.Pool, cfg Config, tools Tools) (*edgeconfig.Editor, *edgeconfig.Publisher) {
	if tools.Now == nil {
		tools.Now = time.Now
	}
	settings := cfg.settings()
	return &edgeconfig.Editor{DB: db, Settings: settings, Now: tools.Now, Notify: siteChanged},
		&edgeconfig.Publisher{DB: db, Store: cfg.store(), Settings: settings, Now: tools.Now, Logger: tools.Logger, Pause: time.Sleep}
}

// Work runs what happens behind the pages, until ctx ends: webhooks acted upon, overdue orders ended, facts relayed
// and consumed. Every process may work, and they share it.
func (h *House) Work(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context){h.relay.Run, h.doorbell.Run, h.feed.Run, h.reindex.Run, h.Domains().Run} {
		group.Go(func() error { run(ctx); return nil })
	}
	group.Go(func() error { return h.booking.Run(ctx) })
	group.Go(func() error { return h.content.Run(ctx) })
	if h.editors != nil {
		group.Go(func() error { h.editors.Run(ctx); return nil })
	}
	group.Go(func() error { return h.tendRooms(ctx) })
	group.Go(func() error { h.office.Tend(ctx, h.logger); return nil })
	group.Go(func() error { h.askers.Tend(ctx); return nil })
	group.Go(func() error { h.trials.Run(ctx); return nil })
	group.Go(func() error { return h.caches.Run(ctx) })
	for _, c := range h.consumers() {
		group.Go(func() error { c.Run(ctx); return nil })
	}
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("work: %w", err)
	}
	return nil
}

// Close disconnects everything. What runs must have been stopped before.
func (h *House) Close(ctx context.Context) error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i](ctx))
	}
	h.closers = nil
	return errors.Join(errs...)
}

func (h *House) closing(f func(context.Context) error) { h.closers = append(h.closers, f) }
