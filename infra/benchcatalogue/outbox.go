package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/bus"
)

const (
	// facts wait in the outbox when a turn begins.
	facts = 50_000
	// outboxTurns each has.
	outboxTurns = 3
	// inFlight is how many messages the plain publisher has on their way: as
	// many as the relay.
	inFlight = 1024
)

// outbox lets the relay carry facts that wait in Postgres into JetStream and
// mark each as carried, every mark on disk; against a program that has the
// same facts in memory and publishes them, with their IDs, to a stream of the
// same kind.
func (p plan) outbox(ctx context.Context, n bench.Numbers) error {
	s, err := openServers(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	var relayed, published time.Duration
	for range outboxTurns {
		took, err := s.relay(ctx)
		if err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		relayed += took
		if took, err = s.publish(ctx); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		published += took
	}
	n["outbox_events_per_s"] = outboxTurns * facts / relayed.Seconds()
	n["plain_publish_per_s"] = outboxTurns * facts / published.Seconds()
	n["outbox_per_plain_publish"] = n["outbox_events_per_s"] / n["plain_publish_per_s"]
	var wrong int
	err = s.db.QueryRow(ctx, `select (select count(*) from outbox_waiting) + (select count(*) - count(distinct stream_seq) from outbox_relayed)`).Scan(&wrong)
	n["outbox_wrong"] = float64(wrong)
	return err
}

// relay takes the time from the relay's start until all is marked.
func (s *servers) relay(ctx context.Context) (time.Duration, error) {
	if _, err := s.db.Exec(ctx, `insert into outbox (event_id, subject, key, payload)
		select gen_random_uuid(), 'stagedoor.seats.sold.v1', gen_random_uuid()::text,
			jsonb_build_object('performance_id', gen_random_uuid(), 'order_id', gen_random_uuid(), 'seats', array['stalls-F-12', 'stalls-F-13'])
		from generate_series(1, $1::int)`, facts); err != nil {
		return 0, err
	}
	if _, err := s.db.Exec(ctx, "vacuum analyze outbox"); err != nil {
		return 0, err
	}
	var last int64
	if err := s.db.QueryRow(ctx, "select max(id) from outbox").Scan(&last); err != nil {
		return 0, err
	}
	relay := bus.NewRelay(bus.RelayConfig{DB: s.db, NATS: s.conn, Logger: slog.New(slog.DiscardHandler)})
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	began := time.Now()
	go func() { defer close(done); relay.Run(working) }()
	for {
		// Facts are marked in their order. To look for any that waits reads the outbox from its beginning, which took more of
		// Postgres than the relay does; that really none does is looked up at the end.
		var through bool
		if err := s.db.QueryRow(ctx, "select exists (select from outbox_relayed where id = $1)", last).Scan(&through); err != nil {
			return 0, err
		}
		if through {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	took := time.Since(began)
	stop()
	<-done
	return took, nil
}

// publish takes the time to publish as many messages alike, up to the last
// acknowledgement.
func (s *servers) publish(ctx context.Context) (time.Duration, error) {
	js, err := jetstream.New(s.conn, jetstream.WithPublishAsyncMaxPending(inFlight))
	if err != nil {
		return 0, err
	}
	stream, err := bus.Stream{Name: "PLAIN", Subjects: []string{"plain.>"}}.Ensure(ctx, js)
	if err != nil {
		return 0, err
	}
	ids := make([]string, facts)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	body := fmt.Appendf(nil, `{"seats": ["stalls-F-12", "stalls-F-13"], "order_id": "%s", "performance_id": "%s"}`, uuid.NewString(), uuid.NewString())
	began := time.Now()
	futures := make([]jetstream.PubAckFuture, 0, facts)
	for _, id := range ids {
		message := &nats.Msg{Subject: "plain.seats.sold.v1", Data: body, Header: nats.Header{"Stagedoor-Key": {id}}}
		future, err := js.PublishMsgAsync(message, jetstream.WithMsgID(id), jetstream.WithStallWait(time.Minute))
		if err != nil {
			return 0, err
		}
		futures = append(futures, future)
	}
	for _, future := range futures {
		select {
		case <-future.Ok():
		case err := <-future.Err():
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	took := time.Since(began)
	return took, stream.Purge(ctx)
}
