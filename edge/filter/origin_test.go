package filter

import (
	"fmt"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
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
