package filter

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// RateLimit holds each client to the site's limits, one for each class of
// routes. A client is an IPv4 address, the first 64 bits of an IPv6 address,
// or an API key. Webhooks, staff and verified search engines are not counted,
// nor is a request that is decided again because a pool could not be reached.
//
// There are two counters. This isolate's own (package limit) is exact and
// decides at once. The one all isolates of a data centre share is asked by the
// shell after the answer, by the name in Plan.Count; when it says no, the
// client is marked here until its period is over.
//
// A refused request gets 429 with Retry-After and with RateLimit and
// RateLimit-Policy as draft-ietf-httpapi-ratelimit-headers-11 has them.
// Answers of the API carry the latter two always.
//
// It fails open: without counters, or without an address to count by, everyone
// passes.
type RateLimit struct {
	counters *limit.Counters // nil: none
	siteID   string
	rates    []classRate
}

// classRate is a site.Limit made ready.
type classRate struct {
	class   string
	rate    limit.Rate
	policy  string // the RateLimit-Policy header
	address uint64 // the limit.Group of each kind of client
	network uint64
	key     uint64
}

func (RateLimit) Name() string           { return "ratelimit" }
func (RateLimit) Needs() []string        { return []string{"trace", "site", "canonical", "staff", "bot"} }
func (RateLimit) Fails() chain.Direction { return chain.FailOpen }

const (
	rateUnlimited  chain.Reason = "ratelimit.unlimited-route"
	rateWebhook    chain.Reason = "ratelimit.webhook"
	rateStaff      chain.Reason = "ratelimit.staff"
	rateCrawler    chain.Reason = "ratelimit.crawler"
	rateAgain      chain.Reason = "ratelimit.counted-before"
	rateWithin     chain.Reason = "ratelimit.within"
	rateExceeded   chain.Reason = "ratelimit.exceeded"
	rateNoCounters chain.Reason = "ratelimit.no-counters"
	rateNoAddress  chain.Reason = "ratelimit.unreadable-address"
)

func (f RateLimit) Bind(s *site.Site) (chain.Filter, error) {
	f.siteID = s.ID
	f.rates = make([]classRate, len(s.Limits))
	for i, l := range s.Limits {
		f.rates[i] = classRate{
			class: l.Class, rate: limit.NewRate(l.Requests, l.Period),
			policy:  `"` + l.Class + `";q=` + strconv.Itoa(l.Requests) + ";w=" + strconv.Itoa(l.Period),
			address: limit.Group(l.Class, s.ID, limit.Address),
			network: limit.Group(l.Class, s.ID, limit.Network),
			key:     limit.Group(l.Class, s.ID, limit.Key),
		}
	}
	return f, nil
}

func (f RateLimit) Decide(x *chain.Exchange) chain.Verdict {
	r := f.rateOf(x.Class)
	switch {
	case x.Class == site.ClassWebhook:
		return chain.Continue(rateWebhook)
	case r == nil:
		return chain.Continue(rateUnlimited)
	case x.Visitor.Staff != "":
		return chain.Continue(rateStaff)
	case x.Visitor.Crawler:
		return chain.Continue(rateCrawler)
	case x.Request.Again:
		return chain.Continue(rateAgain)
	case f.counters == nil:
		return chain.Fail(rateNoCounters)
	}
	who, kind, ok := r.client(x)
	if !ok {
		return chain.Fail(rateNoAddress)
	}
	left := f.counters.Take(who, &r.rate, x.Now)
	if !left.OK {
		r.setHeaders(x, left)
		notice(x, &page.Notice{
			Status: 429, Type: "too-many-requests", Title: "One moment, please", RetryAfter: left.Wait,
			Detail: "So many requests have come from your connection in a short time that we have to ask you to wait a little. " +
				"Nothing that you have booked is lost.",
		})
		return chain.Respond(rateExceeded)
	}
	if site.Under(x.Path, "/api") {
		r.setHeaders(x, left)
	}
	x.Plan.Count = x.Keep(limit.AppendName(x.Scratch(), r.class, f.siteID, kind, who.ID, r.rate.Period))
	return chain.Continue(rateWithin)
}

func (f RateLimit) rateOf(class string) *classRate {
	for i := range f.rates {
		if f.rates[i].class == class {
			return &f.rates[i]
		}
	}
	return nil
}

// client is whom a request counts for.
func (r *classRate) client(x *chain.Exchange) (who limit.Client, kind byte, ok bool) {
	if x.Visitor.APIClient {
		return limit.Client{Group: r.key, ID: keyID(x.Request.Get(headerAPIKey))}, limit.Key, true
	}
	ip, ok := address.ParseIP(x.Request.RemoteIP)
	if ip.Is4() {
		return limit.Client{Group: r.address, ID: ip.Network()}, limit.Address, ok
	}
	return limit.Client{Group: r.network, ID: ip.Network()}, limit.Network, ok
}

// keyID tells the site's keys apart (FNV-1a, 64 bits), so that no key leaves
// in the name of a counter. Only keys that the site knows get here, so that
// nobody can look for two that share it.
func keyID(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(key); i++ {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return h
}

// setHeaders says what is left. The policy's name is the class of routes.
func (r *classRate) setHeaders(x *chain.Exchange, left limit.Left) {
	x.SetResponse("ratelimit-policy", r.policy)
	text := append(x.Scratch(), '"')
	text = append(text, r.class...)
	text = append(text, `";r=`...)
	text = strconv.AppendInt(text, int64(left.Requests), 10)
	text = append(text, ";t="...)
	text = strconv.AppendInt(text, int64(left.Wait), 10)
	x.SetResponse("ratelimit", x.Keep(text))
}
