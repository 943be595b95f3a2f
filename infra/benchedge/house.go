package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
)

const (
	hostname   = "lyceum.example"
	hopKey     = "a key for measuring, no secret"
	manyRules  = 10_000
	allRules   = 1_000_000
	pages      = 2000 // different addresses asked for
	siteFile   = "site.json"
	smallFile  = "small.json"
	rulesFile  = "redirects.json"
	asksFile   = "requests.json"
	indexes    = "%s.index"
	manyLabel  = "10k"
	allLabel   = "1m"
	visitorIPs = 200
)

// house is what every contestant is given, in a folder.
type house struct {
	dir  string
	site site.Site
}

// build writes the house. The index of a million rules, which takes seconds to
// make, is left out unless all is set. origin is where requests are sent.
func build(dir, origin string, all bool) (*house, error) {
	h := &house{dir: dir, site: lyceum(origin)}
	rules := redirects(manyRules)
	index, err := redirect.Build(rules)
	if err != nil {
		return nil, err
	}
	if err := h.write(fmt.Sprintf(indexes, manyLabel), index); err != nil {
		return nil, err
	}
	if all {
		million, err := redirect.Build(redirects(allRules))
		if err != nil {
			return nil, err
		}
		if err := h.write(fmt.Sprintf(indexes, allLabel), million); err != nil {
			return nil, err
		}
	}

	small := h.site
	small.Redirects = rules[:1]
	if err := h.encode(smallFile, small); err != nil {
		return nil, err
	}
	h.site.RedirectIndex = redirect.Sum(index)
	if err := h.encode(siteFile, h.site); err != nil {
		return nil, err
	}
	text, err := json.Marshal(rules)
	if err != nil {
		return nil, err
	}
	if err := h.write(rulesFile, text); err != nil {
		return nil, err
	}
	return h, h.asks()
}

func (h *house) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(h.dir, name), content, 0o644)
}

func (h *house) encode(name string, s site.Site) error {
	document, err := site.Encode(s)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return h.write(name, document)
}

// lyceum has something to do for every filter: windows to come, networks
// denied, agents refused, limits counted, old addresses, two languages, a room
// about to open, a cache key for each page, pools in two regions and a canary.
func lyceum(origin string) site.Site {
	day := func(d, hour int) time.Time { return time.Date(2099, 11, d, hour, 0, 0, 0, time.UTC) }
	return site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: hostname, Aliases: []string{"thelyceum.example", "old-lyceum.example"},
		Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		WellKnown: site.WellKnown{SecurityTxt: "Contact: mailto:security@lyceum.example\n"},
		Access: site.Access{
			AllowPrefixes: []string{"198.51.100.0/24", "2001:db8:a::/48"}, DenyPrefixes: []string{"192.0.2.0/24", "2001:db8:dead::/48"},
			DenyCountries: []string{"T1"}, DenyASNs: []int{64496},
		},
		Bots: site.Bots{BlockAgents: []string{"TicketGrabber", "seat-sniper"}, MinScore: 2, ClientKeys: []string{strings.Repeat("0f", 32)}},
		Limits: []site.Limit{
			{Class: site.ClassPage, Requests: 100_000, Period: 10}, {Class: site.ClassAsset, Requests: 100_000, Period: 10},
			{Class: site.ClassAPI, Requests: 100_000, Period: 10}, {Class: site.ClassSearch, Requests: 100_000, Period: 10},
		},
		Maintenance: []site.Window{
			{ID: "night", StartsAt: day(22, 2), EndsAt: day(22, 5), AllowCheckout: true, Message: "We are moving the scenery around."},
			{ID: "shop", PathPrefix: "/shop", StartsAt: day(25, 9), EndsAt: day(25, 12)},
		},
		RedirectHosts: []string{"*.partner.example"},
		Rewrites:      []site.Rewrite{{ID: "boxoffice", Source: "/box-office", Target: "/visit/box-office", Prefix: true}},
		Locales:       site.Locales{Offered: []string{"cy-GB"}, PathPrefix: true, Currencies: []string{"EUR"}},
		Rooms: []site.Room{{
			ID: "earnest", Name: "The Importance of Being Earnest", Paths: []string{"/shows/*/book"}, StartsAt: day(21, 9), EndsAt: day(21, 18),
		}},
		Cache: site.Cache{PageTTL: 30, AssetTTL: 3600, SearchTTL: 10, Stale: 300},
		Origin: site.Origin{
			Pools: []site.Pool{
				{ID: "london", Region: "eu-west", BaseURL: origin, Weight: 3},
				{ID: "virginia", Region: "us-east", BaseURL: origin, Weight: 1},
				{ID: "next", Region: "eu-west", BaseURL: origin, Weight: 1, Canary: true},
			},
			Canary: 5,
		},
		Headers: site.Headers{
			ConnectSrc: []string{"https://plausible.example"}, ScriptSrc: []string{"https://plausible.example"}, FrameSrc: []string{"https://bank.example"},
			HSTSMaxAge: 31_536_000, CORSOrigins: []string{"https://app.lyceum.example"},
		},
	}
}

