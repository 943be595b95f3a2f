package waiting

import (
	"encoding/hex"
	"time"
)

// Config is a room as its coordinator is told: the whole of what is wanted. Of two, the higher revision holds.
type Config struct {
	ID          string    `json:"id"`
	Revision    int64     `json:"revision"`
	Event       string    `json:"event"`
	Mode        Mode      `json:"mode"`
	Active      int       `json:"active"`
	PerMinute   int       `json:"per_minute"`
	PassLife    int       `json:"pass_life"`    // seconds
	PollEvery   int       `json:"poll_every"`   // seconds
	TypicalStay int       `json:"typical_stay"` // seconds
	OpensAt     time.Time `json:"opens_at,omitzero"`
	SaleAt      time.Time `json:"sale_at,omitzero"`
	EndsAt      time.Time `json:"ends_at,omitzero"`
	// Seed decides a lottery, in hex. The coordinator publishes it when the sale begins, not before.
	Seed       string `json:"seed,omitempty"`
	Message    string `json:"message"`
	SeatsLeft  *int   `json:"seats_left,omitempty"`
	Paused     bool   `json:"paused"`
	Drained    bool   `json:"drained"`
	FailClosed bool   `json:"fail_closed"`
}

// Config is what the coordinator is to be told of the room. One that was deleted lets everybody in.
func (r *Room) Config() Config {
	c := Config{
		ID: r.ID, Revision: r.Sync.Revision, Event: r.Event.ID(), Mode: r.Mode, Active: r.Active, PerMinute: r.PerMinute,
		PassLife: r.PassLife, PollEvery: r.PollEvery, TypicalStay: r.TypicalStay,
		OpensAt: r.Event.OpensAt, SaleAt: r.Event.SaleAt, EndsAt: r.Event.EndsAt,
		Message: r.Message, SeatsLeft: r.Sync.SeatsLeft, Paused: r.Paused, Drained: r.Drained, FailClosed: r.FailClosed,
	}
	if r.Mode == Lottery {
		c.Seed = hex.EncodeToString(r.Event.seed[:])
	}
	if !r.DeletedAt.IsZero() {
		c.Mode, c.Drained, c.Paused, c.FailClosed, c.Seed = Passthrough, true, false, false, ""
	}
	return c
}
