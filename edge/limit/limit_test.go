package limit_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/limit"
	"pgregory.net/rapid"
)

const now = 1_795_255_200_000 // 2026-11-21 10:00 UTC

var someone = limit.Client{Group: limit.Group("page", "lyceum", limit.Address), ID: 0xcb007107}

func TestBurstAndPace(t *testing.T) {
	c := limit.NewCounters(1)
	rate := limit.NewRate(5, 10) // one each two seconds
	steps := []struct {
		name string
		at   int64 // milliseconds
		want limit.Left
	}{
		{"first", 0, limit.Left{OK: true, Requests: 4, Wait: 2}},
		{"second", 0, limit.Left{OK: true, Requests: 3, Wait: 4}},
		{"third", 0, limit.Left{OK: true, Requests: 2, Wait: 6}},
		{"fourth", 0, limit.Left{OK: true, Requests: 1, Wait: 8}},
		{"fifth", 0, limit.Left{OK: true, Requests: 0, Wait: 10}},
		{"one too many", 0, limit.Left{Wait: 2}},
		{"too early, by a millisecond", 1999, limit.Left{Wait: 1}},
		{"on time", 2000, limit.Left{OK: true, Requests: 0, Wait: 10}},
		{"again too early", 2000, limit.Left{Wait: 2}},
		{"after a rest", 7000, limit.Left{OK: true, Requests: 1, Wait: 7}},
		{"after a long rest", 60_000, limit.Left{OK: true, Requests: 4, Wait: 2}},
	}
	for _, step := range steps {
		if got := c.Take(someone, &rate, now+step.at); got != step.want {
			t.Fatalf("%s: %+v, want %+v", step.name, got, step.want)
		}
	}
}

func TestClientsAreCountedApart(t *testing.T) {
	c := limit.NewCounters(1)
	rate := limit.NewRate(1, 60)
	clients := []limit.Client{
		someone,
		{Group: someone.Group, ID: someone.ID + 1},
		{Group: limit.Group("page", "lyceum", limit.Network), ID: someone.ID},
		{Group: limit.Group("api", "lyceum", limit.Address), ID: someone.ID},
		{Group: limit.Group("page", "apollo", limit.Address), ID: someone.ID},
		{Group: limit.Group("pagel", "yceum", limit.Address), ID: someone.ID},
	}
	for i, client := range clients {
		if !c.Take(client, &rate, now).OK {
			t.Errorf("client %d pays for another", i)
		}
		if c.Take(client, &rate, now).OK {
			t.Errorf("client %d is not counted", i)
		}
	}
}

func TestExceed(t *testing.T) {
	c := limit.NewCounters(1)
	rate := limit.NewRate(100, 60)
	c.Take(someone, &rate, now)
	c.Exceed(someone, 30, now)
	if left := c.Take(someone, &rate, now+29_500); left != (limit.Left{Wait: 1}) {
		t.Errorf("marked: %+v", left)
	}
	if left := c.Take(someone, &rate, now+30_000); !left.OK {
		t.Errorf("when the period is over: %+v", left)
	}
	c.Exceed(someone, 3600, now)
	if left := c.Take(someone, &rate, now); left.Wait != limit.SharedPeriod {
		t.Errorf("by a longer period than the shared counters have: %+v", left)
	}
	other := limit.Client{Group: someone.Group, ID: 7}
	if !c.Take(other, &rate, now).OK {
		t.Error("another client was marked too")
	}
	c.Exceed(other, 60, now) // not counted before
	if c.Take(other, &rate, now).OK {
		t.Error("a client that was forgotten is not marked")
	}
}

// A clock that was set back locks nobody out for longer than a period.
func TestClockSetBack(t *testing.T) {
	c := limit.NewCounters(1)
	rate := limit.NewRate(2, 10)
	for range 2 {
		c.Take(someone, &rate, now)
	}
	c.Exceed(someone, 60, now)
	const hour = 3_600_000
	if left := c.Take(someone, &rate, now-hour); left.Wait > 10 {
		t.Errorf("an hour earlier: %+v", left)
	}
	if left := c.Take(someone, &rate, now-hour+10_000); !left.OK {
		t.Errorf("a period later: %+v", left)
	}
}

// rateAndTimes draws a rate and when a client asks, in order.
func rateAndTimes(t *rapid.T) (limit.Rate, []int64) {
	rate := limit.NewRate(rapid.IntRange(1, 30).Draw(t, "requests"), rapid.IntRange(1, 20).Draw(t, "period"))
	at := int64(now)
	var times []int64
	for range rapid.IntRange(1, 200).Draw(t, "asked") {
		at += rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 50), rapid.Int64Range(0, 5_000)).Draw(t, "pause")
		times = append(times, at)
	}
	return rate, times
}

