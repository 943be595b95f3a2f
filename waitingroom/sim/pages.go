package sim

import "github.com/stagedoor/stagedoor/waitingroom/queue"

// pages are the queue pages that are open, each of which asks again as it was
// told with its last answer (edge/filter, WaitingRoom.again).
type pages struct {
	asked map[uint32][]*Visitor // who asks, by second
	late  map[uint32][]*Visitor // who asked and is answered late, by second of the answer
}

// opened plans the first question of a visitor who was given a place.
func (d *stagedoor) opened(v *Visitor, now uint32) {
	if d.queueing {
		d.askIn(v, now, 2+d.r.Uint32N(max(d.s.Every(v)-1, 1)))
		return
	}
	d.askIn(v, now, 1+d.r.Uint32N(2))
}

func (d *stagedoor) askIn(v *Visitor, now, seconds uint32) {
	d.pages.asked[now+seconds] = append(d.pages.asked[now+seconds], v)
}

// answer answers those who asked, in time or late.
func (d *stagedoor) answer(now uint32, let Let) {
	for _, v := range d.pages.asked[now] {
		if late := d.s.Slow.Answers; late > 0 && d.s.Slow.at(now) {
			at := now + 1 + d.r.Uint32N(late)
			d.pages.late[at] = append(d.pages.late[at], v)
			continue
		}
		d.decide(v, now, let)
	}
	for _, v := range d.pages.late[now] {
		d.decide(v, now, let)
	}
	delete(d.pages.asked, now)
	delete(d.pages.late, now)
}

// decide lets a visitor in who is called, and has the others ask again.
func (d *stagedoor) decide(v *Visitor, now uint32, let Let) {
	switch {
	case !v.Waiting(now):
		return
	case !d.seen.Admits(v.Arrived, v.Tie):
		d.isolates[v.Isolate].At(queue.Cohort(v.Arrived)).Polls += uint32(d.s.weight(v))
		poll := d.s.Every(v)
		// Those who came together are spread over a round once.
		if now < v.Arrived+poll {
			d.askIn(v, now, 2+d.r.Uint32N(max(poll-1, 1)))
			return
		}
		d.askIn(v, now, poll-poll/10+d.r.Uint32N(poll/5+1))
	case let(v):
		d.came(v, now)
	}
}
