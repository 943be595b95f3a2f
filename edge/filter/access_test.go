package filter

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// mayEnter is what Access promises, by looking at every rule in turn.
func mayEnter(a site.Access, ip netip.Addr, from chain.Network, webhook bool) bool {
	ip = ip.Unmap()
	in := func(prefixes []string) bool {
		return slices.ContainsFunc(prefixes, func(text string) bool { return netip.MustParsePrefix(text).Contains(ip) })
	}
	switch {
	case in(a.AllowPrefixes) || slices.Contains(a.AllowCountries, from.Country) || slices.Contains(a.AllowASNs, from.ASN):
		return true
	case in(a.DenyPrefixes):
		return false
	case webhook:
		return true
	default:
		return !slices.Contains(a.DenyCountries, from.Country) && !slices.Contains(a.DenyASNs, from.ASN) && !a.DenyOthers
	}
}

func TestAccessAgainstEveryRuleInTurn(t *testing.T) {
	addresses := []string{"203.0.113.7", "203.0.113.130", "203.0.114.1", "10.0.0.1", "2001:db8::1", "2001:db8:1::1", "2001:db8:1:2::3", "::1"}
	prefix := rapid.Custom(func(t *rapid.T) string {
		ip := netip.MustParseAddr(rapid.SampledFrom(addresses).Draw(t, "ip"))
		return netip.PrefixFrom(ip, rapid.IntRange(0, ip.BitLen()).Draw(t, "bits")).Masked().String()
	})
	country := rapid.SampledFrom([]string{"GB", "US", "RU", "T1"})
	asn := rapid.IntRange(64500, 64504)
	bare := lyceum(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		a := site.Access{
			AllowPrefixes:  rapid.SliceOfN(prefix, 0, 3).Draw(t, "allow prefixes"),
			DenyPrefixes:   rapid.SliceOfN(prefix, 0, 3).Draw(t, "deny prefixes"),
			AllowCountries: rapid.SliceOfN(country, 0, 2).Draw(t, "allow countries"),
			DenyCountries:  rapid.SliceOfN(country, 0, 2).Draw(t, "deny countries"),
			AllowASNs:      rapid.SliceOfN(asn, 0, 2).Draw(t, "allow operators"),
			DenyASNs:       rapid.SliceOfN(asn, 0, 2).Draw(t, "deny operators"),
			DenyOthers:     rapid.Bool().Draw(t, "deny others"),
		}
		s := *bare
		s.Access = a
		f, err := Access{}.Bind(&s)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			ip := netip.MustParseAddr(rapid.SampledFrom(addresses).Draw(t, "visitor"))
			text := ip.String()
			if ip.Is4() && rapid.Bool().Draw(t, "mapped") {
				text = "::ffff:" + text
			}
			x := &chain.Exchange{Request: chain.Request{RemoteIP: text, Network: chain.Network{
				Country: rapid.OneOf(country, rapid.Just("")).Draw(t, "from"), ASN: rapid.OneOf(asn, rapid.Just(0)).Draw(t, "operator"),
			}}}
			x.Reset()
			x.Program = &chain.Program{Site: &s}
			x.Class = rapid.SampledFrom([]string{site.ClassPage, site.ClassWebhook}).Draw(t, "class")
			verdict := f.Decide(x)
			if want := mayEnter(a, ip, x.Request.Network, x.Class == site.ClassWebhook); (verdict.Kind == chain.Continued) != want {
				t.Fatalf("%s from %+v for %s: %s, want %v by %+v", text, x.Request.Network, x.Class, verdict.Reason, want, a)
			}
		}
	})
}

// Ten thousand prefixes cost a request no more than ten do: each is found, and
// nothing else, without memory.
func TestAccessWithThousandsOfPrefixes(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) {
		for i := range 10_000 {
			s.Access.DenyPrefixes = append(s.Access.DenyPrefixes, fmt.Sprintf("10.%d.%d.0/25", i/250, i%250))
		}
	}))
	for _, test := range []struct {
		ip     string
		status int
	}{{"10.0.0.0", 403}, {"10.39.249.127", 403}, {"10.39.249.128", 0}, {"10.40.0.1", 0}, {"::ffff:10.3.3.3", 403}} {
		x := h.askFrom(test.ip, "/")
		if x.Plan.Status != test.status {
			t.Errorf("%s: %d", test.ip, x.Plan.Status)
		}
	}
	if n := testing.AllocsPerRun(100, func() { h.askFrom("10.39.249.128", "/") }); n != 0 {
		t.Errorf("%v allocations for each request", n)
	}
}

// It fails closed, and only where the rules depend on what is missing.
func TestAccessFailsClosed(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) { s.Access.DenyPrefixes = []string{"192.0.2.0/24"} }))
	if x := h.askFrom("not an address", "/"); x.Plan.Status != 503 || x.Trace[len(x.Trace)-1].Kind != chain.Failed {
		t.Errorf("%d %v", x.Plan.Status, x.Trace)
	}
	h = newHouse(t, lyceum(t, nil))
	if x := h.askFrom("not an address", "/"); x.Plan.Action != chain.ActionProxy {
		t.Errorf("without rules: %d %v", x.Plan.Status, x.Trace)
	}
}
