// Package engine is the edge's decision as one function from bytes to bytes:
// the chain of all filters, the directory of sites, and the bounds that hold
// before either is asked. Package wasm gives it a linear memory; tests call it
// as it is.
//
// An Engine is not safe for concurrent use. Results are views of memory that
// the next call reuses.
package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/fault"
	"github.com/stagedoor/stagedoor/edge/filter"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Engine decides requests.
type Engine struct {
	chain     *chain.Chain
	directory *chain.Directory
	redirects *redirect.Shelf
	counters  *limit.Counters
	rooms     *chain.Rooms
	desk      *token.Desk // nil: no key to sign with
	x         chain.Exchange
}

// maxRedirects is how many bytes of compiled redirect indexes are kept: a
// million rules and something to spare, of the 128 MB that an isolate has.
const maxRedirects = 80 << 20

// New makes one that knows no site yet. keys is the hop key, of at least
// hop.MinKeyBytes, and, after a line feed if there is one, the ring that
// waiting rooms sign with (token.ParseRing).
func New(keys []byte) (*Engine, error) { return Watched(keys, nil) }

// Watched is New with each filter replaced by what watch makes of it: one that
// decides the same and notes when. It is for measuring, never for serving.
func Watched(keys []byte, watch func(chain.Filter) chain.Filter) (*Engine, error) {
	hopKey, ring, err := splitKeys(keys)
	if err != nil {
		return nil, fault.At(err, "engine: ")
	}
	rooms := chain.NewRooms()
	directory, redirects := chain.NewDirectory(), redirect.NewShelf(maxRedirects)
	// Clients do not know the key, and so cannot choose with whom they collide.
	seed := sha256.Sum256(append([]byte("counters."), hopKey...))
	counters := limit.NewCounters(binary.LittleEndian.Uint64(seed[:]))
	filters, err := filter.All(filter.Config{Directory: directory, HopKey: hopKey, Redirects: redirects, Counters: counters, Rooms: rooms, Ring: ring})
	if err != nil {
		return nil, fault.At(err, "engine: ")
	}
	for i := range filters {
		if watch != nil {
			filters[i] = watch(filters[i])
		}
	}
	c, err := chain.New(filters...)
	if err != nil {
		return nil, fault.At(err, "engine: ")
	}
	e := &Engine{chain: c, directory: directory, redirects: redirects, counters: counters, rooms: rooms}
	if ring != nil {
		e.desk = token.NewDesk(ring)
	}
	return e, nil
}

// Filters lists the filters in the order requests meet them.
func (e *Engine) Filters() []chain.Filter { return e.chain.Filters() }

// Load stores the Site document of a hostname. A document the engine cannot
// use is an error, and leaves what was known before in use. changed is false
// when the document is the one already loaded.
func (e *Engine) Load(hostname string, document []byte, now int64) (changed bool, err error) {
	h := fnv.New64a()
	h.Write(document)
	sum := h.Sum64()
	if e.directory.Current(hostname, sum, now) {
		return false, nil
	}
	s, err := site.Decode(document)
	if err == nil && !serves(s, hostname) {
		err = fault.New("engine: the document is for ", s.Hostname, ", not for ", hostname)
	}
	var program *chain.Program
	if err == nil {
		program, err = e.chain.Bind(s)
	}
	if err != nil {
		e.directory.Keep(hostname, now)
		return false, err
	}
	e.directory.Put(hostname, program, sum, now)
	return true, nil
}

// serves keeps a document filed under the wrong key from showing one brand at
// another's address.
func serves(s *site.Site, hostname string) bool {
	if s.Hostname == hostname {
		return true
	}
	for _, alias := range s.Aliases {
		if alias == hostname {
			return true
		}
	}
	return false
}

// Absent notes that a hostname has no Site.
func (e *Engine) Absent(hostname string, now int64) { e.directory.PutAbsent(hostname, now) }

// Keep notes that the Site of a hostname could not be fetched; the last one
// stays in use.
func (e *Engine) Keep(hostname string, now int64) { e.directory.Keep(hostname, now) }

// WantedRedirects is the sum of the compiled redirect index that the Site of a
// hostname names and that has not been loaded, "" if there is none.
func (e *Engine) WantedRedirects(hostname string, now int64) string {
	program, state, _ := e.directory.Find(hostname, now)
	if state != chain.Present {
		return ""
	}
	return e.redirects.Wanted(program.Site)
}

// ReserveRedirects returns memory for a compiled redirect index of a size in
// bytes, for which others may have to go; nil when there is none.
func (e *Engine) ReserveRedirects(size int, allocate func(int) []byte) []byte {
	return e.redirects.Reserve(size, allocate)
}

// LoadRedirects takes the compiled redirect index with a sum, in memory that
// ReserveRedirects made, and keeps it. That it has this sum is for the caller
// to know.
func (e *Engine) LoadRedirects(sum string, index []byte) error {
	return e.redirects.Put(sum, index)
}

// Exceeded notes that the counter of this name (chain.Plan.Count), which all
// isolates share, is over its limit. A name that is none changes nothing.
func (e *Engine) Exceeded(count string, now int64) {
	if who, period, ok := limit.ParseName(count); ok {
		e.counters.Exceed(who, period, now)
	}
}

// Input is one request for Decide.
type Input struct {
	Request []byte // in wire form
	Cut     bool   // the request did not fit into the memory it was written to
	Now     int64  // Unix milliseconds
	Random  [chain.RandomBytes]byte
	Trace   bool // include the trace in the plan
	Again   bool // see chain.Request
}

// Decide appends the plan for a request to dst: a head of headLen bytes in
// wire form, and the body.
func (e *Engine) Decide(dst []byte, in *Input) (plan []byte, headLen int) {
	x := &e.x
	x.Now, x.Random = in.Now, in.Random
	err := wire.ParseRequest(in.Request, &x.Request)
	x.Request.Again = in.Again
	x.Reset()
	if refused := check(x, err, in.Cut, len(in.Request)); !refused {
		e.chain.Run(x)
	}
	start := len(dst)
	dst = wire.AppendPlan(dst, x, in.Trace)
	headLen = len(dst) - start
	return append(dst, x.Plan.Body...), headLen
}
