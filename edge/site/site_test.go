package site_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// lyceum is a Site that uses every field and has no fault.
func lyceum() site.Site {
	return site.Site{
		Version: 1, ID: "lyceum", Name: "Lyceum Theatre", Hostname: "lyceum.example",
		Aliases: []string{"www.lyceum.example", "thelyceum.example"}, HTTPS: true,
		Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		ApplePay:  site.ApplePay{Association: "aGVsbG8="},
		WellKnown: site.WellKnown{RobotsTxt: "User-agent: *\n", SecurityTxt: "Contact: mailto:security@lyceum.example\n"},
		Maintenance: []site.Window{{
			ID: "w1", PathPrefix: "/hamlet", Message: "We are polishing the brass — \"back soon\".", AllowCheckout: true,
			StartsAt: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC),
		}},
		Checkout: site.Checkout{Paths: []string{"/checkout"}},
		Redirects: []site.Redirect{
			{ID: "r1", Match: site.MatchExact, Source: "/panto", Target: "/shows/cinderella", Status: 301, PreserveQuery: true},
			{ID: "r2", Match: site.MatchPrefix, Source: "/old", Target: "https://www.lyceum.example/new", Status: 308, PreserveSuffix: true},
			{ID: "r3", Match: site.MatchHost, Source: "thelyceum.example", Target: "/", Status: 302},
			{ID: "r4", Match: site.MatchPattern, Source: "/show/*/book/**", Target: "/shows/$1/$2", Status: 307, EndsAt: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
			{ID: "r5", Match: site.MatchExact, Source: "thelyceum.example/shop", Target: "https://shop.partner.example/x", Status: 302},
		},
		RedirectHosts:  []string{"*.partner.example"},
		ProtectedPaths: []string{"/gift-cards"},
		Access: site.Access{
			AllowPrefixes: []string{"192.0.2.0/24"}, DenyPrefixes: []string{"2001:db8::/32"}, AllowCountries: []string{"GB"}, DenyCountries: []string{"KP"},
			AllowASNs: []int{64500}, DenyASNs: []int{64501}, DenyOthers: true,
		},
		Bots:        site.Bots{BlockAgents: []string{"EvilTickets"}, MinScore: 5, ClientKeys: []string{strings.Repeat("0f", 32)}},
		Limits:      []site.Limit{{Class: site.ClassPage, Requests: 100, Period: 60}},
		Origin:      site.Origin{Pools: []site.Pool{{ID: "eu", Region: "weur", BaseURL: "https://eu.origin.example", Weight: 10}}},
		Headers:     site.Headers{ConnectSrc: []string{"https://api.stripe.com"}, HSTSMaxAge: 31536000},
		CacheEpochs: site.CacheEpochs{Config: "0a1b", Tags: map[string]int64{"lyceum": 3, "lyceum-show-hamlet": 5_000_000_000}},
		Theme: site.Theme{Background: "#ffffff", Ink: "#000000", Accent: "#aa0000",
			DarkBackground: "#000000", DarkInk: "#ffffff", DarkAccent: "#ff8888"},
	}
}

