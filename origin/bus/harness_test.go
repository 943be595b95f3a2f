package bus

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/bus/natstest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

const testSubject = "stagedoor.curtain.raised.v1"

// fact is what the tests tell: the nth event about a thing.
type fact struct {
	Thing string `json:"thing"`
	N     int    `json:"n"`
}

// stage is a database and a NATS server of the test's own.
type stage struct {
	t      *testing.T
	db     *pgxpool.Pool
	nats   *natstest.Server
	conn   *nats.Conn
	logger *slog.Logger
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t), nats: natstest.Start(t), logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	s.conn = s.connect()
	s.exec("create table effects (id bigint generated always as identity, thing text not null, n int not null)")
	return s
}

// connect makes a connection as the program would, only quicker to come back.
func (s *stage) connect() *nats.Conn {
	s.t.Helper()
	conn, err := Connect(s.nats.URL(), s.t.Name(), s.logger)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.Opts.ReconnectWait, conn.Opts.ReconnectJitter = 20*time.Millisecond, time.Millisecond
	s.t.Cleanup(conn.Close)
	return conn
}

func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(context.Background(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) count(sql string, args ...any) int {
	s.t.Helper()
	var n int
	if err := s.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// tell adds n events about a thing, each in a transaction of its own, numbered on from those before.
func (s *stage) tell(thing string, from, n int) {
	s.t.Helper()
	for i := from; i < from+n; i++ {
		s.tellOne(s.t.Context(), thing, i)
	}
}

func (s *stage) tellOne(ctx context.Context, thing string, n int) {
	s.t.Helper()
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		return Add(ctx, tx, Event{Subject: testSubject, Key: thing, Payload: fact{thing, n}})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) relay() *Relay {
	return NewRelay(RelayConfig{DB: s.db, NATS: s.conn, Batch: 32, Poll: 20 * time.Millisecond, AckWait: 5 * time.Second, Logger: s.logger})
}

// consumer makes one that writes each fact into table effects.
func (s *stage) consumer() *Consumer {
	return NewConsumer(ConsumerConfig{
		Name: "effects", Subjects: []string{testSubject}, DB: s.db, NATS: s.conn, Logger: s.logger,
		Backoff: func(int) time.Duration { return time.Millisecond },
		Handle: func(ctx context.Context, tx pgx.Tx, event Delivery) error {
			var f fact
			if err := event.Decode(&f); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "insert into effects (thing, n) values ($1, $2)", f.Thing, f.N)
			return err
		},
	})
}

// start runs something until the test ends or the returned function is called, which waits for it to return.
func (s *stage) start(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	s.t.Cleanup(stop)
	return stop
}

// until waits for a condition; the test fails when it does not come to be in a generous time.
func (s *stage) until(what string, condition func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("gave up waiting until %s", what)
		}
	}
}

func (s *stage) untilRelayed() {
	s.t.Helper()
	s.until("nothing waits in the outbox", func() bool {
		return s.count("select count(*) from outbox_waiting") == 0
	})
}

func (s *stage) untilEffects(n int) {
	s.t.Helper()
	s.until(fmt.Sprintf("there are %d effects", n), func() bool { return s.count("select count(*) from effects") >= n })
}

// stored lists the IDs of the messages in the stream, first to last.
func (s *stage) stored() []string {
	s.t.Helper()
	ctx := context.Background()
	js, err := jetstream.New(s.conn)
	if err != nil {
		s.t.Fatal(err)
	}
	stream, err := js.Stream(ctx, "STAGEDOOR")
	if err != nil {
		s.t.Fatal(err)
	}
	var ids []string
	for seq := stream.CachedInfo().State.FirstSeq; seq <= stream.CachedInfo().State.LastSeq; seq++ {
		message, err := stream.GetMsg(ctx, seq)
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, message.Header.Get(nats.MsgIdHdr))
	}
	return ids
}

// checkStored wants every outbox row in the stream once, in the order of the outbox, and marked with its place.
func (s *stage) checkStored() {
	s.t.Helper()
	rows, err := s.db.Query(context.Background(), "select event_id::text, coalesce(stream_seq, 0) from outbox left join outbox_relayed using (id) order by id")
	if err != nil {
		s.t.Fatal(err)
	}
	type row struct {
		id  string
		seq int64
	}
	want, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		var v row
		return v, r.Scan(&v.id, &v.seq)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.stored()
	if len(got) != len(want) {
		s.t.Fatalf("the stream holds %d messages, the outbox %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i].id || int64(i+1) != want[i].seq {
			s.t.Fatalf("message %d is %s; the outbox has %s there, marked %d", i+1, got[i], want[i].id, want[i].seq)
		}
	}
}
