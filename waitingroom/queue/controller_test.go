package queue

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

var config = Config{PollEvery: 5, PassLife: 300, Horizon: 7200, TypicalStay: 120}

// Whoever is admitted, everyone of an earlier bucket is, and everyone of the
// same bucket with a lower tie-break.
func TestFrontierKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.Uint32Range(100, 110)
		f := Frontier{Through: near.Draw(t, "through"), Below: rapid.Uint64().Draw(t, "below")}
		arrived, tie := near.Draw(t, "arrived"), rapid.Uint64().Draw(t, "tie")
		if !f.Admits(arrived, tie) {
			return
		}
		earlier, other := near.Draw(t, "earlier"), rapid.Uint64().Draw(t, "other")
		if (earlier < arrived || earlier == arrived && other <= tie) && !f.Admits(earlier, other) {
			t.Fatalf("%+v admits %d/%d and not %d/%d", f, arrived, tie, earlier, other)
		}
	})
}

func TestTieForIsTheInverseOfShareOf(t *testing.T) {
	for _, share := range []float64{0, 0.001, 0.25, 0.5, 0.999} {
		if got := shareOf(tieFor(share*1e6, 1e6)); math.Abs(got-share) > 1e-9 {
			t.Errorf("share %v came back as %v", share, got)
		}
	}
	if tieFor(3, 2) != math.MaxUint64 || tieFor(-1, 2) != 0 {
		t.Error("more than everyone, or fewer than nobody")
	}
}

// town is a small crowd that behaves: everyone who waits asks, and who is called
// comes in with the next tick, or is counted as late as late, and stays for a
// while. It checks what must hold at each step.
type town struct {
	t        *rapid.T
	c        *Controller
	now      uint32
	places   map[uint32]uint32 // given out and not called, by second
	late     uint32            // how many seconds those called may take
	coming   map[uint32][]uint32
	mine     map[uint32]*Count
	changed  map[uint32]bool
	inside   []uint32 // seconds of issue
	last     Frontier
	reported Report
}

func (w *town) count(second uint32) *Count {
	w.changed[second] = true
	if w.mine[second] == nil {
		w.mine[second] = &Count{Second: second}
	}
	return w.mine[second]
}

// second lets one pass. Ties are taken for evenly spread.
func (w *town) second(arrivals, leave int) {
	w.now++
	if arrivals > 0 {
		w.count(w.now).Arrived += uint32(arrivals)
		w.places[w.now] += uint32(arrivals)
	}
	for range min(leave, len(w.inside)) {
		w.count(w.inside[0]).Out++
		w.inside = w.inside[1:]
	}
	f := w.c.Frontier()
	for second, waiting := range w.places {
		called := uint32(0)
		switch {
		case second <= f.Through:
			called = waiting
		case second == f.Next():
			gone := w.count(second).Arrived - waiting
			called = uint32(shareOf(f.Below)*float64(w.count(second).Arrived)) - min(gone, uint32(shareOf(f.Below)*float64(w.count(second).Arrived)))
		}
		if w.places[second] -= called; called == 0 {
			continue
		}
		for range called {
			at := w.now
			if w.late > 0 {
				at += rapid.Uint32Range(0, w.late).Draw(w.t, "late")
			}
			w.coming[at] = append(w.coming[at], second)
		}
	}
	for _, second := range w.coming[w.now] {
		w.count(second).Claimed++
		w.count(w.now).In++
		w.inside = append(w.inside, w.now)
	}
	delete(w.coming, w.now)
	for second, waiting := range w.places {
		if waiting > 0 && (w.now-second)%config.PollEvery == 0 {
			w.count(Cohort(second)).Polls += waiting
		}
	}
	r := Report{Reporter: 1}
	for second := range w.changed {
		r.Counts = append(r.Counts, *w.mine[second])
	}
	clear(w.changed)
	w.c.Report(r)
	w.c.Tick(w.now)
	if next := w.c.Frontier(); next.Before(w.last) {
		w.t.Fatalf("the frontier went back from %+v to %+v", w.last, next)
	} else {
		w.last = next
	}
}

