package filter

import (
	"slices"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// cors lets pages of other origins read the API (the Fetch standard's CORS
// protocol), and nothing else: what changes something is for the site's own
// pages, and the origin refuses it from others.
//
// An origin that the site names may read what its visitor's cookies show. "*"
// opens to everyone what nobody's cookies are needed for: credentials are never
// allowed with it.
type cors struct {
	origins []string // as browsers write them, or "*" alone
}

const (
	corsPath    = "/api"
	corsMethods = "GET, HEAD"
	corsHeaders = "accept-language, content-type, if-none-match, traceparent, x-api-key, x-request-id"
	corsExposed = "etag, ratelimit, ratelimit-policy, retry-after, x-request-id"
	corsMaxAge  = "600" // seconds; staff who take an origin away wait no longer
)

// covers says whether a request is for what other origins may read.
func (c cors) covers(x *chain.Exchange) bool {
	return len(c.origins) > 0 && site.Under(x.Path, corsPath)
}

// allowed is the value for the request's origin, "" when it may not read.
func (c cors) allowed(x *chain.Exchange) string {
	if c.origins[0] == "*" {
		return "*"
	}
	if origin := x.Request.Get("origin"); origin != "" && slices.Contains(c.origins, origin) {
		return origin
	}
	return ""
}

// isPreflight says whether a browser asks if it may ask.
func (c cors) isPreflight(x *chain.Exchange) bool {
	return x.Request.Method == "OPTIONS" && c.covers(x) &&
		x.Request.Get("origin") != "" && x.Request.Get("access-control-request-method") != ""
}

// preflight answers in the origin's place, which has nothing to add, and says
// whether it allowed. finish adds which origin is allowed.
func (c cors) preflight(x *chain.Exchange) bool {
	p := &x.Plan
	p.Pool, p.Origin, p.Target, p.Cache = "", "", "", chain.Cache{}
	if c.allowed(x) == "" {
		x.Plain(403, "Pages of this origin may not read this API.\n")
		return false
	}
	p.Action, p.Status, p.Body = chain.ActionRespond, 204, p.Body[:0]
	x.SetResponse("access-control-allow-methods", corsMethods)
	x.SetResponse("access-control-allow-headers", corsHeaders)
	x.SetResponse("access-control-max-age", corsMaxAge)
	x.SetResponse("cache-control", "no-store")
	return true
}

// finish marks an answer, whoever gave it, so that the page can read errors
// too.
func (c cors) finish(x *chain.Exchange) {
	if !c.covers(x) {
		return
	}
	origin := c.allowed(x)
	if origin != "*" {
		// The answer differs by origin, also where there is none to allow.
		x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Append, Name: "vary", Value: "Origin"})
	}
	if origin == "" {
		return
	}
	x.SetResponse("access-control-allow-origin", origin)
	x.SetResponse("access-control-expose-headers", corsExposed)
	if origin != "*" {
		x.SetResponse("access-control-allow-credentials", "true")
	}
}
