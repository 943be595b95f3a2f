package chain

// Action is what the shell is to do.
type Action uint8

const (
	ActionNone    Action = iota
	ActionRespond        // answer with Status, Response and Body
	ActionProxy          // send to Origin, answer with what comes back
	ActionLoad           // fetch the state of Room, or without one the Site of Hostname, load it, decide again
)

func (a Action) String() string {
	switch a {
	case ActionRespond:
		return "respond"
	case ActionProxy:
		return "proxy"
	case ActionLoad:
		return "load"
	default:
		return "none"
	}
}

// Change is how an Op alters a header.
type Change byte

const (
	Set         Change = '=' // replace every value
	Default     Change = '?' // set unless the origin did
	DefaultHTML Change = '~' // the same, on HTML responses only
	Append      Change = '+' // add a value
	Remove      Change = '-' // drop every value
)

// Op is one change to the headers of a request or response.
type Op struct {
	Change Change
	Name   string
	Value  string
}

// Plan is what the chain decided. Strings and Body may be views of memory that
// the next exchange reuses.
type Plan struct {
	Action Action

	// Hostname is the canonical hostname asked for. Refresh says that its
	// Site is worth fetching again, after this request has been answered.
	Hostname string
	Refresh  bool

	// For ActionRespond.
	Status int
	Body   []byte

	// For ActionProxy.
	Pool    string // the ID of the chosen pool
	Origin  string // base URL, no trailing slash
	Target  string // path and query, as they are to cross the wire
	Request []Op

	// Cache says what the shell may keep of the answer. Only for ActionProxy.
	Cache Cache

	// Count names the shared counter that the shell is to add this request
	// to, once it has been answered; "" is none. See filter.RateLimit.
	Count string

	// Room is the waiting room whose state is worth fetching again, after this
	// request has been answered; with ActionLoad, before it can be.
	Room string

	// For both.
	Response []Op
}

// Cache is how the shell may keep an origin's answer.
type Cache struct {
	Key   string // "" is not at all; the URL to keep it under
	TTL   int    // seconds
	Stale int    // seconds after TTL in which it may be served while a new one is fetched, or the origin is away
	Tags  string // comma-separated, to purge by
	// Fill says that this request may fetch what is to be kept. Others are
	// served what there is and leave nothing behind.
	Fill bool
}

func (p *Plan) reset() {
	*p = Plan{Request: p.Request[:0], Response: p.Response[:0], Body: p.Body[:0]}
}
