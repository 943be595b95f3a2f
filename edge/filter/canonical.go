package filter

import (
	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Canonical brings a request to the site's scheme, primary hostname and a
// clean path, all in one hop: 301 for reads, 308 where a body has to follow.
// A hostname that the marketers redirect as a whole, or the asked-for path of
// it, is left to the redirect filter, so that there is one hop then too.
//
// The Location is always absolute, so that nothing in the path can be read as
// a hostname. A malformed path is answered 400. It fails closed: everything
// after it compares canonical paths.
type Canonical struct {
	site  *site.Site
	rules rulebook
}

func (Canonical) Name() string           { return "canonical" }
func (Canonical) Needs() []string        { return []string{"site"} }
func (Canonical) Fails() chain.Direction { return chain.FailClosed }

const (
	canonicalAlready   chain.Reason = "canonical.already"
	canonicalLeft      chain.Reason = "canonical.left-to-redirect"
	canonicalMoved     chain.Reason = "canonical.redirect"
	canonicalMalformed chain.Reason = "canonical.malformed-path"
)

func (f Canonical) Bind(s *site.Site) (chain.Filter, error) {
	var err error
	f.site = s
	f.rules, err = f.rules.bind(s)
	return f, err
}

func (f Canonical) Decide(x *chain.Exchange) chain.Verdict {
	moved := f.site.HTTPS && x.Request.Scheme == "http"

	if !address.IsCleanPath(x.Request.Path) {
		clean, err := address.AppendPath(x.Scratch(), x.Request.Path)
		if err != nil {
			x.Plain(400, "The address of this request is malformed.\n")
			return chain.Respond(canonicalMalformed)
		}
		x.Path = x.Keep(clean)
		moved = moved || x.Path != x.Request.Path
	}
	x.Class = classOf(f.site.Route(x.Path))
	if x.Query != "" && !address.IsCleanQuery(x.Query) {
		x.Query = x.Keep(address.AppendQuery(x.Scratch(), x.Query))
	}

	if x.Hostname != f.site.Hostname || len(x.Request.Authority) > len(x.Hostname) && x.Request.Authority[len(x.Hostname)] == '.' {
		if !f.site.IsProtected(x.Path) {
			if f.rules.nameHost(x) {
				return chain.Continue(canonicalLeft)
			}
		}
		moved = true
	}
	if !moved {
		return chain.Continue(canonicalAlready)
	}

	location := appendBase(x.Scratch(), x, f.site.Hostname)
	location = append(location, x.Path...)
	if x.Request.HasQuery {
		location = append(location, '?')
		location = append(location, x.Query...)
	}
	status := 308
	if x.IsRead() {
		status = 301
	}
	x.Redirect(status, x.Keep(location), "public, max-age=3600")
	return chain.Respond(canonicalMoved)
}
