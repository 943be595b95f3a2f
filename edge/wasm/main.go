// Command wasm is the edge's decision as a WebAssembly module for the Worker's
// JavaScript shell (edge/worker). It imports nothing: all I/O, the clock and
// randomness are the shell's.
//
// The shell writes into the memory at request, random and document, calls, and
// reads what the call put at plan. Integers are 32-bit; times are Unix
// milliseconds in a 64-bit float, as JavaScript has them. Calls do not nest.
// A panic is a trap, after which the instance must not be used again.
package main

import (
	"runtime"
	"unsafe"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
)

// The largest plan is a 64 KiB text file and its headers.
const planSize = 160 << 10

var (
	decider  *engine.Engine
	input    engine.Input
	request  [engine.MaxRequest]byte
	plan     [planSize]byte
	document []byte // of the next load
)

//go:wasmexport request
func requestAt() uint32 { return address(request[:]) }

//go:wasmexport request_size
func requestSize() uint32 { return uint32(len(request)) }

//go:wasmexport random
func randomAt() uint32 { return address(input.Random[:]) }

//go:wasmexport random_size
func randomSize() uint32 { return chain.RandomBytes }

//go:wasmexport plan
func planAt() uint32 { return address(plan[:]) }

// start readies the module with the hop key, which stands at request, and
// after a line feed, if rooms are to be guarded, the ring that waiting rooms
// sign with. It returns 1, or 0 when a key is too short or malformed.
//
//go:wasmexport start
func start(keyLength uint32) uint32 {
	key := append([]byte(nil), request[:keyLength]...)
	clear(request[:keyLength])
	var err error
	if decider, err = engine.New(key); err != nil {
		return 0
	}
	return 1
}

// Bits of decide's flags.
const (
	flagCut = 1 << iota
	flagTrace
	flagAgain
)

// decide makes the plan for the request at request and returns the length of
// the plan's head; the body follows it.
//
//go:wasmexport decide
func decide(length, flags uint32, now float64) uint32 {
	input.Request = request[:length]
	input.Cut = flags&flagCut != 0
	input.Trace = flags&flagTrace != 0
	input.Again = flags&flagAgain != 0
	input.Now = int64(now)
	out, head := decider.Decide(plan[:0:planSize], &input)
	if len(out) > planSize {
		panic("the plan does not fit") // the bounds on requests and sites rule it out
	}
	return uint32(head)
}

// reserve makes room for a document and returns where; 0 is nowhere.
//
//go:wasmexport reserve
func reserve(length uint32) uint32 {
	document = nil
	if document = allocate(int(max(length, 1))); document == nil {
		return 0
	}
	return address(document)
}

// reserve_redirects is reserve for a compiled redirect index, for which others
// may have to go.
//
//go:wasmexport reserve_redirects
func reserveRedirects(length uint32) uint32 {
	document = nil
	if document = decider.ReserveRedirects(int(length), allocate); document == nil {
		return 0
	}
	return address(document)
}

// Results of load.
const (
	loadUnchanged = iota
	loadChanged
	loadFailed // the reason, up to a NUL, stands at plan
)

// load takes the document at reserve as the Site of the hostname at request.
//
//go:wasmexport load
func load(hostnameLength, length uint32, now float64) uint32 {
	doc := document[:length]
	document = nil
	changed, err := decider.Load(string(request[:hostnameLength]), doc, int64(now))
	switch {
	case err != nil:
		plan[copy(plan[:len(plan)-1], err.Error())] = 0
		return loadFailed
	case changed:
		return loadChanged
	}
	return loadUnchanged
}

// absent notes that the hostname at request has no Site.
//
//go:wasmexport absent
func absent(hostnameLength uint32, now float64) {
	decider.Absent(string(request[:hostnameLength]), int64(now))
}

// keep notes that the Site of the hostname at request could not be fetched.
//
//go:wasmexport keep
func keep(hostnameLength uint32, now float64) {
	decider.Keep(string(request[:hostnameLength]), int64(now))
}

// redirects takes what stands at reserve_redirects as the compiled redirect index whose
// sum stands at request, and keeps it where it is.
//
//go:wasmexport redirects
func redirects(sumLength, length uint32) uint32 {
	index := document[:length]
	document = nil
	if err := decider.LoadRedirects(string(request[:sumLength]), index); err != nil {
		plan[copy(plan[:len(plan)-1], err.Error())] = 0
		return loadFailed
	}
	return loadChanged
}

// wanted puts the sum of the redirect index that the Site of the hostname at
// request is without at plan, and returns its length: 0 if it lacks none.
//
//go:wasmexport wanted
func wanted(hostnameLength uint32, now float64) uint32 {
	return uint32(copy(plan[:], decider.WantedRedirects(string(request[:hostnameLength]), int64(now))))
}

// allocated is how many bytes have been allocated so far, freed ones included.
// It is for measuring: deciding must not raise it.
//
//go:wasmexport allocated
func allocated() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.TotalAlloc)
}

// exceeded notes that the shared counter whose name stands at request is over
// its limit.
//
//go:wasmexport exceeded
func exceeded(nameLength uint32, now float64) {
	decider.Exceeded(string(request[:nameLength]), int64(now))
}

// room takes what stands at reserve as the state of the waiting room whose ID
// stands at request.
//
//go:wasmexport room
func room(idLength, length uint32, now float64) uint32 {
	doc := document[:length]
	document = nil
	if err := decider.LoadRoom(string(request[:idLength]), doc, int64(now)); err != nil {
		plan[copy(plan[:len(plan)-1], err.Error())] = 0
		return loadFailed
	}
	return loadChanged
}

// room_absent notes that the waiting room whose ID stands at request publishes
// nothing.
//
//go:wasmexport room_absent
func roomAbsent(idLength uint32, now float64) {
	decider.AbsentRoom(string(request[:idLength]), int64(now))
}

// room_keep notes that its state could not be fetched.
//
//go:wasmexport room_keep
func roomKeep(idLength uint32, now float64) {
	decider.KeepRoom(string(request[:idLength]), int64(now))
}

// room_ask puts at plan what one of the gates of the waiting room whose ID
// stands at request is to be sent: its name, a line feed, and the message. It
// returns the length of all that, 0 when a gate was asked just now.
//
//go:wasmexport room_ask
func roomAsk(idLength uint32, now float64) uint32 {
	out := decider.AskRoom(plan[:0], string(request[:idLength]), int64(now))
	if len(out) > planSize {
		panic("the message does not fit") // the bounds on messages rule it out
	}
	return uint32(len(out))
}

// room_answer takes what stands at reserve as a gate's answer for the waiting
// room whose ID stands at request.
//
//go:wasmexport room_answer
func roomAnswer(idLength, length uint32, now float64) uint32 {
	answer := document[:length]
	document = nil
	if err := decider.AnswerRoom(string(request[:idLength]), answer, int64(now)); err != nil {
		plan[copy(plan[:len(plan)-1], err.Error())] = 0
		return loadFailed
	}
	return loadChanged
}

// room_release ends the session of the pass to the waiting room whose ID stands
// at request, among the cookies that stand behind it, and puts at plan the
// Set-Cookie that takes it away. It returns that text's length, 0 when there
// was no good pass.
//
//go:wasmexport room_release
func roomRelease(idLength, length uint32, now float64) uint32 {
	id, cookies := string(request[:idLength]), string(request[idLength:idLength+length])
	return uint32(len(decider.ReleaseRoom(plan[:0], id, cookies, int64(now))))
}

func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

func main() {}