func (w *town) waiting() (n int) {
	for _, places := range w.places {
		n += int(places)
	}
	return n
}

func newTown(t *rapid.T, limits Limits) *town {
	return &town{t: t, c: NewController(config, limits, 50_000), now: 50_000, places: map[uint32]uint32{}, coming: map[uint32][]uint32{}, mine: map[uint32]*Count{}, changed: map[uint32]bool{}}
}

// The frontier never goes back, the limit holds, whatever ops do to it on the
// way, and once arrivals cease everyone comes in.
func TestNobodyStarvesAndTheLimitHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(5, 40).Draw(t, "limit")
		w := newTown(t, Limits{Active: limit})
		highest := limit
		for range 60 {
			if rapid.IntRange(0, 19).Draw(t, "ops") == 0 {
				limit = rapid.IntRange(5, 40).Draw(t, "new limit")
				highest = max(highest, limit)
				w.c.SetLimits(Limits{Active: limit})
			}
			w.second(rapid.IntRange(0, 30).Draw(t, "arrivals"), rapid.IntRange(0, 3).Draw(t, "leave"))
			// One more may come than was called: a tie-break is a draw, and whole
			// people are called by parts of a bucket.
			if len(w.inside) > highest+1 {
				t.Fatalf("%d inside, the limit was never more than %d", len(w.inside), highest)
			}
		}
		for still := 0; w.waiting() > 0; still++ {
			before := w.waiting()
			if w.second(0, 2); w.waiting() < before {
				still = 0
			}
			if still > 60 {
				t.Fatalf("%d still wait, and nobody has come in for a minute, with %d of %d inside", w.waiting(), len(w.inside), limit)
			}
		}
	})
}

// However late those who were called are counted, up to the deadline, they are
// counted on to come.
func TestLateClaimsDoNotLetMoreIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(5, 300).Draw(t, "limit")
		w := newTown(t, Limits{Active: limit})
		w.late = rapid.Uint32Range(1, seenAfter+roundsGiven*config.PollEvery-2).Draw(t, "as late as")
		most := limit + limit/200 + 1
		leave := rapid.IntRange(0, 2).Draw(t, "leave")
		for range 40 {
			w.second(rapid.SampledFrom([]int{0, 1, 3, 30, 200}).Draw(t, "arrivals"), leave)
			if len(w.inside) > most {
				t.Fatalf("%d inside, %d may", len(w.inside), limit)
			}
		}
	})
}

// Nobody is given up while the edge says nothing at all.
func TestSilenceIsNoEvidence(t *testing.T) {
	const begin, limit = 50_000, 2500
	c := NewController(config, Limits{Active: limit}, begin)
	c.Report(Report{1, []Count{{Second: begin, Arrived: 2 * limit}}})
	for now := uint32(begin + 1); now < begin+60; now++ {
		c.Tick(now)
	}
	if f := c.Frontier(); f.Through >= begin || shareOf(f.Below) > 0.51 || shareOf(f.Below) < 0.4 {
		t.Errorf("half of a bucket may be called, it was called to %v of %d", shareOf(f.Below), f.Next())
	}
}

// When nobody reports, passes run out, and those who hold them may have new ones:
// however long it lasts, nobody is called until somebody reports.
func TestNobodyIsCalledOutOfReach(t *testing.T) {
	const begin, limit = 50_000, 100
	c := NewController(config, Limits{Active: limit}, begin)
	c.Report(Report{1, []Count{{Second: begin, Arrived: 3000}}})
	now := uint32(begin)
	pass := func(seconds uint32) {
		for until := now + seconds; now < until; {
			now++
			c.Tick(now)
		}
	}
	pass(20)
	called := c.Expected()
	c.Report(Report{1, []Count{{Second: begin, Arrived: 3000, Claimed: uint32(called)}, {Second: now, In: uint32(called)}}})
	pass(60)
	before := c.Frontier()
	pass(3600)
	if c.Frontier() != before {
		t.Errorf("the frontier went from %+v to %+v while nobody reported", before, c.Frontier())
	}
	c.Report(Report{Reporter: 1}) // nothing new but that it is there
	pass(30)
	if !before.Before(c.Frontier()) || c.Expected() > limit*1.1 {
		t.Errorf("it was at %+v, is at %+v and expects %v when somebody reports", before, c.Frontier(), c.Expected())
	}
}

