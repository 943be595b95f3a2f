// Package filter holds the filters of the edge's chain, one file each.
//
// A filter compares, decides and writes to the plan; what it needs prepared it
// prepares once per Site, in Bind. Where they stand and why is chain.Order.
package filter

import (
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Config is what the filters share.
type Config struct {
	// Directory knows the Site of each hostname.
	Directory *chain.Directory
	// HopKey signs what goes to the origin and verifies checkout passes; at
	// least hop.MinKeyBytes.
	HopKey []byte
	// Redirects keeps the compiled redirect indexes. Nil: there are none, and
	// sites bring their rules themselves.
	Redirects *redirect.Shelf
	// Rooms knows what the waiting rooms published. Nil: nothing is known.
	Rooms *chain.Rooms
	// Ring signs the places and passes of waiting rooms. Nil: rooms do what
	// they do without a state.
	Ring *token.Ring
	// Counters count requests for the rate limits. Nil: none are enforced.
	Counters *limit.Counters
}

// All makes every filter there is.
func All(c Config) ([]chain.Filter, error) {
	signer, err := hop.New(c.HopKey)
	if err != nil {
		return nil, err
	}
	passes, err := checkout.NewVerifier(c.HopKey)
	if err != nil {
		return nil, err
	}
	staff, err := staffpass.NewVerifier(c.HopKey)
	if err != nil {
		return nil, err
	}
	if c.Redirects == nil {
		c.Redirects = redirect.NewShelf(0)
	}
	waiting := WaitingRoom{known: c.Rooms, counters: c.Counters}
	if waiting.known == nil {
		waiting.known = chain.NewRooms()
	}
	if c.Ring != nil {
		waiting.desk = token.NewDesk(c.Ring)
	}
	rules := rulebook{shelf: c.Redirects, search: new(redirect.Search)}
	return []chain.Filter{
		Trace{},
		Site{directory: c.Directory},
		ApplePay{},
		WellKnown{},
		Canonical{rules: rules},
		Staff{passes: staff},
		Access{},
		newBot(),
		RateLimit{counters: c.Counters},
		Maintenance{passes: passes},
		Redirect{rules: rules},
		Rewrite{},
		Locale{},
		waiting,
		Cache{},
		Origin{signer: signer},
		Headers{},
	}, nil
}

// notice answers with a page of ours, as HTML or as a problem, whichever the
// visitor's program prefers. No cache keeps it.
func notice(x *chain.Exchange, n *page.Notice) {
	n.RequestID, n.Path = x.RequestID, x.Path
	if x.Asked != "" {
		n.Path = x.Asked
	}
	p := &x.Plan
	p.Action, p.Status = chain.ActionRespond, n.Status
	if page.Preferred(x.Request.Get("accept"), x.Path) == page.JSON {
		p.Body = page.AppendProblem(p.Body[:0], n)
		x.SetResponse("content-type", "application/problem+json")
	} else {
		nonce := nonceOf(x)
		p.Body = page.AppendHTML(p.Body[:0], x.Site(), n, nonce)
		x.SetResponse("content-type", "text/html; charset=utf-8")
		x.SetResponse("content-security-policy", x.Keep(page.AppendPolicy(x.Scratch(), nonce)))
	}
	x.SetResponse("cache-control", "no-store")
	x.SetResponse("vary", "Accept")
	if n.RetryAfter > 0 {
		x.SetResponse("retry-after", decimal(x, int64(n.RetryAfter)))
	}
}

// file answers GET and HEAD with a fixed body, and other methods with 405.
func file(x *chain.Exchange, contentType, cacheControl string, body []byte) {
	if !x.IsRead() {
		x.Plain(405, "This address can only be read.\n")
		x.SetResponse("allow", "GET, HEAD")
		return
	}
	x.Plan.Action, x.Plan.Status = chain.ActionRespond, 200
	x.Plan.Body = append(x.Plan.Body[:0], body...)
	x.SetResponse("content-type", contentType)
	x.SetResponse("cache-control", cacheControl)
}
