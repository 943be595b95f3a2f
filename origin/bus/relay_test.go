package bus

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRelayKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	relay := s.relay()
	relay.cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	s.start(relay.Run)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() { s.tell(fmt.Sprint("thing ", w), 0, 50) })
	}
	writers.Wait()
	s.untilRelayed()
	// Rows of different things may commit out of order and be relayed so; each thing's must be in order.
	last := map[string]int{}
	rows, err := s.db.Query(t.Context(), "select payload->>'thing', (payload->>'n')::int from outbox join outbox_relayed using (id) order by stream_seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var thing string
		var n int
		if err := rows.Scan(&thing, &n); err != nil {
			t.Fatal(err)
		}
		if n != last[thing] {
			t.Fatalf("%s: event %d came when %d was due", thing, n, last[thing])
		}
		last[thing]++
	}
	if got := testutil.ToFloat64(relay.cfg.Metrics.relayed); got != 200 {
		t.Errorf("counted %v relayed events, want 200", got)
	}
	if got := len(s.stored()); got != 200 {
		t.Errorf("the stream holds %d, want 200", got)
	}
}

// A relay that dies after the stream took a batch and before it said so must not tell it twice: neither within
// JetStream's window, by its own memory of IDs, nor beyond it, by comparing the stream with the outbox.
func TestRelayKilledBetweenPublishAndMark(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		window time.Duration
	}{
		{"within the duplicate window", time.Minute},
		{"long after it", 100 * time.Millisecond}, // the shortest JetStream allows
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.tell("curtain", 0, 100)
			dying := s.relay()
			dying.cfg.Stream.DuplicateWindow = test.window
			ctx, die := context.WithCancel(t.Context())
			var batches atomic.Int32
			dying.published = func() error {
				if batches.Add(1) < 2 {
					return nil
				}
				die()
				return context.Canceled
			}
			dying.Run(ctx)
			marked := s.count("select count(*) from outbox_relayed")
			if marked != dying.cfg.Batch || len(s.stored()) <= marked {
				t.Fatalf("%d are marked and %d stored: the relay did not die where it should", marked, len(s.stored()))
			}
			time.Sleep(min(test.window, time.Second/2)) // let a short window pass
			heir := s.relay()
			heir.cfg.Stream.DuplicateWindow = test.window
			s.start(heir.Run)
			s.untilRelayed()
			s.checkStored()
			t.Logf("injected: the relay died when %d facts were stored and %d marked; another went on %s", marked+dying.cfg.Batch, marked, test.name)
			t.Log("users saw: one e-mail")
			t.Logf("found: %d facts in the stream, each once", len(s.stored()))
		})
	}
}

func TestNATSRestartedInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tell("curtain", 0, 400)
	relay := s.relay()
	restarted := make(chan struct{})
	var batches atomic.Int32
	relay.published = func() error {
		if batches.Add(1) == 2 {
			go func() {
				defer close(restarted)
				s.nats.Stop()
				s.nats.Restart()
			}()
		}
		return nil
	}
	s.start(relay.Run)
	<-restarted
	s.tell("curtain", 400, 20)
	s.untilRelayed()
	s.checkStored()
	t.Log("injected: NATS was stopped and started while a batch was on its way")
	t.Log("users saw: nothing")
	t.Logf("found: %d facts in the stream, each once", len(s.stored()))
}

func TestEventsWaitWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.nats.Stop()
	s.start(s.relay().Run)
	s.tell("curtain", 0, 40)
	if n := s.count("select count(*) from outbox_waiting"); n != 40 {
		t.Errorf("%d events wait, want all 40", n)
	}
	s.nats.Restart()
	s.untilRelayed()
	s.checkStored()
	t.Log("injected: NATS was stopped while 40 facts were told")
	t.Log("users saw: tickets at once, the e-mail when it was back")
	t.Logf("found: %d facts in the stream, each once", len(s.stored()))
}

// The outbox keeps what it relayed, so that a stream that was lost can be filled again.
func TestStreamLostAndFilledAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stop := s.start(s.relay().Run)
	s.tell("curtain", 0, 50)
	s.untilRelayed()
	stop()
	js, err := jetstream.New(s.conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "STAGEDOOR"); err != nil {
		t.Fatal(err)
	}
	s.tell("curtain", 50, 10)
	s.start(s.relay().Run)
	s.until("the new stream is full", func() bool {
		return s.count("select count(*) from outbox_relayed where stream_seq = id") == 60
	})
	s.checkStored()
	t.Log("injected: the stream was deleted with all its facts")
	t.Log("users saw: nothing")
	t.Logf("found: %d facts in the stream made anew, each once", len(s.stored()))
}

// A crash of the machine may take acknowledged messages from the end of the stream with it.
func TestEndOfTheStreamLost(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stop := s.start(s.relay().Run)
	s.tell("curtain", 0, 10)
	s.untilRelayed()
	stop()
	s.exec("update outbox_relayed set stream_seq = stream_seq + 5 where id > 5") // as if the stream had been five longer
	s.start(s.relay().Run)
	s.until("the lost events are in the stream", func() bool {
		return s.count("select count(*) from outbox_relayed where stream_seq > 10") == 0 && s.count("select count(*) from outbox_waiting") == 0
	})
	t.Log("injected: the stream ended five facts before what was acknowledged")
	t.Log("users saw: nothing")
	t.Logf("found: %d facts in the stream", len(s.stored()))
}

func TestOnlyOneRelayLeads(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var atWork, most atomic.Int32
	for range 3 {
		relay := s.relay()
		relay.published = func() error {
			n := atWork.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			atWork.Add(-1)
			return nil
		}
		s.start(relay.Run)
	}
	for round := range 5 {
		s.tell("curtain", round*40, 40)
		s.exec("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())")
	}
	s.untilRelayed()
	s.checkStored()
	if n := most.Load(); n > 1 {
		t.Errorf("%d relays were at work at the same time", n)
	}
}

func TestDoorbellWakesTheRelay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	relay := s.relay()
	relay.cfg.Poll = time.Hour // it would not look by itself
	s.start(relay.Run)
	bell := NewDoorbell(s.db, s.logger)
	s.start(bell.Run)
	s.tell("curtain", 0, 5)
	s.until("the relay heard the bell", func() bool {
		bell.Ring()
		return s.count("select count(*) from outbox_waiting") == 0
	})
	var silent *Doorbell
	silent.Ring()
}
