package queue

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// What a room knows outlives the process that knows it as rows of bytes by
// name: its store replaces each row that Save gives, or deletes it when its
// value is nil. All rows of one Save are to be stored at once or not at all.

// ErrSaved means that a row is not one of ours, or of another version.
var ErrSaved = errors.New("queue: a saved row cannot be read")

const (
	savedVersion = 1
	// Before 3 a controller knew of no crowds, and before 4 not when it had heard.
	controllerVersion = 4
	withCrowds        = 3
	crowdless         = 2
	// Before 2 heartbeats did not say how many of each cohort are left.
	beatsVersion = 2
)

const (
	controllerRow = "controller"
	beatsRow      = "beats"
	tallyRows     = "tally/" // reporter and cohort in hexadecimal
)

// Track has the controller remember what changes, for SaveChanges.
func (c *Controller) Track() { c.ledger.tally.Track() }

// Save gives everything the controller knows. Restore makes one of it that
// does from then on what this one does.
func (c *Controller) Save(put func(name string, value []byte)) {
	put(controllerRow, c.encode())
	put(beatsRow, c.beats.encode())
	c.ledger.tally.Save(put)
}

// SaveChanges gives what changed since the last time, after Track. Left out
// are heartbeats since a reporter's last other news: reporters say those again.
func (c *Controller) SaveChanges(put func(name string, value []byte)) {
	put(controllerRow, c.encode())
	if c.beats.fresh {
		c.beats.fresh = false
		put(beatsRow, c.beats.encode())
	}
	c.ledger.tally.SaveChanges(put)
}

// Restore makes a controller of what Save gave. The configuration may be
// another one than then.
func Restore(config Config, rows map[string][]byte) (*Controller, error) {
	d := &decoder{rest: rows[controllerRow]}
	c := &Controller{config: config, crowd: crowd{showUp: newShowUp()}}
	version := d.versions(crowdless, controllerVersion)
	newest := c.decode(d)
	c.ledger = NewLedger(config.Horizon, config.PassLife, newest-aheadOfClock)
	l := c.ledger
	l.Late, l.Expired, l.Claims, l.Arrivals, l.Directs = d.long(), d.long(), d.long(), d.long(), d.long()
	for _, list := range [...]*[]arrivals{&l.fresh, &l.claimed} {
		for range d.length(2) {
			*list = append(*list, arrivals{d.word(), d.word()})
		}
	}
	if version >= withCrowds {
		c.decodeCrowd(d)
	}
	if version == controllerVersion {
		c.heard, c.told = d.word(), d.flag()
	}
	if !d.done() {
		return nil, ErrSaved
	}
	d = &decoder{rest: rows[beatsRow]}
	if c.beats.decode(d); !d.done() {
		return nil, ErrSaved
	}
	if err := l.tally.Restore(rows); err != nil {
		return nil, err
	}
	l.tally.Sum(func(seen *Count) {
		if total := l.at(seen.Second); total != nil {
			total.add(seen)
			if l.counts(seen.Second) {
				l.active += int(seen.In) - int(seen.Out)
			}
		}
	})
	return c, nil
}

func (c *Controller) encode() []byte {
	e := encoder{controllerVersion}
	e.long(uint64(c.limits.Active))
	e.long(uint64(c.limits.PerMinute))
	e.number(c.showUp.due)
	e.number(c.showUp.came)
	e.word(c.frontier.Through)
	e.long(c.frontier.Below)
	e.long(uint64(len(c.called)))
	for _, g := range c.called {
		e.word(g.at)
		e.word(g.first)
		e.word(g.last)
		for _, n := range [...]float64{g.age, g.head, g.tail, g.places, g.came} {
			e.number(n)
		}
	}
	e.number(c.beats.heard)
	e.number(c.tokens)
	e.long(uint64(len(c.leases.open)))
	for _, l := range c.leases.open {
		e.long(l.id)
		e.long(uint64(l.slots))
		e.word(l.expires)
	}
	e.word(c.last)
	p := &c.pace
	e.number(p.claims)
	e.number(p.drift)
	e.number(p.ends)
	e.long(uint64(p.active))
	e.long(p.expired)
	e.word(p.full)
	e.long(c.claims)
	e.long(c.directs)
	e.flag(c.paused)
	e.flag(c.drained)
	l := c.ledger
	e.word(l.newest)
	e.long(l.Late)
	e.long(l.Expired)
	e.long(l.Claims)
	e.long(l.Arrivals)
	e.long(l.Directs)
	for _, list := range [...][]arrivals{l.fresh, l.claimed} {
		e.long(uint64(len(list)))
		for _, a := range list {
			e.word(a.second)
			e.word(a.places)
		}
	}
	e.word(p.seen)
	k := &c.crowd
	e.word(k.second)
	e.number(k.usual)
	e.word(k.seen)
	e.number(k.showUp.due)
	e.number(k.showUp.came)
	for i := range c.called {
		e.flag(c.called[i].apart)
	}
	e.word(c.heard)
	e.flag(c.told)
	return e
}

