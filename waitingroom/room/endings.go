package room

import (
	"bytes"
	"slices"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

// endings are sessions that are over and places that went to another device:
// each counts once, and is refused everywhere for as long as its pass or place
// would have been good.
type endings struct {
	list      []ending // in the order in which they came
	known     map[state.Revocation]bool
	completed uint64
	pending   []row // to be saved
}

type ending struct {
	what  state.Revocation
	until uint32
	// An order that was completed has its cookie taken away as well, so that
	// when there are too many these are the ones left out.
	completed bool
}

// maxEndings bounds how many are remembered.
const maxEndings = 1 << 16

// end takes one in.
func (r *Room) end(e *wire.Ending, at uint32) {
	until := at + horizon
	if e.Holder == state.Everyone {
		until = at + max(uint32(r.config.PassLife), turnLasts) + 60
	}
	if !r.endings.add(ending{state.Revoke(e.Session, e.Holder), until, e.Holder == state.Everyone}) || e.Holder != state.Everyone {
		return
	}
	r.endings.completed++
	if e.Issued > 0 {
		r.queue.Leave(e.Issued)
	}
}

func (e *endings) add(one ending) (isNew bool) {
	if e.known[one.what] {
		return false
	}
	if e.known == nil {
		e.known = map[state.Revocation]bool{}
	}
	if len(e.list) == maxEndings {
		e.drop(0)
	}
	e.list = append(e.list, one)
	e.known[one.what] = true
	e.pending = append(e.pending, one.row())
	return true
}

func (e *endings) drop(i int) {
	delete(e.known, e.list[i].what)
	e.pending = append(e.pending, row{e.list[i].row().key, nil})
	e.list = slices.Delete(e.list, i, i+1)
}

// expireAt most so many at once: the rest goes with the next tick.
const expireAtMost = 256

func (e *endings) expire(at uint32) {
	for i, n := 0, 0; i < len(e.list) && n < expireAtMost; {
		if e.list[i].until <= at {
			e.drop(i)
			n++
		} else {
			i++
		}
	}
}

// published is what isolates are to refuse, sorted: all that ops revoked and
// visitors moved, and of completed orders the latest.
func (e *endings) published(at uint32) (list []state.Revocation) {
	for _, completed := range [...]bool{false, true} {
		for i := len(e.list) - 1; i >= 0 && len(list) < state.MaxRevoked; i-- {
			if one := &e.list[i]; one.completed == completed && one.until > at {
				list = append(list, one.what)
			}
		}
	}
	slices.SortFunc(list, func(a, b state.Revocation) int { return bytes.Compare(a[:], b[:]) })
	return list
}

// Revoke takes a session's pass and place away. Status is 204, 409 for a room
// that was never configured, or 422; answer is a problem.
func (r *Room) Revoke(text []byte, now int64) (status int, answer []byte) {
	var session string
	reader := plainjson.Read(text)
	reader.Object(func(key string) {
		if key == "session" {
			session = reader.String()
		} else {
			reader.Skip()
		}
	})
	var id [16]byte
	switch {
	case reader.End() != nil || !plainjson.DecodeHex(id[:], session):
		return 422, problem("session must be 32 hexadecimal digits.")
	case r.queue == nil:
		return 409, problem("The room was never configured.")
	}
	at := seconds(now)
	r.endings.add(ending{state.Revoke(id, state.Everyone), at + horizon, false})
	r.tick(at)
	return 204, nil
}

func problem(detail string) []byte {
	o := plainjson.NewObject(nil)
	o.String("type", "about:blank")
	o.String("detail", detail)
	return o.Close()
}
