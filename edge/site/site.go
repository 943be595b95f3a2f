// Package site defines the Site document: everything that makes one hostname
// a brand. The origin writes one per hostname into Cloudflare KV (Encode); the
// edge reads it (Decode) and needs no deployment to serve another brand.
//
// The JSON form is the contract between the two. Within one version, fields
// may be added, and a reader passes over those it does not know; a change that
// an old reader would misunderstand takes a new version, which old readers
// refuse, keeping the last document they could read.
package site

import "time"

// Version is the schema version this package reads and writes.
const Version = 1

// KeyPrefix begins the KV key of a Site document; the hostname follows,
// lower-case, without port or trailing dot.
const KeyPrefix = "site:"

// Key is the KV key of the document for a hostname in canonical form.
func Key(hostname string) string { return KeyPrefix + hostname }

// RedirectIndexKey is the KV key of the compiled redirect index with a sum.
func RedirectIndexKey(sum string) string { return "redirects:" + sum }

// RoomKey is the KV key of what a waiting room publishes of its state.
func RoomKey(roomID string) string { return "room:" + roomID }

// Site is one brand as the edge sees it. The same document is stored under
// the key of Hostname and of each alias.
type Site struct {
	Version  int      `json:"version"`
	ID       string   `json:"id"`       // the brand's slug, e.g. "lyceum"
	Name     string   `json:"name"`     // as visitors read it, e.g. "Lyceum Theatre"
	Hostname string   `json:"hostname"` // primary hostname: lower-case, no port
	Aliases  []string `json:"aliases,omitempty"`
	HTTPS    bool     `json:"https"` // the canonical scheme; false on a developer's machine

	Country  string `json:"country"`   // ISO 3166-1 alpha-2
	Locale   string `json:"locale"`    // BCP 47, e.g. "en-GB"
	Currency string `json:"currency"`  // ISO 4217
	TimeZone string `json:"time_zone"` // IANA, the venue's

	ApplePay    ApplePay    `json:"apple_pay,omitzero"`
	WellKnown   WellKnown   `json:"well_known,omitzero"`
	Maintenance []Window    `json:"maintenance,omitempty"`
	Checkout    Checkout    `json:"checkout,omitzero"`
	Redirects   []Redirect  `json:"redirects,omitempty"`
	Access      Access      `json:"access,omitzero"`
	Bots        Bots        `json:"bots,omitzero"`
	Limits      []Limit     `json:"limits,omitempty"` // one a class
	Rewrites    []Rewrite   `json:"rewrites,omitempty"`
	Locales     Locales     `json:"locales,omitzero"`
	Rooms       []Room      `json:"rooms,omitempty"`
	Cache       Cache       `json:"cache,omitzero"`
	CacheEpochs CacheEpochs `json:"cache_epochs,omitzero"`
	Origin      Origin      `json:"origin"`
	Headers     Headers     `json:"headers,omitzero"`
	Theme       Theme       `json:"theme,omitzero"`

	// RedirectIndex is the hex SHA-256 sum of a compiled redirect index, which
	// is stored under RedirectIndexKey and replaces Redirects: rules by the
	// hundred thousand do not fit into a document read on every request.
	RedirectIndex string `json:"redirect_index,omitempty"`
	// RedirectHosts are the hostnames, besides Hostname and Aliases, that a
	// redirect may lead to. "*.example.com" allows every subdomain.
	RedirectHosts []string `json:"redirect_hosts,omitempty"`
	// ProtectedPaths are path prefixes no redirect may match, on top of
	// AlwaysProtected.
	ProtectedPaths []string `json:"protected_paths,omitempty"`
}

// ApplePay carries the file Apple fetches to verify the domain.
type ApplePay struct {
	// Association is the file's bytes, base64 (standard alphabet, padded).
	// Empty: the site has none and answers 404.
	Association string `json:"association,omitempty"`
}

// WellKnown carries the texts served at fixed paths. Empty means a default
// for RobotsTxt (allow all but checkout) and 404 for SecurityTxt.
type WellKnown struct {
	RobotsTxt   string `json:"robots_txt,omitempty"`
	SecurityTxt string `json:"security_txt,omitempty"`
}

// Window is a time during which the site, or one part of it, is closed.
type Window struct {
	ID         string    `json:"id"`
	PathPrefix string    `json:"path_prefix,omitempty"` // "" or "/" closes the whole site
	StartsAt   time.Time `json:"starts_at,omitzero"`    // zero: has always been
	EndsAt     time.Time `json:"ends_at,omitzero"`      // zero: until staff end it
	Message    string    `json:"message,omitempty"`     // plain text shown to visitors
	// AllowCheckout lets a visitor who holds a checkout pass (edge/checkout)
	// finish paying.
	AllowCheckout bool `json:"allow_checkout,omitempty"`
	// EndsLocal is EndsAt as people at the venue read it, for example
	// "Sunday 22 November at 14:00 GMT". Encode writes it: the edge has no
	// time zone data.
	EndsLocal string `json:"ends_local,omitempty"`
}

