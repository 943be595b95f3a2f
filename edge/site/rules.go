package site

import "time"

// Access says who may come at all, by network, country and network operator.
// Allowing beats denying: an address under an allowed prefix passes even when
// its country is denied.
type Access struct {
	AllowPrefixes  []string `json:"allow_prefixes,omitempty"` // CIDR: "192.0.2.0/24", "2001:db8::/32"
	DenyPrefixes   []string `json:"deny_prefixes,omitempty"`
	AllowCountries []string `json:"allow_countries,omitempty"` // ISO 3166-1 alpha-2
	DenyCountries  []string `json:"deny_countries,omitempty"`
	AllowASNs      []int    `json:"allow_asns,omitempty"` // autonomous system numbers
	DenyASNs       []int    `json:"deny_asns,omitempty"`
	// DenyOthers denies whoever no allow list names.
	DenyOthers bool `json:"deny_others,omitempty"`
}

// Bots says what becomes of programs.
type Bots struct {
	// BlockAgents are parts of User-Agent values, compared without case, that
	// are refused; on top of the edge's own list of known bad agents.
	BlockAgents []string `json:"block_agents,omitempty"`
	// MinScore refuses visitors whose Cloudflare bot score, 1 (a bot) to 99
	// (a person), is lower. 0 is off; an unknown score passes.
	MinScore int `json:"min_score,omitempty"`
	// ClientKeys are the hex SHA-256 sums of the X-Api-Key values of API
	// clients, which are not bots whatever their agent and score.
	ClientKeys []string `json:"client_keys,omitempty"`
}

// Classes of routes, for rate limits and caching.
const (
	ClassPage     = "page"
	ClassAsset    = "asset"
	ClassAPI      = "api"
	ClassSearch   = "search"
	ClassCheckout = "checkout"
	ClassWebhook  = "webhook"
)

// Limit bounds how often one client may ask for routes of a class.
type Limit struct {
	Class    string `json:"class"`
	Requests int    `json:"requests"` // in Period, and at once at most
	Period   int    `json:"period"`   // seconds
}

// Rewrite serves one path under another, unseen by the visitor. Source and
// Target are paths; with Prefix, what follows Source is kept.
type Rewrite struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Target string `json:"target"`
	Prefix bool   `json:"prefix,omitempty"`
}

// Locales are the languages the site is offered in, besides Site.Locale, which
// is the default, and the currencies a visitor may choose, besides
// Site.Currency.
type Locales struct {
	Offered    []string `json:"offered,omitempty"`     // BCP 47: "cy-GB"
	PathPrefix bool     `json:"path_prefix,omitempty"` // "/cy/..." chooses cy-GB and is taken off before the origin
	Currencies []string `json:"currencies,omitempty"`  // ISO 4217
}

// Modes of a Room.
const (
	RoomPassthrough = "passthrough" // watch only
	RoomQueue       = "queue"       // admit by the frontier
	RoomReject      = "reject"      // admit nobody
)

// Room is a waiting room in front of a part of the site.
type Room struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"` // as visitors read it: "The Importance of Being Earnest"
	Paths    []string  `json:"paths,omitempty"`
	Methods  []string  `json:"methods,omitempty"` // empty: all
	Mode     string    `json:"mode,omitempty"`    // default RoomQueue
	StartsAt time.Time `json:"starts_at,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"`
	// Status is what the queue page answers with: 200 or 503; 0 is 200.
	Status int `json:"status,omitempty"`
	// PassLife is how long, in seconds, an admitted visitor may stay; 0: 600.
	PassLife int `json:"pass_life,omitempty"`
	// FailClosed queues visitors when the room's state is unknown or stale;
	// otherwise they go in.
	FailClosed bool `json:"fail_closed,omitempty"`
	// Message is shown on the queue page, as plain text.
	Message string `json:"message,omitempty"`
	// Gates is how many objects sum up what isolates count, 1 to 64; 0: 4.
	Gates int `json:"gates,omitempty"`
	// ArrivalsPerPrefix is how many places a minute visitors from one network
	// (/24, or /48 of IPv6) are given; 0: 600.
	ArrivalsPerPrefix int `json:"arrivals_per_prefix,omitempty"`
}

// Cache says how long shared caches may keep each class of routes. Pages of
// staff, of signed-in visitors and of baskets are never shared, whatever it
// says.
type Cache struct {
	PageTTL   int `json:"page_ttl,omitempty"`   // seconds; 0: pages are not shared
	AssetTTL  int `json:"asset_ttl,omitempty"`  // seconds; 0: what the origin says
	SearchTTL int `json:"search_ttl,omitempty"` // seconds; 0: not shared
	// Stale is how long after its TTL, in seconds, an answer may be served
	// while a new one is fetched, and when the origin is away.
	Stale int `json:"stale,omitempty"`
	// IgnoreParams are query parameters that leave the key, besides the
	// campaign parameters (utm_*, gclid, fbclid and their like).
	IgnoreParams []string `json:"ignore_params,omitempty"`
}
