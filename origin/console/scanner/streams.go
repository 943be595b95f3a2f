package scanner

import (
	"sync"

	"github.com/google/uuid"
)

// Streams cost the house a look at the figures every two seconds each, so they are bounded.
const (
	mostStreams  = 200 // in one process
	streamsOfOne = 6   // of one sign-in: as many pages as a browser keeps connections for
)

// streams counts those that are open, by sign-in.
type streams struct {
	mu   sync.Mutex
	all  int
	ones map[uuid.UUID]int
}

// open takes a place, or reports that there is none.
func (s *streams) open(session uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= mostStreams || s.ones[session] >= streamsOfOne {
		return false
	}
	if s.ones == nil {
		s.ones = map[uuid.UUID]int{}
	}
	s.all++
	s.ones[session]++
	return true
}

func (s *streams) close(session uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.ones[session]--; s.ones[session] == 0 {
		delete(s.ones, session)
	}
}
