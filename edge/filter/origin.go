package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Origin chooses the pool a request goes to and signs the hop. A visitor stays
// with one pool, by address, while it answers; a pool this request failed on
// is skipped, and with none left the visitor gets a branded 503.
//
// It fails closed: without a pool there is nowhere to go.
type Origin struct {
	signer *hop.Signer
	site   *site.Site
	total  uint32 // of the pools' weights
}

func (Origin) Name() string           { return "origin" }
func (Origin) Needs() []string        { return []string{"trace", "site", "canonical"} }
func (Origin) Fails() chain.Direction { return chain.FailClosed }

const (
	originChosen   chain.Reason = "origin.chosen"
	originFailover chain.Reason = "origin.failover"
	originNone     chain.Reason = "origin.none-left"
)

func (f Origin) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	for _, p := range s.Origin.Pools {
		f.total += uint32(p.Weight)
	}
	return f, nil
}

func (f Origin) Decide(x *chain.Exchange) chain.Verdict {
	pool, why := f.choose(x)
	if pool == nil {
		notice(x, &page.Notice{
			Status: 503, Type: "origin-unavailable", Title: "The house lights are down for a moment",
			Detail:     "We cannot reach our box office right now. Nothing you have booked is lost. Please try again in a minute.",
			RetryAfter: 10 + x.Jitter(20),
		})
		return chain.Respond(originNone)
	}

	p := &x.Plan
	p.Action, p.Pool, p.Origin = chain.ActionProxy, pool.ID, pool.BaseURL
	p.Target = x.Path
	if x.Request.HasQuery {
		target := append(x.Scratch(), x.Path...)
		target = append(target, '?')
		p.Target = x.Keep(append(target, x.Query...))
	}

	for i := range x.Request.Fields {
		if name := x.Request.Fields[i].Name; isOurs(name) {
			p.Request = append(p.Request, chain.Op{Change: chain.Remove, Name: name})
		}
	}
	x.SetRequest(hop.HeaderSite, f.site.ID)
	x.SetRequest(hop.HeaderForwardedHost, x.Request.Authority)
	x.SetRequest(hop.HeaderForwardedProto, x.Request.Scheme)
	x.SetRequest(hop.HeaderForwardedFor, x.Request.RemoteIP)
	x.SetRequest(hop.HeaderHop, x.Keep(f.signer.Append(x.Scratch(), x.Now/1000, x.Request.Method, p.Target, f.site.ID, x.Request.Authority)))
	return chain.Continue(why)
}

// isOurs says whether a header is one the origin would believe, and so must
// not come from a visitor. x-request-id is replaced by trace.
func isOurs(name string) bool {
	return strings.HasPrefix(name, "x-stagedoor-") || strings.HasPrefix(name, "x-forwarded-") ||
		name == "forwarded" || name == "x-real-ip" || name == "true-client-ip"
}

// choose spreads visitors over the pools by weight. Those of a pool that is
// skipped go to the next that is left, in the document's order.
func (f Origin) choose(x *chain.Exchange) (*site.Pool, chain.Reason) {
	pools := f.site.Origin.Pools
	if x.Request.FailedPools == "*" {
		return nil, originNone
	}
	first := 0
	if f.total > 0 {
		share := addressHash(x.Request.RemoteIP) % f.total
		for first < len(pools)-1 && share >= uint32(pools[first].Weight) {
			share -= uint32(pools[first].Weight)
			first++
		}
	}
	for i := range pools {
		pool := &pools[(first+i)%len(pools)]
		if isListed(x.Request.FailedPools, pool.ID) {
			continue
		}
		if i == 0 {
			return pool, originChosen
		}
		return pool, originFailover
	}
	return nil, originNone
}

// addressHash is FNV-1a, 32 bits.
func addressHash(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func isListed(list, item string) bool {
	for list != "" {
		var next string
		if next, list, _ = strings.Cut(list, ","); next == item {
			return true
		}
	}
	return false
}
