package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/up/part"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

// house sells one performance: a redis-server, the holds of one process with
// the rules of the house, and the API over them. Orders, and so Postgres, are
// measured elsewhere: where a hold would tell them something nobody listens.
type house struct {
	redis   *part.Redis
	client  *redis.Client
	holds   *holdredis.Store
	buyers  *hold.Service
	seating *seating.Seating
	seats   []string // standard ones
	detail  show.Detail
	plan    *venue.Plan
	server  *http.Server
	address string
	stop    context.CancelFunc
	done    chan struct{}
	dir     string
}

// nothingSold is a judge that has seen no sale.
type nothingSold struct{}

func (nothingSold) SoldSeats(context.Context, uuid.UUID) ([]string, error) { return nil, nil }

// openHouse draws a house of so many seats and opens it.
func openHouse(ctx context.Context, seats int) (_ *house, err error) {
	h := &house{}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	h.plan, err = layout.Draw("Bench", seats, layout.Spec{Style: layout.British, Curve: 0.5, Width: 1, Levels: []layout.Level{{Name: "Stalls", Share: 5}, {Name: "Circle", Share: 3}, {Name: "Balcony", Share: 2}}})
	if err != nil {
		return nil, err
	}
	h.seating = seating.New(h.plan)
	for id, seat := range h.plan.Index() {
		if seat.Kind == venue.Standard {
			h.seats = append(h.seats, id)
		}
	}
	slices.Sort(h.seats)
	now := time.Now()
	h.detail = show.Detail{Performance: show.Performance{ID: uuid.New(), StartsAt: now.Add(30 * 24 * time.Hour), OnSaleAt: now.Add(-time.Hour), Status: show.OnSale, PlanID: uuid.New()}}
	h.detail.Brand.ID, h.detail.Brand.Currency = "lyceum", "GBP"
	if h.dir, err = os.MkdirTemp("", "bench-booking-"); err != nil {
		return nil, err
	}
	port, err := freeport.One()
	if err != nil {
		return nil, err
	}
	if h.redis, err = part.StartRedis(ctx, part.RedisConfig{Dir: h.dir, Port: port, Password: "bench", LogFile: filepath.Join(h.dir, "redis.log")}); err != nil {
		return nil, err
	}
	options, err := redis.ParseURL(h.redis.URL())
	if err != nil {
		return nil, err
	}
	options.PoolSize = connections
	h.client = redis.NewClient(options)
	logger := slog.New(slog.DiscardHandler)
	if h.holds, err = holdredis.New(holdredis.Config{Client: h.client, Sold: nothingSold{}, Logger: logger}); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop, h.done = stop, make(chan struct{})
	go func() { defer close(h.done); h.holds.Run(running) }()
	h.buyers = &hold.Service{Store: h.holds, Feed: h.holds, Finder: h.holds, Plans: h}
	return h, h.serve(logger)
}

// Sale implements hold.Plans.
func (h *house) Sale(context.Context, uuid.UUID) (hold.Sale, error) {
	return hold.Sale{OpensAt: h.detail.OnSaleAt, ClosesAt: h.detail.StartsAt, Seating: h.seating, AccessibleFrom: h.detail.StartsAt}, nil
}

func (h *house) serve(logger *slog.Logger) error {
	calls, err := api.New(api.Deps{
		Shows: repertoire{house: h}, Holds: h.buyers, Feed: h.holds, Orders: noOrders{}, Keys: noKeys{}, Repeats: once{}, Logger: logger, Streams: 1_000_000,
	})
	if err != nil {
		return err
	}
	visitors := session.Visitor(nil, calls)
	h.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitors.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "lyceum", "http://"+r.Host)))
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.address = listener.Addr().String()
	go func() { _ = h.server.Serve(listener) }()
	return nil
}

func (h *house) close() {
	if h.server != nil {
		_ = h.server.Close()
	}
	if h.stop != nil {
		h.stop()
		<-h.done
	}
	if h.client != nil {
		_ = h.client.Close()
	}
	if h.redis != nil {
		_ = h.redis.Stop(context.Background())
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir)
	}
}

// repertoire has the one performance.
type repertoire struct {
	api.Shows
	*house
}

func (r repertoire) Performance(_ context.Context, id uuid.UUID) (show.Detail, error) {
	if id != r.detail.ID {
		return show.Detail{}, show.ErrNotFound
	}
	return r.detail, nil
}

func (r repertoire) Plan(context.Context, uuid.UUID) (*venue.Plan, error) { return r.house.plan, nil }

// noOrders is told that a buyer chose anew, and nothing else.
type noOrders struct{ api.Orders }

func (noOrders) Superseded(context.Context, uuid.UUID, string, string) error { return nil }

type noKeys struct{}

func (noKeys) Public() []ticket.PublicKey { return nil }

// once would remember answers in Postgres; nobody repeats anything here.
type once struct{}

func (once) Do(context.Context, string, string, any, func(context.Context) (any, idempotency.Outcome, error)) (json.RawMessage, bool, error) {
	return nil, false, errors.New("no requests are repeated here")
}

// percentiles adds the p95 and p99 of what was measured, in milliseconds.
func percentiles(n bench.Numbers, prefix string, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 95, 99} {
		n[fmt.Sprintf("%s_p%d_ms", prefix, p)] = 1000 * took[min(len(took)-1, len(took)*p/100)].Seconds()
	}
}

// stopwatch collects durations of many callers.
type stopwatch struct {
	took []time.Duration
	next atomic.Int64
}

func newStopwatch(most int) *stopwatch { return &stopwatch{took: make([]time.Duration, most)} }

func (s *stopwatch) note(d time.Duration) {
	if i := s.next.Add(1) - 1; int(i) < len(s.took) {
		s.took[i] = d
	}
}

func (s *stopwatch) all() []time.Duration { return s.took[:min(int(s.next.Load()), len(s.took))] }
