package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func (s *stage) checkEffects(n int) {
	s.t.Helper()
	if got := s.count("select count(*) from effects"); got != n {
		s.t.Errorf("%d effects, want %d", got, n)
	}
	if twice := s.count("select count(*) from (select 1 from effects group by thing, n having count(*) > 1) t"); twice != 0 {
		s.t.Errorf("%d events took effect more than once", twice)
	}
}

func TestEveryEventTakesEffectOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	for range 2 { // two processes share the work
		consumer := s.consumer()
		consumer.cfg.Workers = 3
		s.start(consumer.Run)
	}
	s.tell("curtain", 0, 100)
	s.untilEffects(100)
	// The same events once more, as they come when JetStream's memory of IDs is too short.
	js, err := jetstream.New(s.conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "STAGEDOOR")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.db.Query(t.Context(), "select event_id from outbox order by id")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		message := &nats.Msg{Subject: testSubject, Data: []byte(`{"thing":"curtain","n":-1}`), Header: nats.Header{}}
		message.Header.Set(nats.MsgIdHdr, "{"+id.String()+"}") // new to JetStream, the same UUID to the inbox
		if _, err := js.PublishMsg(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	s.until("all of them were delivered", func() bool {
		info, err := stream.Consumer(t.Context(), "effects")
		return err == nil && info.CachedInfo().AckFloor.Stream >= 200
	})
	s.checkEffects(100)
}

// A consumer that dies after the commit and before the acknowledgement gets the event again and knows it.
func TestConsumerKilledBetweenEffectAndAcknowledgement(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	dying := s.consumer()
	dying.cfg.NATS = s.connect()
	dying.cfg.HandleWithin, dying.ackMargin = time.Second, 0
	ctx, die := context.WithCancel(t.Context())
	dying.committed = func() { dying.cfg.NATS.Close(); die() }
	s.tell("curtain", 0, 3)
	dying.Run(ctx)
	s.checkEffects(1)
	heir := s.consumer()
	heir.cfg.HandleWithin, heir.ackMargin = 2*time.Second, 0
	s.start(heir.Run)
	s.untilEffects(3)
	s.until("the inbox knows all", func() bool { return s.count("select count(*) from inbox") == 3 })
	s.checkEffects(3)
	t.Log("injected: the consumer's connection was cut after the commit and before the acknowledgement")
	t.Log("users saw: one e-mail")
	t.Logf("found: %d effects, none twice", s.count("select count(*) from effects"))
}

func TestConsumerOutlivesNATS(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	s.start(s.consumer().Run)
	s.tell("curtain", 0, 50)
	s.untilEffects(10)
	s.nats.Stop()
	s.tell("curtain", 50, 50)
	s.nats.Restart()
	s.untilEffects(100)
	s.checkEffects(100)
	t.Log("injected: NATS was stopped while a consumer was at work")
	t.Log("users saw: the e-mail when it was back")
	t.Logf("found: %d effects, none twice", s.count("select count(*) from effects"))
}

func TestConsumerOutlivesItsDatabaseConnections(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	consumer := s.consumer()
	consumer.cfg.MaxAttempts = 1 // a cut connection before the handler's turn must not count
	inner := consumer.cfg.Handle
	var calls atomic.Int32
	consumer.cfg.Handle = func(ctx context.Context, tx pgx.Tx, event Delivery) error {
		if calls.Add(1)%10 == 0 { // cut every other connection, idle ones of the pool among them
			_, _ = tx.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'")
		}
		return inner(ctx, tx, event)
	}
	s.start(consumer.Run)
	for i := range 60 {
		for { // our own connection is cut as well
			err := pgx.BeginFunc(t.Context(), s.db, func(tx pgx.Tx) error {
				return Add(t.Context(), tx, Event{ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)), Subject: testSubject, Payload: fact{"curtain", i}})
			})
			if err == nil || s.has(i) {
				break
			}
		}
	}
	s.until("all took effect", func() bool {
		var n int
		return s.db.QueryRow(t.Context(), "select count(*) from effects").Scan(&n) == nil && n >= 60
	})
	s.checkEffects(60)
}

// has says whether the nth event was committed though the answer was lost.
func (s *stage) has(n int) bool {
	var found bool
	id := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, n))
	return s.db.QueryRow(s.t.Context(), "select exists (select 1 from outbox where event_id = $1)", id).Scan(&found) == nil && found
}

