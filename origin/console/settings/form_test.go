package settings

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/venue"
)

var home1 = house{Brand: venue.Brand{ID: "lyceum", Locale: "en-GB", Currency: "GBP"}, Settings: edgeconfig.Settings{Limits: edgeconfig.DefaultLimits()}}

// full is a value of every section with everything in it.
var full = map[string]any{
	edgeconfig.SectionLocales: &site.Locales{Offered: []string{"cy-GB", "fr-FR"}, PathPrefix: true, Currencies: []string{"EUR"}},
	edgeconfig.SectionCache:   &site.Cache{PageTTL: 90, AssetTTL: 86_400, SearchTTL: 5, Stale: 3661, IgnoreParams: []string{"ref", "src"}},
	edgeconfig.SectionAccess: &site.Access{
		AllowPrefixes: []string{"192.0.2.0/24"}, DenyPrefixes: []string{"2001:db8::/32", "203.0.113.7"}, AllowCountries: []string{"GB"}, DenyCountries: []string{"T1"},
		AllowASNs: []int{64496}, DenyASNs: []int{64497, 64498}, DenyOthers: true,
	},
	edgeconfig.SectionBots:   &site.Bots{BlockAgents: []string{"ticket grabber", "scalper/2"}, MinScore: 30, ClientKeys: []string{strings.Repeat("ab", 32)}},
	edgeconfig.SectionLimits: &edgeconfig.Limits{Limits: []site.Limit{{Class: "page", Requests: 10, Period: 60}, {Class: "search", Requests: 3, Period: 90}, {Class: "api", Requests: 1, Period: 1}}},
	edgeconfig.SectionRewrites: &edgeconfig.Rewrites{Rewrites: []site.Rewrite{
		{ID: "r1", Source: "/christmas", Target: "/shows/cinderella"}, {ID: "r2", Source: "/old", Target: "/new", Prefix: true},
	}},
	edgeconfig.SectionOrigin: &site.Origin{Colour: "blue", Canary: 5, Pools: []site.Pool{
		{ID: "eu-blue", Region: "eu-west", BaseURL: "https://eu.example", Weight: 3, Colour: "blue"}, {ID: "new", BaseURL: "https://new.example:8443", Canary: true},
	}},
	edgeconfig.SectionCheckout:       &site.Checkout{Paths: []string{"/checkout", "/api/"}},
	edgeconfig.SectionProtectedPaths: &edgeconfig.ProtectedPaths{Paths: []string{"/gift-cards", "/vip"}},
	edgeconfig.SectionRedirectHosts:  &edgeconfig.RedirectHosts{Hosts: []string{"*.partner.example", "shop.example"}},
	edgeconfig.SectionWellKnown:      &site.WellKnown{RobotsTxt: "# all\n\nUser-agent: *\nDisallow:\n", SecurityTxt: "Contact: mailto:a@b.example\n"},
	edgeconfig.SectionHeaders:        &site.Headers{ScriptSrc: []string{"https://js.example"}, FrameSrc: []string{"https://f.example"}, ConnectSrc: []string{"https://c.example"}, CORSOrigins: []string{"https://app.example"}, HSTSMaxAge: 31_536_000},
}

// submit sends what a browser would: the fields of the form as they stand.
func submit(groups []group) url.Values {
	v := url.Values{}
	for _, g := range groups {
		for _, f := range g.Fields {
			if f.Kind != none && (f.Kind != tick || f.Value == "yes") {
				v.Set(f.Name, strings.ReplaceAll(f.Value, "\n", "\r\n"))
			}
		}
	}
	return v
}

// TestASectionSurvivesItsForm: what is stored is shown, and saving the form as it is shown stores the same.
func TestASectionSurvivesItsForm(t *testing.T) {
	t.Parallel()
	for _, s := range sections() {
		value := full[s.ID]
		if value == nil {
			t.Fatalf("%s has no value here", s.ID)
		}
		for name, v := range map[string]any{"full": value, "empty": edgeconfig.NewSection(s.ID)} {
			got, faults := s.Read(submit(s.Fields(home1, s.Values(v))))
			if len(faults) > 0 || !alike(got, v) {
				t.Errorf("%s, %s: %+v became %+v, %v", s.ID, name, v, got, faults)
			}
		}
	}
}

// alike compares, a list without items being as good as none.
func alike(a, b any) bool {
	return reflect.DeepEqual(tidy(reflect.ValueOf(a).Elem()), tidy(reflect.ValueOf(b).Elem()))
}

func tidy(v reflect.Value) any {
	fields := make([]any, v.NumField())
	for i := range fields {
		if f := v.Field(i); f.Kind() != reflect.Slice || f.Len() > 0 {
			fields[i] = f.Interface()
		}
	}
	return fields
}