func (c *Controller) decode(d *decoder) (newest uint32) {
	c.limits = Limits{int(d.long()), int(d.long())}
	c.showUp = showUp{d.number(), d.number()}
	c.frontier = Frontier{d.word(), d.long()}
	for range d.length(43) {
		g := group{at: d.word(), first: d.word(), last: d.word()}
		for _, n := range [...]*float64{&g.age, &g.head, &g.tail, &g.places, &g.came} {
			*n = d.number()
		}
		c.called = append(c.called, g)
	}
	c.beats.heard = d.number()
	c.tokens = d.number()
	for range d.length(3) {
		c.leases.open = append(c.leases.open, lease{d.long(), int(d.long()), d.word()})
	}
	c.last = d.word()
	c.heard = c.last
	c.pace.claims, c.pace.drift, c.pace.ends = d.number(), d.number(), d.number()
	c.pace.active, c.pace.expired, c.pace.full = int(d.long()), d.long(), d.word()
	c.claims, c.directs = d.long(), d.long()
	c.paused, c.drained = d.flag(), d.flag()
	return d.word()
}

func (c *Controller) decodeCrowd(d *decoder) {
	c.pace.seen = d.word()
	c.crowd = crowd{second: d.word(), usual: d.number(), seen: d.word(), showUp: showUp{d.number(), d.number()}}
	for i := range c.called {
		c.called[i].apart = d.flag()
	}
}

func (h *heartbeats) encode() []byte {
	e := encoder{beatsVersion}
	e.word(h.since)
	e.number(h.stay)
	e.number(h.fit.shape)
	e.number(h.fit.scale)
	for _, cohorts := range [...]map[uint32]uint32{h.told, h.alive} {
		e.long(uint64(len(cohorts)))
		for cohort, n := range cohorts {
			e.word(cohort)
			e.word(n)
		}
	}
	e.long(uint64(len(h.still)))
	for cohort, share := range h.still {
		e.word(cohort)
		e.number(share)
	}
	return e
}

func (h *heartbeats) decode(d *decoder) {
	hasStill := d.versions(savedVersion, beatsVersion) == beatsVersion
	h.since, h.stay, h.fit = d.word(), d.number(), survival{d.number(), d.number()}
	h.told, h.alive = map[uint32]uint32{}, map[uint32]uint32{}
	for _, cohorts := range [...]map[uint32]uint32{h.told, h.alive} {
		for range d.length(2) {
			cohort := d.word()
			cohorts[cohort] = d.word()
		}
	}
	if !hasStill {
		return
	}
	h.still = map[uint32]float64{}
	for range d.length(9) {
		cohort := d.word()
		h.still[cohort] = d.number()
	}
}

// Save gives everything that is remembered.
func (t *Tally) Save(put func(name string, value []byte)) {
	done := map[rowID]bool{}
	for id, r := range t.reporters {
		for second := range r.seen {
			if row := (rowID{id, Cohort(second)}); !done[row] {
				done[row] = true
				if value := t.row(row); value != nil {
					put(row.name(), value)
				}
			}
		}
	}
}

// SaveChanges gives what changed since the last time, after Track.
func (t *Tally) SaveChanges(put func(name string, value []byte)) {
	for row := range t.changed {
		put(row.name(), t.row(row))
	}
	clear(t.changed)
}

