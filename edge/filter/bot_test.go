package filter

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// The list finds what looking for one text after the other finds.
func TestAgentListAgainstLookingForEach(t *testing.T) {
	letters := rapid.StringMatching(`[abAB /.]{2,6}`)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(letters, 0, 12).Draw(t, "texts")
		agent := rapid.OneOf(rapid.StringMatching(`[abAB /.]{0,30}`), rapid.String()).Draw(t, "agent")
		want := false
		for _, text := range texts {
			want = want || strings.Contains(asciiLower(agent), asciiLower(text))
		}
		if got := newAgentList(texts).matches(agent); got != want {
			t.Fatalf("%q in %q: %v", texts, agent, got)
		}
	})
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerCase(b[i])
	}
	return string(b)
}

// No list of ours refuses a browser or takes one for a search engine.
func TestBrowsersAreNotOnOurLists(t *testing.T) {
	bad, engines := newAgentList(badAgents), newAgentList(crawlers)
	for _, agent := range []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 358.0.0.21.85 (iPhone15,3; iOS 18_1; en_GB; en-GB; scale=3.00; 1290x2796)",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
		"curl/8.5.0", "python-requests/2.32.3", "Go-http-client/2.0", "Stripe/1.0 (+https://stripe.com/docs/webhooks)", "k6/0.54.0 (https://k6.io/)",
	} {
		if bad.matches(agent) {
			t.Errorf("refused: %s", agent)
		}
		if engines.matches(agent) {
			t.Errorf("taken for a search engine: %s", agent)
		}
	}
}

func TestVisitorsByBot(t *testing.T) {
	const key = "a partner's key"
	sum := sha256.Sum256([]byte(key))
	h := newHouse(t, lyceum(t, func(s *site.Site) { s.Bots.ClientKeys = []string{hex.EncodeToString(sum[:])} }))
	const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	tests := []struct {
		name, agent, key string
		network          chain.Network
		want             chain.Visitor
	}{
		{name: "person", agent: chrome, network: chain.Network{BotScore: 90}},
		{name: "score unknown", agent: chrome},
		{name: "likely a bot", agent: chrome, network: chain.Network{BotScore: 29}, want: chain.Visitor{Bot: true}},
		{name: "crawler", agent: "Googlebot/2.1", network: chain.Network{VerifiedBot: true}, want: chain.Visitor{Bot: true, Crawler: true}},
		{name: "unverified crawler", agent: "Mozilla/5.0 (compatible; Googlebot/2.1)", want: chain.Visitor{Bot: true}},
		{name: "verified monitor", agent: "UptimeRobot/2.0", network: chain.Network{VerifiedBot: true}, want: chain.Visitor{Bot: true}},
		{name: "API client", agent: "curl/8", key: key, want: chain.Visitor{APIClient: true}},
		{name: "API client that calls itself a crawler", agent: "Googlebot", key: key, network: chain.Network{VerifiedBot: true}, want: chain.Visitor{APIClient: true}},
		{name: "wrong key", agent: chrome, key: "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fields := []chain.Field{{Name: "user-agent", Value: test.agent}}
			if test.key != "" {
				fields = append(fields, chain.Field{Name: "x-api-key", Value: test.key})
			}
			x := h.askOver(test.network, "/api/v1/shows", fields...)
			if v := x.Visitor; v.Bot != test.want.Bot || v.Crawler != test.want.Crawler || v.APIClient != test.want.APIClient {
				t.Errorf("%+v, want %+v", v, test.want)
			}
			if n := testing.AllocsPerRun(20, func() { h.askOver(test.network, "/api/v1/shows", fields...) }); n > 0 {
				t.Errorf("%v allocations for each request", n)
			}
		})
	}
}

// It fails open: where nothing is known of a visitor, nothing is refused, not
// even by the strictest site.
func TestBotFailsOpen(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) { s.Bots = site.Bots{MinScore: 99, BlockAgents: []string{"evil"}} }))
	if x := h.askOver(chain.Network{}, "/"); x.Plan.Action != chain.ActionProxy {
		t.Errorf("%v", x.Trace)
	}
}

func BenchmarkAgentList(b *testing.B) {
	l := newAgentList(badAgents)
	const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	b.ReportAllocs()
	for b.Loop() {
		l.matches(chrome)
	}
}
