package explain

// Sentence is what a reason code means, in a sentence for people who run
// theatres. A code it does not know is given back as it is; a test walks the
// source so that there is none.
func Sentence(reason string) string {
	if s := sentences[reason]; s != "" {
		return s
	}
	return reason
}

// sentences has one for every chain.Reason, by filter in the order of the
// chain.
var sentences = map[string]string{
	"request.malformed":          "The request is malformed: it cannot be read as HTTP that a browser would send.",
	"request.url-too-long":       "The address is longer than 16 KiB.",
	"request.headers-too-large":  "The headers are too many, or larger than 32 KiB together.",
	"request.method-not-allowed": "No page is asked for with this method.",
	"request.body-too-large":     "The body is larger than 10 MiB.",
	"request.ambiguous-length":   "Two servers could read the length of the body differently, which is how requests are smuggled.",
	"request.unexpected-body":    "A body came with a method that takes none.",

	"trace.joined":   "The request brought a trace, and the edge is a span in it.",
	"trace.started":  "The request brought no trace, so one begins here.",
	"trace.replaced": "The trace that the request brought is malformed; a new one takes its place.",

	"site.found":              "The hostname has a Site document.",
	"site.load":               "The Site document has to be fetched first.",
	"site.unknown":            "No Site document is published for this hostname, so no brand is shown.",
	"site.not-a-hostname":     "The Host header is not a hostname.",
	"site.unavailable":        "The Site document cannot be fetched or used, and the edge has no older one.",
	"site.unavailable-robots": "The Site document cannot be had, but robots.txt never fails: search engines would stop crawling.",

	"applepay.other-path": "The path is not that of Apple Pay's association file.",
	"applepay.served":     "Apple Pay's association file is served byte for byte.",
	"applepay.absent":     "This site has no Apple Pay association file.",

	"wellknown.other-path": "The path is none of those the edge answers for every site.",
	"wellknown.robots":     "robots.txt comes from the Site document, whatever else is the matter.",
	"wellknown.security":   "security.txt comes from the Site document.",
	"wellknown.absent":     "This site has no security.txt.",
	"wellknown.health":     "This is the edge's own health check.",

	"canonical.already":          "Scheme, hostname and path are spelt as the site spells them.",
	"canonical.left-to-redirect": "The hostname is not the primary one, but a redirect is about it: one hop instead of two.",
	"canonical.redirect":         "The address has one canonical spelling, and this is not it.",
	"canonical.malformed-path":   "The path is malformed: it has a broken escape, or leads out of the site.",

	"staff.none":            "The visitor brings no staff pass.",
	"staff.known":           "The visitor is a member of staff of this site.",
	"staff.malformed":       "The staff pass is not in the form of one, so it counts for nothing.",
	"staff.forged":          "The staff pass is not signed with the house's key, so it counts for nothing.",
	"staff.expired":         "The staff pass has expired; signing in again makes a new one.",
	"staff.too-long-a-life": "The staff pass is good for longer than any that we make, so it counts for nothing.",
	"staff.wrong-site":      "The staff pass is good, but for other sites.",

	"access.open":               "The site has no rule about who may come.",
	"access.allowed":            "The visitor's address, country or network operator is on a list of those allowed, which beats every other.",
	"access.not-denied":         "The visitor is on no list, and the site lets everyone else in.",
	"access.webhook":            "Webhooks are refused by a denied address only; the origin verifies their signatures.",
	"access.denied-address":     "The visitor's address is on the list of those denied. Staff are not exempt.",
	"access.denied-country":     "The visitor's country is on the list of those denied. Staff are not exempt.",
	"access.denied-operator":    "The visitor's network operator is on the list of those denied. Staff are not exempt.",
	"access.on-no-list":         "The site lets in only those on its lists, and the visitor is on none. Staff are not exempt.",
	"access.unreadable-address": "The rules depend on the visitor's address, which cannot be read; nobody goes in unseen.",

	"bot.none":               "The visitor seems to be a person.",
	"bot.webhook":            "Webhooks come from programs and are never refused as such.",
	"bot.staff":              "A member of staff is a person, whatever the browser says of itself.",
	"bot.api-client":         "The request brings an API key of this site, so it is not a bot.",
	"bot.unknown-key":        "The request brings an API key that this site does not know; it is treated like any other.",
	"bot.crawler":            "This is a search engine, and the network has verified it: never queued, never counted.",
	"bot.verified":           "This is a bot that the network has verified, but no search engine.",
	"bot.unverified-crawler": "This calls itself a search engine, which the network has not verified; it is treated like any other.",
	"bot.program":            "This seems to be a program; nothing speaks against it.",
	"bot.refused-agent":      "The User-Agent is one of the known bad ones, or on the site's own list.",
	"bot.refused-score":      "The bot score is lower than the site asks for.",

	"ratelimit.unlimited-route":    "The site has no limit for this class of routes.",
	"ratelimit.webhook":            "Webhooks are never counted.",
	"ratelimit.staff":              "Staff are not counted.",
	"ratelimit.crawler":            "A verified search engine is not counted.",
	"ratelimit.counted-before":     "The request is decided again because the first plan could not be carried out; it was counted then.",
	"ratelimit.within":             "The client is within its limit for this class of routes.",
	"ratelimit.exceeded":           "The client has used up its limit for this class of routes.",
	"ratelimit.no-counters":        "There is nothing to count with, so the request goes through.",
	"ratelimit.unreadable-address": "The client's address cannot be read, so the request goes through uncounted.",

	"maintenance.none":               "No maintenance window is open over this path.",
	"maintenance.closed":             "A maintenance window is open over this path.",
	"maintenance.webhook":            "A window is open, but webhooks pass: they report money already paid.",
	"maintenance.finishing-checkout": "A window is open, but this visitor is in the middle of paying and may finish.",
	"maintenance.staff":              "A window is open, but staff go in; a header of the answer says that the house is closed.",

	"redirect.none":               "No redirect rule is about this path now.",
	"redirect.protected-path":     "No redirect can match this path: checkout, orders, API and /.well-known/ are protected.",
	"redirect.loop":               "The rule leads back to the very same address, so it is passed over.",
	"redirect.target-not-allowed": "The rule leads to a host that the site does not allow, so it is passed over.",
	"redirect.target-too-long":    "The rule makes an address longer than browsers take, so it is passed over.",
	"redirect.rule":               "A marketers' rule is about this path.",

	"origin.chosen":      "The visitor goes to the pool that is theirs by weight and address.",
	"origin.nearest":     "The visitor goes to a pool of their region.",
	"origin.canary":      "The visitor is in the share that tries the canary.",
	"origin.failover":    "The pool that would be theirs failed or is down, so the next one takes them.",
	"origin.last-resort": "Every pool that is left is down; one of them is tried all the same.",
	"origin.none-left":   "No origin pool is left to try.",

	"headers.added": "The security headers are added to whatever answers.",
}
