package waiting

import (
	"encoding/hex"
	"io"
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

// Event is an on-sale of a room. Times are UTC; zero ones are not set.
type Event struct {
	Number  int       `json:"number"`
	OpensAt time.Time `json:"opens_at,omitzero"` // the pre-queue
	SaleAt  time.Time `json:"sale_at,omitzero"`
	EndsAt  time.Time `json:"ends_at,omitzero"`
	// Commitment binds the lottery to its seed from the start, in hex.
	Commitment string `json:"commitment"`

	seed shuffle.Seed // never in JSON: whoever knew it before the sale could choose who goes first
}

// ID names the event in draws and commitments.
func (e Event) ID() string { return eventID(e.Number) }

func eventID(number int) string { return "event-" + strconv.Itoa(number) }

// Draw begins an event of a room: it draws the seed, which nothing shows before the sale, and commits to it.
func Draw(random io.Reader, room string, number int) (Event, error) {
	seed, err := shuffle.NewSeed(random)
	if err != nil {
		return Event{}, err
	}
	c := shuffle.Commit(seed, room, eventID(number))
	return Event{Number: number, Commitment: hex.EncodeToString(c[:]), seed: seed}, nil
}

// Revealed is the seed in hex once the sale of a lottery has begun, and "" before.
func (e Event) Revealed(now time.Time) string {
	if e.SaleAt.IsZero() || now.Before(e.SaleAt) {
		return ""
	}
	return hex.EncodeToString(e.seed[:])
}

// Phase is where an event stands.
type Phase string

// The phases.
const (
	Before   Phase = "before"
	PreQueue Phase = "prequeue"
	Open     Phase = "open"
	Ended    Phase = "ended"
)

// Phase is where the event stands at an instant.
func (e Event) Phase(now time.Time) Phase {
	switch {
	case !e.EndsAt.IsZero() && !now.Before(e.EndsAt):
		return Ended
	case !e.OpensAt.IsZero() && now.Before(e.OpensAt), e.OpensAt.IsZero() && now.Before(e.SaleAt):
		return Before
	case now.Before(e.SaleAt):
		return PreQueue
	}
	return Open
}
