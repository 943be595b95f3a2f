package chain

import "github.com/stagedoor/stagedoor/waitingroom/state"

// maxRooms bounds how many waiting rooms an isolate knows the state of. Only
// rooms that a Site document names are ever asked for.
const maxRooms = 1024

// Rooms holds what each waiting room last published, and ages it as a
// Directory does its sites. It is not safe for concurrent use.
type Rooms struct {
	entries map[string]*roomEntry
}

type roomEntry struct {
	state *state.State // nil: it has published nothing, or nothing is known
	at    int64        // Unix milliseconds, when that was last known to be current
}

// NewRooms makes an empty one.
func NewRooms() *Rooms { return &Rooms{entries: make(map[string]*roomEntry)} }

// Find looks a room up. known is false when its state must be fetched before
// the request can be decided; then, and with refresh afterwards, it should be.
// published is nil when there is none to be had.
func (r *Rooms) Find(id string, now int64) (published *state.State, known, refresh bool) {
	e := r.entries[id]
	if e == nil || now-e.at > Stale {
		return nil, false, false
	}
	return e.state, true, now-e.at > Fresh
}

// Put stores what a room published. An older state than the one known, which a
// slow replica may bring, is passed over: a frontier never goes back.
func (r *Rooms) Put(id string, published *state.State, now int64) {
	e := r.entry(id)
	e.at = now
	if e.state == nil || !published.UpdatedAt.Before(e.state.UpdatedAt) {
		e.state = published
	}
}

// PutAbsent notes that a room publishes nothing.
func (r *Rooms) PutAbsent(id string, now int64) { *r.entry(id) = roomEntry{at: now} }

// Keep notes that a room's state could not be fetched: what was last known
// stays in use, and is asked for again when it has aged.
func (r *Rooms) Keep(id string, now int64) {
	e := r.entry(id)
	if e.at = now; e.state == nil {
		e.at = now - Fresh - 1
	}
}

func (r *Rooms) entry(id string) *roomEntry {
	e := r.entries[id]
	if e == nil {
		for other := range r.entries {
			if len(r.entries) < maxRooms {
				break
			}
			delete(r.entries, other)
		}
		e = new(roomEntry)
		// The caller's string may be a view of memory about to be reused.
		r.entries[string(append([]byte(nil), id...))] = e
	}
	return e
}
