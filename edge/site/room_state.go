package site

import (
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/edge/fault"
)

// RoomStateVersion is the schema version of a RoomState.
const RoomStateVersion = 1

// RoomState is what a waiting room publishes, under RoomKey, about once a
// second: who is admitted, and what those who are not can be told. Like a Site
// it may gain fields within one version; times in buckets are Unix seconds.
type RoomState struct {
	Version int `json:"v"`
	// Frontier is the last arrival bucket of which everyone is admitted.
	Frontier uint32 `json:"frontier"`
	// Next is the bucket being admitted now, 0: the one after Frontier, and
	// Share the part of it, in 65,536ths by tie-break, that is.
	Next  uint32 `json:"next,omitempty"`
	Share uint16 `json:"share,omitempty"`
	// Lapsed is the last bucket whose places count no more: their turn came,
	// and they did not come in while it lasted.
	Lapsed uint32 `json:"lapsed,omitempty"`

	Rate    int `json:"rate,omitempty"`    // visitors admitted a minute
	Waiting int `json:"waiting,omitempty"` // people in the queue
	P50     int `json:"p50,omitempty"`     // seconds that who joins now waits: half of them at most
	P90     int `json:"p90,omitempty"`     // and nine of ten
	// Ahead is how many people wait up to the end of some buckets, the
	// earliest first; between them it is a straight line. Without it the queue
	// is taken to be even from Frontier to UpdatedAt.
	Ahead []AheadPoint `json:"ahead,omitempty"`

	SeatsLeft *int      `json:"seats_left,omitempty"` // absent: not known
	Message   string    `json:"message,omitempty"`    // plain text for those who wait
	UpdatedAt time.Time `json:"updated_at"`
}

// AheadPoint is one of RoomState.Ahead.
type AheadPoint struct {
	Bucket uint32 `json:"bucket"`
	People int    `json:"people"`
}

const maxAheadPoints = 256

const roomState = "site: the room's state "

// DecodeRoomState reads what a room published. It keeps no reference to doc.
func DecodeRoomState(doc []byte) (*RoomState, error) {
	s := new(RoomState)
	r := &jsonReader{text: doc}
	r.object(func(key string) { s.decodeField(r, key) })
	if r.next() != 0 || r.at != len(doc) {
		r.fail()
	}
	switch {
	case s.Version > RoomStateVersion:
		return nil, fault.At(ErrVersion, "version ", strconv.Itoa(s.Version), ": ")
	case r.err != nil:
		return nil, fault.At(r.err, roomState)
	case s.Version < 1 || s.Frontier == 0 || s.UpdatedAt.IsZero():
		return nil, fault.New(roomState, "lacks its version, frontier or time")
	case s.Next == 0:
		s.Next = s.Frontier + 1
	}
	if s.Next <= s.Frontier || s.Lapsed > s.Frontier {
		return nil, fault.New(roomState, "contradicts itself")
	}
	if s.Rate < 0 || s.Waiting < 0 || s.P50 < 0 || s.P90 < s.P50 || (s.SeatsLeft != nil && *s.SeatsLeft < 0) || len(s.Message) > maxMessage {
		return nil, fault.New(roomState, "is out of bounds")
	}
	if len(s.Ahead) > maxAheadPoints {
		return nil, fault.New(roomState, "has too many points")
	}
	for i, p := range s.Ahead {
		if p.People < 0 || (i > 0 && (p.Bucket <= s.Ahead[i-1].Bucket || p.People < s.Ahead[i-1].People)) {
			return nil, fault.New(roomState, "has points that go back")
		}
	}
	return s, nil
}

func (s *RoomState) decodeField(r *jsonReader, key string) {
	switch key {
	case "v":
		s.Version = r.integer()
	case "frontier":
		s.Frontier = r.bucket()
	case "next":
		s.Next = r.bucket()
	case "share":
		share := r.integer()
		if s.Share = uint16(share); int(s.Share) != share {
			r.fail()
		}
	case "lapsed":
		s.Lapsed = r.bucket()
	case "rate":
		s.Rate = r.integer()
	case "waiting":
		s.Waiting = r.integer()
	case "p50":
		s.P50 = r.integer()
	case "p90":
		s.P90 = r.integer()
	case "ahead":
		r.array(func() { s.Ahead = append(s.Ahead, r.aheadPoint()) })
	case "seats_left":
		if r.next() == 'n' {
			r.skip()
			break
		}
		seats := r.integer()
		s.SeatsLeft = &seats
	case "message":
		s.Message = r.string()
	case "updated_at":
		s.UpdatedAt = r.instant()
	default:
		r.skip()
	}
}

func (r *jsonReader) aheadPoint() (p AheadPoint) {
	r.object(func(key string) {
		switch key {
		case "bucket":
			p.Bucket = r.bucket()
		case "people":
			p.People = r.integer()
		default:
			r.skip()
		}
	})
	return p
}

// bucket reads Unix seconds.
func (r *jsonReader) bucket() uint32 {
	n, err := strconv.ParseUint(r.number(), 10, 32)
	if err != nil {
		r.fail()
	}
	return uint32(n)
}

// Admits says whether a place may come in.
func (s *RoomState) Admits(arrived uint32, tie uint64) bool {
	return arrived <= s.Frontier || arrived == s.Next && tie>>48 < uint64(s.Share)
}

// AheadOf is about how many people wait before a place.
func (s *RoomState) AheadOf(arrived uint32, tie uint64) int {
	from := AheadPoint{Bucket: s.Frontier}
	for _, to := range s.Ahead {
		if to.Bucket <= s.Frontier {
			continue
		}
		if arrived <= to.Bucket {
			return between(from, to, arrived, tie)
		}
		from = to
	}
	if len(s.Ahead) > 0 {
		return from.People // who came after the last count has all of them ahead
	}
	tail := AheadPoint{Bucket: max(uint32(s.UpdatedAt.Unix()), s.Frontier+1), People: s.Waiting}
	if arrived > tail.Bucket {
		return s.Waiting
	}
	return between(from, tail, arrived, tie)
}

// between is how many wait before a place whose bucket lies after from's and
// not after to's: a straight line, and within a bucket by tie-break.
func between(from, to AheadPoint, arrived uint32, tie uint64) int {
	if arrived <= from.Bucket {
		return from.People
	}
	span := uint64(to.Bucket-from.Bucket) << 16
	into := uint64(arrived-from.Bucket-1)<<16 | tie>>48
	return from.People + int(uint64(to.People-from.People)*into/span)
}

// Wait is about how long, in seconds, a place with so many people ahead of it
// waits: half of those in its position at most p50, nine of ten at most p90.
// known is false when the room can't tell.
func (s *RoomState) Wait(ahead int) (p50, p90 int, known bool) {
	switch {
	case s.Waiting > 0 && s.P90 > 0:
		p50 = int(int64(s.P50) * int64(ahead) / int64(s.Waiting))
		p90 = int(int64(s.P90) * int64(ahead) / int64(s.Waiting))
	case s.Rate > 0:
		p50 = int(int64(ahead) * 60 / int64(s.Rate))
		p90 = p50 * 3 / 2
	default:
		return 0, 0, false
	}
	return p50, p90, true
}
