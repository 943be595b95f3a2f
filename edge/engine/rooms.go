package engine

import (
	"bytes"
	"strconv"

	"github.com/stagedoor/stagedoor/edge/filter"
	"github.com/stagedoor/stagedoor/waitingroom/state"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// splitKeys takes the hop key and the ring of the waiting rooms apart. The
// ring has no line feed in it; a hop key may, and keeps it.
func splitKeys(keys []byte) (hopKey []byte, ring *token.Ring, err error) {
	i := bytes.LastIndexByte(keys, '\n')
	if i < 0 || i == len(keys)-1 {
		return bytes.TrimSuffix(keys, []byte{'\n'}), nil, nil
	}
	ring, err = token.ParseRing(string(keys[i+1:]))
	return keys[:i], ring, err
}

// LoadRoom takes what a waiting room published, from KV. What the engine
// cannot use is an error, and leaves what was known before in use.
func (e *Engine) LoadRoom(id string, document []byte, now int64) error {
	published, err := state.Decode(document)
	if err != nil {
		e.KeepRoom(id, now)
		return err
	}
	e.rooms.Open(id).Put(published, now)
	return nil
}

// AbsentRoom notes that a waiting room publishes nothing.
func (e *Engine) AbsentRoom(id string, now int64) { e.rooms.Open(id).Absent(now) }

// KeepRoom notes that nothing could be had of a waiting room; what was known
// stays in use as long as it is good.
func (e *Engine) KeepRoom(id string, now int64) { e.rooms.Open(id).Keep(now) }

// AskRoom appends what is to be sent to one of a waiting room's gates: the
// gate's name, a line feed, and the message. It appends nothing when a gate was
// asked just now.
func (e *Engine) AskRoom(dst []byte, id string, now int64) []byte {
	room := e.rooms.Find(id)
	if room == nil || !room.Due(now) {
		return dst
	}
	dst = append(append(dst, id...), '/')
	dst = append(strconv.AppendInt(dst, int64(room.Gate()), 10), '\n')
	return room.Ask(dst, now)
}

// AnswerRoom takes what a gate answered.
func (e *Engine) AnswerRoom(id string, answer []byte, now int64) error {
	room := e.rooms.Open(id)
	err := room.Heard(answer, now)
	if err != nil {
		room.Keep(now)
	}
	return err
}

// ReleaseRoom ends the session of whoever has a pass to a room among these
// cookies, because the origin is done with them, and appends the Set-Cookie
// that takes the pass away; nothing if there is no good one.
func (e *Engine) ReleaseRoom(dst []byte, id, cookies string, now int64) []byte {
	if e.desk == nil {
		return dst
	}
	return filter.Release(dst, e.desk, e.rooms, id, cookies, now)
}