func TestFailingEventsAreTriedAgainAndParked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	consumer := s.consumer()
	consumer.cfg.MaxAttempts = 3
	inner := consumer.cfg.Handle
	var mu sync.Mutex
	calls := map[int]int{}
	cured := false
	consumer.cfg.Handle = func(ctx context.Context, tx pgx.Tx, event Delivery) error {
		var f fact
		if err := event.Decode(&f); err != nil {
			return err
		}
		if err := inner(ctx, tx, event); err != nil { // what a failed call wrote must be undone
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		calls[f.N]++
		switch {
		case f.N == 1 && calls[1] < 3:
			return errors.New("not yet")
		case f.N == 2 && !cured:
			return errors.New("never\x00")
		case f.N == 3:
			return Poison(errors.New("hopeless"))
		case f.N == 4:
			panic("trapdoor")
		}
		return nil
	}
	s.tell("curtain", 0, 6)
	s.start(consumer.Run)
	s.until("three are parked", func() bool {
		return s.count("select count(*) from bus_failures where parked_at is not null") == 3
	})
	s.untilEffects(3)
	s.checkEffects(3)
	for _, want := range []struct {
		n, attempts int
		reason      string
	}{{2, 3, "never\uFFFD"}, {3, 1, "hopeless"}, {4, 3, "the handler panicked: trapdoor"}} {
		var attempts int
		var reason string
		row := s.db.QueryRow(t.Context(), "select f.attempts, f.reason from bus_failures f join outbox o using (event_id) where (o.payload->>'n')::int = $1", want.n)
		if err := row.Scan(&attempts, &reason); err != nil || attempts != want.attempts || reason != want.reason {
			t.Errorf("event %d: %d attempts, %q, %v; want %d, %q", want.n, attempts, reason, err, want.attempts, want.reason)
		}
	}

	// A person has mended the cause and has the event tried again.
	var id uuid.UUID
	if err := s.db.QueryRow(t.Context(), "select event_id from outbox where (payload->>'n')::int = 2").Scan(&id); err != nil {
		t.Fatal(err)
	}
	if err := consumer.Retry(t.Context(), id); err == nil {
		t.Error("a retry that fails says so")
	}
	mu.Lock()
	cured = true
	mu.Unlock()
	if err := consumer.Retry(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := consumer.Retry(t.Context(), id); !errors.Is(err, ErrNotParked) {
		t.Errorf("a second retry: %v, want ErrNotParked", err)
	}
	s.checkEffects(4)
	t.Log("injected: a fact that fails twice, one that always does, one that can't be, one that panics")
	t.Log("users saw: the others went on")
	t.Logf("found: %d parked, with the reason", s.count("select count(*) from bus_failures where parked_at is not null")+1)
}

func TestForeignMessagesAreParked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	s.tell("curtain", 0, 1)
	s.untilRelayed()
	js, err := jetstream.New(s.conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []*nats.Msg{
		{Subject: testSubject, Data: []byte(`{}`)},
		{Subject: testSubject, Data: nil, Header: nats.Header{headerKey: {"\xff\xfe"}}},
		{Subject: testSubject, Data: []byte("\x00{"), Header: nats.Header{nats.MsgIdHdr: {uuid.NewString()}}},
		{Subject: testSubject, Data: []byte(`[1,2]`), Header: nats.Header{nats.MsgIdHdr: {uuid.NewString()}, headerTraceparent: {"00-nonsense"}}},
	} {
		if _, err := js.PublishMsg(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	s.start(s.consumer().Run)
	s.until("the four are parked", func() bool {
		return s.count("select count(*) from bus_failures where parked_at is not null and attempts = 1") == 4
	})
	s.untilEffects(1)
	t.Log("injected: four messages that nobody of the house wrote")
	t.Log("users saw: the others went on")
	t.Logf("found: %d parked", s.count("select count(*) from bus_failures where parked_at is not null"))
}

func TestWorkersKeepTheOrderOfAKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() { s.tell(fmt.Sprint("thing ", w), 0, 25) })
	}
	writers.Wait()
	consumer := s.consumer()
	consumer.cfg.Workers = 4
	s.start(consumer.Run)
	s.untilEffects(100)
	wrong := s.count("select count(*) from (select n, lag(n) over (partition by thing order by id) as before from effects) t where n <> coalesce(before + 1, 0)")
	if wrong != 0 {
		t.Errorf("%d events took effect out of order", wrong)
	}
}

func TestTraceIsJoinedAcrossTheStream(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	provider := sdktrace.NewTracerProvider()
	relay := s.relay()
	relay.tracer = provider.Tracer("test")
	s.start(relay.Run)
	consumer := s.consumer()
	consumer.tracer = provider.Tracer("test")
	seen := make(chan trace.SpanContext, 1)
	consumer.cfg.Handle = func(ctx context.Context, _ pgx.Tx, _ Delivery) error {
		seen <- trace.SpanContextFromContext(ctx)
		return nil
	}
	s.start(consumer.Run)
	ctx, span := provider.Tracer("test").Start(t.Context(), "buy")
	defer span.End()
	s.tellOne(ctx, "curtain", 0)
	got := <-seen
	if got.TraceID() != span.SpanContext().TraceID() || got.SpanID() == span.SpanContext().SpanID() {
		t.Errorf("handled in %v, told in %v", got, span.SpanContext())
	}
}