func TestValidateFindsEachFault(t *testing.T) {
	rule := func(change func(*site.Redirect)) func(*site.Site) {
		return func(s *site.Site) { change(&s.Redirects[0]) }
	}
	tests := []struct {
		name   string
		change func(*site.Site)
		field  string
	}{
		{"version", func(s *site.Site) { s.Version = 2 }, "version"},
		{"id with capitals", func(s *site.Site) { s.ID = "Lyceum" }, "id"},
		{"id with path", func(s *site.Site) { s.ID = "../x" }, "id"},
		{"no name", func(s *site.Site) { s.Name = "" }, "name"},
		{"hostname with port", func(s *site.Site) { s.Hostname = "lyceum.example:80" }, "hostname"},
		{"hostname with dot", func(s *site.Site) { s.Hostname = "lyceum.example." }, "hostname"},
		{"hostname with capitals", func(s *site.Site) { s.Hostname = "Lyceum.example" }, "hostname"},
		{"alias repeats", func(s *site.Site) { s.Aliases = append(s.Aliases, "lyceum.example") }, "aliases[2]"},
		{"country", func(s *site.Site) { s.Country = "gb" }, "country"},
		{"locale", func(s *site.Site) { s.Locale = "english" }, "locale"},
		{"currency", func(s *site.Site) { s.Currency = "£" }, "currency"},
		{"time zone", func(s *site.Site) { s.TimeZone = "" }, "time_zone"},
		{"apple pay", func(s *site.Site) { s.ApplePay.Association = "%%%" }, "apple_pay.association"},
		{"window id", func(s *site.Site) { s.Maintenance[0].ID = "" }, "maintenance[0].id"},
		{"window twice", func(s *site.Site) { s.Maintenance = append(s.Maintenance, s.Maintenance[0]) }, "maintenance[1].id"},
		{"window path", func(s *site.Site) { s.Maintenance[0].PathPrefix = "hamlet" }, "maintenance[0].path_prefix"},
		{"window ends first", func(s *site.Site) { s.Maintenance[0].EndsAt = s.Maintenance[0].StartsAt }, "maintenance[0].ends_at"},
		{"rule id", rule(func(r *site.Redirect) { r.ID = "" }), "redirects[0].id"},
		{"rule kind", rule(func(r *site.Redirect) { r.Match = "regex" }), "redirects[0].match"},
		{"rule source", rule(func(r *site.Redirect) { r.Source = "" }), "redirects[0].source"},
		{"rule source with query", rule(func(r *site.Redirect) { r.Source = "/a?b" }), "redirects[0].source"},
		{"rule protected", rule(func(r *site.Redirect) { r.Source = "/checkout/pay" }), "redirects[0].source"},
		{"rule protected by the site", rule(func(r *site.Redirect) { r.Source = "/gift-cards" }), "redirects[0].source"},
		{"rule on another's host", rule(func(r *site.Redirect) { r.Source = "apollo.example/x" }), "redirects[0].source"},
		{"host rule on another's host", rule(func(r *site.Redirect) { r.Match, r.Source = "host", "apollo.example" }), "redirects[0].source"},
		{"target elsewhere", rule(func(r *site.Redirect) { r.Target = "https://evil.example/" }), "redirects[0].target"},
		{"target scheme-relative", rule(func(r *site.Redirect) { r.Target = "//evil.example/" }), "redirects[0].target"},
		{"target backslash", rule(func(r *site.Redirect) { r.Target = `/\evil.example` }), "redirects[0].target"},
		{"target user name", rule(func(r *site.Redirect) { r.Target = "https://lyceum.example@evil.example/" }), "redirects[0].target"},
		{"target script", rule(func(r *site.Redirect) { r.Target = "javascript:alert(1)" }), "redirects[0].target"},
		{"target line break", rule(func(r *site.Redirect) { r.Target = "/x\r\nSet-Cookie: a=b" }), "redirects[0].target"},
		{"target is the bare wildcard", rule(func(r *site.Redirect) { r.Target = "https://partner.example/" }), "redirects[0].target"},
		{"target loops", rule(func(r *site.Redirect) { r.Target = r.Source }), "redirects[0].target"},
		{"rule status", rule(func(r *site.Redirect) { r.Status = 303 }), "redirects[0].status"},
		{"pattern without star", rule(func(r *site.Redirect) { r.Match = "pattern" }), "redirects[0].source"},
		{"pattern inner globstar", rule(func(r *site.Redirect) { r.Match, r.Source = "pattern", "/a/**/b" }), "redirects[0].source"},
		{"pattern part star", rule(func(r *site.Redirect) { r.Match, r.Source = "pattern", "/a*" }), "redirects[0].source"},
		{"pattern names too much", rule(func(r *site.Redirect) { r.Match, r.Source, r.Target = "pattern", "/a/*", "/$2" }), "redirects[0].source"},
		{"redirect host", func(s *site.Site) { s.RedirectHosts[0] = "*" }, "redirect_hosts[0]"},
		{"protected path", func(s *site.Site) { s.ProtectedPaths[0] = "x" }, "protected_paths[0]"},
		{"no pool", func(s *site.Site) { s.Origin.Pools = nil }, "origin.pools"},
		{"pool with path", func(s *site.Site) { s.Origin.Pools[0].BaseURL += "/x" }, "origin.pools[0].base_url"},
		{"pool with the cloud's secrets", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://169.254.169.254" }, "origin.pools[0].base_url"},
		{"the same with a port", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://169.254.169.254:80" }, "origin.pools[0].base_url"},
		{"the same as a number", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://2852039166" }, "origin.pools[0].base_url"},
		{"the same in hexadecimal", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://0xa9fea9fe" }, "origin.pools[0].base_url"},
		{"the same in octal", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://0251.0376.0251.0376" }, "origin.pools[0].base_url"},
		{"pool of no machine", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://0.0.0.0:80" }, "origin.pools[0].base_url"},
		{"pool with the cloud's name for it", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "http://metadata.google.internal" }, "origin.pools[0].base_url"},
		{"pool scheme", func(s *site.Site) { s.Origin.Pools[0].BaseURL = "file:///etc" }, "origin.pools[0].base_url"},
		{"pool weight", func(s *site.Site) { s.Origin.Pools[0].Weight = -1 }, "origin.pools[0].weight"},
		{"pool weight that overflows", func(s *site.Site) { s.Origin.Pools[0].Weight = 1 << 30 }, "origin.pools[0].weight"},
		{"pool twice", func(s *site.Site) { s.Origin.Pools = append(s.Origin.Pools, s.Origin.Pools[0]) }, "origin.pools[1].id"},
		{"pool region", func(s *site.Site) { s.Origin.Pools[0].Region = "EU West" }, "origin.pools[0].region"},
		{"pool colour", func(s *site.Site) { s.Origin.Pools[0].Colour = "red" }, "origin.pools[0].colour"},
		{"colour served", func(s *site.Site) { s.Origin.Colour = "red" }, "origin.colour"},
		{"colour nobody has", func(s *site.Site) { s.Origin.Colour, s.Origin.Pools[0].Colour = "blue", "green" }, "origin.pools"},
		{"only a canary", func(s *site.Site) { s.Origin.Pools[0].Canary = true }, "origin.pools"},
		{"canary share", func(s *site.Site) { s.Origin.Canary = 101 }, "origin.canary"},
		{"canary share of nothing", func(s *site.Site) { s.Origin.Canary = 5 }, "origin.canary"},
		{"canary share of another colour", func(s *site.Site) {
			s.Origin.Colour, s.Origin.Canary = "blue", 5
			s.Origin.Pools = append(s.Origin.Pools, site.Pool{ID: "new", BaseURL: "https://new.example", Canary: true, Colour: "green"})
		}, "origin.canary"},
		{"cors origin with path", func(s *site.Site) { s.Headers.CORSOrigins = []string{"https://app.example/"} }, "headers.cors_origins[0]"},
		{"cors origin without scheme", func(s *site.Site) { s.Headers.CORSOrigins = []string{"app.example"} }, "headers.cors_origins[0]"},
		{"cors origin with a port nobody writes", func(s *site.Site) { s.Headers.CORSOrigins = []string{"https://app.example:443"} }, "headers.cors_origins[0]"},
		{"cors origin null", func(s *site.Site) { s.Headers.CORSOrigins = []string{"null"} }, "headers.cors_origins[0]"},
		{"cors for everyone and one", func(s *site.Site) { s.Headers.CORSOrigins = []string{"https://app.example", "*"} }, "headers.cors_origins[1]"},
		{"csp source", func(s *site.Site) { s.Headers.ConnectSrc[0] = "a; script-src *" }, "headers.connect_src[0]"},
		{"csp source: everybody's scripts", func(s *site.Site) { s.Headers.ScriptSrc = []string{"*"} }, "headers.script_src[0]"},
		{"csp source: inline scripts", func(s *site.Site) { s.Headers.ScriptSrc = []string{"'unsafe-inline'"} }, "headers.script_src[0]"},
		{"csp source: a whole scheme", func(s *site.Site) { s.Headers.ScriptSrc = []string{"https:"} }, "headers.script_src[0]"},
		{"csp source: data addresses", func(s *site.Site) { s.Headers.ScriptSrc = []string{"data:"} }, "headers.script_src[0]"},
		{"csp source: a header in place of a source", func(s *site.Site) { s.Headers.ScriptSrc = []string{"Set-Cookie:"} }, "headers.script_src[0]"},
		{"csp source: a whole domain of domains", func(s *site.Site) { s.Headers.ScriptSrc = []string{"*.example"} }, "headers.script_src[0]"},
		{"csp source: a path in place of a source", func(s *site.Site) { s.Headers.ScriptSrc = []string{"/report"} }, "headers.script_src[0]"},
		{"colour", func(s *site.Site) { s.Theme.Ink = "red;}" }, "theme.ink"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := lyceum()
			test.change(&s)
			var faults site.Faults
			if err := s.Validate(); !errors.As(err, &faults) {
				t.Fatalf("error = %v, want Faults", err)
			}
			if len(faults) != 1 || faults[0].Field != test.field {
				t.Fatalf("faults = %v, want one at %s", faults, test.field)
			}
		})
	}
}

func TestValidateReportsEveryFaultAtOnce(t *testing.T) {
	s := lyceum()
	s.Name, s.Country, s.Redirects[0].Target = "", "", "http://evil.example"
	var faults site.Faults
	if err := s.Validate(); !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("faults = %v, want three", faults)
	}
}

func TestEncodeDecode(t *testing.T) {
	want := lyceum()
	doc, err := site.Encode(want)
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	got, err := site.Decode(doc)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	// June: London is an hour ahead of UTC.
	if local := got.Maintenance[0].EndsLocal; local != "Monday 1 June at 14:00 BST" {
		t.Errorf("EndsLocal = %q", local)
	}
	if want.Maintenance[0].EndsLocal != "" {
		t.Error("Encode changed its argument")
	}
	got.Maintenance[0].EndsLocal = ""
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got  %+v\nwant %+v", *got, want)
	}
}

func TestEncodeRefusesEpochsOfAnotherSite(t *testing.T) {
	for _, tags := range []map[string]int64{{"lyceums": 1}, {"apollo": 1}, {"lyceum-page": 0}} {
		s := lyceum()
		s.CacheEpochs.Tags = tags
		if _, err := site.Encode(s); err == nil || !strings.Contains(err.Error(), "cache_epochs.tags") {
			t.Errorf("%v: error = %v, want one that names the tag", tags, err)
		}
	}
}

func TestEncodeRefusesAnUnknownZone(t *testing.T) {
	s := lyceum()
	s.TimeZone = "Europe/Elsinore"
	if _, err := site.Encode(s); err == nil || !strings.Contains(err.Error(), "time_zone") {
		t.Fatalf("error = %v, want one that names time_zone", err)
	}
}

func TestDecode(t *testing.T) {
	valid := `{"version":1,"id":"a","name":"A","hostname":"a.example","https":false,"country":"GB","locale":"en-GB","currency":"GBP","time_zone":"Europe/London","origin":{"pools":[{"id":"p","base_url":"http://127.0.0.1:1"}]}`
	tests := []struct {
		name, doc, err string
	}{
		{"least", valid + `}`, ""},
		{"spaced", " \n" + valid + " } \r\n", ""},
		{"unknown fields", valid + `,"zebra":{"a":[1,-2.5e3,null,true,{"b":"\u00e9\ud83c\udfad"}]},"x":null}`, ""},
		{"empty times", valid + `,"maintenance":[{"id":"w","starts_at":"","ends_at":""}]}`, ""},
		{"newer version", `{"version":2,"name":7}`, "schema version"},
		{"nothing", ``, "not valid JSON"},
		{"not an object", `[]`, "not valid JSON"},
		{"two", valid + `}{}`, "not valid JSON"},
		{"cut", valid, "not valid JSON"},
		{"wrong type", valid + `,"name":7}`, "not valid JSON"},
		{"wrong time", valid + `,"maintenance":[{"id":"w","starts_at":"soon"}]}`, "not valid JSON"},
		{"invalid UTF-8", valid + ",\"name\":\"\xff\"}", "not valid JSON"},
		{"control character", valid + ",\"name\":\"a\nb\"}", "not valid JSON"},
		{"number", valid + `,"x":1-2}`, "not valid JSON"},
		{"number with leading zero", valid + `,"x":012}`, "not valid JSON"},
		{"fraction", valid + `,"version":1.0}`, "not valid JSON"},
		{"deep", strings.Repeat(`{"a":`, 100), "not valid JSON"},
		{"invalid", valid + `,"country":"x"}`, "country"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := site.Decode([]byte(test.doc))
			switch {
			case test.err == "" && err != nil:
				t.Fatalf("Decode: %v", err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Fatalf("error = %v, want one with %q", err, test.err)
			}
		})
	}
}

// Whatever string a writer puts in, the edge reads the same one.
func TestStringsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := lyceum()
		s.WellKnown.SecurityTxt = rapid.String().Draw(t, "text")
		doc, err := site.Encode(s)
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		got, err := site.Decode(doc)
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		if got.WellKnown.SecurityTxt != s.WellKnown.SecurityTxt {
			t.Fatalf("got %q, want %q", got.WellKnown.SecurityTxt, s.WellKnown.SecurityTxt)
		}
	})
}

