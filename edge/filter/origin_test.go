package filter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

func pools(s *site.Site) {
	s.Origin.Pools = []site.Pool{
		{ID: "a", BaseURL: "http://a.example", Weight: 7},
		{ID: "b", BaseURL: "http://b.example", Weight: 2},
		{ID: "c", BaseURL: "http://c.example", Weight: 1},
	}
}

func TestVisitorsSpreadByWeightAndStay(t *testing.T) {
	h := newHouse(t, lyceum(t, pools))
	counts := map[string]int{}
	const visitors = 20_000
	for i := range visitors {
		ip := fmt.Sprintf("198.51.%d.%d", i/256, i%256)
		h.x.Now = opening.UnixMilli()
		h.x.Request = chain.Request{Method: "GET", Scheme: "http", Authority: "lyceum.example", Path: "/", RemoteIP: ip}
		h.x.Reset()
		h.chain.Run(&h.x)
		first := h.x.Plan.Pool
		counts[first]++
		h.x.Reset()
		h.chain.Run(&h.x)
		if h.x.Plan.Pool != first {
			t.Fatalf("%s went to %s, then to %s", ip, first, h.x.Plan.Pool)
		}
	}
	for pool, share := range map[string]float64{"a": 0.7, "b": 0.2, "c": 0.1} {
		if got := float64(counts[pool]) / visitors; got < share-0.03 || got > share+0.03 {
			t.Errorf("pool %s has %.2f of the visitors, want %.2f", pool, got, share)
		}
	}
}

// A request that fails pool after pool visits each once, then gets the page.
func TestFailoverVisitsEveryPoolOnce(t *testing.T) {
	h := newHouse(t, lyceum(t, pools))
	seen := map[string]bool{}
	failed := ""
	for range 3 {
		h.x.Request.FailedPools = failed
		x := h.ask("GET", "lyceum.example", "/", "")
		if x.Plan.Action != chain.ActionProxy || seen[x.Plan.Pool] {
			t.Fatalf("%s to %q after %q", x.Plan.Action, x.Plan.Pool, failed)
		}
		seen[x.Plan.Pool] = true
		failed += "," + x.Plan.Pool
	}
	h.x.Request.FailedPools = failed
	if x := h.ask("GET", "lyceum.example", "/", ""); x.Plan.Status != 503 {
		t.Errorf("%s %d once every pool has failed", x.Plan.Action, x.Plan.Status)
	}
}

// sendTo asks as a visitor from an address, with a session if it is not "",
// from a region, and returns the pool and the reason.
func (h *house) sendTo(ip, session, region string) (string, chain.Reason) {
	h.x.Now = opening.UnixMilli()
	r := chain.Request{Method: "GET", Scheme: "http", Authority: "lyceum.example", Path: "/", RemoteIP: ip, DownPools: h.x.Request.DownPools, FailedPools: h.x.Request.FailedPools}
	r.Network.Region = region
	if session != "" {
		r.Fields = []chain.Field{{Name: "cookie", Value: "consent=all; sd_session=" + session}}
	}
	h.x.Request = r
	h.x.Reset()
	h.chain.Run(&h.x)
	for _, d := range h.x.Trace {
		if d.Filter == "origin" {
			return h.x.Plan.Pool, d.Reason
		}
	}
	return "", ""
}

// withCanary has one pool in each of two regions, and a canary of two.
func withCanary(percent int) func(*site.Site) {
	return func(s *site.Site) {
		s.Origin = site.Origin{Canary: percent, Pools: []site.Pool{
			{ID: "eu", Region: "eu-west", BaseURL: "http://eu.example", Weight: 1},
			{ID: "us", Region: "us-east", BaseURL: "http://us.example", Weight: 1},
			{ID: "new-a", BaseURL: "http://new-a.example", Weight: 1, Canary: true},
			{ID: "new-b", BaseURL: "http://new-b.example", Weight: 1, Canary: true},
		}}
	}
}

// A session has its share of the canary, keeps it wherever it comes from, and
// half of the canary's visitors go to each of its pools.
func TestCanaryTakesItsShareAndKeepsIt(t *testing.T) {
	h := newHouse(t, lyceum(t, withCanary(10)))
	const visitors = 20_000
	counts := map[string]int{}
	for i := range visitors {
		session := fmt.Sprintf("%032x", i*7919)
		first, _ := h.sendTo("192.0.2.1", session, "eu-west")
		counts[first]++
		again, why := h.sendTo("2001:db8::7", session, "us-east")
		if canary := strings.HasPrefix(first, "new-"); canary != (why == originCanary) || canary && again != first {
			t.Fatalf("session %s went to %s, then to %s (%s)", session, first, again, why)
		}
	}
	for pool, share := range map[string]float64{"eu": 0.9, "us": 0, "new-a": 0.05, "new-b": 0.05} {
		if got := float64(counts[pool]) / visitors; got < share-0.01 || got > share+0.01 {
			t.Errorf("pool %s has %.3f of the visitors, want %.3f", pool, got, share)
		}
	}
}

