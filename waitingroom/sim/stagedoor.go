package sim

import (
	"math/rand/v2"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

// stagedoor is our own room: isolates that count and report, gates that sum
// them up, and the controller.
type stagedoor struct {
	s        *Scenario
	r        *rand.Rand
	room     *queue.Controller
	isolates []*queue.Reporter
	gates    []*gate

	published []queue.Frontier // of the last seconds, the latest first
	seen      queue.Frontier   // what the isolates know of it
	queueing  bool             // and whether anybody waits
	called    position         // up to whom visitors have been told to come
	waiting   [][]Visitor      // by second of arrival
	claims    map[uint32][]*Visitor
	pages     pages
	slots     []slots  // by gate
	loans     [][]loan // by isolate
	arrived   []uint32 // in this second, by isolate
	leases    uint64   // the ID of the last one

	alive  [][]int // tabs that ask every PollEvery, by cohort and phase
	quick  []int   // those who reload, by cohort
	bots   []int
	writes int

	told   queue.Outlook // as of toldAt
	toldAt uint32
}

// position is how far a bucket has been called: index visitors of it.
type position struct {
	second uint32
	index  int
}

// knownAfter is how old, in seconds, what an isolate knows of the room is: a
// gate hears it with its own report, and the isolate from the gate.
const knownAfter = 1

// Stagedoor makes the room that this program runs at the edge.
func Stagedoor(s *Scenario, r *rand.Rand) Door {
	d := &stagedoor{
		s: s, r: r, claims: map[uint32][]*Visitor{}, called: position{second: begin},
		pages:   pages{asked: map[uint32][]*Visitor{}, late: map[uint32][]*Visitor{}},
		room:    queue.NewController(s.config(), queue.Limits{Active: s.ActiveLimit, PerMinute: s.PerMinute}, begin),
		waiting: make([][]Visitor, s.Duration),
	}
	for from := uint32(begin); queue.Cohort(from) <= begin+s.Duration; from += cohort {
		d.alive = append(d.alive, make([]int, s.PollEvery))
	}
	d.quick, d.bots = make([]int, len(d.alive)), make([]int, len(d.alive))
	d.seen = d.room.Frontier()
	for range knownAfter {
		d.published = append(d.published, d.seen)
	}
	for range s.Gates {
		d.gates = append(d.gates, newGate(r.Uint64()))
	}
	d.slots, d.loans, d.arrived = make([]slots, s.Gates), make([][]loan, s.Isolates), make([]uint32, s.Isolates)
	for range s.Isolates {
		d.isolates = append(d.isolates, queue.NewReporter(r.Uint64()))
	}
	return d
}

func (s *Scenario) config() queue.Config {
	return queue.Config{PollEvery: s.PollEvery, PassLife: s.PassLife, Horizon: s.Duration + 3600, TypicalStay: uint32(s.Stay.Median)}
}

func (d *stagedoor) SessionLife() (life, renewed uint32) { return d.s.PassLife, d.s.PassLife / 2 }
func (d *stagedoor) Writes() int                         { return d.writes }

// cohort is how many seconds of arrivals have their heartbeats counted together.
var cohort = func() uint32 {
	n := uint32(1)
	for queue.Cohort(begin+n) == queue.Cohort(begin) {
		n++
	}
	return n
}()

func cohortOf(second uint32) uint32 { return (queue.Cohort(second) - queue.Cohort(begin)) / cohort }

// asks notes that a visitor asks from now on, or with by -1 no more.
func (d *stagedoor) asks(v *Visitor, by int) {
	switch of := cohortOf(v.Arrived); v.kind {
	case refresher:
		d.quick[of] += by
	case bot:
		d.bots[of] += by
	default:
		d.alive[of][v.Phase] += by * d.s.weight(v)
	}
}

func (d *stagedoor) Arrive(now uint32, came []Visitor, let Let) {
	d.waiting[now-begin] = came
	for i := range came {
		if d.takeSlot(&came[i], now, let) {
			continue
		}
		d.isolates[came[i].Isolate].At(now).Arrived++
		if d.s.Page {
			d.opened(&came[i], now)
			continue
		}
		d.asks(&came[i], 1)
	}
}

func (d *stagedoor) GaveUp(v *Visitor) {
	if !d.s.Page {
		d.asks(v, -1)
	}
}

// Open finds whom the frontier has reached since the last second; each of them
// learns of it with the next poll, if they are still there.
func (d *stagedoor) Open(now uint32, let Let) {
	if d.s.Page {
		d.answer(now, let)
		return
	}
	for d.called.second <= now {
		bucket := d.waiting[d.called.second-begin]
		for d.called.index < len(bucket) && d.seen.Admits(d.called.second, bucket[d.called.index].Tie) {
			v := &bucket[d.called.index]
			d.called.index++
			if asks := d.s.Asks(v, now); v.Waiting(asks) {
				d.claims[asks] = append(d.claims[asks], v)
			}
		}
		if d.called.index < len(bucket) || d.called.second > d.seen.Through {
			break
		}
		d.called = position{second: d.called.second + 1}
	}
	for _, v := range d.claims[now] {
		if !let(v) {
			continue
		}
		d.asks(v, -1)
		d.came(v, now)
	}
	delete(d.claims, now)
}

func (d *stagedoor) came(v *Visitor, now uint32) {
	i := d.isolates[v.Isolate]
	i.At(v.Arrived).Claimed++
	i.At(now).In++
}

func (d *stagedoor) Renewed(s *Session, now uint32) {
	i := d.isolates[s.Visitor.Isolate]
	i.At(s.Issued).Out++
	i.At(now).In++
}

func (d *stagedoor) Left(s *Session, _ uint32) { d.isolates[s.Visitor.Isolate].At(s.Issued).Out++ }

// End counts the polls, brings the reports where they go and ticks.
func (d *stagedoor) End(now uint32) {
	if !d.s.Page {
		d.heartbeats(now)
	}
	for _, g := range d.gates {
		d.tell(g)
	}
	for i, one := range d.isolates {
		d.report(one, d.gates[i%len(d.gates)], now)
	}
	for _, g := range d.gates {
		g.read(now)
	}
	d.room.Tick(now)
	d.lend(now)
	d.seen, d.queueing = d.published[knownAfter-1], d.room.Waits(now)
	copy(d.published[1:], d.published)
	d.published[0] = d.room.Frontier()
}

// pollsEach is about how many polls of a second one isolate gets.
const pollsEach = 20

// heartbeats counts the polls of this second, spread over some isolates.
func (d *stagedoor) heartbeats(now uint32) {
	for i := range d.alive {
		polls := d.alive[i][now%d.s.PollEvery]
		if d.quick[i] > 0 {
			polls += share(d.quick[i], d.s.Refreshers.Every, now)
		}
		if d.bots[i] > 0 {
			polls += share(d.bots[i], d.s.Bots.Every, now)
		}
		if polls == 0 {
			continue
		}
		second := queue.Cohort(begin) + uint32(i)*cohort
		n := min(polls/pollsEach+1, len(d.isolates))
		first := d.r.IntN(len(d.isolates))
		for j := range n {
			share := polls / n
			if j < polls%n {
				share++
			}
			d.isolates[(first+j)%len(d.isolates)].At(second).Polls += uint32(share)
		}
	}
}

// share is how many of n who ask every so many seconds do so now.
func share(n int, every, now uint32) int {
	of := n / int(every)
	if uint32(n)%every > now%every {
		of++
	}
	return of
}

// Tell is what the page says, for those who are not called.
func (d *stagedoor) Tell(v *Visitor, now uint32) (p50, p90 float64, known bool) {
	if d.seen.Admits(v.Arrived, v.Tie) {
		return 0, 0, false
	}
	if d.toldAt != now {
		d.told, d.toldAt = d.room.Outlook(now), now
	}
	_, e := d.told.Look(v.Arrived, v.Tie)
	return e.P50, e.P90, !e.Unknown
}
