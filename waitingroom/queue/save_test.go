package queue

import (
	"errors"
	"maps"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// storage keeps rows as a Durable Object does.
type storage map[string][]byte

func (s storage) put(name string, value []byte) {
	if value == nil {
		delete(s, name)
		return
	}
	s[name] = append([]byte(nil), value...)
}

// step is a second of anything that may happen to a controller.
type step struct {
	reports []Report
	limits  *Limits
	pause   int // 0: neither
	want    int
	settle  uint64
	seconds uint32
}

func drawSteps(t *rapid.T, label string, now uint32, truth map[uint64]map[uint32]*Count) (steps []step) {
	for range rapid.IntRange(1, 25).Draw(t, label) {
		s := step{seconds: rapid.SampledFrom([]uint32{0, 1, 1, 1, 1, 5, 130}).Draw(t, "seconds"), pause: rapid.IntRange(0, 12).Draw(t, "pause")}
		now += s.seconds
		for id := range uint64(rapid.IntRange(0, 3).Draw(t, "reporters")) {
			if truth[id] == nil {
				truth[id] = map[uint32]*Count{}
			}
			r := Report{Reporter: id}
			for range rapid.IntRange(1, 4).Draw(t, "counts") {
				second := now - rapid.Uint32Range(0, 400).Draw(t, "ago")
				c := truth[id][second]
				if c == nil {
					c = &Count{Second: second}
					truth[id][second] = c
				}
				for _, n := range c.fields() {
					*n += rapid.Uint32Range(0, 20).Draw(t, "n")
				}
				r.Counts = append(r.Counts, *c)
			}
			s.reports = append(s.reports, r)
		}
		if rapid.IntRange(0, 9).Draw(t, "ops") == 0 {
			s.limits = &Limits{Active: rapid.IntRange(1, 300).Draw(t, "active"), PerMinute: rapid.IntRange(0, 600).Draw(t, "rate")}
		}
		s.want, s.settle = rapid.IntRange(0, 5).Draw(t, "want"), rapid.Uint64Range(0, 9).Draw(t, "settle")
		steps = append(steps, s)
	}
	return steps
}

type seen struct {
	frontier Frontier
	outlook  Outlook
	active   int
	slots    int
	expected float64
}

func play(c *Controller, steps []step, now uint32) (all []seen) {
	for i, s := range steps {
		now += s.seconds
		for _, r := range s.reports {
			c.Report(r)
		}
		switch s.pause {
		case 1:
			c.Pause()
		case 2:
			c.Resume()
		}
		if s.limits != nil {
			c.SetLimits(*s.limits)
		}
		c.Settle(s.settle, 1)
		slots := c.Lease(uint64(i), s.want, now, now+5)
		c.Tick(now)
		all = append(all, seen{c.Frontier(), c.Outlook(now), c.Active(), slots, c.Expected()})
	}
	return all
}

func elapsed(steps []step) (n uint32) {
	for _, s := range steps {
		n += s.seconds
	}
	return n
}

// A controller that is restored, at whatever moment, does from then on what it
// would have done.
func TestRestoredControllerHasTheSameFuture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const begin = 50_000
		truth := map[uint64]map[uint32]*Count{}
		c := NewController(config, Limits{Active: 50, PerMinute: 300}, begin)
		past := drawSteps(t, "past", begin, truth)
		play(c, past, begin)
		now := begin + elapsed(past)
		rows := storage{}
		c.Save(rows.put)
		// What was reported and not looked at yet is part of what is known.
		between := drawSteps(t, "between", now, truth)[0]
		for _, r := range between.reports {
			c.Report(r)
		}
		again := storage{}
		c.Save(again.put)
		restored, err := Restore(config, again)
		if err != nil {
			t.Fatal(err)
		}
		future := drawSteps(t, "future", now, truth)
		if want, got := play(c, future, now), play(restored, future, now); !reflect.DeepEqual(got, want) {
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Fatalf("step %d: got %+v, want %+v", i, got[i], want[i])
				}
			}
		}
	})
}

// What SaveChanges gave, piece by piece, sums up to what is known, apart from
// heartbeats.
func TestChangesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const begin = 50_000
		short := config
		short.Horizon = 1000 // so that rows go as well
		truth := map[uint64]map[uint32]*Count{}
		c := NewController(short, Limits{Active: 50}, begin)
		c.Track()
		rows := storage{}
		now := uint32(begin)
		for range rapid.IntRange(1, 6).Draw(t, "pieces") {
			steps := drawSteps(t, "steps", now, truth)
			play(c, steps, now)
			now += elapsed(steps)
			c.SaveChanges(rows.put)
		}
		whole := storage{}
		c.Save(whole.put)
		if names, all := keys(rows), keys(whole); !maps.Equal(names, all) {
			t.Fatalf("rows %v, want %v", names, all)
		}
		restored, err := Restore(short, rows)
		if err != nil {
			t.Fatal(err)
		}
		if restored.Active() != c.Active() || restored.Frontier() != c.Frontier() {
			t.Fatalf("%d active, %+v; want %d, %+v", restored.Active(), restored.Frontier(), c.Active(), c.Frontier())
		}
		for second := uint32(begin - 500); second <= now; second++ {
			got, want := restored.Ledger().Total(second), c.Ledger().Total(second)
			if got.Polls = want.Polls; got != want {
				t.Fatalf("second %d: %+v, want %+v", second, got, want)
			}
		}
	})
}

func keys(s storage) map[string]bool {
	names := map[string]bool{}
	for name := range s {
		names[name] = true
	}
	return names
}

func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	c := NewController(config, Limits{Active: 50}, 50_000)
	c.Report(Report{7, []Count{{Second: 49_990, Arrived: 3, In: 300}}})
	rows := storage{}
	c.Save(rows.put)
	for name, whole := range rows {
		for _, bad := range [][]byte{whole[:len(whole)-1], append([]byte{9}, whole[1:]...), nil, {}, append(append([]byte(nil), whole...), 0xff)} {
			broken := maps.Clone(rows)
			broken[name] = bad
			if _, err := Restore(config, broken); !errors.Is(err, ErrSaved) {
				t.Errorf("%s of %d bytes instead of %d: %v", name, len(bad), len(whole), err)
			}
		}
	}
}

// The changed config counts: passes live longer, and those that had run out
// are back.
func TestRestoreWithAnotherConfiguration(t *testing.T) {
	c := NewController(config, Limits{Active: 50}, 50_000)
	c.Report(Report{7, []Count{{Second: 50_000 - config.PassLife - 10, In: 5}, {Second: 49_999, In: 2}}})
	rows := storage{}
	c.Save(rows.put)
	longer := config
	longer.PassLife *= 2
	restored, err := Restore(longer, rows)
	if err != nil || restored.Active() != 7 || c.Active() != 2 {
		t.Errorf("%d active of %d, %v", restored.Active(), c.Active(), err)
	}
}
