package intake

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// MostBody is the longest webhook, in bytes: an entry of Contentful's is 2 MB at most.
const MostBody = 4 << 20

// Bodies are read before a signature over them can be checked, so anybody may send some. So many are read at a time, and
// each must keep coming: after bodyGrace it may lag behind slowestBody bytes a second no more, and it has bodyPatience in
// all. Where there is no room, one that has been read for bodyTurn gives its place to whoever comes.
const (
	mostBodies   = 16
	bodyGrace    = 2 * time.Second
	slowestBody  = 64 << 10
	bodyPatience = 10 * time.Second
	bodyTurn     = time.Second
)

// Why a body was not read.
var (
	// errTooMany: there is no room, and nobody whose turn is over.
	errTooMany = errors.New("too many webhooks are arriving at a time")
	// errGaveWay: another one was let in instead.
	errGaveWay = errors.New("too many webhooks are arriving from that address at a time")
)

// bodies is the room for those that are read at a time. No address can keep the others out: when all places are taken,
// the one that holds the most gives one up, the one that it has held longest.
type bodies struct {
	most        int
	grace, turn time.Duration
	now         func() time.Time // of the machine's clock: deadlines are kept by it

	mu   sync.Mutex
	held []*reading // the oldest first
}

func newBodies() *bodies {
	return &bodies{most: mostBodies, grace: bodyGrace, turn: bodyTurn, now: time.Now}
}

// reading is a body on its way in.
type reading struct {
	*bodies
	from    string
	began   time.Time
	control *http.ResponseController
	body    io.Reader

	mu      sync.Mutex
	got     int64
	gaveWay bool
}

// enter takes a place for a body, or returns errTooMany. The place is given back by leave.
func (b *bodies) enter(w http.ResponseWriter, r *http.Request) (*reading, error) {
	in := &reading{
		bodies: b, from: sender(r.RemoteAddr), began: b.now(), control: http.NewResponseController(w),
		body: http.MaxBytesReader(w, r.Body, MostBody),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) >= b.most {
		at := b.whoGivesWay(in)
		if at < 0 {
			return nil, errTooMany
		}
		out := b.held[at]
		b.held = slices.Delete(b.held, at, at+1)
		out.giveWay()
	}
	b.held = append(b.held, in)
	return in, nil
}

// whoGivesWay is the place of the reading that makes room for a new one; -1: none does. Behind a proxy all come from one
// address, and there may be as many addresses as places: then it is the oldest whose turn is over.
func (b *bodies) whoGivesWay(in *reading) int {
	holds, greedy := map[string]int{}, in.from
	for _, one := range b.held {
		if holds[one.from]++; holds[one.from] > holds[greedy] {
			greedy = one.from
		}
	}
	if holds[greedy] > holds[in.from]+1 {
		return slices.IndexFunc(b.held, func(one *reading) bool { return one.from == greedy })
	}
	return slices.IndexFunc(b.held, func(one *reading) bool { return in.began.Sub(one.began) >= b.turn })
}

// leave gives the place back.
func (b *bodies) leave(in *reading) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = slices.DeleteFunc(b.held, func(one *reading) bool { return one == in })
}

// count is how many are being read.
func (b *bodies) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.held)
}

// giveWay ends the reading at once.
func (in *reading) giveWay() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.gaveWay = true
	_ = in.control.SetReadDeadline(in.now()) // one without deadlines is no connection
}

// due is until when the next bytes must have come, when so many came before.
func (in *reading) due(got int64) time.Time {
	has := in.grace + time.Duration(got)*time.Second/slowestBody
	return in.began.Add(min(has, bodyPatience))
}

// Read implements io.Reader.
func (in *reading) Read(p []byte) (int, error) {
	in.mu.Lock()
	if in.gaveWay {
		in.mu.Unlock()
		return 0, errGaveWay
	}
	_ = in.control.SetReadDeadline(in.due(in.got))
	in.mu.Unlock()
	n, err := in.body.Read(p)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.got += int64(n)
	if in.gaveWay && err != nil && err != io.EOF {
		err = errGaveWay
	}
	return n, err
}

// sender is whose a connection is: its address, for IPv6 the network of 64 bits, in which one may have any.
func sender(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
