package site_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Who may come, what counts as a bot and how often clients may ask: every
// fault is named with its place, and what is right is not one.
func TestFaultsOfWhoMayCome(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	many := func(n int, text func(i int) string) (list []string) {
		for i := range n {
			list = append(list, text(i))
		}
		return list
	}
	tests := []struct {
		name   string
		change func(*site.Site)
		want   string // of the faults, one of them; "": none
	}{
		{"prefixes of every kind", func(s *site.Site) {
			s.Access.DenyPrefixes = []string{"0.0.0.0/0", "192.0.2.1", "192.0.2.0/31", "::/0", "2001:db8::/32", "::ffff:192.0.2.0/120"}
		}, ""},
		{"no prefix", func(s *site.Site) { s.Access.AllowPrefixes = []string{"192.0.2.0/24", "the office"} }, "access.allow_prefixes[1]: must be an address or a prefix"},
		{"host bits", func(s *site.Site) { s.Access.DenyPrefixes = []string{"192.0.2.1/24"} }, "access.deny_prefixes[0]: has bits set beyond its length"},
		{"mapped and too wide", func(s *site.Site) { s.Access.DenyPrefixes = []string{"::ffff:0:0/90"} }, "access.deny_prefixes[0]: is IPv4-mapped"},
		{"ten thousand prefixes", func(s *site.Site) {
			s.Access.DenyPrefixes = many(10_000, func(i int) string { return fmt.Sprintf("10.%d.%d.0/24", i/256, i%256) })
		}, ""},
		{"too many prefixes", func(s *site.Site) {
			s.Access.DenyPrefixes = many(10_001, func(i int) string { return fmt.Sprintf("10.%d.%d.0/24", i/256, i%256) })
		}, "access.deny_prefixes: must be at most 10000"},
		{"countries", func(s *site.Site) { s.Access.DenyCountries = []string{"RU", "T1"} }, ""},
		{"country in small letters", func(s *site.Site) { s.Access.DenyCountries = []string{"ru"} }, "access.deny_countries[0]: must be two capital letters"},
		{"country by name", func(s *site.Site) { s.Access.AllowCountries = []string{"France"} }, "access.allow_countries[0]: must be two capital letters"},
		{"country twice", func(s *site.Site) { s.Access.AllowCountries = []string{"FR", "FR"} }, "access.allow_countries[1]: repeats FR"},
		{"country allowed and denied", func(s *site.Site) { s.Access.AllowCountries, s.Access.DenyCountries = []string{"FR"}, []string{"FR"} }, "access.deny_countries[0]: FR is allowed too"},
		{"operator of no number", func(s *site.Site) { s.Access.DenyASNs = []int{0} }, "access.deny_asns[0]: must be an autonomous system number"},
		{"operator twice", func(s *site.Site) { s.Access.DenyASNs = []int{5, 5} }, "access.deny_asns[1]: repeats 5"},
		{"operator allowed and denied", func(s *site.Site) { s.Access.AllowASNs, s.Access.DenyASNs = []int{5}, []int{5} }, "access.deny_asns[0]: 5 is allowed too"},
		{"everybody denied", func(s *site.Site) { s.Access.DenyOthers = true }, "access.deny_others: denies everybody"},
		{"everybody but the office denied", func(s *site.Site) { s.Access.DenyOthers, s.Access.AllowPrefixes = true, []string{"192.0.2.0/24"} }, ""},

		{"agents", func(s *site.Site) { s.Bots.BlockAgents = []string{"EvilTickets/2", "Bytespider"} }, ""},
		{"agent of every browser", func(s *site.Site) { s.Bots.BlockAgents = []string{"mozilla"} }, "bots.block_agents[0]: is part of what ordinary browsers"},
		{"agent of one browser", func(s *site.Site) { s.Bots.BlockAgents = []string{"Bytespider", "FIREFOX"} }, "bots.block_agents[1]: is part of what ordinary browsers"},
		{"agent too short", func(s *site.Site) { s.Bots.BlockAgents = []string{"bot"} }, "bots.block_agents[0]: must be 4 to 100 characters"},
		{"agent too long", func(s *site.Site) { s.Bots.BlockAgents = []string{strings.Repeat("x", 101)} }, "bots.block_agents[0]: must be 4 to 100 characters"},
		{"agent with a line break", func(s *site.Site) { s.Bots.BlockAgents = []string{"evil\nbot"} }, "bots.block_agents[0]: must be printable ASCII"},
		{"too many agents", func(s *site.Site) {
			s.Bots.BlockAgents = many(501, func(i int) string { return fmt.Sprint("evil", i) })
		}, "bots.block_agents: must be at most 500"},
		{"score", func(s *site.Site) { s.Bots.MinScore = 99 }, ""},
		{"score beyond", func(s *site.Site) { s.Bots.MinScore = 100 }, "bots.min_score: must be 0 (off) to 99"},
		{"score below", func(s *site.Site) { s.Bots.MinScore = -1 }, "bots.min_score: must be 0 (off) to 99"},
		{"key", func(s *site.Site) { s.Bots.ClientKeys = []string{sum} }, ""},
		{"key in capitals", func(s *site.Site) { s.Bots.ClientKeys = []string{strings.ToUpper(sum)} }, "bots.client_keys[0]: must be a SHA-256 sum"},
		{"key twice", func(s *site.Site) { s.Bots.ClientKeys = []string{sum, sum} }, "bots.client_keys[1]: is there twice"},

		{"limits", func(s *site.Site) {
			s.Limits = []site.Limit{{Class: "page", Requests: 1, Period: 1}, {Class: "api", Requests: 1_000_000, Period: 86_400}}
		}, ""},
		{"class unheard of", func(s *site.Site) { s.Limits = []site.Limit{{Class: "pages", Requests: 1, Period: 1}} }, "limits[0].class: must be page, asset, api, search or checkout"},
		{"webhooks", func(s *site.Site) { s.Limits = []site.Limit{{Class: "webhook", Requests: 1, Period: 1}} }, "limits[0].class: must not be webhook"},
		{"class twice", func(s *site.Site) {
			s.Limits = []site.Limit{{Class: "page", Requests: 1, Period: 1}, {Class: "page", Requests: 1, Period: 1}}
		}, "limits[1].class: repeats page"},
		{"no requests", func(s *site.Site) { s.Limits = []site.Limit{{Class: "page", Period: 1}} }, "limits[0].requests: must be 1 to 1000000"},
		{"too many requests", func(s *site.Site) { s.Limits = []site.Limit{{Class: "page", Requests: 1_000_001, Period: 1}} }, "limits[0].requests: must be 1 to 1000000"},
		{"no period", func(s *site.Site) { s.Limits = []site.Limit{{Class: "page", Requests: 1}} }, "limits[0].period: must be 1 to 86400 seconds"},
		{"period too long", func(s *site.Site) { s.Limits = []site.Limit{{Class: "page", Requests: 1, Period: 86_401}} }, "limits[0].period: must be 1 to 86400 seconds"},
		{"too many limits", func(s *site.Site) { s.Limits = make([]site.Limit, 9) }, "limits: must be at most one a class"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := site.Site{
				ID: "lyceum", Name: "Lyceum", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "UTC",
				Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
			}
			test.change(&s)
			s.SetDefaults()
			err := s.Validate()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("faults: %v\nwant: %s", err, test.want)
			}
		})
	}
}

// A key that someone pasted in place of its sum is not repeated to anyone.
func TestKeysAreNotRepeated(t *testing.T) {
	s := site.Site{Bots: site.Bots{ClientKeys: []string{"sk_live_secret", "sk_live_secret"}}}
	if err := s.Validate(); err == nil || strings.Contains(err.Error(), "sk_live_secret") {
		t.Error(err)
	}
}
