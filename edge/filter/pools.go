package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// lane is the pools that one group of visitors is spread over: those of the
// canary, or those of everybody else. It is made when a Site is loaded.
type lane struct {
	pools []*site.Pool // in the document's order, which is that of failover
	total uint32       // of their weights
}

// lanes takes a site's pools apart. Pools of the colour that is not served
// stand in neither.
func lanes(o *site.Origin) (steady, canary lane) {
	for i := range o.Pools {
		pool := &o.Pools[i]
		switch {
		case !o.Serves(pool):
		case pool.Canary:
			canary.add(pool)
		default:
			steady.add(pool)
		}
	}
	return steady, canary
}

func (l *lane) add(pool *site.Pool) {
	l.pools = append(l.pools, pool)
	l.total += uint32(pool.Weight)
}

// pick returns the pool a request goes to, nil when none is left, and says
// whether it is the one that the visitor would have on a day without faults.
// Pools that are down are passed over unless lastResort says that there is
// nothing better.
//
// Failover goes to the other pools of the visitor's region, then to the rest,
// each in the document's order.
func (l *lane) pick(r *chain.Request, visitor uint32, lastResort bool) (pool *site.Pool, near, usual bool) {
	if len(l.pools) == 0 {
		return nil, false, false
	}
	pool, near = l.usual(r.Network.Region, visitor)
	if usable(r, pool, lastResort) {
		return pool, near, true
	}
	if near {
		for _, pool := range l.pools {
			if pool.Region == r.Network.Region && usable(r, pool, lastResort) {
				return pool, true, false
			}
		}
	}
	for _, pool := range l.pools {
		if usable(r, pool, lastResort) {
			return pool, false, false
		}
	}
	return nil, false, false
}

// usual is the pool of a visitor while everything works: by weight among the
// pools of the visitor's region, or among all when none there takes visitors.
func (l *lane) usual(region string, visitor uint32) (pool *site.Pool, near bool) {
	var weight uint32
	var first *site.Pool // of the region
	if region != "" {
		for _, pool := range l.pools {
			if pool.Region == region {
				weight += uint32(pool.Weight)
				if first == nil {
					first = pool
				}
			}
		}
	}
	switch {
	case weight > 0:
		return l.share(visitor%weight, region), true
	case first != nil && l.total == 0: // nobody set weights
		return first, true
	case l.total > 0:
		return l.share(visitor%l.total, ""), false
	default:
		return l.pools[0], false
	}
}

// share is the pool whose part of the weights holds n, among those of a
// region, or of all for "".
func (l *lane) share(n uint32, region string) *site.Pool {
	for _, pool := range l.pools {
		if region != "" && pool.Region != region {
			continue
		}
		if n < uint32(pool.Weight) {
			return pool
		}
		n -= uint32(pool.Weight)
	}
	return l.pools[0]
}

func usable(r *chain.Request, pool *site.Pool, lastResort bool) bool {
	return !isListed(r.FailedPools, pool.ID) && (lastResort || !isDown(r, pool))
}

// isDown says whether other requests could not reach a pool of late. The shell
// names pools by address, because several brands share one and learn of its
// faults together; people who ask "what if" name them by ID.
func isDown(r *chain.Request, pool *site.Pool) bool {
	return r.DownPools != "" && (isListed(r.DownPools, pool.BaseURL) || isListed(r.DownPools, pool.ID))
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

// visitorHash is a number that stays with a visitor: that of the session, or
// before there is one, of the address. It only ever picks a pool, so that a
// made-up session gains nothing.
func visitorHash(x *chain.Exchange) uint32 {
	if session := cookieOf(x, sessionCookie); session != "" {
		return fnv1a(session)
	}
	return fnv1a(x.Request.RemoteIP)
}

// sessionCookie is origin/session's.
const sessionCookie = "sd_session"

// inCanary says whether a visitor is among the share, in percent, that tries
// what is new. The number is mixed first: who is in the canary must not hang
// together with which of its pools by weight.
func inCanary(visitor uint32, percent int) bool {
	h := visitor // MurmurHash3's finaliser
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return (h^h>>16)%100 < uint32(percent)
}

// fnv1a is FNV-1a, 32 bits.
func fnv1a(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
