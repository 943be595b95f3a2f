package morning

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

// A process of the origin is killed again and again in mid-sale, and another one takes over what it had begun.
func TestTheOriginIsKilled(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	kills := 0
	for range 3 {
		for _, origin := range h.origins {
			s.until(t, paid, 2)
			if origin.kill() == 0 {
				t.Fatal("it was not running")
			}
			kills++
			s.until(t, paid, 2) // by the other
			if err := origin.start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.finish("SIGKILL of a process of the origin, %d times in turn between two, which buyers both asked", kills)
}

// Redis is killed in mid-sale, its files are removed, and it comes back knowing nothing.
func TestRedisIsKilledAndEmptied(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	had := h.redisKeys(t)
	pid := h.redis.kill()
	s.untilAskedAgain(t, 6)
	if err := os.RemoveAll(filepath.Join(h.dir, "appendonlydir")); err != nil {
		t.Fatal(err)
	}
	if had == 0 || pid == 0 {
		t.Fatalf("process %d had %d keys: nothing to lose", pid, had)
	}
	if err := h.redis.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.until(t, paid, 8)
	s.finish("SIGKILL of Redis (process %d) and all its files removed, %d keys with them", pid, had)
}

// Every process of Postgres is killed in mid-sale, twice, and it recovers from its log.
func TestPostgresIsKilled(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	for range 2 {
		s.until(t, paid, 4)
		if err := h.postgres.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.untilAskedAgain(t, 6)
		if err := h.postgres.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.until(t, paid, 8)
	s.finish("SIGKILL of every process of Postgres, twice, while 6 buyers ordered and paid")
}

// NATS is away while sales go on, in the long run for longer than it remembers what it was told.
func TestNATSIsAway(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	pid := h.nats.kill()
	gone := time.Now()
	s.until(t, paid, 8)
	s.rest(away())
	waiting := h.waiting(t)
	if pid == 0 || waiting == 0 {
		t.Fatalf("process %d was killed, %d facts wait: nobody missed it", pid, waiting)
	}
	for _, origin := range h.origins {
		if err := answers(t.Context(), "http://"+origin.address()+"/readyz"); err != nil {
			t.Error("who sends traffic would send it nowhere: ", err)
		}
	}
	if err := h.nats.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := time.Since(gone).Round(time.Second)
	s.until(t, paid, 4)
	s.finish("SIGKILL of NATS (process %d), away for %s; %d facts waited in the outbox", pid, back, waiting)
}

// The machine with the stream falls, and takes the end of its last file with it.
func TestTheStreamLosesItsEnd(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	h.relayed(t)
	pid := h.nats.kill()
	file, bytes, err := truncateLastBlock(h.natsDisk.dir, 4000)
	if err != nil {
		t.Fatal(err)
	}
	s.until(t, paid, 4)
	before := h.newestInStream(t) // by now all that was acknowledged is written down
	if err := h.nats.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := h.restoredAt(t)
	lost := before - after
	if lost <= 0 {
		t.Fatalf("the stream ended at %d and ends at %d: no message was lost", before, after)
	}
	s.until(t, paid, 4)
	s.finish("SIGKILL of NATS (process %d) and %d bytes cut off the end of %s: %d acknowledged messages were lost and sent again", pid, bytes, file, lost)
}

// The disk of the stream is full in mid-sale.
func TestTheStreamsDiskIsFull(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	writers := func() []int { return []int{h.nats.pid()} }
	t.Cleanup(func() { _ = h.natsDisk.free(writers) })
	how, err := h.natsDisk.fill(writers)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "facts wait, and NATS complains of its disk", func() bool { return h.waiting(t) > 0 && h.complaints(t, h.nats.log) > 0 })
	s.until(t, paid, 8)
	waiting := h.waiting(t)
	if waiting == 0 {
		t.Error("no fact waits while NATS has no room")
	}
	if err := h.natsDisk.free(writers); err != nil {
		t.Fatal(err)
	}
	// A server that found no room for its own notes gives JetStream up until it is started again, as whoever made room does.
	h.nats.kill()
	if err := h.nats.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.until(t, paid, 4)
	s.finish("JetStream's disk: %s; %d facts waited in the outbox", how, waiting)
}

// The disk of Postgres is full in mid-sale.
func TestPostgresDiskIsFull(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	t.Cleanup(func() { _ = h.dataDisk.free(h.postgres.Processes) })
	log := filepath.Join(h.dir, "postgres.log")
	before := h.complaints(t, log)
	how, err := h.dataDisk.fill(h.postgres.Processes)
	if err != nil {
		t.Fatal(err)
	}
	// What it has room for in files that it has may go on for a while.
	// Under a limit it can't even write that to its log, and is heard of by buyers, or ends.
	asked := s.askedAgain()
	until(t, "Postgres has failed for want of room", func() bool {
		return h.complaints(t, log) >= before+10 || s.askedAgain() >= asked+6 || ended(h.postgres)
	})
	if err := h.dataDisk.free(h.postgres.Processes); err != nil {
		t.Fatal(err)
	}
	outcome := "it stayed up"
	if ended(h.postgres) { // it found no room for its log, and ended rather than promise what it can't keep
		outcome = "it ended and was started again"
		if err := h.postgres.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.until(t, paid, 8)
	s.finish("Postgres's disk: %s; %s", how, outcome)
}

// The search server is killed while what it shows changes with every sale.
func TestSearchIsAway(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	pid := h.search.kill()
	gone := time.Now()
	s.until(t, paid, 8)
	s.rest(away())
	if pid == 0 {
		t.Fatal("it was not running")
	}
	if err := h.search.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := time.Since(gone).Round(time.Second)
	s.until(t, paid, 4)
	s.finish("SIGKILL of the search server (process %d), away for %s", pid, back)
}

// The clocks of Postgres and Redis are set forward and back in mid-sale, and disagree with the origin's.
func TestClocksAreStepped(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	t.Cleanup(func() { _ = h.clock.step(0) })
	for _, ahead := range []time.Duration{time.Hour, -time.Hour, 0} {
		if err := h.clock.step(ahead); err != nil {
			t.Fatal(err)
		}
		for name, now := range h.clocks(t) {
			if off := now.Sub(time.Now()) - ahead; off.Abs() > 10*time.Minute {
				t.Fatalf("the clock of %s is %s from where it was set", name, off)
			}
		}
		s.until(t, paid, 8)
	}
	s.finish("the clocks of Postgres and Redis were set an hour ahead, an hour back, and right again; the origin's stayed right")
}

// Stripe is slow, answers 500 and 429, cuts connections, and takes money without saying so.
func TestStripeIsUnwell(t *testing.T) {
	h := theHouse(t)
	s := h.openSale(t)
	planned := 0
	for range 3 {
		for _, f := range []sandbox.Fault{
			{Path: "/v1/payment_intents", Status: 500},
			{Path: "/v1/payment_intents", Effect: true, Drop: true},
			{Path: "/v1/payment_intents", Delay: 200 * time.Millisecond},
			{Path: "/v1/payment_intents", Effect: true, Status: 503},
			{Path: "/v1/payment_intents", Drop: true},
			{Path: "/v1/payment_intents", Status: 429},
		} {
			h.bank.Inject(f)
			planned++
		}
	}
	until(t, "every fault has hit", func() bool { return h.bank.PendingFaults() == 0 })
	s.until(t, paid, 8)
	s.finish("of the calls to Stripe %d were slow, answered 500, 503 or 429, cut, or had their answer lost with success behind it", planned)
}
