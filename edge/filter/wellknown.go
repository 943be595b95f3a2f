package filter

import (
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// WellKnown serves robots.txt, security.txt and the edge's own health. It
// stands ahead of maintenance because search engines stop crawling a site
// whose robots.txt answers 503. It fails open, to the origin's own files.
type WellKnown struct {
	robots, security, health []byte
}

func (WellKnown) Name() string           { return "wellknown" }
func (WellKnown) Needs() []string        { return []string{"site"} }
func (WellKnown) Fails() chain.Direction { return chain.FailOpen }

const (
	robotsPath   = "/robots.txt"
	securityPath = "/.well-known/security.txt"
	healthPath   = "/.well-known/edge-health"
)

const (
	wellKnownOther    chain.Reason = "wellknown.other-path"
	wellKnownRobots   chain.Reason = "wellknown.robots"
	wellKnownSecurity chain.Reason = "wellknown.security"
	wellKnownAbsent   chain.Reason = "wellknown.absent"
	wellKnownHealth   chain.Reason = "wellknown.health"
)

func (f WellKnown) Bind(s *site.Site) (chain.Filter, error) {
	f.robots = []byte(s.WellKnown.RobotsTxt)
	f.security = []byte(s.WellKnown.SecurityTxt)
	f.health = []byte(`{"status":"ok","site":"` + s.ID + "\"}\n")
	return f, nil
}

func (f WellKnown) Decide(x *chain.Exchange) chain.Verdict {
	const text = "text/plain; charset=utf-8"
	switch x.Path {
	case robotsPath:
		file(x, text, "public, max-age=3600", f.robots)
		return chain.Respond(wellKnownRobots)
	case securityPath:
		if len(f.security) == 0 {
			x.Plain(404, "This site has no security.txt.\n")
			return chain.Respond(wellKnownAbsent)
		}
		file(x, text, "public, max-age=3600", f.security)
		return chain.Respond(wellKnownSecurity)
	case healthPath:
		file(x, "application/json", "no-store", f.health)
		return chain.Respond(wellKnownHealth)
	}
	return chain.Continue(wellKnownOther)
}
