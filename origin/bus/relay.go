package bus

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// RelayConfig is what a Relay works with.
type RelayConfig struct {
	DB     *pgxpool.Pool // its settings are used for one connection of the relay's own; it must not pass through a transaction pooler
	NATS   *nats.Conn    // from Connect
	Stream Stream
	Batch  int           // most events sent at a time; as many may be on their way before them. 0: 512
	Poll   time.Duration // how long to rest between looks when nobody rings. 0: 250 ms
	// AckWait is how long the stream may take to acknowledge. 0: 10 s
	AckWait time.Duration
	Clock   func() time.Time     // nil: time.Now
	Logger  *slog.Logger         // nil: slog.Default
	Metrics *Metrics             // nil: none
	Tracer  trace.TracerProvider // nil: none
}

// Relay copies events from the outbox to the stream. Any number of processes may run one: a Postgres advisory lock
// lets one of them lead and the others stand by.
type Relay struct {
	cfg    RelayConfig
	tracer trace.Tracer
	lock   int64

	published func() error // tests end the relay's life here, between the acknowledgement and the mark
}

// NewRelay makes a relay; Run runs it.
func NewRelay(cfg RelayConfig) *Relay {
	cfg.Stream = cfg.Stream.withDefaults()
	if cfg.Batch <= 0 {
		cfg.Batch = 512
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 250 * time.Millisecond
	}
	if cfg.AckWait <= 0 {
		cfg.AckWait = 10 * time.Second
	}
	instruments(&cfg.Clock, &cfg.Logger, &cfg.Metrics, &cfg.Tracer)
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("stagedoor relay " + cfg.Stream.Name))
	return &Relay{cfg: cfg, tracer: cfg.Tracer.Tracer("stagedoor/bus"), lock: int64(hash.Sum64()), published: func() error { return nil }}
}

// Run relays until ctx ends. Postgres or NATS being away is waited out.
func (r *Relay) Run(ctx context.Context) {
	wait := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	for ctx.Err() == nil {
		err := r.session(ctx, &wait)
		r.cfg.Metrics.leader.Set(0) // and what it saw last is not true for ever
		r.cfg.Metrics.waiting.Set(0)
		r.cfg.Metrics.oldest.Set(0)
		if ctx.Err() != nil {
			return
		}
		pause := wait.next()
		r.cfg.Logger.WarnContext(ctx, "the relay starts over", "error", err, "in", pause)
		_ = sleep(ctx, pause)
	}
}

// session is one life of the relay's own database connection: it leads as soon as it can get the lock, and loses
// the lock with the connection. It returns only with an error.
func (r *Relay) session(ctx context.Context, wait *backoff) error {
	conn, hangUp, err := r.dial(ctx)
	if err != nil {
		return err
	}
	defer hangUp() // gives the lock up at once
	queries := dbsqlc.New(conn)
	for {
		leads, err := queries.TryLead(ctx, r.lock)
		if err != nil {
			return fmt.Errorf("try to lead: %w", err)
		}
		if leads {
			break
		}
		if err := sleep(ctx, max(r.cfg.Poll, time.Second)); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "listen "+wakeChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	js, err := jetstream.New(r.cfg.NATS, jetstream.WithPublishAsyncTimeout(r.cfg.AckWait))
	if err != nil {
		return err
	}
	reader, hangUp, err := r.dial(ctx)
	if err != nil {
		return err
	}
	defer hangUp()
	r.cfg.Metrics.leader.Set(1)
	r.cfg.Logger.InfoContext(ctx, "this process relays the outbox", "stream", r.cfg.Stream.Name)
	l := &leader{Relay: r, conn: conn, queries: queries, reader: reader, js: js, wait: wait}
	return l.lead(ctx)
}

// dial opens a connection of the relay's own.
func (r *Relay) dial(ctx context.Context) (*pgx.Conn, func(), error) {
	config := r.cfg.DB.Config().ConnConfig
	config.Tracer = nil // a span for each look at an empty outbox would bury the others
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	return conn, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}, nil
}

// leader is a relay that holds the lock.
type leader struct {
	*Relay
	conn    *pgx.Conn // has the lock, and with it the right to write down what was relayed
	queries *dbsqlc.Queries
	reader  *pgx.Conn // reads ahead while conn writes
	js      jetstream.JetStream
	wait    *backoff

	agreed     bool   // the outbox and the stream were compared since the last failure
	unseen     unseen // while they agree, what is still to be looked for
	reconnects uint64 // of NATS, when they were
	last       int64  // the number in the stream of what was stored last
	counted    time.Time
}

// lead relays and rests in turn. A failure of NATS is waited out here; one of Postgres ends the leadership.
func (l *leader) lead(ctx context.Context) error {
	for {
		if err := l.count(ctx); err != nil {
			return err
		}
		err := l.drain(ctx)
		if err == nil {
			l.wait.reset()
			if err := l.rest(ctx, l.cfg.Poll); err != nil {
				return err
			}
			continue
		}
		if ctx.Err() != nil || l.conn.IsClosed() || l.reader.IsClosed() || isPostgres(err) {
			return err
		}
		l.agreed = false
		l.cfg.Metrics.failed.Inc()
		pause := l.wait.next()
		l.cfg.Logger.WarnContext(ctx, "events wait in the outbox", "error", err, "next_try_in", pause)
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// rest ends early when somebody rings the doorbell.
func (l *leader) rest(ctx context.Context, d time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, err := l.conn.WaitForNotification(waiting)
	if err == nil || (ctx.Err() == nil && (pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)) && !l.conn.IsClosed()) {
		return nil
	}
	return fmt.Errorf("wait for the doorbell: %w", err)
}

// count refreshes the gauges and settles what was passed over, at most every second. Nothing is on its way meanwhile.
func (l *leader) count(ctx context.Context) error {
	now := l.cfg.Clock()
	if now.Sub(l.counted) < time.Second {
		return nil
	}
	l.counted = now
	if l.agreed {
		if err := l.settle(ctx); err != nil {
			return err
		}
	}
	floor, err := l.queries.OutboxFloor(ctx)
	if err != nil {
		return fmt.Errorf("where to begin in the outbox: %w", err)
	}
	row, err := l.queries.CountWaiting(ctx, floor)
	if err != nil {
		return fmt.Errorf("count waiting events: %w", err)
	}
	l.cfg.Metrics.waiting.Set(float64(row.Waiting))
	l.cfg.Metrics.oldest.Set(row.OldestSeconds)
	return nil
}

func isPostgres(err error) bool {
	var answered *pgconn.PgError
	return errors.As(err, &answered)
}

// backoff doubles from first to most.
type backoff struct{ first, most, last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, b.first), b.most)
	return b.last
}

func (b *backoff) reset() { b.last = 0 }
