package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Origin chooses the pool a request goes to and signs the hop.
//
// The pools of the colour that is served are spread over the visitors by
// weight, those of the visitor's region first, and a share of the visitors has
// the canary's pools instead. A visitor stays where they are, by session or
// address. A pool that this request failed on is skipped, one that others
// could not reach of late is tried last, and a visitor of the canary goes to
// the other pools before anyone sees an error; nobody else ever goes to the
// canary's. With no pool left the visitor gets a branded 503, for which the
// shell may show a stale page instead.
//
// It fails closed: without a pool there is nowhere to go.
type Origin struct {
	signer         *hop.Signer
	site           *site.Site
	steady, canary lane
}

func (Origin) Name() string           { return "origin" }
func (Origin) Needs() []string        { return []string{"trace", "site", "canonical"} }
func (Origin) Fails() chain.Direction { return chain.FailClosed }

const (
	originChosen     chain.Reason = "origin.chosen"
	originNearest    chain.Reason = "origin.nearest"     // a pool of the visitor's region
	originCanary     chain.Reason = "origin.canary"      // the visitor is in the canary's share
	originFailover   chain.Reason = "origin.failover"    // the usual pool failed or is down
	originLastResort chain.Reason = "origin.last-resort" // every pool that is left is down
	originNone       chain.Reason = "origin.none-left"
)

func (f Origin) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	f.steady, f.canary = lanes(&s.Origin)
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
		// The body is on its way already, and the runtime takes an origin's
		// 100 Continue for a broken answer.
		if name := x.Request.Fields[i].Name; isOurs(name) || name == "expect" {
			p.Request = append(p.Request, chain.Op{Change: chain.Remove, Name: name})
		}
	}
	x.SetRequest(hop.HeaderSite, f.site.ID)
	x.SetRequest(hop.HeaderLocale, x.Visitor.Locale)
	x.SetRequest(hop.HeaderCurrency, x.Visitor.Currency)
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

// choose looks for a pool that works, then for one that may.
func (f Origin) choose(x *chain.Exchange) (*site.Pool, chain.Reason) {
	r := &x.Request
	if r.FailedPools == "*" {
		return nil, originNone
	}
	visitor := visitorHash(x)
	tries := len(f.canary.pools) > 0 && inCanary(visitor, f.site.Origin.Canary)
	if tries {
		if pool, _, usual := f.canary.pick(r, visitor, false); pool != nil {
			if usual {
				return pool, originCanary
			}
			return pool, originFailover
		}
	}
	if pool, near, usual := f.steady.pick(r, visitor, false); pool != nil {
		switch {
		case tries || !usual:
			return pool, originFailover
		case near:
			return pool, originNearest
		}
		return pool, originChosen
	}
	if tries {
		if pool, _, _ := f.canary.pick(r, visitor, true); pool != nil {
			return pool, originLastResort
		}
	}
	if pool, _, _ := f.steady.pick(r, visitor, true); pool != nil {
		return pool, originLastResort
	}
	return nil, originNone
}
