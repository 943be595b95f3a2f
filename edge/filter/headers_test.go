package filter

import (
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
