package room

import (
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

// Config is all that is wanted of a room. Of two the one with the higher
// Revision counts.
type Config struct {
	ID       string
	Revision int64
	Event    string // what the lottery is drawn for
	Mode     string // state.FIFO ...

	Active, PerMinute int // see queue.Limits
	PassLife          int // seconds
	PollEvery         int // seconds
	TypicalStay       int // seconds

	OpensAt, SaleAt, EndsAt time.Time // zero: not planned
	Seed                    *shuffle.Seed

	Message                     string
	SeatsLeft                   int // -1: not known
	Paused, Drained, FailClosed bool
}

const (
	// horizon is how long, in seconds, places are remembered.
	horizon = 36 * 3600
	// longestPreQueue is how long, in seconds, a pre-queue may be open: its
	// places all count from its beginning.
	longestPreQueue = 12 * 3600
	maxMessage      = 1000
)

func decodeConfig(text []byte) (Config, error) {
	c := Config{SeatsLeft: -1}
	r := plainjson.Read(text)
	r.Object(func(key string) {
		switch key {
		case "id":
			c.ID = r.String()
		case "revision":
			c.Revision = r.Long()
		case "event":
			c.Event = r.String()
		case "mode":
			c.Mode = r.String()
		case "active":
			c.Active = r.Integer()
		case "per_minute":
			c.PerMinute = r.Integer()
		case "pass_life":
			c.PassLife = r.Integer()
		case "poll_every":
			c.PollEvery = r.Integer()
		case "typical_stay":
			c.TypicalStay = r.Integer()
		case "opens_at":
			c.OpensAt = instant(&r)
		case "sale_at":
			c.SaleAt = instant(&r)
		case "ends_at":
			c.EndsAt = instant(&r)
		case "seed":
			c.Seed = seed(&r)
		case "message":
			c.Message = r.String()
		case "seats_left":
			if r.Next() == 'n' {
				r.Skip()
				break
			}
			c.SeatsLeft = r.Integer()
		case "paused":
			c.Paused = r.Boolean()
		case "drained":
			c.Drained = r.Boolean()
		case "fail_closed":
			c.FailClosed = r.Boolean()
		default:
			r.Skip()
		}
	})
	return c, r.End()
}

func instant(r *plainjson.Reader) time.Time {
	if r.Next() == 'n' {
		r.Skip()
		return time.Time{}
	}
	return r.Instant()
}

func seed(r *plainjson.Reader) *shuffle.Seed {
	text := r.String()
	if text == "" {
		return nil
	}
	s := new(shuffle.Seed)
	if !plainjson.DecodeHex(s[:], text) {
		r.Fail()
	}
	return s
}

// faults says everything that is wrong with a configuration for a room, in one
// sentence; "" is nothing.
func (c *Config) faults(id string) (text string) {
	fault := func(wrong bool, what string) {
		if wrong {
			if text != "" {
				text += "; "
			}
			text += what
		}
	}
	bound := func(name string, value, least, most int) {
		fault(value < least || value > most, name+" must be "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	fault(c.ID != id, "id must be "+id)
	fault(c.Revision < 1, "revision must be at least 1")
	bound("active", c.Active, 0, 10_000_000)
	bound("per_minute", c.PerMinute, 0, 10_000_000)
	bound("pass_life", c.PassLife, 30, 24*3600)
	bound("poll_every", c.PollEvery, 2, 300)
	bound("typical_stay", c.TypicalStay, 5, 24*3600)
	fault(len(c.Event) > 200, "event must be at most 200 bytes")
	fault(len(c.Message) > maxMessage, "message must be at most 1000 bytes")
	fault(c.SeatsLeft < -1, "seats_left must not be negative")
	switch c.Mode {
	case state.FIFO, state.Passthrough, state.Reject, state.QueueAll:
	case state.Lottery:
		fault(c.Seed == nil, "seed must be set for a lottery")
		fault(c.OpensAt.IsZero() || !c.SaleAt.After(c.OpensAt), "sale_at must be after opens_at for a lottery")
		fault(c.SaleAt.Sub(c.OpensAt) > longestPreQueue*time.Second, "a pre-queue must not be open for longer than 12 hours")
	default:
		fault(true, `mode must be "fifo", "lottery", "passthrough", "reject" or "queue-all"`)
	}
	for _, at := range [...]time.Time{c.OpensAt, c.SaleAt, c.EndsAt} {
		fault(!at.IsZero() && (at.Year() < 2000 || at.Year() > 2100), "times must lie in this century")
	}
	fault(!c.OpensAt.IsZero() && !c.SaleAt.IsZero() && c.SaleAt.Before(c.OpensAt), "sale_at must not be before opens_at")
	fault(!c.EndsAt.IsZero() && (!c.EndsAt.After(c.OpensAt) || !c.EndsAt.After(c.SaleAt)), "ends_at must be after opens_at and sale_at")
	return text
}

// append appends the configuration as JSON, without the seed, which is secret
// until the sale begins.
func (c *Config) append(dst []byte) []byte {
	o := plainjson.NewObject(dst)
	o.String("id", c.ID)
	o.Unsigned("revision", uint64(c.Revision))
	o.String("event", c.Event)
	o.String("mode", c.Mode)
	o.Integer("active", c.Active)
	o.Integer("per_minute", c.PerMinute)
	o.Integer("pass_life", c.PassLife)
	o.Integer("poll_every", c.PollEvery)
	o.Integer("typical_stay", c.TypicalStay)
	for _, at := range [...]struct {
		key string
		at  time.Time
	}{{"opens_at", c.OpensAt}, {"sale_at", c.SaleAt}, {"ends_at", c.EndsAt}} {
		if !at.at.IsZero() {
			o.Instant(at.key, at.at)
		}
	}
	o.String("message", c.Message)
	if c.SeatsLeft >= 0 {
		o.Integer("seats_left", c.SeatsLeft)
	}
	o.Boolean("paused", c.Paused)
	o.Boolean("drained", c.Drained)
	o.Boolean("fail_closed", c.FailClosed)
	return o.Close()
}

func (c *Config) queue() queue.Config {
	return queue.Config{PollEvery: uint32(c.PollEvery), PassLife: uint32(c.PassLife), Horizon: horizon, TypicalStay: uint32(c.TypicalStay)}
}

func (c *Config) limits() queue.Limits { return queue.Limits{Active: c.Active, PerMinute: c.PerMinute} }

// phase is what the plan says for a time, in Unix seconds, wherever the venue
// is: plans are instants.
func (c *Config) phase(now uint32) string {
	reached := func(at time.Time) bool { return !at.IsZero() && int64(now) >= at.Unix() }
	switch {
	case reached(c.EndsAt):
		return state.Ended
	case !c.OpensAt.IsZero() && !reached(c.OpensAt):
		return state.Before
	case !c.SaleAt.IsZero() && !reached(c.SaleAt):
		return state.PreQueue
	}
	return state.Open
}

// next is when the phase next changes, 0 for never.
func (c *Config) next(now uint32) (at uint32) {
	for _, planned := range [...]time.Time{c.OpensAt, c.SaleAt, c.EndsAt} {
		if s := second(planned); s > now && (at == 0 || s < at) {
			at = s
		}
	}
	return at
}

// second is a time in Unix seconds, 0 for none.
func second(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix())
}
