package filter

import (
	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Site finds the Site by hostname. It fails closed: an unknown hostname gets a
// plain 421, never another brand's page, and a Site that cannot be fetched and
// was never seen gets a plain 503.
type Site struct {
	directory *chain.Directory
}

func (Site) Name() string           { return "site" }
func (Site) Needs() []string        { return []string{"trace"} }
func (Site) Fails() chain.Direction { return chain.FailClosed }

const (
	siteFound       chain.Reason = "site.found"
	siteLoad        chain.Reason = "site.load"
	siteUnknown     chain.Reason = "site.unknown"
	siteNoHost      chain.Reason = "site.not-a-hostname"
	siteUnavailable chain.Reason = "site.unavailable"
	siteRobots      chain.Reason = "site.unavailable-robots"
)

func (f Site) Decide(x *chain.Exchange) chain.Verdict {
	hostname, port, ok := address.SplitHost(x.Request.Authority)
	if !ok {
		unknownHost(x)
		return chain.Respond(siteNoHost)
	}
	if !address.IsCleanHost(hostname) {
		hostname = x.Keep(address.AppendHost(x.Scratch(), hostname))
	}
	x.Hostname, x.Port, x.Plan.Hostname = hostname, port, hostname

	program, state, refresh := f.directory.Find(hostname, x.Now)
	x.Plan.Refresh = refresh
	switch state {
	case chain.Present:
		x.Program = program
		return chain.Continue(siteFound)
	case chain.Absent:
		unknownHost(x)
		return chain.Respond(siteUnknown)
	case chain.Unavailable:
		return unavailable(x)
	default:
		x.Plan.Action = chain.ActionLoad
		return chain.Respond(siteLoad)
	}
}

func unknownHost(x *chain.Exchange) {
	x.Plain(421, "No site is served at this address.\n")
}

// unavailable answers for a site that exists as far as anyone knows. Search
// engines stop crawling a site whose robots.txt is an error, so that one is
// answered even now.
func unavailable(x *chain.Exchange) chain.Verdict {
	if x.Path == robotsPath {
		file(x, "text/plain; charset=utf-8", "no-store", []byte(site.DefaultRobotsTxt))
		return chain.Respond(siteRobots)
	}
	x.Plain(503, "This site cannot be shown right now. Please try again in a minute.\n")
	x.SetResponse("retry-after", decimal(x, int64(10+x.Jitter(20))))
	return chain.Respond(siteUnavailable)
}
