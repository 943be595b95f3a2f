package booking_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis"
	"github.com/stagedoor/stagedoor/origin/hold/holdredis/redistest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
)

// childVariable makes this test binary a process that places one order and ends.
const childVariable = "STAGEDOOR_TEST_CHILD"

// errand is what such a process is to do.
type errand struct {
	DatabaseURL, RedisURL string
	Order                 booking.PlaceOrder
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := runErrand(text); err != nil {
			fmt.Println("FAILED", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// pausing are holds at which a process says that it has read its hold, and goes on when it is told to. It can't keep seats
// in Redis for an order: the fencing token alone stands in its way.
type pausing struct {
	booking.Holds
	once sync.Once
}

func (p *pausing) Get(ctx context.Context, id string) (hold.Hold, error) {
	kept, err := p.Holds.Get(ctx, id)
	p.once.Do(func() {
		fmt.Println("READ", err)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	})
	return kept, err
}

func runErrand(text string) error {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := pgxpool.New(ctx, e.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	client, err := holdredis.Connect(e.RedisURL)
	if err != nil {
		return err
	}
	judge := &afterwards{}
	store, err := holdredis.New(holdredis.Config{Client: client, Sold: judge})
	if err != nil {
		return err
	}
	service, err := booking.New(booking.Config{
		DB: db, Holds: &pausing{Holds: store}, Payments: bookingtest.NewProvider(time.Now), Shows: show.NewRepository(db), Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	judge.Service = service
	_, err = service.Place(ctx, e.Order)
	var lost *booking.SeatsLostError
	switch {
	case errors.As(err, &lost):
		fmt.Println("LOST", strings.Join(lost.Seats, " "))
	case err == nil:
		fmt.Println("ORDERED")
	default:
		fmt.Println("REFUSED", err)
	}
	return nil
}

// A process of its own reads its hold and is stopped (SIGSTOP) until the hold is over, and its seat was held and ordered by
// another, whose order is over as well: then it goes on (SIGCONT). Only its fencing token says that it is too late.
func TestAProcessStoppedPastItsHold(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := pgtest.URL(t)
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	server := redistest.Start(t)
	s := &stage{t: t, db: db, clock: bookingtest.NewClock(), house: bookingtest.Build(t, db)}
	s.evening = s.house.Performance(time.Now())
	// Everybody's clock but that of the process that is stopped: for it no time passes.
	var later atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	judge := &afterwards{}
	store, err := holdredis.New(holdredis.Config{Client: server.Client(), Sold: judge, Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	s.provider = bookingtest.NewProvider(now)
	service, err := booking.New(booking.Config{
		DB: db, Holds: store, Payments: s.provider, Shows: show.NewRepository(db), Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler), Workers: 1, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	judge.Service, s.service = service, service

	ada, err := store.Acquire(ctx, s.wish("ada", "stalls-A-1"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(errand{DatabaseURL: url, RedisURL: server.URL(), Order: s.request(ada)})
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+string(text))
	child.Stderr = os.Stderr
	stdin, err1 := child.StdinPipe()
	stdout, err2 := child.StdoutPipe()
	if err := errors.Join(err1, err2, child.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	said := bufio.NewScanner(stdout)
	if !said.Scan() {
		t.Fatal("the process ended at once")
	}
	if said.Text() != "READ <nil>" {
		t.Fatalf("it says %q", said.Text())
	}
	if err := child.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}

	var taken *hold.TakenError
	if _, err := store.Acquire(ctx, s.wish("bob", "stalls-A-1")); !errors.As(err, &taken) {
		t.Fatalf("while it is Ada's: %v", err)
	}
	later.Store(int64(time.Hour))
	bob, err := store.Acquire(ctx, s.wish("bob", "stalls-A-1"))
	if err != nil {
		t.Fatalf("an hour later: %v", err)
	}
	if bob.Token <= ada.Token {
		t.Fatalf("tokens %d and %d", ada.Token, bob.Token)
	}
	if _, err := service.Place(ctx, s.request(bob)); err != nil {
		t.Fatal(err)
	}
	if err := service.GiveUp(ctx, bob.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if !said.Scan() || said.Text() != "LOST stalls-A-1" {
		t.Fatalf("the process that was stopped says %q", said.Text())
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := s.count("select count(*) from orders where session_hash <> (select session_hash from orders where hold_id = $1)", bob.ID); n != 0 {
		t.Errorf("%d orders of the process that was stopped", n)
	}
	s.audit(s.provider, store)
	t.Logf("injected: SIGSTOP of process %d between reading its hold and writing its order, SIGCONT an hour later", child.Process.Pid)
	t.Logf("users saw: the process that was stopped says %q", said.Text())
}
