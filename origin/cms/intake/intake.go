// Package intake takes in what content systems tell, by webhooks and by asking their APIs, and has each change applied
// once. A webhook is verified on its raw body, stored and answered within milliseconds; a worker acts upon it afterwards.
// A sweep asks each system from time to time for what changed and stores it in the same table, so that a webhook that was
// lost is only late.
//
// What is stored ends as done, dropped by a person, or stands in the table as due, waiting for another entry, or parked
// with its faults named. Applying a change and finishing its delivery are one transaction: whatever is killed when,
// nothing is lost and nothing happens twice.
package intake

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// System is a content system. A contentful.System and an umbraco.System are.
type System interface {
	Source() cms.Source
	// Presented says, before a webhook's body is read, whether its headers rule out that Verify will pass it; its errors
	// are Verify's. It costs little and believes nothing.
	Presented(header http.Header, now time.Time) error
	// Verify says whether a webhook is the system's own: wire.ErrSignature, wire.ErrStale.
	Verify(r wire.Request, now time.Time) error
	// Keep picks what is kept of a verified webhook.
	Keep(header http.Header, body []byte) wire.Envelope
	// Read says what an envelope means: wire.ErrMalformed.
	Read(e wire.Envelope) (wire.Message, error)
	// Ask is an envelope that has the API asked about an entry when it is read.
	Ask(id string) wire.Envelope
	// API is nil where the system cannot be asked.
	API() wire.API
}

// Applier makes a change part of the house, within tx. Of its errors *InvalidError and
// *WaitingError are understood; any other is tried again. A change that is no newer than the last one of its entry must
// change nothing.
type Applier interface {
	Apply(ctx context.Context, tx pgx.Tx, change cms.Change) error
}

// Config is what an Intake works with. DB, Applier and Logger must be set.
type Config struct {
	DB      *pgxpool.Pool
	Systems []System
	Applier Applier
	Logger  *slog.Logger
	Metrics *Metrics             // nil: none
	Tracer  trace.TracerProvider // nil: none
	Now     func() time.Time     // nil: time.Now
	// Applied is told after a change was committed, to ring a doorbell say. May be nil.
	Applied func()
	// Workers is how many entries of each system are worked on at a time: one that answers slowly, or not at all, keeps
	// nobody from hearing of the other. 0: 3
	Workers int
	// Poll is how long to rest between looks when nothing is heard. 0: 250 ms
	Poll time.Duration
	// SweepEvery is how long after a sweep the next one begins. 0: 5 minutes
	SweepEvery time.Duration
	// Keep is how long finished deliveries stay. 0: 30 days
	Keep time.Duration
}

// Intake takes in what content systems tell.
type Intake struct {
	cfg     Config
	systems map[cms.Source]System
	sources []string
	wake    map[string]chan struct{} // by source
	tracer  trace.Tracer
	bodies  *bodies // of webhooks, on their way in

	step func(name string) // tests end the worker's life here
}

// New makes an intake. Listener answers webhooks, Run does the rest.
func New(cfg Config) (*Intake, error) {
	if cfg.DB == nil || cfg.Applier == nil || cfg.Logger == nil {
		return nil, errors.New("intake: DB, Applier and Logger are needed")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	if cfg.Tracer == nil {
		cfg.Tracer = noop.NewTracerProvider()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Applied == nil {
		cfg.Applied = func() {}
	}
	for field, usual := range map[*time.Duration]time.Duration{
		&cfg.Poll: 250 * time.Millisecond, &cfg.SweepEvery: 5 * time.Minute, &cfg.Keep: 30 * 24 * time.Hour,
	} {
		if *field <= 0 {
			*field = usual
		}
	}
	if cfg.Workers <= 0 {
		cfg.Workers = 3
	}
	n := &Intake{cfg: cfg, tracer: cfg.Tracer.Tracer("stagedoor/cms"), systems: map[cms.Source]System{}, wake: map[string]chan struct{}{}, step: func(string) {}}
	n.bodies = newBodies()
	for _, system := range cfg.Systems {
		if _, twice := n.systems[system.Source()]; twice {
			return nil, errors.New("intake: " + string(system.Source()) + " is configured twice")
		}
		n.systems[system.Source()] = system
		n.sources = append(n.sources, string(system.Source()))
		n.wake[string(system.Source())] = make(chan struct{}, cfg.Workers)
	}
	return n, nil
}

// Systems are those it listens to.
func (n *Intake) Systems() []System { return n.cfg.Systems }

// Run works, sweeps and tidies until ctx ends. Any number of processes may run one: they share the work. Postgres or a
// content system being away is waited out.
func (n *Intake) Run(ctx context.Context) error {
	if len(n.systems) == 0 {
		<-ctx.Done()
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, source := range n.sources {
		for range n.cfg.Workers {
			group.Go(func() error { n.work(ctx, source); return nil })
		}
	}
	for _, system := range n.systems {
		if system.API() != nil {
			group.Go(func() error { n.sweep(ctx, system); return nil })
		}
	}
	group.Go(func() error { n.tidy(ctx); return nil })
	return group.Wait()
}

func (n *Intake) queries() *dbsqlc.Queries { return dbsqlc.New(n.cfg.DB) }

// now is the time to the microsecond, as Postgres keeps it.
func (n *Intake) now() time.Time { return n.cfg.Now().UTC().Truncate(time.Microsecond) }

// rouse has a worker of a source look at once.
func (n *Intake) rouse(source string) {
	select {
	case n.wake[source] <- struct{}{}:
	default: // as many are roused as there are
	}
}

// rest waits for d, or until somebody rouses; false: ctx ended.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-timer.C:
	}
	return ctx.Err() == nil
}
