package holdredis

import (
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// topic is one performance with its readers.
type topic struct {
	metrics *Metrics
	ready   chan struct{} // closed when the subscription stands

	mu      sync.Mutex
	stands  bool
	last    int64 // sequence number of the last delta; 0: none was seen since the readers started anew
	readers map[*reader]struct{}
	left    time.Time // when the last reader went
}

// reader is one subscription. Its channel is closed once, under the topic's lock.
type reader struct{ deltas chan hold.Delta }

func newTopic(metrics *Metrics) *topic {
	return &topic{metrics: metrics, ready: make(chan struct{}), readers: make(map[*reader]struct{}), left: time.Now()}
}

func (t *topic) join(buffer int) *reader {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &reader{deltas: make(chan hold.Delta, buffer)}
	t.readers[r] = struct{}{}
	t.metrics.readers.Inc()
	return r
}

// leave closes a reader's channel unless that was done before.
func (t *topic) leave(r *reader, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(r, reason)
}

func (t *topic) remove(r *reader, reason string) {
	if _, ok := t.readers[r]; !ok {
		return
	}
	delete(t.readers, r)
	close(r.deltas)
	t.metrics.readers.Dec()
	if reason != "" {
		t.metrics.closed.WithLabelValues(reason).Inc()
	}
	if len(t.readers) == 0 {
		t.left = time.Now()
	}
}

func (t *topic) closeAll(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear(reason)
}

func (t *topic) clear(reason string) {
	t.last = 0
	for r := range t.readers {
		t.remove(r, reason)
	}
}

// stand notes that the subscription stands, and says whether that is news.
func (t *topic) stand() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stands {
		return false
	}
	t.stands = true
	close(t.ready)
	return true
}

// deliver hands a delta to every reader without waiting for any. A reader whose channel is full is closed; so are all
// when a number is missing, for each has missed it.
func (t *topic) deliver(delta hold.Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last != 0 && delta.Seq != t.last+1 {
		t.clear("gap")
	}
	t.last = delta.Seq
	for r := range t.readers {
		select {
		case r.deltas <- delta:
		default:
			t.remove(r, "slow")
		}
	}
}

// deserted says whether nobody has been reading for a while.
func (t *topic) deserted(since time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.readers) == 0 && time.Since(t.left) >= since
}
