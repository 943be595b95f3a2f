package swap_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
)

// brokenWire is a server one request to which is lost: it never arrives, or it arrives and its answer is lost.
type brokenWire struct {
	server http.Handler

	mu     sync.Mutex
	n      int
	at     int  // which request; -1: none
	answer bool // the answer is lost
	broke  bool
}

func (b *brokenWire) arm(at int, answer bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n, b.at, b.answer, b.broke = 0, at, answer, false
}

func (b *brokenWire) didBreak() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broke
}

func (b *brokenWire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	now := b.n == b.at
	b.n++
	b.broke = b.broke || now
	answer := b.answer
	b.mu.Unlock()
	if !now {
		b.server.ServeHTTP(w, r)
		return
	}
	if answer {
		b.server.ServeHTTP(httptest.NewRecorder(), r)
	}
	panic(http.ErrAbortHandler) // the connection ends here
}
