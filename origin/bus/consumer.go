package bus

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
)

// Handler acts on an event. What it writes through tx is committed together with the note that the event was
// handled, so it happens once. Anything it does elsewhere may happen again and must bear that. An error rolls tx
// back; the event is tried again later, unless the error is Poison.
type Handler func(ctx context.Context, tx pgx.Tx, event Delivery) error

// ConsumerConfig is what a Consumer works with.
type ConsumerConfig struct {
	Name     string   // of the durable consumer and of its inbox; never to be used for another handler
	Subjects []string // which events: whole subjects, no wildcards
	Handle   Handler
	// Rebuilds says that the effects are a read model that the history makes anew: see Replay.
	Rebuilds bool

	DB     *pgxpool.Pool
	NATS   *nats.Conn // from Connect
	Stream string     // "": STAGEDOOR
	// Workers handle events of different keys at the same time; those of one key follow each other within this
	// process. One that failed is overtaken by later ones while it waits for its next try. 0: 1
	Workers int
	// HandleWithin bounds one call of Handle with its transaction. 0: 20 s
	HandleWithin time.Duration
	// MaxAttempts is how many failures of the handler park an event. Deliveries while Postgres or NATS are away
	// do not count. 0: 8
	MaxAttempts int
	// Backoff says how long to wait after the nth failure in a row, from 1. nil: 0.5 s doubling up to a minute
	Backoff func(failures int) time.Duration

	Clock   func() time.Time     // nil: time.Now
	Logger  *slog.Logger         // nil: slog.Default
	Metrics *Metrics             // nil: none
	Tracer  trace.TracerProvider // nil: none
}

// Consumer hands events to a handler. Any number of processes may run one of the same name; they share the events.
type Consumer struct {
	cfg    ConsumerConfig
	tracer trace.Tracer

	ackMargin time.Duration // how long after HandleWithin a silent process is given up and its events go to another
	committed func()        // tests end the consumer's life here, between the effect and the acknowledgement
}

// Name is that of the durable consumer.
func (c *Consumer) Name() string { return c.cfg.Name }

// Rebuilds says whether Replay may be called.
func (c *Consumer) Rebuilds() bool { return c.cfg.Rebuilds }

// NewConsumer makes a consumer; Run runs it.
func NewConsumer(cfg ConsumerConfig) *Consumer {
	if cfg.Stream == "" {
		cfg.Stream = Stream{}.withDefaults().Name
	}
	if cfg.Workers <= 0 {
		cfg.Workers = 1
	}
	if cfg.HandleWithin <= 0 {
		cfg.HandleWithin = 20 * time.Second
	}
	if cfg.MaxAttempts <= 0 {
		cfg.MaxAttempts = 8
	}
	if cfg.Backoff == nil {
		cfg.Backoff = defaultBackoff
	}
	instruments(&cfg.Clock, &cfg.Logger, &cfg.Metrics, &cfg.Tracer)
	cfg.Logger = cfg.Logger.With("consumer", cfg.Name)
	return &Consumer{cfg: cfg, tracer: cfg.Tracer.Tracer("stagedoor/bus"), ackMargin: 10 * time.Second, committed: func() {}}
}

func defaultBackoff(failures int) time.Duration {
	return min(500*time.Millisecond<<min(failures-1, 10), time.Minute)
}

// Run consumes until ctx ends. NATS being away, or the stream not being there yet, is waited out.
func (c *Consumer) Run(ctx context.Context) {
	wait := backoff{first: 200 * time.Millisecond, most: 5 * time.Second}
	for {
		began := c.cfg.Clock()
		err := c.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if c.cfg.Clock().Sub(began) > time.Minute {
			wait.reset()
		}
		pause := wait.next()
		c.cfg.Logger.WarnContext(ctx, "the consumer starts over", "error", err, "in", pause)
		if sleep(ctx, pause) != nil {
			return
		}
	}
}

// session consumes until something about the subscription breaks or ctx ends.
func (c *Consumer) session(ctx context.Context) error {
	if err := Ready(c.cfg.NATS); err != nil {
		return err
	}
	js, err := jetstream.New(c.cfg.NATS)
	if err != nil {
		return err
	}
	const perWorker = 16 // enough to hide the way to the server, few enough to be handled within AckWait
	consumer, err := js.CreateOrUpdateConsumer(ctx, c.cfg.Stream, jetstream.ConsumerConfig{
		Durable:        c.cfg.Name,
		FilterSubjects: c.cfg.Subjects,
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        c.cfg.HandleWithin + c.ackMargin,
		MaxDeliver:     -1, // we decide when to give up, and keep what we gave up on
		MaxAckPending:  1000,
	})
	if err != nil {
		return fmt.Errorf("set up the consumer: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(c.cfg.Workers*perWorker), jetstream.PullHeartbeat(5*time.Second))
	if err != nil {
		return fmt.Errorf("ask for messages: %w", err)
	}
	defer context.AfterFunc(ctx, messages.Drain)()
	watching, enough := context.WithCancel(ctx)
	defer enough()
	go c.watchLag(watching, consumer)

	var workers sync.WaitGroup
	queues := make([]chan jetstream.Msg, c.cfg.Workers)
	for i := range queues {
		queues[i] = make(chan jetstream.Msg)
		workers.Go(func() {
			for message := range queues[i] {
				c.process(ctx, message)
			}
		})
	}
	defer workers.Wait()
	defer func() {
		for _, queue := range queues {
			close(queue)
		}
	}()
	for {
		message, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			messages.Stop()
			return fmt.Errorf("next message: %w", err)
		}
		queues[c.workerFor(message)] <- message
	}
}

// workerFor keeps the events of one key together.
func (c *Consumer) workerFor(message jetstream.Msg) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(message.Headers().Get(headerKey)))
	return int(hash.Sum32() % uint32(c.cfg.Workers))
}
