// Package state is what a waiting room publishes about once a second, and what
// every isolate that guards it decides by: who is admitted, and what those who
// wait can be told. It is JSON, so that ops can read it in KV; it compiles
// under TinyGo.
package state

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

// Version is the schema version.
const Version = 1

// Phases of a room.
const (
	Before   = "before"   // nobody is given a place yet
	PreQueue = "prequeue" // places are given out, nobody is admitted
	Open     = "open"
	Ended    = "ended" // everyone goes in
)

// Modes of a room.
const (
	FIFO        = "fifo"
	Lottery     = "lottery"     // who came before the sale is drawn, the others follow in order
	Passthrough = "passthrough" // everyone goes in and is counted
	Reject      = "reject"      // nobody goes in, nobody is given a place
	QueueAll    = "queue-all"   // places are given out, nobody is admitted
)

// State is what a room publishes. It may gain fields within one version.
// Seconds are Unix seconds.
type State struct {
	Version  int
	Revision int64 // of the configuration it was made by
	Phase    string
	Mode     string
	Paused   bool
	// Frontier says who is admitted, and Lapsed whose turn is over: it came
	// long ago, and they did not.
	Frontier, Lapsed queue.Frontier
	Queueing         bool // somebody waits, so nobody goes in without a place
	Poll             int  // seconds between a waiting page's questions
	Waiting          int  // people
	Outlook          queue.Outlook
	// Opens, Sale and Ends are when the phases change; 0: never, or long ago.
	Opens, Sale, Ends uint32
	SeatsLeft         int // -1: not known
	Message           string
	Draw              Draw
	Revoked           []Revocation // sorted
	UpdatedAt         time.Time
}

// Draw is the lottery of an event. The seed is there once the sale has begun.
type Draw struct {
	Event  string
	Commit []byte
	Seed   *shuffle.Seed
}

// Revocation takes a session's pass and place away, or with a holder only the
// places of that holder and those before.
type Revocation [17]byte

// Everyone is the holder of a Revocation that spares none.
const Everyone = 255

// MaxRevoked bounds State.Revoked.
const MaxRevoked = 4096

const (
	maxPoints  = 256
	maxMessage = 1000
)

// What is wrong with a document.
var (
	ErrVersion    = errors.New("the room's state has a schema version that this build does not read")
	ErrIncomplete = errors.New("the room's state lacks its version, frontier or time")
	ErrBounds     = errors.New("the room's state is out of bounds")
)

// Revokes says whether a session with a place of this holder, or any pass of
// it (Everyone), is taken back. It allocates nothing.
func (s *State) Revokes(session [16]byte, holder byte) bool {
	low, high := 0, len(s.Revoked)
	for low < high {
		middle := (low + high) / 2
		if bytes.Compare(s.Revoked[middle][:16], session[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	for ; low < len(s.Revoked) && bytes.Equal(s.Revoked[low][:16], session[:]); low++ {
		if s.Revoked[low][16] >= holder {
			return true
		}
	}
	return false
}

// Decode reads a State and keeps no reference to doc.
func Decode(doc []byte) (*State, error) {
	s := &State{SeatsLeft: -1}
	r := plainjson.Read(doc)
	through := false
	r.Object(func(key string) {
		through = through || key == "through"
		s.decodeField(&r, key)
	})
	err := r.End()
	switch {
	case s.Version > Version:
		return nil, ErrVersion
	case err != nil:
		return nil, err
	case s.Version < 1 || !through || s.UpdatedAt.IsZero():
		return nil, ErrIncomplete
	case s.Poll < 0 || s.Poll > 3600 || s.Waiting < 0 || len(s.Message) > maxMessage || len(s.Revoked) > MaxRevoked || !inOrder(s.Outlook.Curve):
		return nil, ErrBounds
	}
	for i := 1; i < len(s.Revoked); i++ {
		if bytes.Compare(s.Revoked[i-1][:], s.Revoked[i][:]) > 0 {
			return nil, ErrBounds // Revokes relies on their order
		}
	}
	return s, nil
}

func inOrder(curve []queue.Point) bool {
	for i, p := range curve {
		if p.Ahead < 0 || p.Wait < 0 || i > 0 && (p.At <= curve[i-1].At || p.Ahead < curve[i-1].Ahead) {
			return false
		}
	}
	return len(curve) <= maxPoints
}

func (s *State) decodeField(r *plainjson.Reader, key string) {
	switch key {
	case "v":
		s.Version = r.Integer()
	case "revision":
		s.Revision = r.Long()
	case "phase":
		s.Phase = r.String()
	case "mode":
		s.Mode = r.String()
	case "paused":
		s.Paused = r.Boolean()
	case "through":
		s.Frontier.Through = r.Seconds()
	case "below":
		s.Frontier.Below = decodeTie(r)
	case "lapsed_through":
		s.Lapsed.Through = r.Seconds()
	case "lapsed_below":
		s.Lapsed.Below = decodeTie(r)
	case "queueing":
		s.Queueing = r.Boolean()
	case "poll":
		s.Poll = r.Integer()
	case "waiting":
		s.Waiting = r.Integer()
	case "rate":
		s.Outlook.Rate = r.Decimal() / 60
	case "spread":
		s.Outlook.Spread = r.Decimal() / 60
	case "curve":
		r.Array(func() { s.Outlook.Curve = append(s.Outlook.Curve, decodePoint(r)) })
	case "opens_at":
		s.Opens = r.Seconds()
	case "sale_at":
		s.Sale = r.Seconds()
	case "ends_at":
		s.Ends = r.Seconds()
	case "seats_left":
		s.SeatsLeft = r.Integer()
	case "message":
		s.Message = r.String()
	case "lottery":
		s.Draw.decode(r)
	case "revoked":
		r.Array(func() { s.Revoked = append(s.Revoked, decodeRevocation(r)) })
	case "updated_at":
		s.UpdatedAt = r.Instant()
	default:
		r.Skip()
	}
}

// decodeTie reads a tie-break, which JSON's numbers are too small for.
func decodeTie(r *plainjson.Reader) uint64 {
	n, err := strconv.ParseUint(r.String(), 10, 64)
	if err != nil {
		r.Fail()
	}
	return n
}

func decodePoint(r *plainjson.Reader) (p queue.Point) {
	r.Object(func(key string) {
		switch key {
		case "s":
			p.At = r.Decimal()
		case "a":
			p.Ahead = r.Decimal()
		case "w":
			p.Wait = r.Decimal()
		default:
			r.Skip()
		}
	})
	return p
}

func (d *Draw) decode(r *plainjson.Reader) {
	r.Object(func(key string) {
		switch key {
		case "event":
			d.Event = r.String()
		case "commit":
			d.Commit = make([]byte, 32)
			r.Hex(d.Commit)
		case "seed":
			d.Seed = new(shuffle.Seed)
			r.Hex(d.Seed[:])
		default:
			r.Skip()
		}
	})
}

func decodeRevocation(r *plainjson.Reader) (v Revocation) {
	v[16] = Everyone
	r.HexOf(v[:], 16)
	return v
}

// Revoke makes a Revocation.
func Revoke(session [16]byte, holder byte) (v Revocation) {
	copy(v[:], session[:])
	v[16] = holder
	return v
}