func TestMoreThanIsTheTailOfTheDraws(t *testing.T) {
	for _, one := range []struct{ most, n, p, want float64 }{{1, 2, 0.5, 0.25}, {2, 3, 0.1, 0.001}, {3, 3, 1, 0}, {2, 3, 1, 1}} {
		if got := moreThan(one.most, one.n, one.p); math.Abs(got-one.want) > 1e-12 {
			t.Errorf("more than %v of %v at %v: %v, want %v", one.most, one.n, one.p, got, one.want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perMinute := rapid.IntRange(1, 300).Draw(t, "per minute")
		w := newTown(t, Limits{Active: 100_000, PerMinute: perMinute})
		w.second(5000, 0)
		before := 0
		for range 5 {
			for range 60 {
				w.second(0, 0)
			}
			if came := len(w.inside) - before; came > perMinute+perMinute/20+2 {
				t.Fatalf("%d came in a minute, %d may", came, perMinute)
			}
			before = len(w.inside)
		}
		if least := perMinute * 4; before < least*9/10 {
			t.Fatalf("only %d came in five minutes at %d a minute", before, perMinute)
		}
	})
}

// A second with more arrivals than the rate ever lets in at once does not stop
// a small room, which likes to call such a second as a whole.
func TestARateDoesNotStopASmallRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		active := rapid.IntRange(10, 99).Draw(t, "active")
		perMinute := rapid.IntRange(20, 600).Draw(t, "per minute")
		came := rapid.IntRange(1, active/2).Draw(t, "came")
		w := newTown(t, Limits{Active: active, PerMinute: perMinute})
		w.second(came, 0)
		for range 600 {
			w.second(0, 0)
		}
		if w.waiting() != 0 {
			t.Fatalf("%d of %d still wait before a room for %d", w.waiting(), came, active)
		}
	})
}

func TestPauseAndDrain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newTown(t, Limits{Active: 10})
		w.c.Pause()
		for range 30 {
			w.second(10, 0)
		}
		if len(w.inside) != 0 || w.c.Lease(1, 5, w.now, w.now+5) != 0 {
			t.Fatalf("%d came into a paused room", len(w.inside))
		}
		w.c.Resume()
		for range 30 {
			w.second(0, 0)
		}
		if n := len(w.inside); n == 0 || n > 10 {
			t.Fatalf("%d came in after resuming, 10 may", n)
		}
		w.c.Drain()
		for range 10 {
			w.second(0, 0)
		}
		if w.waiting() != 0 {
			t.Fatalf("%d still wait in a drained room", w.waiting())
		}
	})
}

// Slots handed out in advance are never more than are free, and none are while
// anybody waits.
func TestLeases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		c := NewController(config, Limits{Active: limit}, 50_000)
		now, leased := uint32(50_000), 0
		for id := range uint64(20) {
			leased += c.Lease(id, rapid.IntRange(0, 50).Draw(t, "want"), now, now+10)
		}
		if leased > limit {
			t.Fatalf("%d slots of %d", leased, limit)
		}
		for ; now < 50_000+10+leaseReportDelay; now++ {
			c.Tick(now)
			if c.Lease(99, limit, now, now+10) > limit-leased {
				t.Fatal("slots were handed out twice")
			}
			c.Settle(99, 0)
		}
		c.Tick(now)
		if got := c.Lease(100, 1, now, now+10); got != 1 {
			t.Fatal("no slot after every lease had expired")
		}
		c.Report(Report{1, []Count{{Second: now, Arrived: 1}}})
		if c.Lease(101, 1, now, now+10) != 0 {
			t.Fatal("a slot was handed out although somebody waits")
		}
	})
}
