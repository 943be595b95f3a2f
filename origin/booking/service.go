package booking

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Holds is what booking needs of a hold.Store.
type Holds interface {
	Get(ctx context.Context, id string) (hold.Hold, error)
	MarkSold(ctx context.Context, performanceID uuid.UUID, holdID string, seats []string) error
	MarkFree(ctx context.Context, performanceID uuid.UUID, seats []string) error
	Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error)
}

// Gateway is what booking needs of a payment.Gateway; its errors are payment's.
type Gateway interface {
	CreateIntent(ctx context.Context, c payment.CreateIntent) (payment.Intent, error)
	GetIntent(ctx context.Context, id string) (payment.Intent, error)
	CancelIntent(ctx context.Context, id, idempotencyKey string) (payment.Intent, error)
	Refund(ctx context.Context, r payment.Refund) (payment.Refunded, error)
	ListIntents(ctx context.Context, since time.Time, cursor string) (payment.Page, error)
	ListRefunds(ctx context.Context, since time.Time, cursor string) (payment.RefundPage, error)
}

// Shows says what is sold, where and for how much.
type Shows interface {
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
	Plan(ctx context.Context, id uuid.UUID) (*venue.Plan, error)
}

// Signer signs the code inside a ticket's QR and names the key it used.
type Signer interface {
	SignTicket(ticketID, performanceID uuid.UUID, seatID string, issuedAt time.Time) (code, keyID string, err error)
}

// Doorbell is rung after a commit that put facts into the outbox. A bus.Doorbell is one.
type Doorbell interface{ Ring() }

// Config is what a Service is made of. All but the last nine must be set.
type Config struct {
	DB       *pgxpool.Pool
	Holds    Holds
	Payments Gateway
	Shows    Shows
	Signer   Signer
	LinkKey  []byte // at least 32 random bytes; makes the access keys of orders
	Logger   *slog.Logger

	// Doorbell saves the relay a look at the outbox; may be nil.
	Doorbell Doorbell
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random makes order numbers; crypto/rand.Reader when nil.
	Random io.Reader
	// Grace is how long after the end of its hold an order is left waiting, for a card that is being checked.
	// 30 seconds when zero.
	Grace time.Duration
	// RepeatWait is how long a repeated request waits for the first one to finish; 5 seconds when zero.
	RepeatWait time.Duration
	// Workers is how many payment events are acted upon at once; 8 when zero.
	Workers int
	// TestCards says that the provider is in its test mode, where everybody pays with the same few cards.
	TestCards bool
	Metrics   *Metrics             // none when nil
	Tracer    trace.TracerProvider // none when nil
}

// Service places orders and sees them through. It is safe for concurrent use, by several processes too.
type Service struct {
	db        *pgxpool.Pool
	holds     Holds
	payments  Gateway
	shows     *recall
	signer    Signer
	doorbell  Doorbell
	linkKey   []byte
	logger    *slog.Logger
	clock     func() time.Time
	random    io.Reader
	grace     time.Duration
	workers   int
	testCards bool
	metrics   *Metrics
	tracer    trace.Tracer
	keys      *idempotency.Keys
	terms     termsBook
	wake      chan struct{} // an event was stored
	wholeAt   time.Time     // when all of the provider's list was read last; Run's own

	looking     *bundle.Bundler[asking, ahead]
	keeping     *bundle.Bundler[intended, bool]
	writing     *bundle.Bundler[*draft, struct{}]
	settlements *bundle.Bundler[settling, *settled]
	telling     *bundle.Bundler[change, struct{}]
	storing     *bundle.Bundler[dbsqlc.StoreEventParams, struct{}]

	probe func(step string) // tests stop the program here; nil otherwise
}

