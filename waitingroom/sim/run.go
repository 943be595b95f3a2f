package sim

import (
	"context"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

// run is a simulation under way.
type run struct {
	s        *Scenario
	r        random
	crowd    *crowd
	room     *queue.Controller
	isolates []*isolate
	mail     map[uint32][]queue.Report // reports by the second they arrive in

	seen   queue.Frontier // what the isolates know
	called position       // up to whom visitors have been told to come
	claims map[uint32][]claim
	ends   map[uint32][]session

	alive   [][]int            // waiting, by cohort and phase of polling
	waits   int                // of them, all
	leaving map[uint32][]claim // who gives up, unless they came in, by second
	active  int                // passes that are good
	in, out int                // admitted, gave up
	meter   meter
}

// position is how far a bucket has been called: index visitors of it.
type position struct {
	second uint32
	index  int
}

type claim struct {
	second uint32 // of arrival
	v      *visitor
}

type session struct {
	issued  uint32 // when the present pass was
	until   uint32 // when the visitor goes
	isolate uint16
	gone    bool // the visitor has vanished: this is when the pass runs out
}

// Progress is told how far a run has come, once a virtual minute.
type Progress func(second uint32, admitted, waiting, active int)

// Run plays a scenario to its end: until everyone came in or left, or its
// duration is over.
func Run(ctx context.Context, s Scenario, progress Progress) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	w := &run{
		s: &s, r: newRandom(s.Seed), mail: map[uint32][]queue.Report{}, claims: map[uint32][]claim{}, ends: map[uint32][]session{},
		leaving: map[uint32][]claim{},
	}
	for from := uint32(begin); queue.Cohort(from) <= begin+s.Duration; from += cohort {
		w.alive = append(w.alive, make([]int, s.PollEvery))
	}
	w.crowd = assemble(&s, &w.r)
	w.room = queue.NewController(s.config(), queue.Limits{Active: s.ActiveLimit, PerMinute: s.PerMinute}, begin)
	w.seen = w.room.Frontier()
	w.called = position{second: begin}
	for range s.Isolates {
		w.isolates = append(w.isolates, newIsolate(w.r.Uint64()))
	}
	w.meter = newMeter(&s)
	for t := uint32(0); t < s.Duration; t++ {
		if t%60 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if progress != nil {
				progress(t, w.in, w.waits, w.active)
			}
		}
		w.second(begin + t)
		if w.finished(t) {
			break
		}
	}
	return w.meter.result(w), nil
}

// cohort is how many seconds of arrivals have their heartbeats counted together.
var cohort = func() uint32 {
	n := uint32(1)
	for queue.Cohort(begin+n) == queue.Cohort(begin) {
		n++
	}
	return n
}()

// of is the counters of those who wait and arrived in a second.
func (w *run) of(second uint32) []int {
	return w.alive[(queue.Cohort(second)-queue.Cohort(begin))/cohort]
}

func (w *run) finished(t uint32) bool {
	if w.waits > 0 || w.active > 0 {
		return false
	}
	for later := t + 1; later < uint32(len(w.crowd.buckets)); later++ {
		if len(w.crowd.buckets[later]) > 0 {
			return false
		}
	}
	return true
}

// second plays one: those who arrive, those who give up, those who are told to
// come, those who come and go, what is counted, and the controller's tick.
func (w *run) second(now uint32) {
	w.arrive(now)
	w.giveUp(now)
	w.call(now)
	w.comeIn(now)
	w.goOut(now)
	w.heartbeats(now)
	w.report(now)
	w.room.Tick(now)
	w.meter.second(w, now)
	w.seen = w.room.Frontier() // what an isolate knows is a second old
}

func (w *run) arrive(now uint32) {
	for i := range w.crowd.buckets[now-begin] {
		v := &w.crowd.buckets[now-begin][i]
		w.isolates[v.isolate].at(now).Arrived++
		w.of(now)[v.poll]++
		w.waits++
		if v.patience-begin < w.s.Duration {
			w.leaving[v.patience] = append(w.leaving[v.patience], claim{now, v})
		}
	}
}

