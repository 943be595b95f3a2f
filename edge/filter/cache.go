package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Cache says whether the answer to a request may be shared, under which key,
// and for how long; the shell does the keeping (edge/worker/cache.mjs) and
// minds what the origin says of its own answer.
//
// Shared are reads of pages, assets and searches for which the site has a
// time; of assets also those for which it has none, by what the origin says.
// Never shared is what is asked for by staff or an API client, with an
// Authorization or Range, for part of a page (htmx), as JSON at a page's
// address, or, but for assets, by a visitor with a basket: what they get is
// their own.
//
// The key is the address with port, the class, locale and currency, the path
// that the origin is asked for and the query, its parameters in the order of
// their names and without those of campaigns and those the site ignores. What
// is not in the key does not reach the origin either, so that nobody can fill
// the cache for others with what only their own request said: a request may
// only fetch what is kept (Fill) if it has no cookie but the edge's own, and
// the shell sends the origin nothing of it but what the edge has set.
//
// It fails open: what is not kept is fetched.
type Cache struct {
	site   *site.Site
	config *site.Cache
	tags   map[string]string // by class, of routes that belong to no show
}

func (Cache) Name() string { return "cache" }
func (Cache) Needs() []string {
	return []string{"site", "canonical", "staff", "bot", "rewrite", "locale", "waitingroom"}
}
func (Cache) Fails() chain.Direction { return chain.FailOpen }

const (
	cacheOff      chain.Reason = "cache.not-for-class"
	cacheMethod   chain.Reason = "cache.not-a-read"
	cacheStaff    chain.Reason = "cache.staff"
	cachePersonal chain.Reason = "cache.authorized"
	cacheBasket   chain.Reason = "cache.basket"
	cachePart     chain.Reason = "cache.part-of-it"
	cacheForm     chain.Reason = "cache.another-form"
	cacheScheme   chain.Reason = "cache.other-scheme"
	cacheQuery    chain.Reason = "cache.query-too-long"
	cacheRead     chain.Reason = "cache.read-only"
	cacheFill     chain.Reason = "cache.shared"
)

// Bounds on the query of what is shared.
const (
	maxSharedParams = 32
	maxSharedQuery  = 2048
)

func (f Cache) Bind(s *site.Site) (chain.Filter, error) {
	f.site, f.config = s, &s.Cache
	f.tags = make(map[string]string)
	for _, class := range []string{site.ClassPage, site.ClassAsset, site.ClassSearch} {
		f.tags[class] = s.ID + "," + s.ID + "-" + class
	}
	f.tags[site.ClassPage] += "," + s.ID + "-" + site.TagListings
	return f, nil
}

// life is the TTL of a class in seconds; 0 is what the origin says.
func (f Cache) life(class string) (ttl int, shared bool) {
	switch class {
	case site.ClassPage:
		return f.config.PageTTL, f.config.PageTTL > 0
	case site.ClassAsset:
		return f.config.AssetTTL, true
	case site.ClassSearch:
		return f.config.SearchTTL, f.config.SearchTTL > 0
	}
	return 0, false
}

func (f Cache) Decide(x *chain.Exchange) chain.Verdict {
	ttl, shared := f.life(x.Class)
	if !shared {
		return chain.Continue(cacheOff)
	}
	if why := f.ownOnly(x); why != "" {
		return chain.Continue(why)
	}
	params, n, ok := f.params(x.Query)
	if !ok {
		return chain.Continue(cacheQuery)
	}
	c := &x.Plan.Cache
	c.TTL, c.Stale = ttl, f.config.Stale
	c.Fill = x.Class == site.ClassAsset || onlyOurs(x.Request.Get("cookie"))

	query := x.Scratch()
	for i := range params[:n] {
		if i > 0 {
			query = append(query, '&')
		}
		query = append(query, params[i]...)
	}
	kept := x.Keep(query)
	key := append(x.Scratch(), "https://"...)
	key = append(key, x.Hostname...)
	if x.Port != "" {
		key = append(append(key, ':'), x.Port...)
	}
	for _, part := range [...]string{"/~", x.Class, "~", x.Visitor.Locale, "~", x.Visitor.Currency, "~", x.Path} {
		key = append(key, part...)
	}
	if kept != "" {
		key = append(append(key, '?'), kept...)
	}
	c.Key = x.Keep(key)
	c.Tags = f.tagsOf(x)
	if c.Fill {
		x.Query, x.Request.HasQuery = kept, kept != ""
		return chain.Continue(cacheFill)
	}
	return chain.Continue(cacheRead)
}

