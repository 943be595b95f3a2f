package limit

// The size of the table. A client takes one entry for each class of routes it
// asks for; one that has not asked for a period takes none that another needs.
const (
	ways    = 4
	sets    = 2048
	Entries = ways * sets
)

// SharedPeriod is for how many seconds, at most, a client stays marked by
// Exceed: the period of the shared counters.
const SharedPeriod = 60

// Client is whom a counter is for.
type Client struct {
	Group uint64 // see Group
	ID    uint64 // an address, a network or a key
}

// Counters is the table. When one set of entries is full of clients that have
// asked of late, the one with the most left is forgotten, and so gets more
// than its rate: too many clients make limits lax and never take memory. It is
// not safe for concurrent use.
type Counters struct {
	seed    uint64
	entries [Entries]entry
}

// entry is one client's state. The module's garbage collector takes any word
// that could be an address for one; these never could.
type entry struct {
	who   hidden // 0: free
	due   hidden // microseconds since 1970; see Rate.take
	until hidden // microseconds since 1970; see Exceed
}

// hidden is a number of 62 bits in two words with the top bit set, which no
// address in a Worker's memory has.
type hidden [2]uint32

func hide(v uint64) hidden { return hidden{uint32(v>>31) | 1<<31, uint32(v) | 1<<31} }

func (h hidden) value() int64 { return int64(h[0]&^(1<<31))<<31 | int64(h[1]&^(1<<31)) }

// NewCounters makes an empty table. The seed keeps clients from working out
// which others share a set with them.
func NewCounters(seed uint64) *Counters { return &Counters{seed: seed} }

// Take counts a request, at a time in Unix milliseconds, if it fits the rate.
func (c *Counters) Take(who Client, r *Rate, now int64) Left {
	at := now * 1000
	e := c.find(who, at)
	if until := e.until.value(); at < until && until <= at+SharedPeriod*1_000_000 {
		return Left{Wait: seconds(until - at)}
	}
	due, left := r.take(e.due.value(), at)
	e.due = hide(uint64(due))
	return left
}

// Exceed marks a client as over its limit for so many seconds from now, Unix
// milliseconds, whatever the table has counted: the counter that all isolates
// share has said so.
func (c *Counters) Exceed(who Client, period int, now int64) {
	at := now * 1000
	e := c.find(who, at)
	e.until = hide(uint64(at + int64(min(period, SharedPeriod))*1_000_000))
}

// find returns a client's entry, made from the least needed one of its set if
// it has none.
func (c *Counters) find(who Client, at int64) *entry {
	hash := mix(mix(who.ID^c.seed) ^ who.Group)
	set := c.entries[hash%sets*ways:][:ways]
	key := hide(hash >> 2)
	least := &set[0]
	for i := range set {
		e := &set[i]
		if e.who == key {
			return e
		}
		if e.needed() < least.needed() {
			least = e
		}
	}
	*least = entry{who: key, due: hide(uint64(at)), until: hide(0)}
	return least
}

// needed is until when an entry says anything that a new one would not. Words
// without the top bit are those of a table never written to.
func (e *entry) needed() int64 { return max(e.due.value(), e.until.value()) }

// mix is a bijection in which every bit of the result depends on every bit of
// v (the finalizer of MurmurHash3).
func mix(v uint64) uint64 {
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	v *= 0xc4ceb9fe1a85ec53
	return v ^ v>>33
}