// row is what a reporter has said of a cohort, nil for nothing but heartbeats.
func (t *Tally) row(row rowID) []byte {
	r := t.reporters[row.reporter]
	if r == nil {
		return nil
	}
	var e encoder
	worth := false
	for offset := range uint32(cohortSeconds) {
		if c := r.seen[row.cohort+offset]; c != nil {
			if e == nil {
				e = encoder{savedVersion}
			}
			e.word(offset)
			e.count(c)
			worth = worth || !c.onlyBeats()
		}
	}
	if !worth {
		return nil
	}
	return e
}

// Restore takes in what Save gave. Other rows are passed over.
func (t *Tally) Restore(rows map[string][]byte) error {
	for name, value := range rows {
		if len(name) != len(tallyRows)+24 || name[:len(tallyRows)] != tallyRows {
			continue
		}
		row, ok := parseRow(name[len(tallyRows):])
		if !ok {
			return ErrSaved
		}
		d := &decoder{rest: value}
		d.version(savedVersion)
		for len(d.rest) > 0 && !d.failed {
			c := Count{Second: row.cohort + d.word()}
			d.count(&c)
			t.Add(row.reporter, &c)
		}
		if !d.done() {
			return ErrSaved
		}
	}
	clear(t.changed)
	return nil
}

const hexDigits = "0123456789abcdef"

func (r rowID) name() string {
	name := make([]byte, 0, len(tallyRows)+24)
	name = append(name, tallyRows...)
	for shift := 60; shift >= 0; shift -= 4 {
		name = append(name, hexDigits[r.reporter>>shift&15])
	}
	for shift := 28; shift >= 0; shift -= 4 {
		name = append(name, hexDigits[r.cohort>>shift&15])
	}
	return string(name)
}

func parseRow(text string) (row rowID, ok bool) {
	for i, c := range []byte(text) {
		digit := uint64(slices.Index([]byte(hexDigits), c))
		if digit > 15 {
			return row, false
		}
		if i < 16 {
			row.reporter = row.reporter<<4 | digit
		} else {
			row.cohort = row.cohort<<4 | uint32(digit)
		}
	}
	return row, true
}

type encoder []byte

func (e *encoder) long(v uint64)    { *e = binary.AppendUvarint(*e, v) }
func (e *encoder) word(v uint32)    { *e = binary.AppendUvarint(*e, uint64(v)) }
func (e *encoder) number(v float64) { *e = binary.BigEndian.AppendUint64(*e, math.Float64bits(v)) }
func (e *encoder) flag(v bool) {
	if v {
		*e = append(*e, 1)
	} else {
		*e = append(*e, 0)
	}
}

func (e *encoder) count(c *Count) {
	for _, n := range c.fields() {
		e.word(*n)
	}
}

// decoder reads what an encoder wrote; the first fault sticks.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) version(want byte) { d.versions(want, want) }

// versions reads one between two.
func (d *decoder) versions(oldest, newest byte) (is byte) {
	if d.failed = d.failed || len(d.rest) == 0 || d.rest[0] < oldest || d.rest[0] > newest; !d.failed {
		is, d.rest = d.rest[0], d.rest[1:]
	}
	return is
}

func (d *decoder) long() uint64 {
	v, n := binary.Uvarint(d.rest)
	if d.failed = d.failed || n <= 0; d.failed {
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) word() uint32 {
	v := d.long()
	d.failed = d.failed || v > math.MaxUint32
	return uint32(v)
}

func (d *decoder) number() float64 {
	if d.failed = d.failed || len(d.rest) < 8; d.failed {
		return 0
	}
	v := math.Float64frombits(binary.BigEndian.Uint64(d.rest))
	d.rest = d.rest[8:]
	return v
}

func (d *decoder) flag() bool { return d.long() == 1 }

// length reads how many items follow, each of so many bytes at least.
func (d *decoder) length(least int) int {
	n := d.long()
	if d.failed = d.failed || n > uint64(len(d.rest)/least); d.failed {
		return 0
	}
	return int(n)
}

func (d *decoder) count(c *Count) {
	for _, n := range c.fields() {
		*n = d.word()
	}
}

func (d *decoder) done() bool { return !d.failed && len(d.rest) == 0 }