// Checkout says which paths a visitor needs to finish a purchase.
type Checkout struct {
	// Paths are the prefixes that stay open, during a window that allows
	// checkout, to a visitor with a checkout pass. Empty: DefaultCheckoutPaths.
	Paths []string `json:"paths,omitempty"`
}

// How a redirect's Source is compared with the request.
const (
	MatchExact   = "exact"   // the whole path
	MatchPrefix  = "prefix"  // the path and everything below it, at segment borders
	MatchHost    = "host"    // every path of one hostname
	MatchPattern = "pattern" // "*" stands for one segment, a final "**" for the rest
)

// Redirect is one of the marketers' rules.
//
// Source is a path ("/panto") or, to hold for one hostname of the site only, a
// hostname and path ("old.example/panto"); for MatchHost it is a hostname.
// Target is a path, or an absolute http or https URL on an allowed host; for
// MatchPattern "$1", "$2" ... stand for what the wildcards matched.
type Redirect struct {
	ID     string `json:"id"`
	Match  string `json:"match"`
	Source string `json:"source"`
	Target string `json:"target"`
	Status int    `json:"status,omitempty"` // 301, 302, 307 or 308; 0: 302
	// PreserveQuery carries the visitor's query over; where both have a
	// parameter, the target's stands. Without it only campaign parameters
	// (utm_*, gclid, fbclid and their like) are kept.
	PreserveQuery bool `json:"preserve_query,omitempty"`
	// PreserveSuffix appends what followed a prefix (or, for MatchHost, the
	// whole path) to the target.
	PreserveSuffix bool `json:"preserve_suffix,omitempty"`
	// IncludeSubdomains makes a source with a hostname hold for every hostname
	// of the site under that one as well.
	IncludeSubdomains bool      `json:"include_subdomains,omitempty"`
	StartsAt          time.Time `json:"starts_at,omitzero"` // zero: has always been
	EndsAt            time.Time `json:"ends_at,omitzero"`   // zero: for ever
}

// Origin lists where the brand is served from.
type Origin struct {
	Pools []Pool `json:"pools"`
	// Colour serves pools of this colour and those without one; "" serves
	// all. Switching it moves everyone at once, blue to green and back.
	Colour string `json:"colour,omitempty"`
	// Canary is the share of visitors, in percent, that canary pools take.
	Canary int `json:"canary,omitempty"`
}

// Pool is one group of origin servers behind one address.
type Pool struct {
	ID string `json:"id"`
	// Region is preferred by visitors from near it: "eu-west", "us-east",
	// "us-west" and "ap-southeast" are what the edge calls where they come from
	// (edge/worker/wire.mjs).
	Region  string `json:"region,omitempty"`
	BaseURL string `json:"base_url"` // scheme and host, no path: "https://eu.example"
	// Weight is the share of visitors relative to the other pools; 0 takes
	// none unless all are 0, and then the first pool takes everyone.
	Weight int    `json:"weight,omitempty"`
	Colour string `json:"colour,omitempty"` // "blue" or "green"
	// Canary pools take Origin.Canary percent of the visitors, the same ones
	// each time, and no others.
	Canary bool `json:"canary,omitempty"`
}

// Headers adds to the security headers every page carries.
type Headers struct {
	ConnectSrc []string `json:"connect_src,omitempty"` // more CSP sources
	ScriptSrc  []string `json:"script_src,omitempty"`
	FrameSrc   []string `json:"frame_src,omitempty"`
	HSTSMaxAge int      `json:"hsts_max_age,omitempty"` // seconds; sent over https only; 0: not sent
	// CORSOrigins are other origins ("https://app.example") whose pages may
	// read the API.
	CORSOrigins []string `json:"cors_origins,omitempty"`
}

// Theme colours the pages that the edge itself shows (maintenance, errors).
// Each is "#rrggbb". The dark three are used when the visitor prefers dark;
// absent, they follow from the light ones.
type Theme struct {
	Background     string `json:"background,omitempty"`
	Ink            string `json:"ink,omitempty"`
	Accent         string `json:"accent,omitempty"`
	DarkBackground string `json:"dark_background,omitempty"`
	DarkInk        string `json:"dark_ink,omitempty"`
	DarkAccent     string `json:"dark_accent,omitempty"`
}
