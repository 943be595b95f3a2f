package sim

// slots are what the room lends in advance, so that visitors who find no queue
// come in at once: the room lends to gates, and gates to isolates, as packages
// room and isolate do.
type slots struct {
	pools []pool // of a gate
	want  int    // by its isolates, since the room was asked
}

// pool is a lease of the room to a gate.
type pool struct {
	id     uint64
	left   int
	out    int // parts of it with isolates
	unused int // given back
	until  uint32
}

// loan is what an isolate has of a pool.
type loan struct {
	pool  uint64
	slots int
	until uint32
}

const (
	// slotsGood and slotsSlack are package room's leaseGood and leaseSlack, in
	// seconds.
	slotsGood  = 6
	slotsSlack = 4
)

// takeSlot lets a visitor in at once if their isolate has a slot.
func (d *stagedoor) takeSlot(v *Visitor, now uint32, let Let) bool {
	d.arrived[v.Isolate]++
	if d.queueing {
		return false
	}
	loans := d.loans[v.Isolate]
	for i := range loans {
		if l := &loans[i]; l.slots > 0 && now < l.until && let(v) {
			l.slots--
			c := d.isolates[v.Isolate].At(now)
			c.Direct++
			c.In++
			return true
		}
	}
	return false
}

// lend ends a second: isolates give back what is used up or over and ask for
// more, gates ask the room. What they get they have in the next second.
func (d *stagedoor) lend(now uint32) {
	for i := range d.isolates {
		g := &d.slots[i%len(d.gates)]
		kept, have := d.loans[i][:0], 0
		for _, l := range d.loans[i] {
			if l.slots > 0 && now+1 < l.until && !d.queueing {
				kept = append(kept, l)
				have += l.slots
				continue
			}
			g.giveBack(l)
		}
		d.loans[i] = kept
		want := max(2*int(d.arrived[i]), 1) - have
		d.arrived[i] = 0
		if d.queueing || want <= 0 {
			continue
		}
		g.want += want
		if l := g.take(want, now); l.slots > 0 {
			d.loans[i] = append(d.loans[i], l)
		}
	}
	for i := range d.slots {
		g := &d.slots[i]
		g.settle(now, d.room.Settle)
		for _, p := range g.pools {
			g.want -= p.left
		}
		if g.want > 0 && !d.queueing {
			d.leases++
			if n := d.room.Lease(d.leases, g.want, now, now+slotsGood+slotsSlack); n > 0 {
				g.pools = append(g.pools, pool{id: d.leases, left: n, until: now + slotsGood})
			}
		}
		g.want = 0
	}
}

// take is a part of one pool.
func (g *slots) take(want int, now uint32) loan {
	for i := range g.pools {
		if p := &g.pools[i]; p.left > 0 && now+1 < p.until {
			n := min(want, p.left)
			p.left -= n
			p.out++
			return loan{p.id, n, p.until}
		}
	}
	return loan{}
}

func (g *slots) giveBack(l loan) {
	for i := range g.pools {
		if p := &g.pools[i]; p.id == l.pool {
			p.out--
			p.unused += l.slots
		}
	}
}

// settle ends what is used up or over, and in nobody's hands.
func (g *slots) settle(now uint32, end func(id uint64, unused int)) {
	kept := g.pools[:0]
	for _, p := range g.pools {
		if p.out == 0 && (p.left == 0 || now >= p.until) {
			end(p.id, p.left+p.unused)
			continue
		}
		kept = append(kept, p)
	}
	g.pools = kept
}
