package filter

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Bot tells people, search engines, API clients and other programs apart, and
// refuses those that are not wanted: known bad agents, the site's own list,
// and visitors whose bot score is below the site's least.
//
// What an agent says of itself can take away but never give: only a bot that
// the network has verified can be a crawler, which is never queued nor
// counted. An API client is one by its key, and then neither its agent nor its
// score matters. Staff by their pass are people. Webhooks are never refused.
//
// Whoever is refused here can still read robots.txt, which comes before: a
// crawler learns there what it may fetch and how the house wants to be
// crawled, and gets 403, not silence, for the rest.
//
// It fails open: an unknown score, no agent, and an unknown key are no reason
// to refuse anyone.
type Bot struct {
	keySum   *keySum
	crawlers *agentList
	blocked  *agentList
	minScore int
	keys     map[string]bool // by hex sum, which site.Validate has checked
}

func (Bot) Name() string           { return "bot" }
func (Bot) Needs() []string        { return []string{"trace", "site", "canonical", "staff"} }
func (Bot) Fails() chain.Direction { return chain.FailOpen }

const (
	botNone       chain.Reason = "bot.none"
	botWebhook    chain.Reason = "bot.webhook"
	botStaff      chain.Reason = "bot.staff"
	botAPIClient  chain.Reason = "bot.api-client"
	botUnknownKey chain.Reason = "bot.unknown-key"
	botCrawler    chain.Reason = "bot.crawler"
	botVerified   chain.Reason = "bot.verified"
	botPretends   chain.Reason = "bot.unverified-crawler"
	botProgram    chain.Reason = "bot.program"
	botAgent      chain.Reason = "bot.refused-agent"
	botScore      chain.Reason = "bot.refused-score"
)

const (
	headerAPIKey = "x-api-key"
	// longestKey bounds what is hashed, in bytes.
	longestKey = 256
	// likelyBot is the score under which Cloudflare calls a request likely
	// automated.
	likelyBot = 30
)

// keySum is SHA-256 with a place for the sum and its text; like the rest of
// the edge, for one request at a time.
type keySum struct {
	hash hash.Hash
	sum  [sha256.Size]byte
	text [2 * sha256.Size]byte
}

func newBot() Bot {
	return Bot{keySum: &keySum{hash: sha256.New()}, crawlers: newAgentList(crawlers)}
}

func (f Bot) Bind(s *site.Site) (chain.Filter, error) {
	f.blocked = newAgentList(badAgents, s.Bots.BlockAgents)
	f.minScore = s.Bots.MinScore
	f.keys = nil
	if len(s.Bots.ClientKeys) > 0 {
		f.keys = make(map[string]bool, len(s.Bots.ClientKeys))
	}
	for _, sum := range s.Bots.ClientKeys {
		f.keys[sum] = true
	}
	return f, nil
}

func (f Bot) Decide(x *chain.Exchange) chain.Verdict {
	if x.Class == site.ClassWebhook {
		return chain.Continue(botWebhook)
	}
	key := x.Request.Get(headerAPIKey)
	if key != "" && f.isClient(key) {
		x.Visitor.APIClient = true
		return chain.Continue(botAPIClient)
	}
	if x.Visitor.Staff != "" {
		return chain.Continue(botStaff)
	}

	agent, from := x.Request.Get("user-agent"), &x.Request.Network
	named := f.crawlers.matches(agent)
	switch {
	case f.blocked.matches(agent): // search engines too: a site may not want to be found by all of them
		x.Visitor.Bot = true
		return refuseBot(x, botAgent)
	case from.VerifiedBot && named:
		x.Visitor.Bot, x.Visitor.Crawler = true, true
		return chain.Continue(botCrawler)
	case from.VerifiedBot:
		x.Visitor.Bot = true
		return chain.Continue(botVerified)
	}
	x.Visitor.Bot = named || !isBrowser(agent) || from.BotScore > 0 && from.BotScore < likelyBot
	switch {
	case from.BotScore > 0 && from.BotScore < f.minScore:
		return refuseBot(x, botScore)
	case key != "":
		return chain.Continue(botUnknownKey)
	case named:
		return chain.Continue(botPretends)
	case x.Visitor.Bot:
		return chain.Continue(botProgram)
	default:
		return chain.Continue(botNone)
	}
}

// isClient says whether a key is one of the site's. Sums are compared, so that
// the time it takes says nothing of a key.
func (f Bot) isClient(key string) bool {
	if f.keys == nil || len(key) > longestKey {
		return false
	}
	s := f.keySum
	s.hash.Reset()
	s.hash.Write(unsafe.Slice(unsafe.StringData(key), len(key)))
	hex.Encode(s.text[:], s.hash.Sum(s.sum[:0]))
	return f.keys[string(s.text[:])]
}

// isBrowser says whether an agent calls itself what browsers do, since 1994.
func isBrowser(agent string) bool { return hasPrefixFold(agent, "mozilla/") }

func refuseBot(x *chain.Exchange, why chain.Reason) chain.Verdict {
	notice(x, &page.Notice{
		Status: 403, Type: "bot-refused", Title: "This looks like a program to us",
		Detail: "This request seems to come from a program that we do not let in. If you are here in person, try another browser, without extensions " +
			"that change what it says about itself. If you run a service, ask us for an API key and quote the number below.",
	})
	return chain.Respond(why)
}
