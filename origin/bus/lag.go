package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// lookEvery is how often a consumer asks how far behind it is.
const lookEvery = 5 * time.Second

// watchLag keeps the gauges of a consumer until ctx ends. That a server does not answer shows elsewhere.
func (c *Consumer) watchLag(ctx context.Context, consumer jetstream.Consumer) {
	for {
		if info, err := consumer.Info(ctx); err == nil {
			c.cfg.Metrics.behind.WithLabelValues(c.cfg.Name).Set(float64(info.NumPending) + float64(info.NumAckPending))
		}
		c.watchFailures(ctx)
		if sleep(ctx, lookEvery) != nil {
			return
		}
	}
}

// watchFailures keeps the gauges of what the consumer could not handle.
func (c *Consumer) watchFailures(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	rows, err := dbsqlc.New(c.cfg.DB).FailuresByConsumer(ctx)
	if err != nil {
		return
	}
	var mine dbsqlc.FailuresByConsumerRow
	for _, row := range rows {
		if row.Consumer == c.cfg.Name {
			mine = row
		}
	}
	c.cfg.Metrics.failing.WithLabelValues(c.cfg.Name).Set(float64(mine.Failing))
	c.cfg.Metrics.parked.WithLabelValues(c.cfg.Name).Set(float64(mine.Parked))
}

// Lag is how far behind a consumer is.
type Lag struct {
	Consumer string
	Behind   uint64 // events that it has not been given yet
	AtWork   int    // events that it was given and has not acknowledged
	Failing  int64  // events that failed and will be tried again
	Parked   int64  // events that wait for a person
	Away     string // why the stream could not be asked; "" when it could
}

// Status is how the facts flow.
type Status struct {
	Waiting       int64         // facts that are not in the stream yet
	OldestWaiting time.Duration // age of the oldest of them
	Consumers     []Lag         // in the order asked for
}

// Look asks the outbox and the stream how the facts flow to the consumers of these names. A stream that does not
// answer is no error: what the database knows is told all the same.
func Look(ctx context.Context, db *pgxpool.Pool, conn *nats.Conn, stream string, names []string) (Status, error) {
	queries := dbsqlc.New(db)
	floor, err := queries.OutboxFloor(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("bus: where the outbox begins: %w", err)
	}
	waiting, err := queries.CountWaiting(ctx, floor)
	if err != nil {
		return Status{}, fmt.Errorf("bus: count waiting facts: %w", err)
	}
	rows, err := queries.FailuresByConsumer(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("bus: count failures: %w", err)
	}
	failures := map[string]dbsqlc.FailuresByConsumerRow{}
	for _, row := range rows {
		failures[row.Consumer] = row
	}
	status := Status{Waiting: waiting.Waiting, OldestWaiting: time.Duration(waiting.OldestSeconds * float64(time.Second))}
	for _, name := range names {
		lag := Lag{Consumer: name, Failing: failures[name].Failing, Parked: failures[name].Parked}
		if info, err := consumerInfo(ctx, conn, cmp.Or(stream, Stream{}.withDefaults().Name), name); err != nil {
			lag.Away = err.Error()
		} else {
			lag.Behind, lag.AtWork = info.NumPending, info.NumAckPending
		}
		status.Consumers = append(status.Consumers, lag)
	}
	return status, nil
}

func consumerInfo(ctx context.Context, conn *nats.Conn, stream, name string) (*jetstream.ConsumerInfo, error) {
	if err := Ready(conn); err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	consumer, err := js.Consumer(ctx, stream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, errors.New("it has not run yet")
	}
	if err != nil {
		return nil, err
	}
	return consumer.CachedInfo(), nil
}
