package engine

import (
	"bytes"

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

// LoadRoom takes what a waiting room published. What the engine cannot use is
// an error, and leaves what was known before in use.
func (e *Engine) LoadRoom(id string, document []byte, now int64) error {
	published, err := state.Decode(document)
	if err != nil {
		e.rooms.Keep(id, now)
		return err
	}
	e.rooms.Put(id, published, now)
	return nil
}

// AbsentRoom notes that a waiting room publishes nothing.
func (e *Engine) AbsentRoom(id string, now int64) { e.rooms.PutAbsent(id, now) }

// KeepRoom notes that a waiting room's state could not be fetched; the last
// one stays in use as long as it is good.
func (e *Engine) KeepRoom(id string, now int64) { e.rooms.Keep(id, now) }
