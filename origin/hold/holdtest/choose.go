package holdtest

import (
	"context"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
)

// longest and mostOffice bound the holds of the box office, as they do in a Store that says nothing else.
const (
	longest    = 7 * 24 * time.Hour
	mostOffice = 60
)

// choice is somebody choosing seats of a performance.
type choice struct {
	*play
	now     time.Time
	full    time.Duration
	session string
	channel hold.Channel
	mine    *lease // the hold they have, if any
}

func (m *Memory) choice(p *play, now time.Time, session string, channel hold.Channel, asked time.Duration) choice {
	c := choice{play: p, now: now, full: m.cfg.TTL, session: session, channel: channel}
	if channel == hold.BoxOffice {
		c.full = max(c.full, min(asked, longest))
	}
	for _, l := range p.holds {
		if l.Session == session {
			c.mine = l
		}
	}
	return c
}

func (m *Memory) most(channel hold.Channel) int {
	if channel == hold.BoxOffice {
		return mostOffice
	}
	return m.cfg.MaxSeats
}

// own says whether the session keeps a seat already, and may keep it on.
func (c choice) own(seat string) bool {
	return c.mine != nil && c.now.Before(c.mine.since.Add(2*c.full)) && slices.Contains(c.mine.Seats, seat)
}

// free says whether the session may have a seat.
func (c choice) free(seat string) bool {
	for _, l := range c.holds {
		if slices.Contains(l.Seats, seat) {
			return l == c.mine && c.own(seat) && !c.sold[seat]
		}
	}
	return !c.sold[seat] && (!c.withheld[seat] || c.channel == hold.BoxOffice)
}

// take makes the hold of seats that are free.
func (m *Memory) take(c choice, request hold.Hold) hold.Hold {
	l := &lease{since: c.now}
	if c.mine != nil {
		kept := func(seat string) bool { return slices.Contains(request.Seats, seat) }
		if slices.ContainsFunc(c.mine.Seats, kept) {
			l.since, l.Extended, l.ExpiresAt = c.mine.since, c.mine.Extended, c.mine.ExpiresAt
		}
		old := *c.mine
		delete(c.holds, old.ID)
		old.Seats = slices.DeleteFunc(slices.Clone(old.Seats), kept)
		if old.pledged.After(old.ExpiresAt) && len(old.Seats) > 0 {
			old.Session, old.ExpiresAt = nobody, c.now
			c.holds[old.ID] = &old
		}
	}
	c.token++
	request.ID, request.Token, request.Session, request.Extended = hold.NewID(request.PerformanceID), c.token, c.session, l.Extended
	request.ExpiresAt = m.end(c.now, l, c.full)
	l.Hold = request
	c.holds[l.ID] = l
	return l.Hold
}

// Acquire implements hold.Store.
func (m *Memory) Acquire(ctx context.Context, request hold.Request) (hold.Hold, error) {
	if err := request.Validate(m.most(request.Channel)); err != nil {
		return hold.Hold{}, err
	}
	p, now, leave, err := m.enter(ctx, request.PerformanceID)
	if err != nil {
		return hold.Hold{}, err
	}
	defer leave()
	c := m.choice(p, now, request.Session, request.Channel, request.For)
	var taken []string
	for _, seat := range request.Seats {
		if !c.free(seat) {
			taken = append(taken, seat)
		}
	}
	if taken != nil {
		return hold.Hold{}, &hold.TakenError{Seats: taken}
	}
	var alone []string
	for _, block := range request.Blocks {
		alone = append(alone, leftAlone(block, c.free, func(seat string) bool { return slices.Contains(request.Seats, seat) })...)
	}
	if alone != nil {
		return hold.Hold{}, &hold.AloneError{Seats: alone}
	}
	seats := slices.Clone(request.Seats)
	for _, area := range request.General {
		var own, others []string
		for _, place := range area.Places {
			switch {
			case c.own(place):
				own = append(own, place)
			case c.free(place):
				others = append(others, place)
			}
		}
		found := append(own, others...)
		if len(found) < area.Count {
			return hold.Hold{}, &hold.FullError{Section: area.Section, Left: len(found)}
		}
		seats = append(seats, found[:area.Count]...)
	}
	return m.take(c, hold.Hold{PerformanceID: request.PerformanceID, Seats: seats}), nil
}

// leftAlone lists the free seats of a block that a choice leaves alone: no free seat beside them, where the choice takes
// of their stretch of free seats so few that it could have done without.
func leftAlone(block []string, free, chosen func(string) bool) (alone []string) {
	for from := 0; from < len(block); from++ {
		to := from
		for to < len(block) && free(block[to]) {
			to++
		}
		stretch := block[from:to]
		from = to
		left := slices.DeleteFunc(slices.Clone(stretch), chosen)
		if len(left) == len(stretch) || len(left) < 2 {
			continue
		}
		for i, seat := range stretch {
			if !chosen(seat) && (i == 0 || chosen(stretch[i-1])) && (i == len(stretch)-1 || chosen(stretch[i+1])) {
				alone = append(alone, seat)
			}
		}
	}
	return alone
}

