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
	"maintenance.staff-entry":        "A window is open, but the link by which staff come in still works.",
	"maintenance.finishing-checkout": "A window is open, but this visitor is in the middle of paying and may finish.",
	"maintenance.staff":              "A window is open, but staff go in; a header of the answer says that the house is closed.",

	"redirect.none":               "No redirect rule is about this path now.",
	"redirect.index-missing":      "The site's compiled redirects cannot be had, so none of them is in force.",
	"redirect.protected-path":     "No redirect can match this path: checkout, orders, API and /.well-known/ are protected.",
	"redirect.loop":               "The rule leads back to the very same address, so it is passed over.",
	"redirect.target-not-allowed": "The rule leads to a host that the site does not allow, so it is passed over.",
	"redirect.target-too-long":    "The rule makes an address longer than browsers take, so it is passed over.",
	"redirect.rule":               "A marketers' rule is about this path.",

	"rewrite.none":             "No rewrite is about this path.",
	"rewrite.protected-path":   "No rewrite can match this path: checkout, orders, API and /.well-known/ are protected.",
	"rewrite.exact":            "The path is served under another, unseen by the visitor.",
	"rewrite.prefix":           "The path lies below one that is served under another, unseen by the visitor.",
	"rewrite.target-protected": "The rewrite leads to a protected path, so it is passed over.",
	"rewrite.target-too-long":  "The rewrite makes a path longer than 16 KiB, so it is passed over.",

	"locale.only-one":        "The site is offered in one language and one currency.",
	"locale.cookie":          "The visitor chose the language before, and a cookie remembers it.",
	"locale.path":            "The path names the language.",
	"locale.accept-language": "The browser's Accept-Language names a language that the site is offered in.",
	"locale.country":         "The visitor's country has a language that the site is offered in.",
	"locale.default":         "Nothing says which language the visitor wants, so it is the site's own.",
	"locale.crawler":         "Search engines get what the address shows to everyone, in the site's own language.",

	"waitingroom.none":                 "No waiting room guards this path now.",
	"waitingroom.passthrough":          "The waiting room only watches.",
	"waitingroom.sub-resource":         "What pages load never waits.",
	"waitingroom.webhook":              "Webhooks never wait: they report money already paid.",
	"waitingroom.preflight":            "A browser's preflight never waits.",
	"waitingroom.staff":                "Staff do not wait.",
	"waitingroom.crawler-later":        "People are waiting, so a verified bot is told to come back later.",
	"waitingroom.crawler-nobody-waits": "Nobody is waiting, so a verified bot goes in.",
	"waitingroom.cannot-sign":          "No place or pass can be signed just now, so the visitor goes in.",
	"waitingroom.rejects":              "The waiting room lets nobody in.",
	"waitingroom.pass":                 "The visitor was let in before and has a pass that is still good.",
	"waitingroom.admitted":             "It is the visitor's turn: they go in and get a pass.",
	"waitingroom.queued":               "It is not the visitor's turn yet: they see the queue and keep their place.",
	"waitingroom.load":                 "What the waiting room publishes has to be fetched first.",
	"waitingroom.state-unknown-open":   "What the waiting room publishes is not known or too old, and the room then lets visitors in.",
	"waitingroom.state-unknown-closed": "What the waiting room publishes is not known or too old, and the room then has visitors wait.",
	"waitingroom.no-key-open":          "The edge has no key to sign places with, and the room then lets visitors in.",
	"waitingroom.no-key-closed":        "The edge has no key to sign places with, and the room then has visitors wait.",

	"cache.not-for-class":  "Answers of this class of routes are not shared on this site.",
	"cache.not-a-read":     "Only answers to GET and HEAD are shared.",
	"cache.staff":          "What staff see is never shared.",
	"cache.authorized":     "What is asked for with an API key or an Authorization is never shared.",
	"cache.basket":         "The visitor has a basket, and what they get is their own.",
	"cache.part-of-it":     "Part of an answer is asked for, and only whole ones are shared.",
	"cache.another-form":   "The page is asked for in another form than browsers show, which is not shared.",
	"cache.other-scheme":   "The request came by another scheme than the site's own, so its answer is not shared.",
	"cache.query-too-long": "The query has too many parameters, or is too long, for the answer to be shared.",
	"cache.read-only":      "The visitor may get a shared answer, but theirs is not kept: the request has cookies of its own.",
	"cache.shared":         "The visitor may get a shared answer, and theirs is kept for others.",

	"origin.chosen":      "The visitor goes to the pool that is theirs by weight and address.",
	"origin.nearest":     "The visitor goes to a pool of their region.",
	"origin.canary":      "The visitor is in the share that tries the canary.",
	"origin.failover":    "The pool that would be theirs failed or is down, so the next one takes them.",
	"origin.last-resort": "Every pool that is left is down; one of them is tried all the same.",
	"origin.none-left":   "No origin pool is left to try.",

	"headers.added":             "The security headers are added to whatever answers.",
	"headers.preflight":         "A page of an allowed origin asks whether it may use the API, and may.",
	"headers.preflight-refused": "A page of another origin asks whether it may use the API, and may not.",
}
