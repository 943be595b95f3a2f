// Command roomwasm is both Durable Objects of a waiting room, its coordinator
// and its gates, as one WebAssembly module, build/room.wasm. Like edge.wasm it
// imports nothing: storage, the network, the clock and randomness are the
// JavaScript shell's (edge/worker/room.mjs and gate.mjs). Package
// waitingroom/room has the logic and says what it promises.
//
// # Conventions
//
// Integers are 32-bit unsigned; times are Unix milliseconds in a 64-bit float.
// Calls do not nest. A panic is a trap, after which the instance must not be
// used again: make a new one from the stored rows.
//
// Input: reserve(length) says where to write, 0 for nowhere; the next call
// that takes a length reads it there. Output: a call that returns a length has
// put so many bytes at output(), good until the next call. The memory may have
// grown, so look output() up and make the view afterwards.
//
//	_initialize()
//	reserve(length) -> at
//	output() -> at
//	random() -> at          16 random bytes are to stand there before start_room or start_gate
//
// # Rows
//
// What must not be forgotten is rows of bytes by key (a short ASCII text).
// In the buffers that cross over, rows follow each other as
//
//	key length (2 bytes, big-endian)  value length (4 bytes, big-endian)  key  value
//
// where the value length 0xFFFFFFFF, without a value, deletes the row.
//
//	restore(length)         stored rows, before start; may be called several times, with whole rows each, in any order
//	rows() -> length        the rows to write now. To be called after every call marked (rows), and to be written to
//	                        storage before anything is answered or sent; 0 when there is nothing to write. If a write
//	                        fails the object must be aborted: the module takes the rows for written.
//
// # Both objects
//
// A message is opaque. An isolate's message goes to a gate, a gate's to the
// coordinator, and the answers go back the same way.
//
//	start_room(length) -> 1 or 0   input: the room's ID
//	start_gate(length) -> 1 or 0   input: the gate's name, "ID/number"
//	report(length, now) -> flags   (rows) takes a message in. 0: malformed, to be answered with 400. Otherwise bit 0 is
//	                               set; bit 1: this gate is due to ask the coordinator (do so in the background, one
//	                               request at a time); bit 2: and knows nothing yet, so that it should wait for that,
//	                               1 s at most, before it answers
//	reply(length, now) -> length   (rows) the answer to a message that report took in; the same bytes again as input.
//	                               0: there is nothing to say yet, to be answered with 503
//
// # Gate
//
//	ask(now) -> length             the message for the coordinator (POST /report)
//	heard(length, now) -> 1 or 0   (rows) takes the coordinator's answer in; 0: malformed
//
// # Room (the coordinator)
//
//	tick(now)                      (rows) to be called by the alarm
//	wake(now) -> ms                when the alarm should next go off, 0 for never; to be asked after each call marked (rows)
//	configure(length, now) -> status   (rows) input: the wanted state as JSON; an HTTP status: 200 with the configuration that now holds,
//	                               422 with a problem. The JSON is result_length() bytes at output()
//	revoke(length, now) -> status  (rows) input: {"session":hex}; 204, 409 (not configured) or 422, as configure
//	result_length() -> length      of what configure or revoke put at output()
//	status(now) -> length          (rows) JSON for the console. 0: the room was never configured, to be answered with 404
//	mirror(now) -> length          the state for KV, key room:ID, if it is due to be written, otherwise 0
//	mirrored(now)                  it was written; without this call mirror gives it again
//
// # What edge.wasm gains (edge/wasm)
//
// As before, a plan's line "room" names the room whose state should be asked
// for, in the background, or with the action "load" before deciding again.
// Asking is
//
//	room_ask(idLength, now) -> length
//	                               the room's ID stands at request. At plan: the name of the gate to send to
//	                               ("ID/number"), a line feed, and the message; the length counts all of it. 0: it is
//	                               not due, since this isolate asked less than a second ago; a request that waits
//	                               should then wait for the one under way, if there is one, and decide again
//	room_answer(idLength, length, now) -> as load
//	                               what the gate answered stands at reserve, the ID at request
//	room, room_absent, room_keep   as they are, for the state from KV when no gate answers
//	room_release(idLength, length, now) -> length
//	                               for the origin's header stagedoor-room-release. At request: the room's ID and,
//	                               directly after it, the cookies: every set-cookie value that the plan of this request
//	                               appends, then the request's Cookie header, joined by "; ". length counts the
//	                               cookies. At plan: the Set-Cookie value to append to the answer after all others;
//	                               0: there was no pass
//
// After room_release ask the gate in the background as if the plan had named
// the room: the message tells it.
package main

