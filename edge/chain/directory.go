package chain

// How old, in milliseconds, what is known of a hostname may be.
const (
	// Fresh: younger than this, a Site is used as it is.
	Fresh = 1_000
	// Stale: up to this age a Site is used and fetched again afterwards;
	// beyond it, the request waits for the fetch.
	Stale = 5_000
)

const (
	maxHostnames = 2048 // with a Site
	maxAbsent    = 512  // known to have none
)

// State is what a Directory knows of a hostname.
type State uint8

const (
	Unknown     State = iota // fetch it and ask again
	Absent                   // there is no Site
	Unavailable              // it could not be fetched, and no older one is at hand
	Present
)

// Directory holds the Site of each hostname, bound to the chain, with the time
// it was last known to be current. It is not safe for concurrent use.
type Directory struct {
	entries map[string]*entry
	absent  int
	hot     [hotHostnames]hot
}

// hot is one of the entries at hand without asking the map, which under TinyGo
// allocates at every look.
type hot struct {
	hostname string // as the map has it
	entry    *entry
}

const hotHostnames = 64

type entry struct {
	hostname string
	program  *Program // nil: absent or unavailable
	state    State
	sum      uint64 // of the document program was made from
	at       int64  // Unix milliseconds
}

// NewDirectory makes an empty one.
func NewDirectory() *Directory { return &Directory{entries: make(map[string]*entry)} }

// Find looks a hostname up. refresh says that its Site should be fetched again
// once the request has been answered.
func (d *Directory) Find(hostname string, now int64) (p *Program, state State, refresh bool) {
	e := d.find(hostname)
	if e == nil || now-e.at > Stale {
		return nil, Unknown, false
	}
	return e.program, e.state, now-e.at > Fresh
}

func (d *Directory) find(hostname string) *entry {
	h := uint32(len(hostname))
	for i := 0; i < len(hostname); i++ {
		h = h*31 + uint32(hostname[i])
	}
	at := &d.hot[h%hotHostnames]
	if at.entry != nil && at.hostname == hostname {
		return at.entry
	}
	e := d.entries[hostname]
	if e != nil {
		*at = hot{e.hostname, e}
	}
	return e
}

// Put stores what was fetched. sum identifies the document.
func (d *Directory) Put(hostname string, p *Program, sum uint64, now int64) {
	d.set(hostname, entry{program: p, state: Present, sum: sum, at: now})
}

// PutAbsent notes that the hostname has no Site.
func (d *Directory) PutAbsent(hostname string, now int64) {
	d.set(hostname, entry{state: Absent, at: now})
}

// Keep notes that the Site could not be fetched: what was last known stays in
// use and is asked for again when it has aged.
func (d *Directory) Keep(hostname string, now int64) {
	if e := d.entries[hostname]; e != nil {
		e.at = now
		return
	}
	d.set(hostname, entry{state: Unavailable, at: now - Fresh - 1})
}

// Current says whether the stored Site was made from the document with this
// sum, and if so notes that it is still current.
func (d *Directory) Current(hostname string, sum uint64, now int64) bool {
	e := d.entries[hostname]
	if e == nil || e.state != Present || e.sum != sum {
		return false
	}
	e.at = now
	return true
}

// Len is how many hostnames the directory knows something of.
func (d *Directory) Len() int { return len(d.entries) }

func (d *Directory) set(hostname string, next entry) {
	old := d.entries[hostname]
	if old != nil {
		if old.state != Present {
			d.absent--
		}
		next.hostname = old.hostname
		*old = next
	} else {
		d.makeRoom(next.state == Present)
		// The caller's string may be a view of memory about to be reused.
		next.hostname = string(append([]byte(nil), hostname...))
		d.entries[next.hostname] = &next
	}
	if next.state != Present {
		d.absent++
	}
}

// makeRoom keeps invented hostnames, and too many real ones, from filling the
// isolate. Whoever is forgotten is fetched again when asked for.
func (d *Directory) makeRoom(present bool) {
	switch {
	case !present && d.absent >= maxAbsent:
		for hostname, e := range d.entries {
			if e.state != Present {
				delete(d.entries, hostname)
			}
		}
		d.absent, d.hot = 0, [hotHostnames]hot{}
	case present && len(d.entries)-d.absent >= maxHostnames:
		for hostname, e := range d.entries {
			if e.state == Present {
				delete(d.entries, hostname)
				d.hot = [hotHostnames]hot{}
				return
			}
		}
	}
}
