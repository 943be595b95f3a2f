package scan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Tally is how a performance stands at the door.
type Tally struct {
	Expected int            // tickets that admit
	In       int            // of them, inside now
	Left     int            // were in and are out
	Refused  map[Reason]int // scans that ended so, by reason
	Overrule int            // entries and exits by hand, in spite of a refusal
	PerDoor  []DoorTally    // by door, in the order of their names
	Twice    []Double       // tickets with which more than one person came in
	Dead     []Double       // tickets that do not admit any more, with which somebody is inside all the same
	Latest   []Fact         // the newest first
	Devices  []Device       // the one heard last first
	Seats    map[uuid.UUID]Listed
}

// DoorTally is one door's part.
type DoorTally struct {
	Door        string
	In, Refused int
	Last        time.Time
}

// Double is a ticket with which more than one person came in.
type Double struct {
	Ticket  Listed
	Entries []Fact
}

// Device is a scanner that was heard.
type Device struct {
	ID, Name, Door, Person string
	Heard                  time.Time // when the house last got something of it
	Scans, Offline         int
}

// latest is how many scans a tally shows.
const latest = 12

// Tally counts a performance.
func (d *Desk) Tally(ctx context.Context, performance uuid.UUID) (Tally, error) {
	q := dbsqlc.New(d.DB)
	tickets, err := q.DoorTickets(ctx, performance)
	if err != nil {
		return Tally{}, fmt.Errorf("scan: tally: %w", err)
	}
	rows, err := q.PerformanceScans(ctx, performance)
	if err != nil {
		return Tally{}, fmt.Errorf("scan: tally: %w", err)
	}
	t := Tally{Refused: map[Reason]int{}, Seats: map[uuid.UUID]Listed{}}
	dead := map[uuid.UUID]bool{}
	for _, row := range tickets {
		if row.State != "void" {
			t.Expected++
		} else {
			dead[row.ID] = true
		}
		if one, err := d.line(row); err == nil {
			t.Seats[row.ID] = one
		}
	}
	t.count(facts(rows), dead)
	return t, nil
}

func (t *Tally) count(all []Fact, dead map[uuid.UUID]bool) {
	passed := map[uuid.UUID]bool{} // scans that ended with somebody in or out: a refusal before was overruled
	for _, f := range all {
		passed[f.Scan] = passed[f.Scan] || f.Result != Refused
	}
	doors, devices := map[string]DoorTally{}, map[string]Device{}
	for _, f := range all {
		if f.Result == Refused && passed[f.Scan] {
			continue
		}
		door, device := doors[f.Door], devices[f.Device]
		door.Door, device.ID = f.Door, f.Device
		switch {
		case f.Result == Refused:
			t.Refused[f.Reason]++
			door.Refused++
		case f.Reason != "":
			t.Overrule++
		}
		if f.Result == In {
			door.In++
		}
		if door.Last.Before(f.When()) {
			door.Last = f.When()
		}
		if !f.ReceivedAt.Before(device.Heard) {
			device.Heard, device.Name, device.Door, device.Person = f.ReceivedAt, f.DeviceName, f.Door, f.Person
		}
		device.Scans++
		if f.Offline {
			device.Offline++
		}
		doors[f.Door], devices[f.Device] = door, device
		t.Latest = append(t.Latest, f)
	}
	for id, list := range byTicket(all) {
		s := Stand(list)
		switch {
		case s.Inside:
			t.In++
		case !s.Left.At.IsZero():
			t.Left++
		}
		ticket := t.Seats[id]
		ticket.ID = id
		if s.Inside && dead[id] { // a scanner that was alone did not know
			t.Dead = append(t.Dead, Double{ticket, []Fact{s.Since}})
		}
		if len(s.Twice) > 0 {
			t.Twice = append(t.Twice, Double{ticket, s.Twice})
		}
	}
	slices.SortFunc(t.Twice, func(a, b Double) int { return Before(b.Entries[0], a.Entries[0]) })
	slices.SortFunc(t.Dead, func(a, b Double) int { return Before(b.Entries[0], a.Entries[0]) })
	slices.SortFunc(t.Latest, func(a, b Fact) int { return Before(b, a) })
	t.Latest = t.Latest[:min(len(t.Latest), latest)]
	for _, one := range doors {
		t.PerDoor = append(t.PerDoor, one)
	}
	slices.SortFunc(t.PerDoor, func(a, b DoorTally) int {
		if a.Door < b.Door {
			return -1
		}
		return 1
	})
	for _, one := range devices {
		t.Devices = append(t.Devices, one)
	}
	slices.SortFunc(t.Devices, func(a, b Device) int { return b.Heard.Compare(a.Heard) })
}