// No period sees more than the burst and what comes due in it, at no instant
// do more than Requests fit, and the first Requests always do.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, times := rateAndTimes(t)
		c := limit.NewCounters(rapid.Uint64().Draw(t, "seed"))
		var passed []int64
		for i, at := range times {
			left := c.Take(someone, &rate, at)
			if !left.OK && i < rate.Requests {
				t.Fatalf("request %d of %d was refused", i+1, rate.Requests)
			}
			if left.OK {
				passed = append(passed, at)
			}
		}
		for _, window := range []struct{ length, most int64 }{
			{1, int64(rate.Requests)},
			{int64(rate.Period) * 1000, 2*int64(rate.Requests) - 1},
			{int64(rate.Period) * 5000, 6*int64(rate.Requests) - 1},
		} {
			first := 0
			for i, at := range passed {
				for at-passed[first] >= window.length {
					first++
				}
				if n := int64(i - first + 1); n > window.most {
					t.Fatalf("%d requests within %d ms by %+v", n, window.length, rate)
				}
			}
		}
	})
}

// The table agrees with a bucket of exact numbers that holds Requests and is
// filled at an even pace, and what it says of itself comes true.
func TestAgainstABucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, times := rateAndTimes(t)
		c := limit.NewCounters(1)
		// The pace is rounded up to whole microseconds, and so is the bucket's.
		every := (int64(rate.Period)*1_000_000 + int64(rate.Requests) - 1) / int64(rate.Requests)
		full := big.NewRat(int64(rate.Requests), 1)
		one := big.NewRat(1, 1)
		level, last := new(big.Rat).Set(full), times[0]
		for _, at := range times {
			level.Add(level, new(big.Rat).SetFrac64((at-last)*1000, every))
			if last = at; level.Cmp(full) > 0 {
				level.Set(full)
			}
			fits := level.Cmp(one) >= 0
			if fits {
				level.Sub(level, one)
			}
			left := c.Take(someone, &rate, at)
			if left.OK != fits {
				t.Fatalf("%+v, with %s in the bucket", left, level.FloatString(6))
			}
			if whole := int(new(big.Int).Quo(level.Num(), level.Denom()).Int64()); fits && left.Requests != whole {
				t.Fatalf("%+v, with %s left", left, level.FloatString(6))
			}
			if !fits {
				copied := *c
				if left := copied.Take(someone, &rate, at+int64(left.Wait)*1000); !left.OK {
					t.Fatalf("still refused after the wait: %+v", left)
				}
			}
		}
	})
}

// However many clients ask, the table takes no more memory, nobody who is
// within the rate is refused, and who is marked stays so.
func TestManyClients(t *testing.T) {
	c := limit.NewCounters(99)
	rate := limit.NewRate(10, 60)
	c.Exceed(someone, 60, now)
	allocs := testing.AllocsPerRun(3, func() {
		for i := range uint64(20 * limit.Entries) {
			if !c.Take(limit.Client{Group: someone.Group, ID: i << 32}, &rate, now+int64(i/1000)).OK {
				t.Fatalf("client %d was refused", i)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if c.Take(someone, &rate, now+1000).OK {
		t.Error("the marked client was forgotten for others that had asked once")
	}
}

// A table with room tells all of its clients apart.
func TestClientsThatFitAreRemembered(t *testing.T) {
	c := limit.NewCounters(5)
	rate := limit.NewRate(1, 3600)
	const clients = limit.Entries / 16
	forgotten := 0
	for range 2 {
		for i := range uint64(clients) {
			if c.Take(limit.Client{Group: 1, ID: i}, &rate, now).OK {
				forgotten++
			}
		}
	}
	if forgotten -= clients; forgotten > clients/50 {
		t.Errorf("%d of %d clients were forgotten", forgotten, clients)
	}
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		class := rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "class")
		site := rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,20}`).Draw(t, "site")
		kind := rapid.SampledFrom([]byte{limit.Address, limit.Network, limit.Key}).Draw(t, "kind")
		id, period := rapid.Uint64().Draw(t, "id"), rapid.IntRange(1, 86_400).Draw(t, "period")
		name := string(limit.AppendName(nil, class, site, kind, id, period))
		who, p, ok := limit.ParseName(name)
		if !ok || who != (limit.Client{Group: limit.Group(class, site, kind), ID: id}) || p != period || !strings.HasPrefix(name, class+" ") {
			t.Fatalf("%q: %+v, %d, %v", name, who, p, ok)
		}
	})
}

func FuzzParseName(f *testing.F) {
	f.Add("page lyceum 4cb007107 60")
	for _, bad := range []string{"", "page", "page lyceum", "page lyceum 4", "page lyceum 4x 60", "page lyceum 41 0", "page lyceum 41 -1", "  41 60"} {
		if who, _, ok := limit.ParseName(bad); ok {
			f.Errorf("%q: %+v", bad, who)
		}
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, name string) { limit.ParseName(name) })
}

func BenchmarkTake(b *testing.B) {
	c := limit.NewCounters(1)
	rate := limit.NewRate(600, 60)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		c.Take(limit.Client{Group: 1, ID: i % 5000}, &rate, now+int64(i))
	}
}
