package rivals

import (
	"math/rand/v2"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// What is published of Cloudflare Waiting Room:
//
//   - Visitors are grouped by the minute in which they came, and groups are let
//     in first come, first served; the page asks every 20 seconds; the cookie
//     of one who waits runs out after five minutes without asking. The wait is
//     told as the visitors of earlier groups, divided by how many a minute
//     have been let in.
//     https://developers.cloudflare.com/waiting-room/reference/waiting-room-cookie/
//     https://developers.cloudflare.com/waiting-room/reference/queueing-methods/
//   - A session counts until there has been no request for the session's
//     duration; the origin may end it earlier.
//     https://developers.cloudflare.com/waiting-room/how-to/control-user-session/
//   - Active users and new users a minute are each at least 200, and new users
//     a minute are at most the active users.
//     https://developers.cloudflare.com/waiting-room/reference/configuration-settings/
//   - Each data centre counts; the counts are summed up for the world and come
//     back as a state; free slots are divided among data centres by their
//     recent traffic, and a data centre takes off what it has let in itself.
//     https://blog.cloudflare.com/building-waiting-room-on-workers-and-durable-objects/
//     https://blog.cloudflare.com/how-waiting-room-queues/
const (
	fewest      = 200 // active users, and new users a minute
	cookieLife  = 300 // seconds without asking, of one who waits
	session     = 300 // seconds without a request, of one who is in: the default
	requests    = 30  // seconds between requests of one who is in; assumed
	dataCentres = 20  // assumed
	stateEvery  = 5   // seconds between states; assumed
	stateAge    = 5   // seconds a state is old when it comes; assumed
	evenShare   = 0.1 // of the slots, so that a quiet data centre has some; assumed
	fading      = 0.9 // of a data centre's traffic that counts after a second; assumed
)

// minuteBuckets is the model.
type minuteBuckets struct {
	s     *sim.Scenario
	limit int
	lanes []uint32 // the intervals at which visitors ask

	// waiting is who waits: by minute of arrival and data centre. Those who have
	// gone are taken out when it would be their turn.
	waiting [][][]lane
	counted []int            // by minute: who has asked within a cookie's life
	ghosts  map[uint32][]int // who stopped asking, by minute, by when that is noticed
	base    int              // the minute of the first second
	upTo    int              // the last group whose turn it is

	issued []int // sessions by the second in which they were last renewed
	active int   // sessions in all

	letNow, letBefore int // in the present minute, and in the one before
	traffic           []float64
	states            []state // taken, the last one that has come first
	lately            [][]int // let in by each data centre, by second
	taken             []int   // by each data centre since the state was taken
	touched           []bool  // data centres that have something to report
	writes            int
}

// lane is those who ask at the same interval, by the second in which they do.
type lane [][]*sim.Visitor

// state is what the world knows.
type state struct {
	at             uint32
	active, letNow int
	minute         int
	counted        []int
	share          []float64 // of the slots, by data centre
}

// MinuteBuckets makes the model of Cloudflare's waiting room.
func MinuteBuckets(s *sim.Scenario, _ *rand.Rand) sim.Door {
	m := &minuteBuckets{
		s: s, limit: max(s.ActiveLimit, fewest), lanes: s.Intervals(), base: -1, ghosts: map[uint32][]int{},
		issued: make([]int, session), traffic: make([]float64, dataCentres), taken: make([]int, dataCentres), touched: make([]bool, dataCentres),
	}
	for range stateEvery + stateAge + 1 {
		m.lately = append(m.lately, make([]int, dataCentres))
	}
	return m
}

func (m *minuteBuckets) SessionLife() (life, renewed uint32) { return session, requests }
func (m *minuteBuckets) Writes() int                         { return m.writes }

func centre(v *sim.Visitor) int { return int(v.Isolate) % dataCentres }

// group is the minute of a second, counted from the first one.
func (m *minuteBuckets) group(second uint32) int { return int(second/60) - m.base }

func (m *minuteBuckets) Arrive(now uint32, came []sim.Visitor, let sim.Let) {
	if m.base < 0 {
		m.base = int(now / 60)
	}
	group := m.group(now)
	for len(m.waiting) <= group {
		centres := make([][]lane, dataCentres)
		for i := range centres {
			for _, every := range m.lanes {
				centres[i] = append(centres[i], make(lane, every))
			}
		}
		m.waiting, m.counted = append(m.waiting, centres), append(m.counted, 0)
		m.letBefore, m.letNow = m.letNow, 0
	}
	m.upTo = m.turn()
	for i := range came {
		v := &came[i]
		at := centre(v)
		m.traffic[at]++
		m.touched[at] = true
		m.counted[group]++
		if group <= m.upTo && m.slots(at) >= 1 && let(v) {
			m.in(v, now)
			continue
		}
		for j, every := range m.lanes {
			if every == m.s.Every(v) {
				second := uint32(v.Phase) % every
				m.waiting[group][at][j][second] = append(m.waiting[group][at][j][second], v)
				break
			}
		}
	}
}

// in counts a visitor in.
func (m *minuteBuckets) in(v *sim.Visitor, now uint32) {
	m.counted[m.group(v.Arrived)]--
	m.issued[now%session]++
	m.active++
	m.letNow++
	at := centre(v)
	m.taken[at]++
	m.lately[now%uint32(len(m.lately))][at]++
	m.touched[at] = true
}

func (m *minuteBuckets) GaveUp(v *sim.Visitor) {
	// Nobody tells: the cookie runs out.
	at := v.LastAsked(m.s) + cookieLife
	m.ghosts[at] = append(m.ghosts[at], m.group(v.Arrived))
}

// Open lets in those who ask now, of the groups whose turn it is.
func (m *minuteBuckets) Open(now uint32, let sim.Let) {
	for _, centres := range m.waiting {
		for at, lanes := range centres {
			for j, every := range m.lanes {
				m.traffic[at] += float64(len(lanes[j][now%every]))
			}
		}
	}
	for group := range m.waiting {
		if m.counted[group] == 0 {
			continue
		}
		if group > m.upTo {
			return
		}
		for at, lanes := range m.waiting[group] {
			for j, every := range m.lanes {
				asking := &lanes[j][now%every]
				for len(*asking) > 0 && m.slots(at) >= 1 {
					last := len(*asking) - 1
					v := (*asking)[last]
					*asking = (*asking)[:last]
					if let(v) {
						m.in(v, now)
					}
				}
			}
		}
	}
}

func (m *minuteBuckets) Renewed(s *sim.Session, now uint32) {
	m.issued[s.Issued%session]--
	m.issued[now%session]++
}

func (m *minuteBuckets) Left(s *sim.Session, _ uint32) {
	m.issued[s.Issued%session]--
	m.active--
}

// free is how many may come in, as of the last state.
func (m *minuteBuckets) free(minute int) int {
	if len(m.states) == 0 {
		return m.limit
	}
	known := &m.states[0]
	free := m.limit - known.active
	perMinute := m.limit
	if m.s.PerMinute > 0 {
		perMinute = max(m.s.PerMinute, fewest)
	}
	letNow := known.letNow
	if known.minute != minute {
		letNow = 0
	}
	return max(min(free, perMinute-letNow), 0)
}

// slots is how many more a data centre may let in.
func (m *minuteBuckets) slots(at int) float64 {
	share := 1.0 / dataCentres
	if len(m.states) > 0 {
		share = m.states[0].share[at]
	}
	return share*float64(m.free(len(m.waiting)-1)) - float64(m.taken[at])
}

// turn is the last group whose turn it is: those of earlier minutes all fit
// in, as far as the last state tells.
func (m *minuteBuckets) turn() int {
	present := len(m.waiting) - 1
	if len(m.states) == 0 {
		return present
	}
	earlier, free := 0, m.free(present)
	for group, n := range m.states[0].counted {
		if earlier > 0 && earlier >= free {
			return group - 1
		}
		earlier += n
	}
	if earlier > 0 && earlier >= free {
		return min(len(m.states[0].counted), present) - 1
	}
	return present
}

func (m *minuteBuckets) End(now uint32) {
	for _, group := range m.ghosts[now] {
		m.counted[group]--
	}
	delete(m.ghosts, now)
	ended := (now + 1) % session // sessions last renewed a life ago
	m.active -= m.issued[ended]
	m.issued[ended] = 0
	for i := range m.traffic {
		m.traffic[i] *= fading
	}
	if now%stateEvery == 0 {
		m.publish(now)
	}
	clear(m.lately[(now+1)%uint32(len(m.lately))])
}

// publish takes a state, and lets the one before come to the data centres.
func (m *minuteBuckets) publish(now uint32) {
	var all float64
	for i := range m.touched {
		all += m.traffic[i]
		if m.touched[i] {
			m.writes++
		}
		m.touched[i] = false
	}
	next := state{at: now, active: m.active, letNow: m.letNow, minute: len(m.waiting) - 1, counted: append([]int(nil), m.counted...)}
	for i := range m.traffic {
		share := 1.0 / dataCentres
		if all > 0 {
			share = evenShare/dataCentres + (1-evenShare)*m.traffic[i]/all
		}
		next.share = append(next.share, share)
	}
	m.states = append(m.states, next)
	for len(m.states) > 1 && m.states[1].at+stateAge <= now {
		m.states = m.states[1:]
	}
	// What was let in since that state was taken is taken off.
	for i := range m.taken {
		m.taken[i] = 0
		for second := m.states[0].at + 1; second <= now; second++ {
			m.taken[i] += m.lately[second%uint32(len(m.lately))][i]
		}
	}
}

// Tell divides those of earlier minutes by how many are let in a minute.
func (m *minuteBuckets) Tell(v *sim.Visitor, _ uint32) (p50, p90 float64, known bool) {
	if len(m.states) == 0 || m.letBefore == 0 {
		return 0, 0, false
	}
	ahead := 0
	for i, n := range m.states[0].counted {
		if i < m.group(v.Arrived) {
			ahead += n
		}
	}
	wait := 60 * float64(ahead) / float64(m.letBefore)
	return wait, wait, true
}
