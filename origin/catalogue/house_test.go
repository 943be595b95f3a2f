package catalogue_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/typesense/typesense-go/v3/typesense"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/bus/natstest"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// finder is a real search server that can be stopped, with its data or without, and started again at its address.
type finder struct {
	t       *testing.T
	dir     string
	address string
	server  *local.Server
	web     *http.Server
	imports atomic.Int64
}

func newFinder(t *testing.T) *finder {
	t.Helper()
	port, err := freeport.One()
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{t: t, dir: t.TempDir(), address: fmt.Sprintf("127.0.0.1:%d", port)}
	f.start()
	t.Cleanup(f.stop)
	return f
}

func (f *finder) start() {
	f.t.Helper()
	var err error
	if f.server, err = local.Open(local.Config{Dir: f.dir, APIKey: "key", Sync: store.SyncNever}); err != nil {
		f.t.Fatal(err)
	}
	var listener net.Listener
	for range 50 { // the port is its own unless somebody took it meanwhile
		if listener, err = net.Listen("tcp", f.address); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.address = listener.Addr().String()
	server := f.server
	f.web = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/documents/import") {
			f.imports.Add(1)
		}
		server.ServeHTTP(w, r)
	})}
	go func(web *http.Server) { _ = web.Serve(listener) }(f.web)
}

func (f *finder) stop() {
	if f.web == nil {
		return
	}
	_ = f.web.Shutdown(context.Background())
	if err := f.server.Close(); err != nil {
		f.t.Error(err)
	}
	f.web = nil
}

func (f *finder) index() *index.Indexer { return index.NewIndexer(f.client()) }

func (f *finder) client() *typesense.Client {
	f.t.Helper()
	client, err := index.Connect(index.Config{URL: "http://" + f.address, APIKey: "key"})
	if err != nil {
		f.t.Fatal(err)
	}
	return client
}

// publish changes something and tells of it through the outbox, in one transaction.
func (s *stage) publish(event bus.Delivery, sql string, args ...any) {
	s.t.Helper()
	err := pgx.BeginFunc(s.t.Context(), s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(s.t.Context(), sql, args...); err != nil {
			return err
		}
		return bus.Add(s.t.Context(), tx, bus.Event{Subject: event.Subject, Payload: event.Payload})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// The whole way, on real servers: through the outbox, NATS and the catalogue into the index, while the search server is
// stopped and started, comes back without its data, and a consumer dies between its effect and the acknowledgement.
func TestThroughTheBus(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	nats, find := natstest.Start(t), newFinder(t)
	conn, err := bus.Connect(nats.URL(), t.Name(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	s.clock.at = time.Now()
	s.feed = catalogue.New(catalogue.Config{
		DB: s.db, Index: find.index(), Domain: "localhost", Window: 20 * time.Millisecond, Poll: 5 * time.Millisecond, Logger: quiet,
	})
	relay := bus.NewRelay(bus.RelayConfig{DB: s.db, NATS: conn, Poll: 10 * time.Millisecond, Logger: quiet})
	handle, die := s.feed.Handle, make(chan struct{})
	var told sync.Once
	consumer := func(crash bool) *bus.Consumer {
		return bus.NewConsumer(bus.ConsumerConfig{
			Name: "catalogue", Subjects: []string{catalogue.SubjectShowChanged, "stagedoor.seats.sold.v1"}, DB: s.db, NATS: conn, Logger: quiet, Workers: 4,
			Handle: func(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
				if crash {
					told.Do(func() { close(die) })
				}
				return handle(ctx, tx, event)
			},
		})
	}
	stopRelay := s.start(relay.Run)
	stopFeed := s.start(s.feed.Run)
	defer stopRelay()
	defer stopFeed()

	var evenings, shows []uuid.UUID
	for i := range 12 {
		show := s.production("Hamlet")
		evenings = append(evenings, s.performance(show, s.clock.now().Add(time.Duration(i+1)*time.Hour)))
		shows = append(shows, show)
		s.publish(changed(show), "update productions set author = 'W. S.' where id = $1", show)
	}
	stop := s.start(consumer(true).Run)
	<-die
	stop() // in the middle of its work
	s.start(consumer(false).Run)
	agrees := func(what string) {
		t.Helper()
		s.until(what, func() bool {
			if s.number("select (select count(*) from outbox) - (select count(*) from inbox where consumer = 'catalogue')") != 0 {
				return false
			}
			got, err := s.feed.Compare(t.Context())
			return err == nil && len(got.Found) == 0 && got.Looked == len(shows)
		})
	}
	agrees("everything told before a consumer died is found")

	find.stop()
	for i, evening := range evenings {
		s.publish(s.sell(evening, seats-1), "select 1")
		s.publish(changed(shows[i]), "update productions set author = 'William Shakespeare' where id = $1", shows[i])
	}
	s.until("everything is told while search is away", func() bool {
		return s.number("select (select count(*) from outbox) - (select count(*) from inbox where consumer = 'catalogue') + (select count(*) from catalogue_marks)") == 0
	})
	before := find.imports.Load()
	find.start()
	agrees("what changed while search was away is found when it is back")
	if n := find.imports.Load() - before; n >= int64(len(shows)) {
		t.Errorf("catching up with %d shows took %d imports", len(shows), n)
	}

	find.stop()
	find.dir = t.TempDir()
	find.start()
	s.publish(changed(shows[0]), "update productions set author = 'Anon.' where id = $1", shows[0])
	agrees("an index that was lost is made anew")
	t.Log("injected: a consumer ended in the middle of its work; the search server was stopped, and lost its data")
	t.Log("users saw: found when it was back")
	t.Logf("found: %d shows agree with the database", len(shows))
}
