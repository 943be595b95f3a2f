package seatstream

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

const (
	// look is how often streams are looked after that have ended or lag behind.
	look = time.Second
	// retry is how often those are tried again that did not take all they were told.
	retry = 20 * time.Millisecond
	// opening bounds the wait for a feed and a snapshot.
	opening = 10 * time.Second
)

// room is one performance with those who watch it.
type room struct {
	hub         *Hub
	performance uuid.UUID
	opened      chan struct{} // closed when the state is known, or failed is set
	failed      error
	prompt      chan struct{} // something below changed

	// Under the hub's lock.
	expected int // who will join
	arrived  []*member
	over     bool

	// The loop's own.
	history
	members map[*member]struct{}
	told    int64 // what everybody knows who takes what they are told
	lag     int   // how many did not take it all
	forget  context.CancelFunc
	next    time.Time
	written time.Time // when everybody was last written to
}

func newRoom(h *Hub, performance uuid.UUID) *room {
	return &room{hub: h, performance: performance, opened: make(chan struct{}), prompt: make(chan struct{}, 1), members: make(map[*member]struct{})}
}

func (r *room) wake() {
	select {
	case r.prompt <- struct{}{}:
	default:
	}
}

// run follows the performance until nobody watches it or its feed ends and can't be opened again.
func (r *room) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // and with it the subscription
	deltas, err := r.follow(ctx)
	if err != nil {
		r.failed = err
		r.end()
		close(r.opened)
		return
	}
	close(r.opened)
	defer r.end()
	every := r.hub.cfg.Every
	tell := time.NewTimer(every)
	defer tell.Stop()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	r.written = time.Now()
	for {
		select {
		case delta, open := <-deltas:
			if open && r.add(delta) {
				r.set(tell)
				continue
			}
			// Something was lost, here or on the way: what is known is read again, and those who watch need not come back.
			if deltas, err = r.follow(ctx); err != nil {
				return
			}
			r.set(tell)
		case <-tell.C:
			r.tell(time.Now())
			if r.lag > 0 {
				tell.Reset(max(retry, time.Until(r.next)))
			}
		case <-r.prompt:
			if !r.admit() {
				return
			}
			if r.lag > 0 {
				r.set(tell)
			}
		case <-ticker.C:
			r.lookAfter(time.Now())
			if !r.admit() {
				return
			}
		}
	}
}

// follow subscribes to the feed and reads the state, in this order: what changes in between comes twice, and is not missed.
func (r *room) follow(ctx context.Context) (<-chan hold.Delta, error) {
	if r.forget != nil {
		r.forget()
	}
	var following context.Context
	following, r.forget = context.WithCancel(ctx)
	deltas, err := r.hub.cfg.Feed.Subscribe(following, r.performance)
	if err != nil {
		return nil, err
	}
	patient, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	snapshot, err := r.hub.cfg.Seats.Snapshot(patient, r.performance)
	if err != nil {
		return nil, err
	}
	r.begin(snapshot)
	return ample(following, deltas), nil
}

// behind is how many deltas may wait while everybody is written to. The feed's own patience is shorter than that takes
// with tens of thousands of streams, and who loses it must tell everybody everything anew.
const behind = 4096

// ample is a feed that waits for its reader. It ends with ctx, or with the feed.
func ample(ctx context.Context, deltas <-chan hold.Delta) <-chan hold.Delta {
	waiting := make(chan hold.Delta, behind)
	go func() {
		defer close(waiting)
		for delta := range deltas {
			select {
			case waiting <- delta:
			case <-ctx.Done():
				return
			}
		}
	}()
	return waiting
}

// set makes the changes be told as soon as they may be.
func (r *room) set(tell *time.Timer) { tell.Reset(max(0, time.Until(r.next))) }

// admit lets in who arrived. It reports false when the room is empty and is over.
func (r *room) admit() bool {
	r.hub.mu.Lock()
	arrived := r.arrived
	r.arrived = nil
	empty := len(r.members)+len(arrived)+r.expected == 0
	if empty {
		r.leave()
	}
	r.hub.mu.Unlock()
	now := time.Now()
	frames := r.frames()
	for _, m := range arrived {
		r.members[m] = struct{}{}
		seq := m.seq
		m.seq = r.seq
		r.send(m, append(append([]byte(nil), greeting...), frames(seq)...), now)
	}
	return !empty
}

// frames makes what somebody is told who knows everything up to a number; the same is written down once.
func (r *room) frames() func(seq int64) []byte {
	known := make(map[int64][]byte)
	return func(seq int64) []byte {
		if frame, ok := known[seq]; ok {
			return frame
		}
		frame := r.frameSince(seq)
		known[seq] = frame
		return frame
	}
}

func (r *room) frameSince(seq int64) []byte {
	if seq != unknown {
		if changed, remembered := r.since(seq); remembered {
			return deltaFrame(seq, r.seq, changed)
		}
	}
	return snapshotFrame(r.seq, r.seats)
}

// tell brings everybody up to date who takes it. The time it takes is paid back with a pause half as long: a loop that has
// much to write leaves a third of one processor alone, and what it writes gets fuller.
func (r *room) tell(now time.Time) {
	frames := r.frames()
	beat := now.Sub(r.written) >= r.hub.cfg.Heartbeat
	if beat || r.seq != r.told {
		r.written = now
	}
	r.lag = 0
	for m := range r.members {
		if m.rest != nil && (!r.send(m, m.rest, now) || m.rest != nil) {
			continue
		}
		switch {
		case m.seq != r.seq:
			since := m.seq
			m.seq = r.seq
			r.send(m, frames(since), now)
		case beat:
			r.send(m, heartbeat, now)
		}
	}
	r.told = r.seq
	done := time.Now()
	r.next = done.Add(max(r.hub.cfg.Every-done.Sub(now), done.Sub(now)/2))
}

// send writes to a member, or lets them go. It reports whether they are still there.
func (r *room) send(m *member, frame []byte, now time.Time) bool {
	if !m.send(frame, now) || m.rest != nil && now.Sub(m.stuck) > r.hub.cfg.Patience {
		r.remove(m)
		return false
	}
	if m.rest != nil {
		r.lag++
	}
	return true
}

func (r *room) remove(m *member) {
	delete(r.members, m)
	m.close()
}

// lookAfter lets those go who have gone, and writes a sign of life when nothing else is to be said.
func (r *room) lookAfter(now time.Time) {
	for m := range r.members {
		if m.gone() {
			r.remove(m)
		}
	}
	if r.lag > 0 || now.Sub(r.written) >= r.hub.cfg.Heartbeat {
		r.tell(now)
	}
}

// leave takes the room off the hub; the caller has the hub's lock.
func (r *room) leave() {
	r.over = true
	if r.hub.rooms[r.performance] == r {
		delete(r.hub.rooms, r.performance)
	}
}

// end closes every stream.
func (r *room) end() {
	r.hub.mu.Lock()
	r.leave()
	arrived := r.arrived
	r.arrived = nil
	r.hub.mu.Unlock()
	for _, m := range arrived {
		m.close()
	}
	for m := range r.members {
		r.remove(m)
	}
}
