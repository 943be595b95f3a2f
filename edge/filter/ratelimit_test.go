package filter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

func strict(t *testing.T, requests int) *house {
	t.Helper()
	return newHouse(t, lyceum(t, func(s *site.Site) {
		s.Limits = []site.Limit{{Class: site.ClassPage, Requests: requests, Period: 60}, {Class: site.ClassAPI, Requests: requests, Period: 60}}
	}))
}

// refused asks once, from an address.
func (h *house) refused(ip string) bool { return h.askFrom(ip, "/").Plan.Status == 429 }

func TestClientsAreAddressesAndNetworks(t *testing.T) {
	tests := []struct {
		name, first, second string
		same                bool
	}{
		{"one address", "203.0.113.7", "203.0.113.7", true},
		{"the next address", "203.0.113.7", "203.0.113.8", false},
		{"mapped", "203.0.113.7", "::ffff:203.0.113.7", true},
		{"one IPv6 line", "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		{"the next IPv6 line", "2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"an IPv6 network whose number is an IPv4 address", "203.0.113.7", "0:0:cb00:7107::", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := strict(t, 1)
			if h.refused(test.first) || h.refused(test.second) != test.same {
				t.Errorf("%s and %s: counted as one is not %v", test.first, test.second, test.same)
			}
		})
	}
}

// It fails open, whatever is missing.
func TestRateLimitFailsOpen(t *testing.T) {
	h := strict(t, 1)
	for range 3 {
		if x := h.askFrom("not an address", "/"); x.Plan.Action != chain.ActionProxy || x.Plan.Count != "" {
			t.Errorf("without an address: %v", x.Trace)
		}
	}
	f, err := RateLimit{}.Bind(lyceum(t, func(s *site.Site) { s.Limits = []site.Limit{{Class: site.ClassPage, Requests: 1, Period: 60}} }))
	if err != nil {
		t.Fatal(err)
	}
	x := &h.x
	x.Reset()
	x.Class = site.ClassPage
	if v := f.Decide(x); v.Kind != chain.Failed || v.Reason != rateNoCounters || f.Fails() != chain.FailOpen {
		t.Errorf("without counters: %+v", v)
	}
}

// What the headers promise comes true: that many requests pass and no more,
// and after the wait there is room again.
func TestHeadersComeTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := strict(t, rapid.IntRange(1, 20).Draw(rt, "limit"))
		for range rapid.IntRange(1, 30).Draw(rt, "asked") {
			h.now += rapid.Int64Range(0, 8000).Draw(rt, "pause")
			x := h.askFrom("203.0.113.7", "/api/v1/shows")
			text, n := header(x.Plan.Response, "ratelimit")
			var left, wait int
			if _, err := fmt.Sscanf(text, `"api";r=%d;t=%d`, &left, &wait); err != nil || n != 1 {
				rt.Fatalf("ratelimit: %s, %d times: %v", text, n, err)
			}
			if x.Plan.Status != 429 {
				continue
			}
			if after, _ := header(x.Plan.Response, "retry-after"); left != 0 || after != fmt.Sprint(wait) || wait < 1 {
				rt.Fatalf("ratelimit: %s, retry-after: %s", text, after)
			}
			h.now += int64(wait) * 1000
			if x := h.askFrom("203.0.113.7", "/api/v1/shows"); x.Plan.Status == 429 {
				rt.Fatalf("refused after %d s as well", wait)
			}
		}
		x := h.askFrom("203.0.113.7", "/api/v1/shows")
		text, _ := header(x.Plan.Response, "ratelimit")
		var left int
		if _, err := fmt.Sscanf(text, `"api";r=%d;`, &left); err != nil {
			rt.Fatal(err)
		}
		for i := range left {
			if h.askFrom("203.0.113.7", "/api/v1/shows").Plan.Status == 429 {
				rt.Fatalf("%d were left, and number %d was refused", left, i+1)
			}
		}
		if x.Plan.Status != 429 && h.askFrom("203.0.113.7", "/api/v1/shows").Plan.Status != 429 {
			rt.Fatalf("%d were left, and one more passed", left)
		}
	})
}

// A name leads back to the very client it was made for, for each kind.
func TestCountNamesTheClient(t *testing.T) {
	h := strict(t, 5)
	counters := h.counters
	for _, ip := range []string{"203.0.113.7", "2001:db8:1:2::3"} {
		name := strings.Clone(h.askFrom(ip, "/").Plan.Count)
		who, period, ok := limit.ParseName(name)
		if !ok || period != 60 {
			t.Fatalf("%s: %q", ip, name)
		}
		counters.Exceed(who, period, h.now)
		if !h.refused(ip) {
			t.Errorf("%s: marking %q does not refuse it", ip, name)
		}
		if x := h.askFrom(ip, "/api/v1/shows"); x.Plan.Status == 429 {
			t.Errorf("%s: marking %q refuses another class", ip, name)
		}
	}
}

func TestRateLimitAllocatesNothing(t *testing.T) {
	h := strict(t, 1_000_000)
	for _, ip := range []string{"203.0.113.7", "2001:db8:1:2::3"} {
		if n := testing.AllocsPerRun(100, func() { h.askFrom(ip, "/api/v1/shows") }); n != 0 {
			t.Errorf("%s: %v allocations", ip, n)
		}
	}
}
