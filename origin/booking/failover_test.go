package booking_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// address is where clients reach Redis, whoever that is just now, as behind a name that is pointed elsewhere.
type address struct {
	net.Listener
	mu    sync.Mutex
	to    string
	conns []net.Conn
}

func newAddress(t *testing.T, to string) *address {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &address{Listener: listener, to: to}
	t.Cleanup(func() { _ = listener.Close(); a.point("") })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go a.carry(conn)
		}
	}()
	return a
}

func (a *address) carry(client net.Conn) {
	defer client.Close()
	a.mu.Lock()
	server, err := net.Dial("tcp", a.to)
	if err != nil {
		a.mu.Unlock()
		return
	}
	a.conns = append(a.conns, client, server)
	a.mu.Unlock()
	defer server.Close()
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
}

// point leads to another server and cuts who is connected.
func (a *address) point(to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.to = to
	for _, conn := range a.conns {
		_ = conn.Close()
	}
	a.conns = nil
}

// afterwards is a judge that is made after the seat map that asks it.
type afterwards struct{ *booking.Service }

// The primary dies under load and a replica that is behind takes over: holds, an order's claim and a sale that were
// acknowledged are unknown to it. Nothing is sold twice, nothing paid is lost, and the seat map is right again by itself.
func TestRedisFailingOver(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	primary := redistest.Start(t)
	link := newAddress(t, primary.Addr()) // between the two
	_, port, err := net.SplitHostPort(link.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+port)
	redisAt := newAddress(t, primary.Addr())
	client := redis.NewClient(&redis.Options{Addr: redisAt.Addr().String(), ContextTimeoutEnabled: true, DialTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second})
	t.Cleanup(func() { _ = client.Close() })

	db, clock := pgtest.Pool(t), bookingtest.NewClock()
	s := &stage{t: t, db: db, clock: clock, house: bookingtest.Build(t, db), holds: bookingtest.NewHolds(clock.Now), provider: bookingtest.NewProvider(clock.Now)}
	judge := &afterwards{}
	store, err := holdredis.New(holdredis.Config{Client: client, Sold: judge, Clock: clock.Now, SweepEvery: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.service = s.startWith(store)
	judge.Service = s.service
	s.evening = s.house.Performance(clock.Now())
	running, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { store.Run(running) })
	t.Cleanup(func() { stop(); group.Wait() })

	take := func(session string, seats ...string) (hold.Hold, error) {
		return store.Acquire(ctx, s.wish(session, seats...))
	}
	must := func(session string, seats ...string) hold.Hold {
		t.Helper()
		kept, err := take(session, seats...)
		if err != nil {
			t.Fatalf("%s: %v", session, err)
		}
		return kept
	}
	place := func(kept hold.Hold) (booking.Placed, error) { return s.service.Place(ctx, s.request(kept)) }
	ada, err := place(must("ada", "stalls-A-1"))
	if err != nil {
		t.Fatal(err)
	}
	s.provider.Pay(ada.Order.Intent)
	s.deliver()
	for deadline := time.Now().Add(2 * time.Minute); ; { // the replica has all this
		if n, err := primary.Client().Wait(ctx, 1, 5*time.Second).Result(); err == nil && n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the replica does not follow")
		}
	}

	link.point("") // from here on the replica hears of nothing
	bob := must("bob", "stalls-A-2")
	carol, err := place(must("carol", "stalls-A-3")) // pays after the failover
	if err != nil {
		t.Fatal(err)
	}
	eve, err := place(must("eve", "stalls-A-4")) // sold, and the seat map's word of it is lost
	if err != nil {
		t.Fatal(err)
	}
	s.provider.Pay(eve.Order.Intent)
	s.deliver()

	// The load: twelve buyers who hold and order what they can, before, during and after.
	var asked, refused, again atomic.Int64
	var load sync.WaitGroup
	var mu sync.Mutex
	over := make(chan struct{})
	started := make(chan struct{}, 12)
	for n := range 12 {
		load.Go(func() {
			for i := range 400 {
				seat := fmt.Sprintf("stalls-A-%d", 5+(n+i)%12)
				kept, err := take(fmt.Sprintf("buyer-%d", n), seat)
				var taken *hold.TakenError
				asked.Add(1)
				switch {
				case err == nil:
					mu.Lock()
					request := s.request(kept)
					mu.Unlock()
					placed, err := s.service.Place(ctx, request)
					if err == nil {
						s.provider.Pay(placed.Order.Intent)
					}
				case errors.As(err, &taken):
					refused.Add(1)
				default:
					again.Add(1)
				}
				if i == 0 {
					started <- struct{}{}
				}
				select {
				case <-over:
					return
				default:
				}
			}
		})
	}
	for range 12 {
		<-started
	}
	primary.Kill()
	if err := replica.Client().SlaveOf(ctx, "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	redisAt.point(replica.Addr())

	// What the new primary never heard of, others may hold; they can't have it.
	until := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	until("the seat map does not come to know what was sold", func() bool {
		now, err := store.Snapshot(ctx, s.evening)
		return err == nil && now.Seats["stalls-A-1"] == hold.Sold && now.Seats["stalls-A-4"] == hold.Sold && now.Seats["stalls-A-3"] == hold.Held
	})
	close(over)
	load.Wait()
	if dan, err := take("dan", "stalls-A-2"); err != nil {
		t.Errorf("a hold that was lost keeps its seat: %v", err)
	} else if placed, err := place(dan); err != nil {
		t.Errorf("dan: %v", err)
	} else {
		s.provider.Pay(placed.Order.Intent)
	}
	if _, err := place(bob); !errors.Is(err, booking.ErrHoldGone) {
		t.Errorf("bob, whose hold was lost: %v", err)
	}
	s.provider.Pay(carol.Order.Intent)
	s.settle()
	s.wantState(carol.Order.ID, booking.Paid)
	s.wantState(eve.Order.ID, booking.Paid)
	if n := s.count("select count(*) from (select seat_id from order_seats l join orders o on o.id = l.order_id where o.state = 'paid' and l.gone = '' group by 1 having count(*) > 1) twice"); n != 0 {
		t.Errorf("%d seats were sold twice", n)
	}
	s.audit(s.provider, store)
	t.Log("injected: SIGKILL of the primary under load; a replica that had not heard of the last holds and a sale took over")
	t.Logf("users saw: of %d requests for seats %d found them taken and %d were to be sent again; one hold was lost, nothing that was ordered", asked.Load(), refused.Load(), again.Load())
}
