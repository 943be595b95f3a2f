package chain

// Action is what the shell is to do.
type Action uint8

const (
	ActionNone    Action = iota
	ActionRespond        // answer with Status, Response and Body
	ActionProxy          // send to Origin, answer with what comes back
	ActionLoad           // fetch the Site of Hostname, load it, decide again
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

	// For both.
	Response []Op
}

func (p *Plan) reset() {
	*p = Plan{Request: p.Request[:0], Response: p.Response[:0], Body: p.Body[:0]}
}
