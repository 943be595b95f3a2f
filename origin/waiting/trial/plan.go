package trial

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

// RoomPrefix is what the IDs of rooms for rehearsals begin with.
const RoomPrefix = "rehearsal-"

// Plan is a rehearsal: who comes, and to what kind of room. Times are seconds.
type Plan struct {
	Site      string `json:"site"`
	Visitors  int    `json:"visitors"`
	Active    int    `json:"active"`               // inside at once
	PerMinute int    `json:"per_minute,omitempty"` // let in; 0: no limit of its own
	Within    int    `json:"within"`               // in which they come, evenly; 0: all at once
	Pass      int    `json:"pass"`                 // how long each of them stays
	Poll      int    `json:"poll"`                 // how often one who waits asks, at most
	For       int    `json:"for"`                  // it ends after it, whoever waits
	// Like is the room whose limits these were, "" for none: it is not touched.
	Like string `json:"like,omitempty"`
	// Room is the one that the rehearsal makes for itself, before a page that does not exist.
	Room string `json:"room"`
}

// NewRoom is an ID for a rehearsal's room.
func NewRoom() string {
	id := make([]byte, 6)
	_, _ = rand.Read(id) // never fails
	return RoomPrefix + hex.EncodeToString(id)
}

// Limits bound what staff may start. Zero fields are the defaults.
type Limits struct {
	Simulated int           // visitors of a simulation
	Time      time.Duration // that a simulation may take
	Visitors  int           // of a rehearsal
	For       time.Duration // that a rehearsal may last
}

// defaults are the limits where nothing else is said. Five million simulated visitors take some 700 MB and half a minute.
func (l Limits) defaults() Limits {
	if l.Simulated == 0 {
		l.Simulated = 5_000_000
	}
	if l.Time == 0 {
		l.Time = 10 * time.Minute
	}
	if l.Visitors == 0 {
		l.Visitors = 5000
	}
	if l.For == 0 {
		l.For = 15 * time.Minute
	}
	return l
}

// seconds is a plan's number as a duration.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// faults lists what is wrong with a plan, by the names of its JSON fields.
func (p Plan) faults(l Limits) (f site.Faults) {
	for _, b := range []struct {
		field            string
		value, low, high int
		unit             string
	}{
		{"visitors", p.Visitors, 1, l.Visitors, "visitors"}, {"active", p.Active, 1, waiting.MaxActive, "people"},
		{"per_minute", p.PerMinute, 0, waiting.MaxPerMinute, "people"},
		{"within", p.Within, 0, p.For, "seconds, and no longer than it lasts"}, {"pass", p.Pass, 30, 24 * 3600, "seconds"}, {"poll", p.Poll, 2, 300, "seconds"},
	} {
		if b.value < b.low || b.value > b.high {
			f = append(f, site.Fault{Field: b.field, Problem: fmt.Sprintf("must be %d to %d %s", b.low, b.high, b.unit)})
		}
	}
	if p.For < 10 || seconds(p.For) > l.For {
		f = append(f, site.Fault{Field: "for", Problem: fmt.Sprintf("must be at most %d minutes", int(l.For.Minutes()))})
	}
	return f
}

// room is the one that visitors come to.
func (p Plan) room() waiting.Room {
	return waiting.Room{
		ID: p.Room, Name: "A rehearsal", Brands: []string{p.Site}, Paths: []string{"/" + p.Room}, Mode: waiting.FIFO, Active: p.Active, PerMinute: p.PerMinute,
		PassLife: p.Pass, PollEvery: p.Poll, TypicalStay: max(p.Pass, 5), FailClosed: true,
	}
}

// config is what the visitors do, at a site's public address.
func (p Plan) config(siteURL string) (rehearse.Config, error) {
	address, err := url.Parse(siteURL)
	if err != nil || address.Host == "" {
		return rehearse.Config{}, fmt.Errorf("the address of the site %s is not known", p.Site)
	}
	address.Path = p.room().Paths[0]
	c := rehearse.Config{
		Address: address, Room: p.Room, Limit: p.Active, PassLife: seconds(p.Pass), PollEvery: seconds(p.Poll),
		Visitors: p.Visitors, Within: seconds(p.Within), For: seconds(p.For),
	}
	if rehearse.IsLoopback(address.Host) && address.Port() != "" {
		c.Connect = "127.0.0.1:" + address.Port() // not every resolver knows where *.localhost is
	}
	return c, c.Check()
}

// Address is what visitors ask for, at a site's public address; the error says what is wrong with the plan.
func (p Plan) Address(siteURL string) (*url.URL, error) {
	c, err := p.config(siteURL)
	return c.Address, err
}