// Best implements hold.Finder.
func (m *Memory) Best(ctx context.Context, search hold.Search) (hold.Hold, error) {
	if err := search.Validate(m.most(search.Channel)); err != nil {
		return hold.Hold{}, err
	}
	p, now, leave, err := m.enter(ctx, search.PerformanceID)
	if err != nil {
		return hold.Hold{}, err
	}
	defer leave()
	c := m.choice(p, now, search.Session, search.Channel, search.For)
	if search.Order == nil {
		return hold.Hold{}, hold.ErrNoneFree
	}
	seats, list, found := spaces(search.Order, c.free)
	if found && search.Order.Seats > 0 {
		var row []string
		row, found = sideBySide(search.Order, search.Order.Lists[list], c.free)
		seats = append(seats, row...)
	}
	if !found {
		return hold.Hold{}, hold.ErrNoneFree
	}
	return m.take(c, hold.Hold{PerformanceID: search.PerformanceID, Seats: seats}), nil
}

// spaces finds the accessible places of an order: spaces with companions' seats first, then those that have none free.
func spaces(o *seating.Order, free func(string) bool) (seats []string, list int, found bool) {
	withCompanion := func(p seating.Pair) bool { return free(p.Space) && p.Companion != "" && free(p.Companion) }
	alone := func(p seating.Pair) bool { return free(p.Space) && !withCompanion(p) }
	picked := map[string]bool{}
	list = -1
	for _, round := range []struct {
		upTo int // spaces in all, when the round is over
		fits func(seating.Pair) bool
	}{{o.Companions, withCompanion}, {o.Spaces, alone}, {o.Spaces, withCompanion}} {
		for _, p := range o.Pairs {
			if len(picked) >= round.upTo || picked[p.Space] || !round.fits(p) {
				continue
			}
			if list < 0 {
				list = p.List
			}
			picked[p.Space] = true
			seats = append(seats, p.Space)
			if round.upTo == o.Companions && len(picked) <= o.Companions && withCompanion(p) {
				seats = append(seats, p.Companion)
			}
		}
		if len(picked) < o.Companions {
			return nil, 0, false
		}
	}
	return seats, max(list, 0), len(picked) == o.Spaces
}

// sideBySide finds the first window that leaves no seat alone, in the first tier with a free window; else the one that
// leaves the fewest.
func sideBySide(o *seating.Order, windows []seating.Window, free func(string) bool) (seats []string, found bool) {
	least := 3
	for _, w := range append(slices.Clip(windows), seating.Window{Block: -1}) {
		if w.Block < 0 {
			if seats != nil {
				return seats, true
			}
			continue
		}
		block := o.Blocks[w.Block]
		window := block[w.At : w.At+o.Seats]
		if slices.ContainsFunc(window, func(seat string) bool { return !free(seat) }) {
			continue
		}
		at := func(i int) bool { return i >= 0 && i < len(block) && free(block[i]) }
		alone := 0
		if o.Spaces > 0 {
			return slices.Clone(window), true
		}
		if at(w.At-1) && !at(w.At-2) {
			alone++
		}
		if end := w.At + o.Seats; at(end) && !at(end+1) {
			alone++
		}
		if alone < least {
			seats, least = slices.Clone(window), alone
		}
	}
	return nil, false
}

// Pledge implements hold.Pledger.
func (m *Memory) Pledge(ctx context.Context, holdID string, until time.Time) error {
	return m.kept(ctx, holdID, func(_ *play, _ time.Time, l *lease) {
		if until = until.Truncate(time.Millisecond); until.After(l.pledged) {
			l.pledged = until
		}
	})
}

// Unpledge implements hold.Pledger.
func (m *Memory) Unpledge(ctx context.Context, holdID string) error {
	err := m.kept(ctx, holdID, func(p *play, now time.Time, l *lease) {
		l.pledged = time.Time{}
		if l.over(now) {
			delete(p.holds, holdID)
		}
	})
	if err == hold.ErrGone {
		return nil
	}
	return err
}

// kept does something with what keeps seats, be the hold over or not.
func (m *Memory) kept(ctx context.Context, id string, do func(*play, time.Time, *lease)) error {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return err
	}
	p, now, leave, err := m.enter(ctx, performanceID)
	if err != nil {
		return err
	}
	defer leave()
	l := p.holds[id]
	if l == nil {
		return hold.ErrGone
	}
	do(p, now, l)
	return nil
}
