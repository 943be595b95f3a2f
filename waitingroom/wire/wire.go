// Package wire is the form of what isolates, gates and coordinators of a
// waiting room say to each other. A Message goes up, from an isolate to its
// gate or from a gate to the coordinator, and an Answer comes down. Numbers are
// unsigned varints; the first two bytes are the kind and the version.
//
// Messages may be lost, or come late or twice: counts only grow, leases and
// endings have numbers of their own.
package wire

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

const (
	kindMessage = 'M'
	kindAnswer  = 'A'
	version     = 1
)

// ErrMalformed means that bytes are not in this form.
var ErrMalformed = errors.New("wire: malformed")

// Bounds on one message. What does not fit is said in the next.
const (
	MaxEndings = 512
	MaxLeases  = 64
	maxName    = 64
	MaxCounts  = 200_000
)

// Message is what a reporter says.
type Message struct {
	Room      string
	Name      string // of a gate; "" is an isolate
	Reporter  uint64 // random
	Number    uint32 // of this report, to be acknowledged with
	Reporters uint32 // how many it speaks for
	Want      uint32 // slots
	Counts    []queue.Count
	Leases    []EndedLease
	Endings   []Ending
}

// EndedLease is a lease whose use is in the Counts of this message, or of one
// before it.
type EndedLease struct {
	ID     uint64
	Unused uint32 // slots
}

// Ending is a session that is over, or with a holder a place that went to
// another device. It is said until it is acknowledged, and counts once.
type Ending struct {
	Session [16]byte
	Holder  byte   // state.Everyone: the session is over
	Issued  uint32 // the second its pass was issued; 0: it has none
}

// Answer is what comes back.
type Answer struct {
	Number uint32 // of the report that is acknowledged, 0 for none
	Lease  Lease
	State  []byte // JSON, as published; a view of what was decoded
}

// Lease is slots that may be given to visitors at once, for so many seconds
// from now. Slots of 0 is none.
type Lease struct {
	ID    uint64
	Slots uint32
	Good  uint32 // seconds
}

// Append appends m.
func (m *Message) Append(dst []byte) []byte {
	dst = append(dst, kindMessage, version)
	dst = appendText(dst, m.Room)
	dst = appendText(dst, m.Name)
	dst = binary.BigEndian.AppendUint64(dst, m.Reporter)
	for _, n := range [...]uint32{m.Number, m.Reporters, m.Want} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	dst = binary.AppendUvarint(dst, uint64(len(m.Counts)))
	for i := range m.Counts {
		c := &m.Counts[i]
		dst = binary.AppendUvarint(dst, uint64(c.Second))
		for _, n := range [...]uint32{c.Arrived, c.Claimed, c.Direct, c.Polls, c.In, c.Out} {
			dst = binary.AppendUvarint(dst, uint64(n))
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(m.Leases)))
	for _, l := range m.Leases {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, l.ID), uint64(l.Unused))
	}
	dst = binary.AppendUvarint(dst, uint64(len(m.Endings)))
	for i := range m.Endings {
		e := &m.Endings[i]
		dst = append(append(dst, e.Session[:]...), e.Holder)
		dst = binary.AppendUvarint(dst, uint64(e.Issued))
	}
	return dst
}

// DecodeMessage reads into m, whose slices it uses again.
func DecodeMessage(b []byte, m *Message) error {
	r := reader{rest: b}
	r.head(kindMessage)
	*m = Message{Counts: m.Counts[:0], Leases: m.Leases[:0], Endings: m.Endings[:0]}
	m.Room, m.Name = r.text(), r.text()
	if id := r.bytes(8); id != nil {
		m.Reporter = binary.BigEndian.Uint64(id)
	}
	m.Number, m.Reporters, m.Want = r.word(), r.word(), r.word()
	for range r.length(7, MaxCounts) {
		m.Counts = append(m.Counts, queue.Count{Second: r.word(), Arrived: r.word(), Claimed: r.word(), Direct: r.word(), Polls: r.word(), In: r.word(), Out: r.word()})
	}
	for range r.length(2, MaxLeases) {
		m.Leases = append(m.Leases, EndedLease{r.long(), r.word()})
	}
	for range r.length(18, MaxEndings) {
		var e Ending
		copy(e.Session[:], r.bytes(16))
		if holder := r.bytes(1); holder != nil {
			e.Holder = holder[0]
		}
		e.Issued = r.word()
		m.Endings = append(m.Endings, e)
	}
	if r.failed || len(r.rest) > 0 {
		return ErrMalformed
	}
	return nil
}

// Append appends a.
func (a *Answer) Append(dst []byte) []byte {
	dst = append(dst, kindAnswer, version)
	dst = binary.AppendUvarint(dst, uint64(a.Number))
	dst = binary.AppendUvarint(dst, a.Lease.ID)
	dst = binary.AppendUvarint(dst, uint64(a.Lease.Slots))
	dst = binary.AppendUvarint(dst, uint64(a.Lease.Good))
	return append(dst, a.State...)
}

// DecodeAnswer reads an Answer, whose State is a view of b.
func DecodeAnswer(b []byte) (a Answer, err error) {
	r := reader{rest: b}
	r.head(kindAnswer)
	a.Number = r.word()
	a.Lease = Lease{r.long(), r.word(), r.word()}
	if a.State = r.rest; r.failed || len(a.State) == 0 {
		return Answer{}, ErrMalformed
	}
	return a, nil
}

func appendText(dst []byte, s string) []byte {
	return append(append(dst, byte(len(s))), s...)
}

// reader reads what was appended; the first fault sticks.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) head(kind byte) {
	if head := r.bytes(2); head == nil || head[0] != kind || head[1] != version {
		r.failed = true
	}
}

func (r *reader) bytes(n int) []byte {
	if r.failed = r.failed || len(r.rest) < n; r.failed {
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) text() string {
	n := r.bytes(1)
	if n == nil || n[0] > maxName {
		r.failed = true
		return ""
	}
	return string(r.bytes(int(n[0])))
}

func (r *reader) long() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.failed = r.failed || n <= 0; r.failed {
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) word() uint32 {
	v := r.long()
	r.failed = r.failed || v > math.MaxUint32
	return uint32(v)
}

// length reads how many items of so many bytes at least follow.
func (r *reader) length(least, most int) int {
	n := r.long()
	if r.failed = r.failed || n > uint64(most) || n > uint64(len(r.rest)/least); r.failed {
		return 0
	}
	return int(n)
}