// New checks the config, every fault at once, and makes a Service.
func New(c Config) (*Service, error) {
	var missing []error
	for name, absent := range map[string]bool{
		"DB": c.DB == nil, "Holds": c.Holds == nil, "Payments": c.Payments == nil, "Shows": c.Shows == nil,
		"Signer": c.Signer == nil, "Logger": c.Logger == nil,
	} {
		if absent {
			missing = append(missing, fmt.Errorf("booking: Config.%s is missing", name))
		}
	}
	if len(c.LinkKey) < 32 {
		missing = append(missing, errors.New("booking: Config.LinkKey needs at least 32 bytes"))
	}
	if err := errors.Join(missing...); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	c.Grace = cmp.Or(c.Grace, 30*time.Second)
	c.RepeatWait = cmp.Or(c.RepeatWait, 5*time.Second)
	c.Workers = cmp.Or(c.Workers, 8)
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.Tracer == nil {
		c.Tracer = noop.NewTracerProvider()
	}
	s := &Service{
		metrics: c.Metrics, tracer: c.Tracer.Tracer("stagedoor/booking"),
		db: c.DB, holds: c.Holds, payments: c.Payments, shows: &recall{Shows: c.Shows}, signer: c.Signer, doorbell: c.Doorbell,
		linkKey: c.LinkKey, logger: c.Logger, clock: c.Now, random: c.Random, grace: c.Grace, workers: c.Workers, testCards: c.TestCards, wake: make(chan struct{}, 1),
	}
	s.shows.now = s.now
	s.looking = bundle.New(mostInBundle, atOnce, bundlePatience, s.lookTogether)
	s.keeping = bundle.New(mostInBundle, atOnce, bundlePatience, s.keepIntents)
	s.writing = bundle.New(mostInBundle, atOnce, bundlePatience, s.writeTogether)
	s.settlements = bundle.New(mostInBundle, atOnce, bundlePatience, s.settleTogether)
	s.telling = bundle.New(mostInBundle, atOnce, bundlePatience, s.toldTogether)
	s.storing = bundle.New(mostInBundle, atOnce, bundlePatience, s.storeTogether)
	s.keys = &idempotency.Keys{DB: c.DB, Now: s.now, Wait: c.RepeatWait}
	return s, nil
}

// now is the clock at the precision Postgres keeps.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

func (s *Service) queries() *dbsqlc.Queries { return dbsqlc.New(s.db) }

// step marks a place between two steps where the process may die.
func (s *Service) step(name string) {
	if s.probe != nil {
		s.probe(name)
	}
}

// inTx runs work in a transaction and commits it when work returns nil.
func (s *Service) inTx(ctx context.Context, what string, work func(tx pgx.Tx, q *dbsqlc.Queries) error) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error { return work(tx, dbsqlc.New(tx)) })
	if err != nil {
		return fmt.Errorf("booking: %s: %w", what, err)
	}
	if s.doorbell != nil {
		s.doorbell.Ring()
	}
	return nil
}

// move takes an order along one transition and writes it into the order's history, in the caller's transaction.
func (s *Service) move(ctx context.Context, q *dbsqlc.Queries, order *dbsqlc.Order, to State, actor, reason string) error {
	return s.moveWith(ctx, q, order, to, actor, reason, nil)
}

// moveWith is move with the facts that decided it, any JSON object or nil.
func (s *Service) moveWith(ctx context.Context, q *dbsqlc.Queries, order *dbsqlc.Order, to State, actor, reason string, detail any) error {
	from := State(order.State)
	if !allowed(from, to) {
		return illegal(from, to)
	}
	now := s.now()
	if from != placed {
		err := q.SetOrderState(ctx, dbsqlc.SetOrderStateParams{
			ID: order.ID, State: string(to), Now: now, SeatsChanged: from.shown() || to.shown(),
		})
		if err != nil {
			return fmt.Errorf("order state: %w", err)
		}
	}
	if err := s.record(ctx, q, order.ID, from, to, EventMoved, actor, reason, detail); err != nil {
		return err
	}
	order.State, order.UpdatedAt = string(to), now
	return nil
}