// redirects are rules as marketers leave them behind over the years: nineteen
// in twenty for one page, some for what is below one, and a few patterns.
func redirects(n int) []site.Redirect {
	rules := make([]site.Redirect, n)
	for i := range rules {
		rules[i] = site.Redirect{
			ID: fmt.Sprintf("0190c2a4-7b1e-7000-8000-%012x", i), Match: site.MatchExact, Status: 301,
			Source: offer(i), Target: fmt.Sprintf("/shows/the-importance-of-being-%d", i),
		}
		switch {
		case i%1000 == 7:
			rules[i].Match, rules[i].Source = site.MatchPattern, fmt.Sprintf("/archive/season-%d/*/programme", i)
		case i%20 == 3:
			rules[i].Match, rules[i].Source, rules[i].PreserveSuffix = site.MatchPrefix, fmt.Sprintf("/whats-on/archive/%d", i), true
		}
	}
	return rules
}

func offer(i int) string { return fmt.Sprintf("/offers/%d/poster-%d", i%30, i) }

// browser is what a browser behind Cloudflare sends.
var browser = []chain.Field{
	{Name: "accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"},
	{Name: "accept-encoding", Value: "gzip, deflate, br, zstd"},
	{Name: "accept-language", Value: "en-GB,en;q=0.9,cy;q=0.4"},
	{Name: "cf-ipcountry", Value: "GB"},
	{Name: "cf-ray", Value: "8e5d1c2f4b7a3e21-LHR"},
	{Name: "cf-visitor", Value: `{"scheme":"http"}`},
	{Name: "cookie", Value: "_ga=GA1.1.1234567890.1732180000; consent=necessary%2Canalytics; stagedoor_visit=0190c2a47b1e70008000000000000001; " +
		"_fbp=fb.1.1732180000000.1234567890; theme=dark"},
	{Name: "referer", Value: "https://search.example/"},
	{Name: "sec-ch-ua", Value: `"Chromium";v="131", "Not_A Brand";v="24"`},
	{Name: "sec-ch-ua-mobile", Value: "?0"},
	{Name: "sec-ch-ua-platform", Value: `"Windows"`},
	{Name: "sec-fetch-dest", Value: "document"},
	{Name: "sec-fetch-mode", Value: "navigate"},
	{Name: "sec-fetch-site", Value: "cross-site"},
	{Name: "sec-fetch-user", Value: "?1"},
	{Name: "upgrade-insecure-requests", Value: "1"},
	{Name: "user-agent", Value: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
}

// Kinds of requests that are put to the contestants.
const (
	answered = "answered" // by the Worker itself: a redirect
	proxied  = "proxied"  // sent to the origin: a page that no rule is for
)

func address(kind string, i int) string {
	if kind == answered {
		if i%20 == 3 || i%1000 == 7 {
			i++ // those are other rules
		}
		return offer(i%manyRules) + "?utm_source=newsletter"
	}
	return fmt.Sprintf("/shows/the-importance-of-being-earnest-%d/performances?utm_source=newsletter&day=%d", i, i%28)
}

// requests are the bytes of each request of a kind, as they go over a socket.
func requests(kind string) [][]byte {
	list := make([][]byte, pages)
	for i := range list {
		var b strings.Builder
		fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nhost: %s\r\ncf-connecting-ip: 203.0.113.%d\r\n", address(kind, i), hostname, i%visitorIPs)
		for _, f := range browser {
			fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
		}
		b.WriteString("\r\n")
		list[i] = []byte(b.String())
	}
	return list
}

// ask is one request in wire form, for decide.mjs.
type ask struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// asks writes a request of each sort, to count what deciding it allocates.
func (h *house) asks() error {
	list := []ask{}
	for _, a := range []struct{ name, method, path string }{
		{"page", "GET", address(proxied, 1)}, {"redirect", "GET", address(answered, 1)}, {"asset", "GET", "/static/app.4c5c2c0f.css"},
		{"api", "POST", "/api/v1/holds"}, {"robots", "GET", "/robots.txt"}, {"hop_to_clean", "GET", "//whats-on/./today"},
	} {
		r := chain.Request{Method: a.method, RemoteIP: "203.0.113.7", Network: chain.Network{Country: "GB", ASN: 64511, BotScore: 90, Region: "eu-west"}, Fields: browser}
		list = append(list, ask{a.name, string(wire.AppendRequest(nil, &r, "http://"+hostname+a.path))})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return h.write(asksFile, text)
}