// ownOnly says why an answer is for this visitor alone, "" if it is not.
func (f Cache) ownOnly(x *chain.Exchange) chain.Reason {
	r := &x.Request
	switch {
	case !x.IsRead():
		return cacheMethod
	case (r.Scheme == "https") != f.site.HTTPS:
		return cacheScheme // the origin's links would lead to the other one
	case x.Visitor.Staff != "":
		return cacheStaff
	case x.Visitor.APIClient:
		return cachePersonal
	}
	for i := range r.Fields {
		switch r.Fields[i].Name {
		case "authorization":
			return cachePersonal
		case "range", "if-range", "hx-request", "upgrade":
			return cachePart
		case "cookie":
			if x.Class != site.ClassAsset && hasBasket(r.Fields[i].Value) {
				return cacheBasket
			}
		case "accept":
			if x.Class == site.ClassPage && page.Preferred(r.Fields[i].Value, x.Path) == page.JSON {
				return cacheForm
			}
		}
	}
	return ""
}

// hasBasket says whether a visitor is in the middle of buying, signed in, or
// says that they are staff: pages may show it.
func hasBasket(cookies string) bool {
	for cookies != "" {
		var name string
		name, cookies = nextName(cookies)
		switch name {
		case "sd_checkout", "stagedoor_checkout", "stagedoor_staff", "stagedoor_session", "sd_account":
			return true
		}
	}
	return false
}

// onlyOurs says whether every cookie is one the edge itself gave out or reads,
// so that the origin's answer depends on none.
func onlyOurs(cookies string) bool {
	for cookies != "" {
		var name string
		name, cookies = nextName(cookies)
		switch {
		case name == "", name == localeCookies, name == currencyCookie,
			strings.HasPrefix(name, placeCookies), strings.HasPrefix(name, passCookies):
		default:
			return false
		}
	}
	return true
}

func nextName(cookies string) (name, rest string) {
	pair, rest := nextCookie(cookies)
	return strings.TrimRight(nameOf(pair), " \t"), rest
}

// params are those of a query that count, in the order of their names; of one
// name in that of the query.
func (f Cache) params(query string) (params [maxSharedParams]string, n int, ok bool) {
	if len(query) > maxSharedQuery {
		return params, 0, false
	}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(pair, "=")
		if pair == "" || redirect.IsCampaign(name) || among(f.config.IgnoreParams, name) == name && name != "" {
			continue
		}
		if n == maxSharedParams {
			return params, 0, false
		}
		at := n
		for at > 0 && nameOf(params[at-1]) > name {
			params[at] = params[at-1]
			at--
		}
		params[at] = pair
		n++
	}
	return params, n, true
}

func nameOf(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return name
}

// tagsOf are the names by which the answer can be purged: the site, the site's
// class, and of pages the show whose page it is, or the listings.
func (f Cache) tagsOf(x *chain.Exchange) string {
	tags := f.tags[x.Class]
	rest, found := strings.CutPrefix(x.Path, "/shows/")
	if !found {
		return tags
	}
	slug, _, _ := strings.Cut(rest, "/")
	for i := 0; i < len(slug); i++ {
		c := slug[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return tags
		}
	}
	if slug == "" || len(slug) > 200 {
		return tags
	}
	out := x.Scratch()
	for _, part := range [...]string{f.site.ID, ",", f.site.ID, "-", x.Class, ",", f.site.ID, "-" + site.TagShow, slug} {
		out = append(out, part...)
	}
	return x.Keep(out)
}
