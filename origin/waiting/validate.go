package waiting

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Bounds on what staff may ask for.
const (
	MaxActive    = 1_000_000
	MaxPerMinute = 1_000_000
	MaxMessage   = 500 // bytes
	MaxName      = 200 // bytes
	MaxPaths     = 64
	MaxBrands    = 100
	// LongestPreQueue is how long people can be gathered before a lottery (waitingroom/room).
	LongestPreQueue = 12 * time.Hour
)

// Faults lists everything that is wrong with the room, by the names of its JSON fields.
func (r *Room) Faults() site.Faults {
	var f site.Faults
	add := func(field, problem string, a ...any) {
		f = append(f, site.Fault{Field: field, Problem: fmt.Sprintf(problem, a...)})
	}
	if r.ID == "new" {
		add("id", "must be another: %q is the address of the form for rooms", r.ID)
	}
	if !validID(r.ID) {
		add("id", "must be lower-case letters, digits and hyphens, 1 to %d of them", token.MaxRoom)
	}
	if strings.TrimSpace(r.Name) == "" || len(r.Name) > MaxName || !oneLine(r.Name) {
		add("name", "must be what visitors call it, in one line of at most %d letters", MaxName)
	}
	if len(r.Brands) == 0 || len(r.Brands) > MaxBrands {
		add("brands", "must be 1 to %d sites", MaxBrands)
	}
	if len(r.Paths) == 0 || len(r.Paths) > MaxPaths {
		add("paths", "must be 1 to %d paths; / is the whole site", MaxPaths)
	}
	for _, path := range r.Paths {
		if !strings.HasPrefix(path, "/") {
			add("paths", "%q must begin with /", path)
		}
	}
	if !r.Mode.Known() {
		add("mode", "%q must be fifo, lottery, queue-all, passthrough or reject", r.Mode)
	}
	for _, b := range []struct {
		field            string
		value, low, high int
		unit             string
	}{
		{"active", r.Active, 0, MaxActive, "people"}, {"per_minute", r.PerMinute, 0, MaxPerMinute, "people"},
		{"pass_life", r.PassLife, 30, 24 * 3600, "seconds"}, {"poll_every", r.PollEvery, 2, 300, "seconds"},
		{"typical_stay", r.TypicalStay, 5, 24 * 3600, "seconds"},
		{"gates", r.Gates, 0, 64, "objects"}, {"arrivals_per_prefix", r.ArrivalsPerPrefix, 0, MaxActive, "people a minute"},
	} {
		if b.value < b.low || b.value > b.high {
			add(b.field, "must be %d to %d %s, not %d", b.low, b.high, b.unit, b.value)
		}
	}
	if r.PageStatus != 200 && r.PageStatus != 503 {
		add("page_status", "must be 200 or 503")
	}
	if len(r.Message) > MaxMessage || !utf8.ValidString(r.Message) || strings.ContainsRune(r.Message, 0) {
		add("message", "must be text of at most %d letters", MaxMessage)
	}
	r.Event.faults(r.Mode, add)
	return f
}

func (e Event) faults(mode Mode, add func(field, problem string, a ...any)) {
	if mode == Lottery && (e.OpensAt.IsZero() || e.SaleAt.IsZero()) {
		add("sale_at", "must be set, and opens_at too: a lottery draws among those who came before the sale")
	} else if mode == Lottery && !e.SaleAt.After(e.OpensAt) {
		add("sale_at", "must be after opens_at: a lottery draws among those who came before the sale")
	}
	if mode == Lottery && e.SaleAt.Sub(e.OpensAt) > LongestPreQueue && !e.OpensAt.IsZero() {
		add("sale_at", "must not be more than %d hours after opens_at", int(LongestPreQueue.Hours()))
	}
	if !e.OpensAt.IsZero() && !e.SaleAt.IsZero() && e.SaleAt.Before(e.OpensAt) {
		add("sale_at", "must not be before opens_at")
	}
	for _, start := range []struct {
		name string
		set  bool
	}{{"opens_at", !e.OpensAt.IsZero() && !e.EndsAt.After(e.OpensAt)}, {"sale_at", !e.SaleAt.IsZero() && !e.EndsAt.After(e.SaleAt)}} {
		if !e.EndsAt.IsZero() && start.set {
			add("ends_at", "must be after %s", start.name)
			return
		}
	}
}

func validID(id string) bool {
	if id == "" || len(id) > token.MaxRoom || id[0] == '-' || id[len(id)-1] == '-' {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) < 0
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
