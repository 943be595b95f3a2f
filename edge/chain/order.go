package chain

// Place is one position in the chain.
type Place struct {
	Filter string
	Why    string // why it stands here and not elsewhere
}

// Order is the order in which every request meets the filters. It names all
// seventeen; New leaves out those it is not given, and refuses one that is not
// named here or that stands before a filter it needs.
var Order = []Place{
	{"trace", "first, so that every later answer, errors too, carries a request ID and joins a trace"},
	{"site", "nothing can be decided for a brand before it is known which brand"},
	{"applepay", "Apple follows no redirect and accepts no queue, sign-in or maintenance page"},
	{"wellknown", "robots.txt must never answer 503, so it stands before maintenance"},
	{"canonical", "one spelling per address, before anything compares paths"},
	{"staff", "who the visitor is, before the filters that make exceptions for staff"},
	{"access", "refuse by network and country before spending anything else; staff are not exempt"},
	{"bot", "tell machines from people before counting or queueing them"},
	{"ratelimit", "after access and bot, so that limits are for those who may be here at all"},
	{"maintenance", "a closed house answers nothing else: no redirect into it, no queue before it"},
	{"redirect", "marketers' rules see canonical paths, and a redirected visitor must not queue first"},
	{"rewrite", "after redirect and never back into it, so that a new path cannot be redirected again"},
	{"locale", "the language depends on the final path"},
	{"waitingroom", "last of those that may turn a visitor away: only requests that would reach the origin queue"},
	{"cache", "the key depends on site, path, locale and who is asking"},
	{"origin", "chooses where the request goes once nothing stands in its way"},
	{"headers", "last, because in the response phase, which runs in reverse, it is first to see the answer"},
}

// place returns the position of a filter in Order, -1 if it has none.
func place(filter string) int {
	for i := range Order {
		if Order[i].Filter == filter {
			return i
		}
	}
	return -1
}
