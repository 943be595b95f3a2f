package filter

import (
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
)

// Staff finds out whether a member of staff of this site asks, by the pass in
// their cookie. A pass that does not count is as good as none: it changes
// nothing for the visitor, and the trace says what was wrong with it.
//
// It fails open, which is to a visitor without privileges.
type Staff struct {
	passes *staffpass.Verifier
	siteID string
}

func (Staff) Name() string           { return "staff" }
func (Staff) Needs() []string        { return []string{"site"} }
func (Staff) Fails() chain.Direction { return chain.FailOpen }

const (
	staffNone      chain.Reason = "staff.none"
	staffKnown     chain.Reason = "staff.known"
	staffMalformed chain.Reason = "staff.malformed"
	staffForged    chain.Reason = "staff.forged"
	staffExpired   chain.Reason = "staff.expired"
	staffTooLong   chain.Reason = "staff.too-long-a-life"
	staffWrongSite chain.Reason = "staff.wrong-site"
)

func (f Staff) Bind(s *site.Site) (chain.Filter, error) {
	f.siteID = s.ID
	return f, nil
}

func (f Staff) Decide(x *chain.Exchange) chain.Verdict {
	pass := cookieOf(x, staffpass.CookieName)
	if pass == "" {
		return chain.Continue(staffNone)
	}
	name, why := f.passes.Read(pass, f.siteID, x.Now/1000)
	switch why {
	case staffpass.Accepted:
		x.Visitor.Staff = x.Keep(append(x.Scratch(), name...))
		return chain.Continue(staffKnown)
	case staffpass.Forged:
		return chain.Continue(staffForged)
	case staffpass.Expired:
		return chain.Continue(staffExpired)
	case staffpass.TooLong:
		return chain.Continue(staffTooLong)
	case staffpass.WrongSite:
		return chain.Continue(staffWrongSite)
	default:
		return chain.Continue(staffMalformed)
	}
}
