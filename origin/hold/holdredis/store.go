// Package holdredis keeps seat holds in Redis: one Lua script an operation, on keys that share the hash tag of their
// performance, so that a hold is taken whole or not at all and a cluster may spread the performances.
//
// Redis must not evict keys (maxmemory-policy noeviction). It may lose them: holds are then gone, the sold seats are
// read again from the judge, and fencing tokens and sequence numbers go on above the old ones.
package holdredis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/sync/singleflight"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// Config is what a Store works with.
type Config struct {
	Client redis.UniversalClient // from Connect, or alike
	Sold   hold.SoldSeats        // may also be a hold.LastToken, a hold.WithheldSeats and a hold.PledgedSeats

	TTL      time.Duration // how long a hold lasts. 0: 5 minutes
	MaxSeats int           // most seats in a hold. 0: 12
	// MaxOfficeSeats and LongestHold bound the holds of the box office. 0: 60 seats, 7 days
	MaxOfficeSeats int
	LongestHold    time.Duration
	// SweepEvery is how long an ended hold may go unseen when its expiry event is lost. 0: 1 s
	SweepEvery time.Duration
	// Buffer is how many deltas a reader may fall behind before its channel is closed. 0: 64
	Buffer int
	// SubscribeWithin bounds the wait for Redis to confirm the first subscription to a performance. 0: 5 s
	SubscribeWithin time.Duration

	Clock   func() time.Time     // nil: Redis's own, which all processes share; another one is for tests
	Logger  *slog.Logger         // nil: slog.Default
	Metrics *Metrics             // nil: none
	Tracer  trace.TracerProvider // nil: none
}

// Store is a hold.Store and a hold.Feed. The feed and the ending of holds need Run.
type Store struct {
	cfg       Config
	tracer    trace.Tracer
	loads     singleflight.Group
	snapshots coalescer[uuid.UUID, hold.Snapshot]
	trips     *bundle.Bundler[evaluation, []string]
	feed      *feed
	sweeper   *sweeper
}

var (
	_ hold.Store = (*Store)(nil)
	_ hold.Feed  = (*Store)(nil)

	_ hold.Finder    = (*Store)(nil)
	_ hold.Pledger   = (*Store)(nil)
	_ hold.Allocator = (*Store)(nil)
)

// Connect makes a client whose waits suit a buyer at a seat map: short, and given up with the request.
func Connect(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("holdredis: address: %w", err)
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = time.Second, time.Second, time.Second
	options.MaxRetries = 1
	options.ContextTimeoutEnabled = true
	return redis.NewClient(options), nil
}

// New makes a store. It reaches for nothing; Run does.
func New(cfg Config) (*Store, error) {
	if cfg.Client == nil || cfg.Sold == nil {
		return nil, errors.New("holdredis: Client and Sold are needed")
	}
	if cfg.TTL == 0 {
		cfg.TTL = 5 * time.Minute
	}
	if cfg.TTL < time.Millisecond {
		return nil, fmt.Errorf("holdredis: TTL %s is too short", cfg.TTL)
	}
	if cfg.MaxSeats == 0 {
		cfg.MaxSeats = 12
	}
	cfg.MaxOfficeSeats = cmp.Or(cfg.MaxOfficeSeats, 60)
	cfg.LongestHold = cmp.Or(cfg.LongestHold, 7*24*time.Hour)
	if cfg.SweepEvery <= 0 {
		cfg.SweepEvery = time.Second
	}
	if cfg.Buffer <= 0 {
		cfg.Buffer = 64
	}
	if cfg.SubscribeWithin <= 0 {
		cfg.SubscribeWithin = 5 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	if cfg.Tracer == nil {
		cfg.Tracer = noop.NewTracerProvider()
	}
	s := &Store{cfg: cfg, tracer: cfg.Tracer.Tracer("stagedoor/holdredis")}
	s.trips = bundle.New(mostTogether, tripsAtOnce, tripPatience, s.evaluateTogether).Eager()
	s.feed = newFeed(s)
	s.sweeper = newSweeper(s)
	return s, nil
}

// Run feeds the readers and ends holds whose time is over, in every process, until ctx ends; then it closes the
// readers' channels. Redis being away is waited out.
func (s *Store) Run(ctx context.Context) {
	swept := make(chan struct{})
	go func() { defer close(swept); s.sweeper.run(ctx) }()
	s.feed.run(ctx)
	<-swept
}

// idle is how long Redis keeps what it knows of a performance that nobody looks at.
const idle = 30 * 24 * time.Hour

// Names of keys. The braces make a cluster put them on one node.
const (
	namespace = "hold"
	index     = namespace + ":active" // performances with holds by the time of the next end
)

func tag(performanceID uuid.UUID) string              { return namespace + ":{" + performanceID.String() + "}:" }
func channel(performanceID uuid.UUID) string          { return tag(performanceID) + "deltas" }
func timer(performanceID uuid.UUID, id string) string { return tag(performanceID) + "timer:" + id }

func keys(performanceID uuid.UUID, more ...string) []string {
	t := tag(performanceID)
	return append([]string{t + "seats", t + "holds", t + "due", t + "buyers"}, more...)
}

// now is the time for scripts, in microseconds; "0" lets Redis read its own clock.
func (s *Store) now() string {
	if s.cfg.Clock == nil {
		return "0"
	}
	return strconv.FormatInt(s.cfg.Clock().UnixMicro(), 10)
}

// clock is the time as this process tells it, near enough to Redis's own.
func (s *Store) clock() time.Time {
	if s.cfg.Clock == nil {
		return time.Now()
	}
	return s.cfg.Clock()
}

// performanceOfKey reads the performance from a key or channel name.
func performanceOfKey(key string) (uuid.UUID, bool) {
	const start = len(namespace) + len(":{")
	const length = 36
	if len(key) < start+length || key[:start] != namespace+":{" {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(key[start : start+length])
	return id, err == nil
}
