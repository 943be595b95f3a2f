package bus

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// rebuilder counts each thing's facts in a read model, table model.
func (s *stage) rebuilder() *Consumer {
	s.exec("create table if not exists model (thing text primary key, highest int not null)")
	return NewConsumer(ConsumerConfig{
		Name: "model", Subjects: []string{testSubject}, DB: s.db, NATS: s.conn, Logger: s.logger, Rebuilds: true, MaxAttempts: 2,
		Backoff: func(int) time.Duration { return time.Millisecond },
		Handle: func(ctx context.Context, tx pgx.Tx, event Delivery) error {
			var f fact
			if err := event.Decode(&f); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "insert into model values ($1, $2) on conflict (thing) do update set highest = greatest(model.highest, excluded.highest)", f.Thing, f.N)
			return err
		},
	})
}

// The read model is gone and so is half of the stream; the history brings it back.
func TestTheHistoryRebuildsAReadModel(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	consumer := s.rebuilder()
	consumer.cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	s.start(consumer.Run)
	s.tell("curtain", 0, 30)
	s.tell("safety curtain", 0, 7)
	s.until("the model is there", func() bool { return s.count("select coalesce(sum(highest), 0) from model") == 29+6 })
	s.until("nothing is behind, and says so", func() bool {
		return testutil.CollectAndCount(consumer.cfg.Metrics.behind) == 1 && testutil.ToFloat64(consumer.cfg.Metrics.behind) == 0
	})
	s.exec("delete from model")
	var told []Replayed
	state, err := consumer.Replay(t.Context(), 0, func(r Replayed) { told = append(told, r) })
	if err != nil || state.Done != 37 || state.Total != 37 || state.Refused != 0 {
		t.Errorf("replayed %+v, %v", state, err)
	}
	if len(told) < 2 || told[0].Done != 0 || told[len(told)-1].Done != 37 {
		t.Errorf("told of %v", told)
	}
	if n := s.count("select coalesce(sum(highest), 0) from model"); n != 29+6 {
		t.Errorf("the model adds up to %d, want %d", n, 29+6)
	}
	if state, err = consumer.Replay(t.Context(), state.Last, nil); err != nil || state.Total != 0 {
		t.Errorf("continued after the end: %+v, %v", state, err)
	}
	status, err := Look(t.Context(), s.db, s.conn, "", []string{"model", "nobody"})
	if err != nil || status.Waiting != 0 || status.Consumers[0] != (Lag{Consumer: "model"}) || status.Consumers[1].Away == "" {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestReplayWithTroubles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tell("curtain", 0, 3)
	s.exec(`insert into outbox (event_id, subject, key, payload) values (gen_random_uuid(), $1, 'x', '[]')`, testSubject)
	s.tell("curtain", 3, 2)
	consumer := s.rebuilder()
	inner, down := consumer.cfg.Handle, errors.New("the index is down")
	failures := 0
	consumer.cfg.Handle = func(ctx context.Context, tx pgx.Tx, event Delivery) error {
		var f fact
		if event.Decode(&f) == nil && f.N == 4 && failures < 3 {
			failures++
			return down
		}
		return inner(ctx, tx, event)
	}
	state, err := consumer.Replay(t.Context(), 0, nil)
	if !errors.Is(err, down) || state.Done != 5 || state.Refused != 1 {
		t.Fatalf("replayed %+v, %v", state, err)
	}
	if n := s.count("select count(*) from bus_failures where parked_at is not null and consumer = 'model'"); n != 1 {
		t.Errorf("%d facts are parked, want the one that is none", n)
	}
	var parked uuid.UUID
	if err := s.db.QueryRow(t.Context(), "select event_id from bus_failures where consumer = 'model'").Scan(&parked); err != nil {
		t.Fatal(err)
	}
	if err := consumer.Retry(t.Context(), parked); err == nil {
		t.Error("a fact that is still none was taken for handled")
	}
	if state, err = consumer.Replay(t.Context(), state.Last, nil); err != nil || state.Done != 1 {
		t.Errorf("continued: %+v, %v", state, err)
	}
	if n := s.count("select highest from model"); n != 4 {
		t.Errorf("the model says %d, want 4", n)
	}
	if _, err := s.consumer().Replay(t.Context(), 0, nil); !errors.Is(err, ErrNotRebuilt) {
		t.Errorf("a consumer that must not: %v", err)
	}
}

// What a consumer could not handle is in its gauges, also what a process before it gave up on.
func TestFailuresAreInTheGauges(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.exec(`insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason, parked_at)
		select who, gen_random_uuid(), $1, '', '', '', n, n, 'no reason', case when n > 2 then now() end
		from unnest(array['effects', 'somebody else']) who, generate_series(1, 5) n`, testSubject)
	s.start(s.relay().Run) // makes the stream
	consumer := s.consumer()
	consumer.cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	s.start(consumer.Run)
	s.until("the gauges tell of two that fail and three that are parked", func() bool {
		m := consumer.cfg.Metrics
		return testutil.ToFloat64(m.failing.WithLabelValues("effects")) == 2 && testutil.ToFloat64(m.parked.WithLabelValues("effects")) == 3
	})
}
