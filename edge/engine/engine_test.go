package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
)

const now = 1_795_255_200_000 // 2026-11-21 10:00 UTC

// browser is what a browser sends.
var browser = []chain.Field{
	{Name: "accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
	{Name: "accept-encoding", Value: "gzip, deflate, br, zstd"},
	{Name: "accept-language", Value: "en-GB,en;q=0.9"},
	{Name: "cache-control", Value: "no-cache"},
	{Name: "cookie", Value: "session=4c5c2c0f8b7a4d5e; basket=0190c2a4-7b1e-7000-8000-000000000001; consent=all"},
	{Name: "host", Value: "lyceum.example"},
	{Name: "sec-fetch-dest", Value: "document"},
	{Name: "sec-fetch-mode", Value: "navigate"},
	{Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
}

func document(t testing.TB, change func(*site.Site)) []byte {
	t.Helper()
	s := site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "UTC",
		Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	}
	if change != nil {
		change(&s)
	}
	doc, err := site.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.New([]byte("a key of enough bytes"))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func decide(t testing.TB, e *engine.Engine, url string, at int64) wire.Plan {
	t.Helper()
	r := chain.Request{Method: "GET", RemoteIP: "203.0.113.7", Fields: browser}
	out, _ := e.Decide(nil, &engine.Input{Request: wire.AppendRequest(nil, &r, url), Now: at})
	p, err := wire.ParsePlan(out)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestShortKeyIsRefused(t *testing.T) {
	if _, err := engine.New([]byte("short")); err == nil {
		t.Error("no error")
	}
}

func TestSiteComesAndGoes(t *testing.T) {
	e := newEngine(t)
	const url = "http://lyceum.example/"
	if p := decide(t, e, url, now); p.Action != "load" || p.Hostname != "lyceum.example" {
		t.Fatalf("at first: %+v", p)
	}
	if changed, err := e.Load("lyceum.example", document(t, nil), now); !changed || err != nil {
		t.Fatalf("Load: %v, %v", changed, err)
	}
	if p := decide(t, e, url, now); p.Action != "proxy" {
		t.Fatalf("loaded: %+v", p)
	}
	if changed, err := e.Load("lyceum.example", document(t, nil), now+2000); changed || err != nil {
		t.Fatalf("the same again: %v, %v", changed, err)
	}
	closed := document(t, func(s *site.Site) { s.Maintenance = []site.Window{{ID: "now"}} })
	if changed, err := e.Load("lyceum.example", closed, now); !changed || err != nil {
		t.Fatalf("closed: %v, %v", changed, err)
	}
	if p := decide(t, e, url, now); p.Status != 503 {
		t.Fatalf("closed: %+v", p)
	}
	e.Absent("lyceum.example", now)
	if p := decide(t, e, url, now); p.Status != 421 {
		t.Fatalf("absent: %+v", p)
	}
}

func TestUnusableDocumentLeavesTheLastGoodOne(t *testing.T) {
	tests := []struct {
		name, document string
		newer          bool
	}{
		{name: "newer version", document: `{"version":2,"shape":"unheard of"}`, newer: true},
		{name: "not JSON", document: "<html>"},
		{name: "invalid", document: `{"version":1}`},
		{name: "another brand's", document: strings.ReplaceAll(string(document(t, nil)), "lyceum.example", "apollo.example")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t)
			if _, err := e.Load("lyceum.example", []byte(test.document), now); err == nil || errors.Is(err, site.ErrVersion) != test.newer {
				t.Fatalf("error = %v", err)
			}
			if p := decide(t, e, "http://lyceum.example/", now); p.Status != 503 || p.Reason != "site.unavailable" {
				t.Fatalf("with nothing older: %+v", p)
			}
			if _, err := e.Load("lyceum.example", document(t, nil), now); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Load("lyceum.example", []byte(test.document), now+60_000); err == nil {
				t.Fatal("no error")
			}
			if p := decide(t, e, "http://lyceum.example/", now+60_000); p.Action != "proxy" {
				t.Fatalf("with a good one before: %+v", p)
			}
		})
	}
}

// The largest plan there can be fits into what the Wasm module has for it.
func TestLargestPlan(t *testing.T) {
	const planSize = 160 << 10 // edge/wasm
	e := newEngine(t)
	doc := document(t, func(s *site.Site) {
		s.WellKnown.RobotsTxt = strings.Repeat("#", 64<<10)
		s.Maintenance = []site.Window{{ID: "w", PathPrefix: "/&", Message: strings.Repeat("<", 500)}}
		s.Redirects = []site.Redirect{{ID: "r", Match: "prefix", Source: "/old", Target: "/" + strings.Repeat("n", 1000), Status: 302, PreserveSuffix: true, PreserveQuery: true}}
		for range 64 {
			s.Headers.FrameSrc = append(s.Headers.FrameSrc, "https://a-source-of-frames.example")
		}
	})
	if _, err := e.Load("lyceum.example", doc, now); err != nil {
		t.Fatal(err)
	}
	var forged []chain.Field
	for i := range 120 {
		forged = append(forged, chain.Field{Name: fmt.Sprintf("x-stagedoor-%s%d", strings.Repeat("x", 240), i)})
	}
	for _, target := range []string{"/robots.txt", "/&/" + strings.Repeat("&", 16_000), "/old/" + strings.Repeat("a", 14_000), "/" + strings.Repeat("a", 16_000), "/?" + strings.Repeat("'", 16_000)} {
		r := chain.Request{Method: "GET", RemoteIP: "203.0.113.7", Fields: forged}
		out, _ := e.Decide(nil, &engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example"+target), Now: now, Trace: true})
		if p, err := wire.ParsePlan(out); err != nil || p.Status >= 400 && p.Status < 500 || len(out) > planSize {
			t.Errorf("%.20s...: %d bytes, %d, %v", target, len(out), p.Status, err)
		}
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	e := newEngine(t)
	if _, err := e.Load("lyceum.example", document(t, nil), now); err != nil {
		t.Fatal(err)
	}
	r := chain.Request{Method: "GET", RemoteIP: "203.0.113.7", Fields: browser}
	in := engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example/whats-on/hamlet?day=2"), Now: now}
	out := make([]byte, 0, 64<<10)
	if n := testing.AllocsPerRun(100, func() { e.Decide(out, &in) }); n != 0 {
		t.Errorf("%v allocations for each proxied request", n)
	}
}

// FuzzDecide: no bytes crash the engine, and what it plans is well-formed and
// leads nowhere it must not.
func FuzzDecide(f *testing.F) {
	f.Add([]byte("GET\nhttp://lyceum.example/a?b\n203.0.113.7\n- - - 0 -\n\n\naccept:text/html\ncookie:a=b\n"))
	f.Add([]byte("POST\nhttp://lyceum.example//evil.example\n\nGB 5089 80 0 eu-west\nmain\n*\ncontent-length:5\n"))
	f.Add([]byte("GET\nhttp://old.example/x\n::1\n- - - 0 -\nhttp://origin.example\nmain\ntraceparent:00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n"))
	f.Add([]byte("GET\nhttp://apollo.example/old/x\n203.0.113.7\n- - - 0 -\n\n\nx-forwarded-host:lyceum.example\ncookie:stagedoor_staff=x\n"))
	f.Add([]byte("GET\nhttp://lyceum.example@apollo.example/\n203.0.113.7\n- - - 0 -\n\n\nhost:lyceum.example\n"))
	e := newEngine(f)
	load := func(brand string, hostnames ...string) {
		doc := document(f, func(s *site.Site) {
			s.ID, s.Hostname, s.Aliases = brand, hostnames[0], hostnames[1:]
			s.Origin.Pools[0].BaseURL = "http://" + brand + ".origin.example"
			s.Locales = site.Locales{Offered: []string{"cy-GB"}, PathPrefix: true}
			s.Cache = site.Cache{PageTTL: 30}
			s.Maintenance = []site.Window{{ID: "w", PathPrefix: "/closed", AllowCheckout: true}}
			s.Rewrites = []site.Rewrite{{ID: "1", Source: "/plays", Target: "/", Prefix: true}}
			s.Redirects = []site.Redirect{
				{ID: "1", Match: "prefix", Source: "/old", Target: "/new", PreserveSuffix: true},
				{ID: "2", Match: "pattern", Source: "/a/*/**", Target: "/$2/$1", PreserveQuery: true},
			}
		})
		for _, hostname := range hostnames {
			if _, err := e.Load(hostname, doc, now); err != nil {
				f.Fatal(err)
			}
		}
	}
	load("lyceum", "lyceum.example", "old.example")
	load("apollo", "apollo.example")
	// brandOf is whose site a request is for, by its URL and nothing else.
	brandOf := func(request []byte) string {
		var r chain.Request
		if wire.ParseRequest(request, &r) != nil {
			return ""
		}
		hostname, _, _ := strings.Cut(strings.ToLower(r.Authority), ":")
		return map[string]string{"lyceum.example": "lyceum", "old.example": "lyceum", "apollo.example": "apollo"}[strings.TrimSuffix(hostname, ".")]
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		if len(request) > engine.MaxRequest {
			return
		}
		out, head := e.Decide(nil, &engine.Input{Request: request, Now: now, Trace: true})
		p, err := wire.ParsePlan(out)
		if err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if len(out)-head != len(p.Body) {
			t.Fatalf("the head has %d bytes of %d, the body %d", head, len(out), len(p.Body))
		}
		if p.Action == "respond" && (p.Status < 200 || p.Status > 599) {
			t.Fatalf("status %d", p.Status)
		}
		brand := brandOf(bytes.Clone(request))
		if p.Action == "proxy" && (brand == "" || p.Origin != "http://"+brand+".origin.example" || !strings.HasPrefix(p.Target, "/") || strings.ContainsAny(p.Target, " \r\n#\\")) {
			t.Fatalf("%q of %q is proxied to %s%s", request, brand, p.Origin, p.Target)
		}
		if p.Cache != nil && !strings.HasPrefix(p.Cache.Key, "https://"+brand+".example/") && !strings.HasPrefix(p.Cache.Key, "https://"+brand+".example:") {
			t.Fatalf("%q of %q is kept as %q", request, brand, p.Cache.Key)
		}
		for _, op := range slices.Concat(p.Request, p.Response) {
			if location, ok := strings.CutPrefix(op, "=location: "); ok && !leadsTo(location, brand+".example") {
				t.Fatalf("%q -> %q", request, location)
			}
			if id, ok := strings.CutPrefix(op, "=X-Stagedoor-Site: "); ok && id != brand {
				t.Fatalf("%q of %q is passed on as %q", request, brand, id)
			}
		}
	})
}

// leadsTo says whether a location is on a hostname, as a browser reads it.
func leadsTo(location, hostname string) bool {
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == hostname && u.User == nil && !strings.ContainsAny(location, "\r\n\t\\ ")
}

func BenchmarkDecide(b *testing.B) {
	for _, rules := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("%d redirects", rules), func(b *testing.B) {
			e := newEngine(b)
			doc := document(b, func(s *site.Site) {
				for i := range rules {
					s.Redirects = append(s.Redirects, site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/offers/%d/poster", i), Target: "/x"})
				}
			})
			if _, err := e.Load("lyceum.example", doc, now); err != nil {
				b.Fatal(err)
			}
			r := chain.Request{Method: "GET", RemoteIP: "203.0.113.7", Fields: browser}
			in := engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example/whats-on/hamlet?day=2"), Now: now}
			out := make([]byte, 0, 64<<10)
			b.ReportAllocs()
			for b.Loop() {
				e.Decide(out, &in)
			}
		})
	}
}
