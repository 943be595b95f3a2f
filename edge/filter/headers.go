package filter

import (
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Headers adds the security headers, in the response phase, to whatever
// answered. It only ever sets or defaults headers by name, so that a second
// Set-Cookie stays, and it never looks at a body.
//
// The Content-Security-Policy carries a nonce for inline scripts, which the
// origin reads from X-Stagedoor-Nonce; an origin page with a policy of its own
// keeps that. Pages of other origins that the site names may read its API (see
// cors.go). Staff see which filter decided what in their browser's developer
// tools, as Server-Timing without durations: inside a request the edge's clock
// stands still. It fails open.
type Headers struct {
	cors
	hsts        string
	beforeNonce string // the policy up to the nonce
	afterNonce  string
	permissions string
}

func (Headers) Name() string           { return "headers" }
func (Headers) Needs() []string        { return []string{"site"} }
func (Headers) Fails() chain.Direction { return chain.FailOpen }

const (
	headersAdded            chain.Reason = "headers.added"
	headersPreflight        chain.Reason = "headers.preflight"
	headersPreflightRefused chain.Reason = "headers.preflight-refused"
)

func (f Headers) Bind(s *site.Site) (chain.Filter, error) {
	list := func(sources []string) string {
		if len(sources) == 0 {
			return ""
		}
		return " " + strings.Join(sources, " ")
	}
	h := &s.Headers
	f.cors = cors{origins: h.CORSOrigins}
	f.beforeNonce = "default-src 'self'; script-src 'self'" + list(h.ScriptSrc) + " 'nonce-"
	f.afterNonce = "'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'" +
		"; connect-src 'self'" + list(h.ConnectSrc) +
		"; frame-src 'self'" + list(h.FrameSrc) +
		// Browsers hold a redirect after a form post, such as to a bank's
		// 3-D Secure page, against form-action.
		"; form-action 'self'" + list(h.FrameSrc) +
		"; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
	// Door staff scan tickets with the camera; wallets pay in the payment
	// provider's frame.
	f.permissions = "camera=(self), geolocation=(self), microphone=(), payment=(self" + origins(h.FrameSrc) + ")"
	if s.HTTPS {
		f.afterNonce += "; upgrade-insecure-requests"
		if h.HSTSMaxAge > 0 {
			f.hsts = "max-age=" + strconv.Itoa(h.HSTSMaxAge) + "; includeSubDomains"
		}
	}
	return f, nil
}

// Decide gives the origin the nonce, and answers what a browser asks before
// it lets another origin's page read the API. The rest waits for the response
// phase.
func (f Headers) Decide(x *chain.Exchange) chain.Verdict {
	if f.isPreflight(x) {
		if !f.preflight(x) {
			return chain.Respond(headersPreflightRefused)
		}
		return chain.Respond(headersPreflight)
	}
	nonce := nonceOf(x)
	x.SetRequest(hop.HeaderNonce, nonce)
	policy := append(x.Scratch(), f.beforeNonce...)
	policy = append(policy, nonce...)
	policy = append(policy, f.afterNonce...)
	x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.DefaultHTML, Name: "content-security-policy", Value: x.Keep(policy)})
	return chain.Continue(headersAdded)
}

// Finish runs for answers of the edge as well as for the origin's.
func (f Headers) Finish(x *chain.Exchange) {
	x.SetResponse("x-content-type-options", "nosniff")
	add := func(name, value string) {
		x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Default, Name: name, Value: value})
	}
	add("referrer-policy", "strict-origin-when-cross-origin")
	add("cross-origin-opener-policy", "same-origin-allow-popups")
	if f.permissions != "" {
		add("permissions-policy", f.permissions)
	}
	x.Plan.Response = append(x.Plan.Response,
		chain.Op{Change: chain.Remove, Name: "server"}, chain.Op{Change: chain.Remove, Name: "x-powered-by"})
	if f.hsts != "" && x.Request.Scheme == "https" {
		x.SetResponse("strict-transport-security", f.hsts)
	}
	f.cors.finish(x)
	if x.Visitor.Staff != "" {
		x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Append, Name: "server-timing", Value: timing(x)})
		if x.Plan.Action == chain.ActionRespond {
			x.SetResponse("cache-control", "private, no-store") // the trace is not for the next visitor
		}
	}
}

// timing is the trace as Server-Timing writes it (W3C Server Timing).
func timing(x *chain.Exchange) string {
	out := x.Scratch()
	for i := range x.Trace {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, x.Trace[i].Filter...)
		out = append(out, ";desc=\""...)
		out = append(out, x.Trace[i].Reason...)
		out = append(out, '"')
	}
	return x.Keep(out)
}

// origins lists those CSP sources that are plain origins, as a
// Permissions-Policy writes them.
func origins(sources []string) string {
	var out string
	for _, source := range sources {
		if scheme, authority, rest := site.SplitURL(source); scheme != "" && rest == "" && !strings.Contains(authority, "*") {
			out += ` "` + source + `"`
		}
	}
	return out
}
