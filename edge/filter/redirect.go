package filter

import (
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Redirect applies the marketers' rules. Which rule wins and what becomes of
// the query is package redirect's; here protected paths are left alone, a rule
// that leads back to the request or off the allowed hosts is passed over, and
// caches are told how long the answer holds.
//
// It fails open: a page without its redirect is better than none. That goes
// for an index that has not been fetched yet, too.
type Redirect struct {
	site  *site.Site
	rules rulebook
}

func (Redirect) Name() string           { return "redirect" }
func (Redirect) Needs() []string        { return []string{"site", "canonical"} }
func (Redirect) Fails() chain.Direction { return chain.FailOpen }

const (
	redirectNone      chain.Reason = "redirect.none"
	redirectMissing   chain.Reason = "redirect.index-missing"
	redirectProtected chain.Reason = "redirect.protected-path"
	redirectLoop      chain.Reason = "redirect.loop"
	redirectUnsafe    chain.Reason = "redirect.target-not-allowed"
	redirectTooLong   chain.Reason = "redirect.target-too-long"
	redirectExact     chain.Reason = "redirect.rule"
)

// maxLocation keeps a Location within what browsers and proxies accept.
const maxLocation = 16 << 10

func (f Redirect) Bind(s *site.Site) (chain.Filter, error) {
	var err error
	f.site = s
	f.rules, err = f.rules.bind(s)
	return f, err
}

func (f Redirect) Decide(x *chain.Exchange) chain.Verdict {
	index := f.rules.slot.Index()
	if index == nil {
		return chain.Fail(redirectMissing)
	}
	if index.Len() == 0 {
		return chain.Continue(redirectNone)
	}
	if f.site.IsProtected(x.Path) {
		return chain.Continue(redirectProtected)
	}
	match, ok := f.rules.search.Find(index, x.Hostname, x.Path, x.Now)
	if !ok {
		return chain.Continue(redirectNone)
	}

	base := x.Keep(appendBase(x.Scratch(), x, f.site.Hostname))
	location := x.Keep(redirect.AppendLocation(x.Scratch(), &match, base, x.Query))
	switch {
	case len(location) > maxLocation:
		return chain.Fail(redirectTooLong)
	case !redirect.SafeTarget(location, base, f.site):
		return chain.Fail(redirectUnsafe)
	case f.isLoop(x, location):
		return chain.Continue(redirectLoop)
	}
	x.Redirect(match.Rule.Status, location, cacheFor(x, &match.Rule))
	// The shell counts it.
	x.SetRequest(hits.Header, x.Keep(match.Rule.AppendID(x.Scratch())))
	return chain.Respond(redirectExact)
}

// isLoop says whether location is what was asked for, but for the query.
func (f Redirect) isLoop(x *chain.Exchange, location string) bool {
	self := x.Keep(append(appendBase(x.Scratch(), x, x.Hostname), x.Path...))
	rest, ok := strings.CutPrefix(location, self)
	return ok && (rest == "" || rest[0] == '?' || rest[0] == '#')
}

// cacheFor lets caches keep a permanent redirect for an hour, but never past
// the rule's end, and a temporary one not at all.
func cacheFor(x *chain.Exchange, r *redirect.Rule) string {
	if r.Status != 301 && r.Status != 308 {
		return "no-store"
	}
	seconds := int64(3600)
	if ends, ok := r.Ends(); ok {
		seconds = min(seconds, (ends-x.Now)/1000)
	}
	return x.Keep(strconv.AppendInt(append(x.Scratch(), "public, max-age="...), seconds, 10))
}
