package filter

import (
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// The response phase names no header that may come more than once.
func TestHeadersLeaveCookiesAlone(t *testing.T) {
	x := newHouse(t, lyceum(t, nil)).ask("GET", "lyceum.example", "/", "")
	for _, op := range x.Plan.Response {
		switch strings.ToLower(op.Name) {
		case "set-cookie", "vary", "link", "www-authenticate":
			t.Errorf("%c%s", op.Change, op.Name)
		}
	}
}

func TestPolicyNamesTheNonceTheOriginGets(t *testing.T) {
	x := newHouse(t, lyceum(t, func(s *site.Site) {
		s.Headers = site.Headers{ScriptSrc: []string{"https://js.pay.example"}, FrameSrc: []string{"https://js.pay.example", "https://*.bank.example"}, ConnectSrc: []string{"https://api.pay.example"}}
	})).ask("GET", "lyceum.example", "/", "")
	nonce, n := header(x.Plan.Request, "X-Stagedoor-Nonce")
	if n != 1 || len(nonce) < 20 {
		t.Fatalf("nonce %q", nonce)
	}
	policy, n := header(x.Plan.Response, "content-security-policy")
	if n != 1 {
		t.Fatalf("%d policies", n)
	}
	for _, want := range []string{
		"script-src 'self' https://js.pay.example 'nonce-" + nonce + "';", "connect-src 'self' https://api.pay.example;",
		"frame-src 'self' https://js.pay.example https://*.bank.example;", "form-action 'self' https://js.pay.example https://*.bank.example;", "object-src 'none'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %q: %s", want, policy)
		}
	}
	if permissions, _ := header(x.Plan.Response, "permissions-policy"); !strings.Contains(permissions, `payment=(self "https://js.pay.example")`) {
		t.Errorf("permissions = %s", permissions)
	}
}

func TestStrictTransportSecurityIsForHTTPS(t *testing.T) {
	for _, test := range []struct {
		scheme string
		https  bool
		want   int
	}{{"https", true, 1}, {"http", true, 0}, {"http", false, 0}, {"https", false, 0}} {
		h := newHouse(t, lyceum(t, func(s *site.Site) { s.HTTPS = test.https; s.Headers.HSTSMaxAge = 60 }))
		h.x.Now = opening.UnixMilli()
		h.x.Request = chain.Request{Method: "GET", Scheme: test.scheme, Authority: "lyceum.example", Path: "/robots.txt"}
		h.x.Reset()
		h.chain.Run(&h.x)
		if _, n := header(h.x.Plan.Response, "strict-transport-security"); n != test.want {
			t.Errorf("%s, site https %v: %d headers", test.scheme, test.https, n)
		}
	}
}

// Whatever the site allows and whoever asks: credentials never go with *, only
// a named origin is ever allowed, an answer that depends on the origin says so,
// and only the API is open.
func TestCORSNeverOpensTooMuch(t *testing.T) {
	lists := [][]string{nil, {"*"}, {"https://app.example"}, {"https://app.example", "http://localhost:3000"}}
	origins := []string{"", "null", "*", "https://app.example", "http://app.example", "https://app.example.evil.example", "https://evil.example", "http://localhost:3000", "https://APP.example"}
	for _, list := range lists {
		h := newHouse(t, lyceum(t, func(s *site.Site) { s.Headers.CORSOrigins = list }))
		for _, origin := range origins {
			for _, path := range []string{"/api/v1/shows", "/apis", "/shows", "/robots.txt"} {
				for _, method := range []string{"GET", "POST", "OPTIONS"} {
					fields := []chain.Field{{Name: "access-control-request-method", Value: "GET"}}
					if origin != "" {
						fields = append(fields, chain.Field{Name: "origin", Value: origin})
					}
					x := h.ask(method, "lyceum.example", path, "", fields...)
					name := strings.Join(list, " ") + ", " + origin + ", " + method + " " + path
					allowed, n := header(x.Plan.Response, "access-control-allow-origin")
					credentials, _ := header(x.Plan.Response, "access-control-allow-credentials")
					vary, _ := header(x.Plan.Response, "vary")
					api := path == "/api/v1/shows"
					switch {
					case n > 1, allowed != "" && !api, allowed == "*" && credentials != "", allowed == "" && credentials != "":
						t.Errorf("%s: allowed %q, credentials %q", name, allowed, credentials)
					case allowed != "" && !slices.Contains(list, allowed), allowed != "" && allowed != "*" && allowed != origin:
						t.Errorf("%s: allowed %q", name, allowed)
					case allowed == "" && api && (slices.Contains(list, origin) || slices.Contains(list, "*")):
						t.Errorf("%s: not allowed", name)
					case api && len(list) > 0 && allowed != "*" && vary != "Origin":
						t.Errorf("%s: vary %q", name, vary)
					}
				}
			}
		}
	}
}

// Server-Timing is for staff: it tells how the house is guarded.
func TestServerTimingIsForStaff(t *testing.T) {
	bound, err := Headers{}.Bind(lyceum(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, staff := range []string{"", "Ops"} {
		x := &chain.Exchange{}
		x.Reset()
		x.Visitor.Staff = staff
		x.Trace = []chain.Decision{{Filter: "trace", Verdict: chain.Continue(traceStarted)}, {Filter: "origin", Verdict: chain.Respond(originNone)}}
		bound.(Headers).Finish(x)
		value, n := header(x.Plan.Response, "server-timing")
		if want := `trace;desc="trace.started", origin;desc="origin.none-left"`; staff != "" && value != want || staff == "" && n != 0 {
			t.Errorf("staff %q: %q", staff, value)
		}
	}
}