// TestEveryFieldOfASectionIsInItsForm finds a setting that the form would lose.
func TestEveryFieldOfASectionIsInItsForm(t *testing.T) {
	t.Parallel()
	for id, value := range full {
		v := reflect.ValueOf(value).Elem()
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("the test's value of %s has no %s", id, v.Type().Field(i).Name)
			}
		}
		if !slices.Contains(edgeconfig.Sections(), id) {
			t.Errorf("%s is no section", id)
		}
	}
	if len(sections()) != len(edgeconfig.Sections()) {
		t.Errorf("%d forms for %d sections", len(sections()), len(edgeconfig.Sections()))
	}
}

// TestFaultsStandBesideTheirFields validates what was typed as the Editor would and looks where each fault is shown.
func TestFaultsStandBesideTheirFields(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, section string
		typed         url.Values
		at, says      string
	}{
		{"a network in the second line", edgeconfig.SectionAccess, url.Values{"deny_prefixes": {"192.0.2.0/24\n\n  192.0.2.1/24"}}, "deny_prefixes", "“192.0.2.1/24” has bits"},
		{"a word for a country", edgeconfig.SectionAccess, url.Values{"allow_countries": {"GB, france"}}, "allow_countries", "“france” must be"},
		{"a word for an operator", edgeconfig.SectionAccess, url.Values{"deny_asns": {"AS64496 telecom"}}, "deny_asns", "“telecom” is not"},
		{"nobody left", edgeconfig.SectionAccess, url.Values{"deny_others": {"yes"}}, "deny_others", "Denies everybody"},
		{"a browser", edgeconfig.SectionBots, url.Values{"block_agents": {"scalper\nmozilla"}}, "block_agents", "“mozilla” is part of"},
		{"a key itself", edgeconfig.SectionBots, url.Values{"client_keys": {"my-secret"}}, "client_keys", "Must be a SHA-256 sum"},
		{"a score in words", edgeconfig.SectionBots, url.Values{"min_score": {"low"}}, "min_score", "whole number"},
		{"a score too high", edgeconfig.SectionBots, url.Values{"min_score": {"100"}}, "min_score", "0 (off) to 99"},
		{"no time", edgeconfig.SectionCache, url.Values{"page_ttl": {"soon"}}, "page_ttl", "how long"},
		{"too long", edgeconfig.SectionCache, url.Values{"stale": {"31d"}}, "stale", "Must be 0 to"},
		{"a limit without a time", edgeconfig.SectionLimits, url.Values{"api_requests": {"5"}}, "api_period", "1 to 86400"},
		{"a limit of nothing, third", edgeconfig.SectionLimits, url.Values{"page_requests": {"5"}, "page_period": {"1m"}, "checkout_requests": {"0"}, "checkout_period": {"1m"}}, "checkout_requests", "Must be 1 to"},
		{"a pool with a path, after an empty row", edgeconfig.SectionOrigin, url.Values{"id-0": {""}, "id-1": {"a"}, "base_url-1": {"https://a.example"}, "id-2": {"b"}, "base_url-2": {"https://b.example/x"}}, "base_url-1", "with no path"},
		{"a weight in words", edgeconfig.SectionOrigin, url.Values{"id-0": {"a"}, "base_url-0": {"https://a.example"}, "weight-0": {"much"}}, "weight-0", "whole number"},
		{"a canary alone", edgeconfig.SectionOrigin, url.Values{"id-0": {"a"}, "base_url-0": {"https://a.example"}, "is_canary-0": {"yes"}}, "pools", "not a canary"},
		{"a colour nobody has", edgeconfig.SectionOrigin, url.Values{"id-0": {"a"}, "base_url-0": {"https://a.example"}, "pool_colour-0": {"red"}}, "pool_colour-0", "blue"},
		{"a path where an origin belongs", edgeconfig.SectionHeaders, url.Values{"cors_origins": {"https://app.example/x"}}, "cors_origins", "“https://app.example/x” must be an origin"},
		{"no source", edgeconfig.SectionHeaders, url.Values{"script_src": {"https://a.example <script>"}}, "script_src", "“<script>” must be one CSP source"},
		{"half a path", edgeconfig.SectionProtectedPaths, url.Values{"protected_paths": {"/gift-cards\nvip"}}, "protected_paths", "“vip” must begin with /"},
		{"a path with a query", edgeconfig.SectionCheckout, url.Values{"paths": {"/checkout?step=2"}}, "paths", "“/checkout?step=2” must begin"},
		{"an address for a host", edgeconfig.SectionRedirectHosts, url.Values{"redirect_hosts": {"shop.example, https://other.example/"}}, "redirect_hosts", "“https://other.example/” must be a lower-case hostname"},
		{"every host there is", edgeconfig.SectionRedirectHosts, url.Values{"redirect_hosts": {"*"}}, "redirect_hosts", "“*” must be"},
		{"a locale", edgeconfig.SectionLocales, url.Values{"offered": {"welsh"}}, "offered", "“welsh” must look like"},
		{"an arrow short", edgeconfig.SectionRewrites, url.Values{"rewrites": {"/a /b"}}, "rewrites", "arrow"},
		{"half a prefix", edgeconfig.SectionRewrites, url.Values{"rewrites": {"/a/* -> /b"}}, "rewrites", "both paths"},
		{"a protected path", edgeconfig.SectionRewrites, url.Values{"rewrites": {"/a -> /b\n/checkout -> /b"}}, "rewrites", "“/checkout -> /b” /checkout is protected"},
	} {
		s, ok := find(tc.section)
		if !ok {
			t.Fatal(tc.section)
		}
		value, faults := s.Read(tc.typed)
		if len(faults) == 0 {
			faults = s.place(validate(t, s.ID, value), tc.typed)
		}
		if !strings.Contains(faults[tc.at], tc.says) || len(faults) != 1 {
			t.Errorf("%s: %q, want %q at %s", tc.name, faults, tc.says, tc.at)
		}
		shown := false
		for _, g := range s.Fields(home1, tc.typed) {
			shown = shown || slices.ContainsFunc(g.Fields, func(f field) bool { return f.Name == tc.at })
		}
		if !shown {
			t.Errorf("%s: the form has no field %s", tc.name, tc.at)
		}
	}
}

