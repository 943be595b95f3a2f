package rooms

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// listView is the list of rooms.
type listView struct {
	Rooms, Over []waiting.Room
	Change      bool
}

// roomView is one room.
type roomView struct {
	Room   waiting.Room
	Live   liveView
	Past   []waiting.Event
	Change bool // they may change it
	Prove  bool // but must first show that it is still them
}

// liveView is the part of it that is updated.
type liveView struct {
	Room   waiting.Room
	Status waiting.Status // zero: never heard of
	Err    error          // why it is not newer
	Now    time.Time
}

// state is how a room stands, in a word, and its kind of badge.
func state(r *waiting.Room, now time.Time) (kind, word string) {
	switch phase := r.Event.Phase(now); {
	case phase == waiting.Ended:
		return "", "Over"
	case r.Drained:
		return "warn", "Drained"
	case r.Mode == waiting.Reject:
		return "bad", "Turning away"
	case phase == waiting.Before:
		return "", "Planned"
	case r.Paused:
		return "warn", "Paused"
	case phase == waiting.PreQueue:
		return "good", "Pre-queue"
	case r.Mode == waiting.Passthrough:
		return "", "Watching"
	}
	return "good", "Open"
}

// trouble says what is wrong with the way to the coordinator, "" for nothing.
func (l liveView) trouble() string {
	switch {
	case errors.Is(l.Err, waiting.ErrUnknown):
		return "The edge has not been told of this room yet. The house tells it as soon as it can."
	case errors.Is(l.Err, waiting.ErrNoControl):
		return "This house has no way to the edge’s waiting rooms (STAGEDOOR_OPS_URL): what is planned here is saved, and does not run."
	case errors.Is(l.Err, waiting.ErrRefused):
		return "The edge refuses this house’s token (STAGEDOOR_OPS_TOKEN), so the room can’t be watched or changed from here."
	case l.Err != nil:
		return "The room’s coordinator does not answer just now. People keep their places; new figures come as soon as it does."
	case l.Status.Revision < l.Room.Sync.Revision && l.Room.Sync.Revision-l.Status.Revision < 1<<40:
		return "The room is about to follow the newest change."
	}
	return ""
}

// heard reports whether the coordinator has ever answered.
func (l liveView) heard() bool { return l.Status.Room != "" }

// summary is the room in a sentence, for who hears the page.
func (l liveView) summary() string {
	_, word := state(&l.Room, l.Now)
	if !l.heard() {
		return word + ". No figures yet."
	}
	s := l.Status
	return fmt.Sprintf("%s. %s waiting, %s of %s inside.", word, frame.Number(s.Waiting), frame.Number(s.Active), frame.Number(s.Limit))
}

// waits is how long who joins now waits.
func waits(s waiting.Status) string {
	switch {
	case s.Waiting == 0:
		return "none"
	case s.P50 == 0 && s.P90 == 0:
		return "not known yet"
	}
	return duration(s.P50) + " to " + duration(s.P90)
}

// duration is seconds as people say them.
func duration(n int) string {
	switch {
	case n < 90:
		return strconv.Itoa(n) + " s"
	case n < 90*60:
		return strconv.Itoa((n+30)/60) + " min"
	}
	return fmt.Sprintf("%d h %02d min", n/3600, n%3600/60)
}

func aMinute(n int) string {
	if n == 0 {
		return "as many a minute as there is room for"
	}
	return frame.Number(n) + " a minute"
}

func modeName(m waiting.Mode) string {
	for _, info := range waiting.Modes() {
		if info.Mode == m {
			return info.Name
		}
	}
	return string(m)
}

// names says which sites a room is on.
func names(v *frame.Visit, brands []string) string {
	known := map[string]string{}
	for _, b := range v.BrandsAnywhere(staff.SeeRooms) {
		known[b.ID] = b.Name
	}
	var list []string
	for _, id := range brands {
		if known[id] == "" {
			known[id] = id
		}
		list = append(list, known[id])
	}
	if len(list) > 3 {
		return list[0] + ", " + list[1] + " and " + strconv.Itoa(len(list)-2) + " more"
	}
	return strings.Join(list, ", ")
}

// at is an instant on the clock of the room's venue.
func at(v *frame.Visit, r *waiting.Room, t time.Time) string {
	return t.In(place(v, r.Brands).Location()).Format("Mon 2 Jan 2006, 15:04 MST")
}

// ago says how long something has been.
func ago(now, then time.Time) string {
	d := now.Sub(then)
	if d < 2*time.Second {
		return "just now"
	}
	return duration(int(d.Seconds())) + " ago"
}

// healthy reports whether a gate was heard of lately.
func healthy(g waiting.Gate, now time.Time) bool { return now.Sub(g.SeenAt) < 5*time.Second }

// readable puts the names of fields as the pages have them.
func readable(reason string) string {
	for _, f := range fields {
		reason = strings.ReplaceAll(reason, f.name+" ", f.label+" ")
	}
	return reason
}

// fields are the room's, and what the pages call them.
var fields = []struct{ name, label string }{
	{"per_minute", "new people a minute"}, {"active", "people inside"}, {"pass_life", "the pass"}, {"poll_every", "the page’s interval"},
	{"typical_stay", "the usual stay"}, {"opens_at", "the start of the pre-queue"}, {"sale_at", "the start of the sale"}, {"ends_at", "the end"},
	{"arrivals_per_prefix", "places for one network"}, {"production_id", "the show"}, {"performance_id", "the performance"},
}

// estimates is how far they are off; of very short waits it says little.
func estimates(off *float64) string {
	switch {
	case off == nil:
		return "–"
	case *off > 1000:
		return "over 1,000 %"
	}
	return strconv.FormatFloat(*off, 'f', 1, 64) + " %"
}

// estimatesAbout says what that means.
func estimatesAbout(s waiting.Status) string {
	switch {
	case s.EstimateErrorP50 != nil:
		return "half of them at most"
	case s.Waiting == 0 && s.Admitted == 0:
		return "measured once people have waited"
	}
	return "measured as people who were told a wait come in"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return frame.Number(n) + " " + many
}

// invalid marks a field that has a fault.
func invalid(f form, name string) templ.Attributes {
	if f.Faults[name] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true"}
}

func formAction(v *frame.Visit, f form) string {
	if f.New {
		return home(v)
	}
	return home(v) + "/" + f.ID + "/edit"
}

// sitesChosen names them in a few words.
func sitesChosen(f form) string {
	var list []string
	for _, b := range f.Sites {
		if slices.Contains(f.Brands, b.ID) {
			list = append(list, b.Name)
		}
	}
	switch {
	case len(list) == 0:
		return "none yet"
	case len(list) > 2:
		return list[0] + " and " + strconv.Itoa(len(list)-1) + " more"
	}
	return strings.Join(list, ", ")
}
