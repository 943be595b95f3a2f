package settings

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// sections lists the forms, in the order in which people are shown them.
func sections() []section {
	return []section{
		localesForm, cacheForm, accessForm, botsForm, limitsForm, rewritesForm, protectedPathsForm, redirectHostsForm,
		checkoutForm, originForm, headersForm, wellKnownForm,
	}
}

var localesForm = section{
	ID: edgeconfig.SectionLocales, Title: "Languages and currencies",
	About: "What visitors may choose besides the site’s own language and currency.",
	Values: func(value any) url.Values {
		l := value.(*site.Locales)
		return url.Values{"offered": {unlines(l.Offered)}, "currencies": {unlines(l.Currencies)}, "path_prefix": {yes(l.PathPrefix)}}
	},
	Fields: func(h house, v url.Values) []group {
		return []group{{Fields: []field{
			{Name: "offered", Label: "Further languages", Kind: lines, Value: v.Get("offered"), Hint: "One a line, such as cy-GB. The site’s own, " + h.Brand.Locale + ", is always offered."},
			{Name: "path_prefix", Label: "Languages have addresses of their own", Kind: tick, Value: v.Get("path_prefix"), Hint: "/cy/… is the site in Welsh. Otherwise the browser’s preference decides alone."},
			{Name: "currencies", Label: "Further currencies", Kind: lines, Value: v.Get("currencies"), Hint: "One a line, such as EUR. " + h.Brand.Currency + " is always offered."},
		}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		return &site.Locales{Offered: words(v.Get("offered")), PathPrefix: r.ticked("path_prefix"), Currencies: upper(words(v.Get("currencies")))}, r.faults
	},
}

var cacheForm = section{
	ID: edgeconfig.SectionCache, Title: "Caching",
	About: "How long the edge may answer with what it has, without asking the house. Pages of staff, of signed-in visitors and of baskets are never shared.",
	Values: func(value any) url.Values {
		c := value.(*site.Cache)
		return url.Values{"page_ttl": {span(c.PageTTL)}, "asset_ttl": {span(c.AssetTTL)}, "search_ttl": {span(c.SearchTTL)}, "stale": {span(c.Stale)}, "ignore_params": {unlines(c.IgnoreParams)}}
	},
	Fields: func(_ house, v url.Values) []group {
		at := func(name, label, hint string) field {
			return field{Name: name, Label: label, Kind: text, Value: v.Get(name), Hint: hint}
		}
		return []group{{About: "Write 30s, 5m, 2h or 1d; at most 30d.", Fields: []field{
			at("page_ttl", "Pages", "Empty: not shared; the house makes each anew."),
			at("asset_ttl", "Pictures, scripts and styles", "Empty: as long as the house says in its answer."),
			at("search_ttl", "Search results", "Empty: not shared."),
			at("stale", "After that, while a new one is fetched", "And for as long while the house is away. Empty: never."),
			{Name: "ignore_params", Label: "Query parameters that change nothing", Kind: lines, Value: v.Get("ignore_params"), Hint: "One a line. Campaign parameters (utm_…, gclid, fbclid) are left out already."},
		}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		return &site.Cache{
			PageTTL: r.span("page_ttl"), AssetTTL: r.span("asset_ttl"), SearchTTL: r.span("search_ttl"), Stale: r.span("stale"), IgnoreParams: items(v.Get("ignore_params")),
		}, r.faults
	},
}

var accessForm = section{
	ID: edgeconfig.SectionAccess, Title: "Who may come",
	About: "By network, country and network operator. Allowing beats denying. The console itself is never closed by this.",
	Values: func(value any) url.Values {
		a := value.(*site.Access)
		return url.Values{
			"allow_prefixes": {unlines(a.AllowPrefixes)}, "deny_prefixes": {unlines(a.DenyPrefixes)}, "allow_countries": {unlines(a.AllowCountries)},
			"deny_countries": {unlines(a.DenyCountries)}, "allow_asns": {unlines(numbers(a.AllowASNs))}, "deny_asns": {unlines(numbers(a.DenyASNs))}, "deny_others": {yes(a.DenyOthers)},
		}
	},
	Fields: func(_ house, v url.Values) []group {
		at := func(name, label, hint string) field {
			return field{Name: name, Label: label, Kind: lines, Value: v.Get(name), Hint: hint}
		}
		return []group{
			{Heading: "Denied", Fields: []field{
				at("deny_prefixes", "Networks", "One a line: 192.0.2.0/24, 2001:db8::/32, or one address."),
				at("deny_countries", "Countries", "Two letters each, such as FR; T1 is the Tor network."),
				at("deny_asns", "Network operators", "Their AS numbers, such as 64496."),
			}},
			{Heading: "Allowed all the same", Fields: []field{
				at("allow_prefixes", "Networks", "Such as the office’s."),
				at("allow_countries", "Countries", "Two letters each, such as GB."),
				at("allow_asns", "Network operators", "Their AS numbers, such as 64496."),
				{Name: "deny_others", Label: "Deny everybody else", Kind: tick, Value: v.Get("deny_others"), Hint: "Only those allowed above may come. To close the site for a while, use Maintenance."},
			}},
		}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		return &site.Access{
			AllowPrefixes: words(v.Get("allow_prefixes")), DenyPrefixes: words(v.Get("deny_prefixes")),
			AllowCountries: upper(words(v.Get("allow_countries"))), DenyCountries: upper(words(v.Get("deny_countries"))),
			AllowASNs: r.asns("allow_asns"), DenyASNs: r.asns("deny_asns"), DenyOthers: r.ticked("deny_others"),
		}, r.faults
	},
}

// asns reads numbers of network operators, with or without the AS in front.
func (r *reader) asns(name string) []int {
	var list []int
	for _, word := range words(r.values.Get(name)) {
		digits := strings.TrimPrefix(strings.ToUpper(word), "AS")
		n, err := strconv.Atoi(digits)
		if err != nil {
			r.faults[name] = "“" + word + "” is not an AS number, such as 64496."
			continue
		}
		list = append(list, n)
	}
	return list
}

var botsForm = section{
	ID: edgeconfig.SectionBots, Title: "Bots",
	About: "What becomes of programs. Search engines that prove who they are come in; known bad agents do not.",
	Values: func(value any) url.Values {
		b := value.(*site.Bots)
		return url.Values{"block_agents": {unlines(b.BlockAgents)}, "min_score": {count(b.MinScore)}, "client_keys": {unlines(b.ClientKeys)}}
	},
	Fields: func(_ house, v url.Values) []group {
		return []group{{Fields: []field{
			{Name: "block_agents", Label: "Agents to refuse", Kind: lines, Value: v.Get("block_agents"), Hint: "Parts of what they call themselves in User-Agent, one a line, such as ticketgrabber. Ordinary browsers cannot be refused."},
			{Name: "min_score", Label: "Refuse a bot score below", Kind: number, Value: v.Get("min_score"), Hint: "Cloudflare’s score: 1 is a bot, 99 a person. 30 is usual. Empty: off. Who has no score comes in."},
			{Name: "client_keys", Label: "Keys of API clients", Kind: lines, Value: v.Get("client_keys"), Hint: "The SHA-256 sum of each key (64 hexadecimal digits), one a line; never the key itself. Who sends the key as X-Api-Key is no bot."},
		}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		return &site.Bots{BlockAgents: items(v.Get("block_agents")), MinScore: r.number("min_score"), ClientKeys: lower(words(v.Get("client_keys")))}, r.faults
	},
}

var headersForm = section{
	ID: edgeconfig.SectionHeaders, Title: "Headers",
	About: "What pages may load from elsewhere, and who may read the API from another site.",
	Values: func(value any) url.Values {
		h := value.(*site.Headers)
		return url.Values{
			"script_src": {unlines(h.ScriptSrc)}, "frame_src": {unlines(h.FrameSrc)}, "connect_src": {unlines(h.ConnectSrc)},
			"cors_origins": {unlines(h.CORSOrigins)}, "hsts_max_age": {span(h.HSTSMaxAge)},
		}
	},
	Fields: func(h house, v url.Values) []group {
		own := h.Settings.Headers
		at := func(name, label, hint string, always []string) field {
			return field{Name: name, Label: label, Kind: lines, Value: v.Get(name), Hint: hint, Always: always}
		}
		hsts := "Empty: the house’s default, which is none, because it is not served over https."
		if own.HSTSMaxAge > 0 {
			hsts = "Empty: the house’s default, " + span(own.HSTSMaxAge) + "."
		}
		return []group{
			{Heading: "Pages may load", About: "Besides what comes from the site itself; one source a line, such as https://js.example.", Fields: []field{
				at("script_src", "Scripts from", "", own.ScriptSrc), at("frame_src", "Frames from", "", own.FrameSrc), at("connect_src", "Data from", "", own.ConnectSrc),
			}},
			{Heading: "Others", Fields: []field{
				at("cors_origins", "Sites whose pages may read the API", "One origin a line, such as https://app.example, or * alone for all.", own.CORSOrigins),
				{Name: "hsts_max_age", Label: "Browsers insist on https for", Kind: text, Value: v.Get("hsts_max_age"), Hint: "Such as 365d. " + hsts},
			}},
		}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		return &site.Headers{
			ScriptSrc: words(v.Get("script_src")), FrameSrc: words(v.Get("frame_src")), ConnectSrc: words(v.Get("connect_src")),
			CORSOrigins: words(v.Get("cors_origins")), HSTSMaxAge: r.span("hsts_max_age"),
		}, r.faults
	},
}

func upper(list []string) []string { return each(list, strings.ToUpper) }
func lower(list []string) []string { return each(list, strings.ToLower) }

func each(list []string, do func(string) string) []string {
	for i := range list {
		list[i] = do(list[i])
	}
	return list
}

func numbers(list []int) []string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.Itoa(n)
	}
	return texts
}