func TestThemeDefaults(t *testing.T) {
	const light, dark, red = "#fbf7ee", "#22191a", "#aa0000"
	tests := []struct {
		name        string
		theme, want site.Theme
	}{
		{"none", site.Theme{}, site.DefaultTheme},
		{"light", site.Theme{Background: light, Ink: dark, Accent: red}, site.Theme{Background: light, Ink: dark, Accent: red, DarkBackground: dark, DarkInk: light, DarkAccent: red}},
		{"dark by itself", site.Theme{Background: dark, Ink: light, Accent: red}, site.Theme{Background: dark, Ink: light, Accent: red, DarkBackground: dark, DarkInk: light, DarkAccent: red}},
		{"complete", site.Theme{Background: light, Ink: dark, Accent: red, DarkBackground: "#000000", DarkInk: "#eeeeee", DarkAccent: "#ff8888"}, site.Theme{Background: light, Ink: dark, Accent: red, DarkBackground: "#000000", DarkInk: "#eeeeee", DarkAccent: "#ff8888"}},
	}
	for _, test := range tests {
		s := site.Site{Theme: test.theme}
		if s.SetDefaults(); s.Theme != test.want {
			t.Errorf("%s: %+v", test.name, s.Theme)
		}
	}
}

func TestUnder(t *testing.T) {
	tests := []struct {
		path, prefix string
		want         bool
	}{
		{"/panto", "/panto", true}, {"/panto/cast", "/panto", true}, {"/pantomime", "/panto", false},
		{"/api/v1", "/api/", true}, {"/api", "/api/", true}, {"/apiary", "/api/", false},
		{"/x", "/", true}, {"/", "/", true}, {"/", "/x", false},
	}
	for _, test := range tests {
		if got := site.Under(test.path, test.prefix); got != test.want {
			t.Errorf("Under(%q, %q) = %v", test.path, test.prefix, got)
		}
	}
}

// FuzzDecode: no document crashes the edge, and what Decode accepts is valid
// and means the same to encoding/json.
func FuzzDecode(f *testing.F) {
	doc, err := site.Encode(lyceum())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := site.Decode(doc)
		if err != nil {
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("accepted an invalid site: %v", err)
		}
		if !json.Valid(doc) {
			t.Fatalf("accepted what encoding/json refuses: %q", doc)
		}
	})
}
