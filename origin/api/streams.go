package api

import (
	"sync"
	"time"
)

// streamsPerVisitor is how many streams one visitor may keep open: a browser with many tabs, not a script.
const streamsPerVisitor = 8

// streams counts the seat streams that are open.
type streams struct {
	most int

	mu       sync.Mutex
	open     int
	visitors map[string]int
}

func newStreams(most int) *streams { return &streams{most: most, visitors: make(map[string]int)} }

// enter counts one more stream of a visitor, until leave is called.
func (s *streams) enter(visitor string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.open >= s.most:
		return nil, &problem{code: codeUnavailable, retryAfter: 10 * time.Second}
	case s.visitors[visitor] >= streamsPerVisitor:
		return nil, &problem{code: codeTooManyStreams, retryAfter: 30 * time.Second}
	}
	s.open++
	s.visitors[visitor]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.visitors[visitor]--; s.visitors[visitor] == 0 {
			delete(s.visitors, visitor)
		}
	}), nil
}