// Raising the share adds visitors to the canary and takes none out.
func TestRaisingTheCanaryMovesNobodyBack(t *testing.T) {
	small, large := newHouse(t, lyceum(t, withCanary(5))), newHouse(t, lyceum(t, withCanary(30)))
	for i := range 5_000 {
		session := fmt.Sprintf("%032x", i*104729)
		_, before := small.sendTo("192.0.2.1", session, "")
		_, after := large.sendTo("192.0.2.1", session, "")
		if before == originCanary && after != originCanary {
			t.Fatalf("session %s left the canary", session)
		}
	}
}

// Without a share the canary gets nobody, not even when all else is gone.
func TestCanaryIsNobodysFailover(t *testing.T) {
	h := newHouse(t, lyceum(t, withCanary(0)))
	h.x.Request.FailedPools = "eu,us"
	for i := range 200 {
		if pool, why := h.sendTo(fmt.Sprintf("198.51.100.%d", i), "", ""); pool != "" || why != originNone {
			t.Fatalf("%s, %s", pool, why)
		}
	}
}

// Whatever is down and has failed: a pool that failed is never chosen again, one
// that is down only when nothing else is left, and one of another colour never.
func TestChoiceIsAlwaysTheBestLeft(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		regions := []string{"", "eu-west", "us-east"}
		var s site.Site
		for i := range rapid.IntRange(1, 6).Draw(rt, "pools") {
			s.Origin.Pools = append(s.Origin.Pools, site.Pool{
				ID: fmt.Sprintf("p%d", i), BaseURL: fmt.Sprintf("http://p%d.example", i),
				Region: rapid.SampledFrom(regions).Draw(rt, "region"), Weight: rapid.IntRange(0, 3).Draw(rt, "weight"),
				Canary: i > 0 && rapid.Bool().Draw(rt, "canary"), Colour: rapid.SampledFrom([]string{"", "blue", "green"}).Draw(rt, "colour"),
			})
		}
		s.Origin.Pools[0].Colour = ""
		s.Origin.Colour = rapid.SampledFrom([]string{"", "blue", "green"}).Draw(rt, "served")
		s.Origin.Canary = rapid.SampledFrom([]int{0, 50, 100}).Draw(rt, "share")
		bound, err := Origin{}.Bind(&s)
		if err != nil {
			rt.Fatal(err)
		}
		x := &chain.Exchange{Request: chain.Request{RemoteIP: "192.0.2.1"}}
		x.Request.Network.Region = rapid.SampledFrom(regions).Draw(rt, "from")
		left := 0
		down := map[string]bool{}
		canary := s.Origin.Canary > 0 && inCanary(fnv1a("192.0.2.1"), s.Origin.Canary)
		anyUp := false
		for i := range s.Origin.Pools {
			p := &s.Origin.Pools[i]
			failed := rapid.Bool().Draw(rt, "failed")
			if failed {
				x.Request.FailedPools += "," + p.ID
			}
			if down[p.ID] = rapid.Bool().Draw(rt, "down"); down[p.ID] {
				x.Request.DownPools += "," + p.BaseURL
			}
			if !failed && s.Origin.Serves(p) && (!p.Canary || canary) {
				left++
				anyUp = anyUp || !down[p.ID]
			}
		}
		pool, why := bound.(Origin).choose(x)
		switch {
		case left == 0:
			if pool != nil || why != originNone {
				rt.Fatalf("%v, %s with nothing left", pool, why)
			}
		case pool == nil:
			rt.Fatalf("none of %d that are left", left)
		case isListed(x.Request.FailedPools, pool.ID) || !s.Origin.Serves(pool) || pool.Canary && !canary:
			rt.Fatalf("%s must not be chosen", pool.ID)
		case down[pool.ID] && anyUp:
			rt.Fatalf("%s is down and another is not", pool.ID)
		case down[pool.ID] != (why == originLastResort):
			rt.Fatalf("%s: %s", pool.ID, why)
		}
	})
}
