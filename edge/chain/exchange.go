package chain

import (
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Field is one header field of the request. Names are lower-case; fields of
// one name were joined by the runtime.
type Field struct{ Name, Value string }

// Request is what arrived. Its strings may be views of memory that the next
// request reuses.
type Request struct {
	Method    string
	Scheme    string // "http" or "https"
	Authority string // host and port, as sent
	Path      string // as sent
	Query     string // as sent, without the question mark
	HasQuery  bool
	RemoteIP  string
	Network   Network
	Fields    []Field
	// DownPools are pools that other requests could not reach of late,
	// comma-separated, by base URL or ID: they are tried last.
	DownPools string
	// FailedPools are the origin pools that this request was already sent to
	// in vain, comma-separated; "*" is all of them.
	FailedPools string
	// Again says that this request was decided before, and could not be
	// carried out as planned.
	Again bool
}

// Network is what the runtime knows of where a request comes from. Zero is
// unknown throughout.
type Network struct {
	Country     string // ISO 3166-1 alpha-2; "T1" is Tor
	ASN         int    // the network operator's number
	BotScore    int    // 1 (a bot) to 99 (a person)
	VerifiedBot bool   // a bot that is who it says it is
	Region      string // of the data centre that answers: the edge's own word, such as "eu-west"
}

// Visitor is who asks, as far as the filters have found out.
type Visitor struct {
	// Staff is the name of a member of staff of this site, "" for others.
	Staff string
	// Bot says that a program asks which is neither a browser nor an API
	// client with a key; Crawler that it is a search engine, verified.
	Bot, Crawler bool
	// APIClient says that the request carries a known API key.
	APIClient bool
	// Locale and Currency are what the visitor is served in.
	Locale, Currency string
	// Admitted says that the visitor passed the room that guards this route.
	Admitted bool
}

// Get returns a header's value, "" when absent. The name is lower-case.
func (r *Request) Get(name string) string {
	for i := range r.Fields {
		if r.Fields[i].Name == name {
			return r.Fields[i].Value
		}
	}
	return ""
}

// Cookies are taken apart once for all filters.
type Cookies struct {
	From  string  // the header that they are from
	Pairs []Field // in its order
	Rest  string  // what of it was not taken apart, after very many
}

// RandomBytes is how many random bytes an exchange needs.
const RandomBytes = 88

// Exchange is one request on its way through the chain. It is reused: Reset
// starts the next one, and strings made with Keep end with it.
type Exchange struct {
	Request Request
	Now     int64 // Unix milliseconds
	// Random is split by use, so that a filter more does not change what
	// another draws: see the methods in random.go.
	Random [RandomBytes]byte

	// Set by trace.
	TraceID   string // 32 hex digits
	RequestID string
	// Set by site.
	Program  *Program
	Hostname string // canonical
	Port     string
	// Set by canonical: the request's path and query in canonical form. Until
	// then, as sent.
	Path, Query string
	// Asked is Path as the visitor wrote it, once a filter has put another in
	// its place; "" before.
	Asked string
	// Class is the route's class (site.ClassPage ...), set by canonical.
	Class   string
	Visitor Visitor

	// Cookies are the request's, once a filter has asked for one: see
	// filter.cookieOf.
	Cookies Cookies

	Plan  Plan
	Trace []Decision

	scratch []byte
}

// Reset makes x ready for the request in x.Request.
func (x *Exchange) Reset() {
	x.TraceID, x.RequestID, x.Hostname, x.Port = "", "", "", ""
	x.Program = nil
	x.Path, x.Query = x.Request.Path, x.Request.Query
	x.Asked, x.Class, x.Visitor = "", "", Visitor{}
	x.Cookies = Cookies{Pairs: x.Cookies.Pairs[:0]}
	x.Plan.reset()
	x.Trace = x.Trace[:0]
	if x.scratch == nil {
		x.scratch = make([]byte, 0, 8<<10)
	}
	x.scratch = x.scratch[:0]
}

// Site is the site the request is for, nil when none was found.
func (x *Exchange) Site() *site.Site {
	if x.Program == nil {
		return nil
	}
	return x.Program.Site
}

// Scratch returns an empty slice to append to; Keep makes a string of it. It
// takes no memory of its own unless the exchange's runs out. Nothing else may
// be kept in between.
func (x *Exchange) Scratch() []byte { return x.scratch[len(x.scratch):] }

// Keep turns what was appended to Scratch into a string without copying it.
func (x *Exchange) Keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if next := len(x.scratch); next < cap(x.scratch) && &b[0] == &x.scratch[:next+1][next] {
		x.scratch = x.scratch[:next+len(b)]
	}
	return unsafe.String(&b[0], len(b))
}

// SetResponse sets a response header, whoever answers.
func (x *Exchange) SetResponse(name, value string) {
	x.Plan.Response = append(x.Plan.Response, Op{Set, name, value})
}

// SetRequest sets a header of the request to the origin.
func (x *Exchange) SetRequest(name, value string) {
	x.Plan.Request = append(x.Plan.Request, Op{Set, name, value})
}

// Plain answers with a line of plain text that no cache keeps.
func (x *Exchange) Plain(status int, text string) {
	x.Plan.Action, x.Plan.Status = ActionRespond, status
	x.Plan.Body = append(x.Plan.Body[:0], text...)
	x.SetResponse("content-type", "text/plain; charset=utf-8")
	x.SetResponse("cache-control", "no-store")
}

// Redirect answers with a Location. Its value must be an absolute URL, so that
// no path in it can be read as a hostname.
func (x *Exchange) Redirect(status int, location, cacheControl string) {
	x.Plan.Action, x.Plan.Status = ActionRespond, status
	x.SetResponse("location", location)
	x.SetResponse("cache-control", cacheControl)
}

// IsRead says whether the request's method only reads.
func (x *Exchange) IsRead() bool {
	return x.Request.Method == "GET" || x.Request.Method == "HEAD"
}

func (x *Exchange) record(filter string, v Verdict) {
	x.Trace = append(x.Trace, Decision{filter, v})
}