// validate says what is wrong with a site that has such a section.
func validate(t *testing.T, id string, value any) edgeconfig.Faults {
	t.Helper()
	doc := site.Site{
		ID: "lyceum", Name: "Lyceum", Hostname: "lyceum.example", HTTPS: true, Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "https://main.example", Weight: 1}}},
	}
	doc.SetDefaults()
	switch v := value.(type) {
	case *site.Access:
		doc.Access = *v
	case *site.Bots:
		doc.Bots = *v
	case *site.Cache:
		doc.Cache = *v
	case *edgeconfig.Limits:
		doc.Limits = v.Limits
	case *edgeconfig.Rewrites:
		doc.Rewrites = v.Rewrites
	case *site.Origin:
		doc.Origin = *v
	case *site.Headers:
		doc.Headers = *v
	case *site.Locales:
		doc.Locales = *v
	case *site.Checkout:
		doc.Checkout = *v
	case *edgeconfig.ProtectedPaths:
		doc.ProtectedPaths = v.Paths
	case *edgeconfig.RedirectHosts:
		doc.RedirectHosts = v.Hosts
	default:
		t.Fatalf("%s: %T", id, value)
	}
	var faults site.Faults
	if err := doc.Validate(); err != nil && !errors.As(err, &faults) {
		t.Fatal(err)
	}
	return edgeconfig.Faults{Site: "lyceum", List: faults}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]int{"": 0, "0": 0, "90": 90, "5m": 300, "1h 30m": 5400, "1H30M": 5400, "2 days": 172_800, "5 min": 300, "1d 1s": 86_401} {
		if got, ok := parseSpan(written); !ok || got != want {
			t.Errorf("%q = %d, %v", written, got, ok)
		}
	}
	for _, written := range []string{"soon", "5x", "-5m", "1.5h", "m", "5m 3", "99999999999s", "9999999999"} {
		if got, ok := parseSpan(written); ok {
			t.Errorf("%q = %d", written, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.IntRange(0, 90*86_400).Draw(t, "seconds")
		if got, ok := parseSpan(span(seconds)); !ok || got != seconds {
			t.Fatalf("%d is written %q, which is %d", seconds, span(seconds), got)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, seed := range []string{"", "1h 30m", "5 minutes", "1d1d1d", "999999999d999999999d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		if got, ok := parseSpan(written); got < 0 || !ok && got != 0 {
			t.Errorf("%q = %d, %v", written, got, ok)
		}
	})
}

func TestWhatAHostnameServes(t *testing.T) {
	t.Parallel()
	file := []byte("7B22")
	for _, tc := range []struct {
		name   string
		answer Answer
		err    error
		want   []byte
		found  string
	}{
		{"the file", Answer{200, file}, nil, file, serves},
		{"a byte more", Answer{200, []byte("7B22\n")}, nil, file, another},
		{"none", Answer{404, nil}, nil, file, missing},
		{"led elsewhere", Answer{302, nil}, nil, file, missing},
		{"in trouble", Answer{503, nil}, nil, file, silent},
		{"away", Answer{}, http.ErrHandlerTimeout, file, silent},
		{"none, and it has none", Answer{404, nil}, nil, nil, none},
		{"one it should not have", Answer{200, file}, nil, nil, leftover},
	} {
		if got := judge(tc.answer, tc.err, tc.want); got != tc.found {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.found)
		}
	}
}

func TestApplePayFault(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		content string
		fault   string
	}{
		"Apple's":    {"7B227073704964223A2241", ""},
		"empty":      {" \n", "is empty"},
		"a web page": {"\n<!DOCTYPE html><title>Sign in", "a web page"},
		"too large":  {strings.Repeat("7", edgeconfig.MaxApplePayFile+1), "more than 48 KB"},
	} {
		if got := applePayFault([]byte(tc.content)); tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
