package waiting

import (
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Mode is how a room lets people in.
type Mode string

// The modes.
const (
	FIFO        Mode = "fifo"        // in the order in which they came
	Lottery     Mode = "lottery"     // those of the pre-queue in an order that is drawn, then as FIFO
	QueueAll    Mode = "queue-all"   // everybody waits, even while there is room
	Passthrough Mode = "passthrough" // everybody goes in; the room only watches
	Reject      Mode = "reject"      // nobody new goes in
)

// ModeInfo is a mode as people read it.
type ModeInfo struct {
	Mode        Mode
	Name, About string
}

// Modes lists the modes, the usual one first.
func Modes() []ModeInfo {
	return []ModeInfo{
		{FIFO, "First come, first served", "People go in at once while there is room, and else in the order in which they came."},
		{Lottery, "Lottery", "Everybody who comes before the sale has the same chance; the order is drawn when it starts, and anyone can check the draw."},
		{QueueAll, "Queue everybody", "Everybody takes a place in the queue, even while there is room."},
		{Passthrough, "Watch only", "Everybody goes in. The room counts, and is ready to be switched on."},
		{Reject, "Turn away", "Nobody new goes in. Who is in may finish."},
	}
}

// Known reports whether m is one of Modes.
func (m Mode) Known() bool {
	for _, info := range Modes() {
		if info.Mode == m {
			return true
		}
	}
	return false
}

// NeedsPass reports whether who goes in has a pass to show.
func (m Mode) NeedsPass() bool { return m != Passthrough }

// Room is what staff want of a waiting room. Its JSON is what the audit log keeps and commands print: the seed of its
// lottery is in neither.
type Room struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`              // as visitors read it
	Brands  []string `json:"brands"`            // on whose sites it is
	Paths   []string `json:"paths"`             // what it guards there; "/" is all
	Methods []string `json:"methods,omitempty"` // none: all

	// What nobody may hold seats of without a pass: a performance, or all of a production; Nil for neither.
	ProductionID  uuid.UUID `json:"production_id,omitzero"`
	PerformanceID uuid.UUID `json:"performance_id,omitzero"`

	Mode        Mode `json:"mode"`
	Active      int  `json:"active"`       // visitors inside at once; 0 admits nobody
	PerMinute   int  `json:"per_minute"`   // new ones a minute; 0: no limit of its own
	PassLife    int  `json:"pass_life"`    // seconds
	PollEvery   int  `json:"poll_every"`   // seconds
	TypicalStay int  `json:"typical_stay"` // seconds
	// PageStatus is what the queue page answers with: 200 or 503.
	PageStatus int    `json:"page_status"`
	Message    string `json:"message,omitempty"` // to those who wait
	Paused     bool   `json:"paused"`            // nobody new goes in for now
	Drained    bool   `json:"drained"`           // everybody who waits goes in, whatever the limits: the room is given up
	FailClosed bool   `json:"fail_closed"`       // people wait when the room's state is not known; else they go in
	// Gates is how many objects sum up what the edge counts, and ArrivalsPerPrefix how many places a minute one network
	// is given; 0 is the edge's own choice (edge/site).
	Gates             int `json:"gates,omitempty"`
	ArrivalsPerPrefix int `json:"arrivals_per_prefix,omitempty"`

	Event     Event     `json:"event"`
	Version   int       `json:"version"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedBy string    `json:"updated_by"`
	UpdatedAt time.Time `json:"updated_at"`
	DeletedAt time.Time `json:"deleted_at,omitzero"`

	Sync Sync `json:"-"`
}

// Sync is how far the room's coordinator is known to have followed.
type Sync struct {
	Revision  int64 // desired
	Synced    int64 // known to be there
	SeatsLeft *int
	SeenAt    time.Time // it last answered; zero: never
	Failures  int       // in a row
	Problem   string    // of the last attempt, for ops
}

// Defaults fills what is zero and has a default. What may be zero stays.
func (r *Room) Defaults() {
	for _, d := range []struct {
		field *int
		value int
	}{{&r.PassLife, 600}, {&r.PollEvery, 15}, {&r.TypicalStay, 300}, {&r.PageStatus, 200}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if r.Mode == "" {
		r.Mode = FIFO
	}
}

// GuardsFrom and GuardsUntil are when the edge has people pass through the room; zero: always.
func (r *Room) GuardsFrom() time.Time {
	if !r.Event.OpensAt.IsZero() {
		return r.Event.OpensAt
	}
	return r.Event.SaleAt
}

// GuardsUntil is the end of the event.
func (r *Room) GuardsUntil() time.Time { return r.Event.EndsAt }

// Guards reports whether people pass through the room at an instant.
func (r *Room) Guards(at time.Time) bool {
	from, until := r.GuardsFrom(), r.GuardsUntil()
	return r.DeletedAt.IsZero() && !at.Before(from) && (until.IsZero() || at.Before(until))
}

// Edge is the room as the Site documents of its brands have it.
func (r *Room) Edge() site.Room {
	mode := site.RoomQueue
	switch r.Mode {
	case Passthrough:
		mode = site.RoomPassthrough
	case Reject:
		mode = site.RoomReject
	}
	return site.Room{
		ID: r.ID, Name: r.Name, Paths: r.Paths, Methods: r.Methods, Mode: mode, StartsAt: r.GuardsFrom(), EndsAt: r.GuardsUntil(),
		Status: r.PageStatus, PassLife: r.PassLife, FailClosed: r.FailClosed, Message: r.Message,
		Gates: r.Gates, ArrivalsPerPrefix: r.ArrivalsPerPrefix,
	}
}

// Entrance is a path that the room guards and visitors may be sent to.
func (r *Room) Entrance() string { return r.Paths[0] }