import (
	"encoding/binary"
	"unsafe"

	"github.com/stagedoor/stagedoor/waitingroom/room"
)

var (
	input  []byte // of the next call
	output []byte // of the last one
	random [16]byte
	stored = map[string][]byte{} // rows, until start

	coordinator *room.Room // one of the two
	gate        *room.Gate
)

//go:wasmexport reserve
func reserve(length uint32) uint32 {
	if uint32(cap(input)) < length || length < keep {
		input = make([]byte, max(length, keep))
	}
	input = input[:max(length, 1)]
	return address(input)
}

// keep is how many bytes of input are worth keeping the memory of.
const keep = 64 << 10

//go:wasmexport output
func outputAt() uint32 { return address(output) }

//go:wasmexport random
func randomAt() uint32 { return address(random[:]) }

//go:wasmexport restore
func restore(length uint32) {
	rest := input[:length]
	for len(rest) >= 6 {
		keyLength, valueLength := int(binary.BigEndian.Uint16(rest)), int(binary.BigEndian.Uint32(rest[2:]))
		rest = rest[6:]
		if len(rest) < keyLength+valueLength {
			panic("a row is cut short")
		}
		stored[string(rest[:keyLength])] = append([]byte(nil), rest[keyLength:keyLength+valueLength]...)
		rest = rest[keyLength+valueLength:]
	}
}

//go:wasmexport start_room
func startRoom(length uint32) uint32 {
	opened, err := room.Open(string(input[:length]), stored)
	if err != nil {
		return 0
	}
	coordinator, stored = opened, nil
	return 1
}

//go:wasmexport start_gate
func startGate(length uint32) uint32 {
	opened, err := room.OpenGate(string(input[:length]), binary.BigEndian.Uint64(random[:]), stored)
	if err != nil {
		return 0
	}
	gate, stored = opened, nil
	return 1
}

//go:wasmexport report
func report(length uint32, now float64) uint32 {
	if gate != nil {
		return uint32(gate.Report(input[:length], int64(now)))
	}
	if coordinator.Report(input[:length], int64(now)) {
		return room.Taken
	}
	return 0
}

//go:wasmexport reply
func reply(length uint32, now float64) uint32 {
	if gate != nil {
		return answer(gate.Reply(input[:length], int64(now)))
	}
	return answer(coordinator.Reply(input[:length], int64(now)))
}

//go:wasmexport ask
func ask(now float64) uint32 { return answer(gate.Ask(int64(now))) }

//go:wasmexport heard
func heard(length uint32, now float64) uint32 {
	if gate.Heard(input[:length], int64(now)) != nil {
		return 0
	}
	return 1
}

//go:wasmexport tick
func tick(now float64) { coordinator.Tick(int64(now)) }

//go:wasmexport wake
func wake(now float64) float64 { return float64(coordinator.Wake(int64(now))) }

//go:wasmexport configure
func configure(length uint32, now float64) uint32 {
	status, text := coordinator.Configure(input[:length], int64(now))
	answer(text)
	return uint32(status)
}

//go:wasmexport revoke
func revoke(length uint32, now float64) uint32 {
	status, text := coordinator.Revoke(input[:length], int64(now))
	answer(text)
	return uint32(status)
}

//go:wasmexport result_length
func resultLength() uint32 { return uint32(len(output)) }

//go:wasmexport status
func status(now float64) uint32 { return answer(coordinator.Status(int64(now))) }

//go:wasmexport mirror
func mirror(now float64) uint32 { return answer(coordinator.Mirror(int64(now))) }

//go:wasmexport mirrored
func mirrored(now float64) { coordinator.Mirrored(int64(now)) }

// deleted stands for the length of a value that is to be deleted.
const deleted = 1<<32 - 1

//go:wasmexport rows
func rows() uint32 {
	out := []byte{}
	put := func(key string, value []byte) {
		out = binary.BigEndian.AppendUint16(out, uint16(len(key)))
		if value == nil {
			out = binary.BigEndian.AppendUint32(out, deleted)
		} else {
			out = binary.BigEndian.AppendUint32(out, uint32(len(value)))
		}
		out = append(append(out, key...), value...)
	}
	if gate != nil {
		gate.Save(put)
	} else {
		coordinator.Save(put)
	}
	return answer(out)
}

func answer(b []byte) uint32 {
	output = b
	return uint32(len(b))
}

func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

func main() {}