func (w *run) giveUp(now uint32) {
	for _, c := range w.leaving[now] {
		if !c.v.came {
			w.of(c.second)[c.v.poll]--
			w.waits--
			w.out++
		}
	}
	delete(w.leaving, now)
}

// call finds whom the frontier has reached since the last second; each of them
// learns of it with the next poll, if they are still there.
func (w *run) call(now uint32) {
	for w.called.second <= now {
		bucket := w.crowd.buckets[w.called.second-begin]
		for w.called.index < len(bucket) && w.seen.Admits(w.called.second, bucket[w.called.index].tie) {
			v := &bucket[w.called.index]
			w.called.index++
			poll := now + (uint32(v.poll)+w.s.PollEvery-now%w.s.PollEvery)%w.s.PollEvery
			if poll < v.patience {
				w.claims[poll] = append(w.claims[poll], claim{w.called.second, v})
			}
		}
		if w.called.index < len(bucket) || w.called.second > w.seen.Through {
			return
		}
		w.called = position{second: w.called.second + 1}
	}
}

func (w *run) comeIn(now uint32) {
	for _, c := range w.claims[now] {
		w.of(c.second)[c.v.poll]--
		w.waits--
		c.v.came = true
		i := w.isolates[c.v.isolate]
		i.at(c.second).Claimed++
		i.at(now).In++
		w.active++
		w.in++
		w.meter.admitted(w, c.second, now)
		w.stay(session{issued: now, until: now + 1 + uint32(w.s.Stay.draw(&w.r)), isolate: c.v.isolate})
	}
	delete(w.claims, now)
}

// stay plans what happens next to a pass: it is renewed at half its life, or
// given up, or its holder vanishes and it runs out.
func (w *run) stay(s session) {
	at := s.issued + w.s.PassLife/2
	if s.until <= at {
		at = s.until
	}
	w.ends[at] = append(w.ends[at], s)
}

func (w *run) goOut(now uint32) {
	for _, s := range w.ends[now] {
		i := w.isolates[s.isolate]
		switch {
		case s.gone:
			w.active--
		case now < s.until:
			i.at(s.issued).Out++
			i.at(now).In++
			s.issued = now
			w.stay(s)
		case w.r.chance(w.s.Vanish):
			s.gone = true
			ends := s.issued + w.s.PassLife
			w.ends[ends] = append(w.ends[ends], s)
		default:
			i.at(s.issued).Out++
			w.active--
		}
	}
	delete(w.ends, now)
}

// pollsEach is about how many polls of a second one isolate gets.
const pollsEach = 20

// heartbeats counts the polls of this second, spread over some isolates.
func (w *run) heartbeats(now uint32) {
	for i := range w.alive {
		polls := w.alive[i][now%w.s.PollEvery]
		if polls == 0 {
			continue
		}
		second := queue.Cohort(begin) + uint32(i)*cohort
		n := min(polls/pollsEach+1, len(w.isolates))
		first := w.r.IntN(len(w.isolates))
		for j := range n {
			share := polls / n
			if j < polls%n {
				share++
			}
			w.isolates[(first+j)%len(w.isolates)].at(second).Polls += uint32(share)
		}
	}
}

// report sends what the isolates counted, and delivers what arrives now.
func (w *run) report(now uint32) {
	for _, i := range w.isolates {
		if len(i.dirty) == 0 {
			continue
		}
		r := i.report()
		w.meter.reports++
		if w.r.chance(w.s.Lost) {
			continue
		}
		late := now
		if w.s.LateBy > 0 {
			late += w.r.Uint32N(w.s.LateBy + 1)
		}
		w.mail[late] = append(w.mail[late], r)
		if w.r.chance(w.s.Twice) {
			w.mail[late+1] = append(w.mail[late+1], r)
		}
		i.acknowledged()
	}
	for _, r := range w.mail[now] {
		w.room.Report(r)
	}
	delete(w.mail, now)
}
