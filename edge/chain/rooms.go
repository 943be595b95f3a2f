package chain

import "github.com/stagedoor/stagedoor/waitingroom/isolate"

// maxRooms bounds how many waiting rooms an isolate knows of. Only rooms that
// a Site document names are ever asked for.
const maxRooms = 1024

// Rooms holds what this isolate knows of each waiting room, and what it counts
// for it. It is not safe for concurrent use.
type Rooms struct {
	rooms map[string]*isolate.Room
	last  *isolate.Room // at hand without asking the map, which under TinyGo allocates at every look
}

// NewRooms makes an empty one.
func NewRooms() *Rooms { return &Rooms{rooms: make(map[string]*isolate.Room)} }

// Room is what is known of a room with so many gates. x lends the randomness
// to name this isolate when it sees the room for the first time.
func (r *Rooms) Room(id string, gates int, x *Exchange) *isolate.Room {
	room := r.Open(id)
	room.Name(x.reporterID, gates)
	return room
}

// Open is what is known of a room, which begins with nothing.
func (r *Rooms) Open(id string) *isolate.Room {
	if room := r.find(id); room != nil {
		return room
	}
	return r.put(id)
}

// Find is what is known of a room, nil if nothing is.
func (r *Rooms) Find(id string) *isolate.Room { return r.find(id) }

func (r *Rooms) find(id string) *isolate.Room {
	if r.last != nil && r.last.ID == id {
		return r.last
	}
	room := r.rooms[id]
	if room != nil {
		r.last = room
	}
	return room
}

func (r *Rooms) put(id string) *isolate.Room {
	for other := range r.rooms {
		if len(r.rooms) < maxRooms {
			break
		}
		delete(r.rooms, other)
		r.last = nil
	}
	// The caller's string may be a view of memory about to be reused.
	room := isolate.New(string(append([]byte(nil), id...)), 1, 0)
	r.rooms[room.ID] = room
	return room
}

// Known says whether a room's state can be decided by without asking first.
func Known(room *isolate.Room, now int64) bool {
	_, at := room.State()
	return at > 0 && now-at <= Stale
}
