package sim

import (
	"math/rand/v2"
	"slices"
)

// Visitor is one who waits, as a door sees them. A door keeps pointers to
// visitors and changes none of it.
type Visitor struct {
	Tie      uint64 // the order within a second; of registered visitors, their draw
	Arrived  uint32 // second
	patience uint32 // gives up at this second
	came     uint32 // second of admission; 0: has not
	Isolate  uint16 // that their requests go to
	Phase    uint8  // asks at seconds that leave this when divided by Every
	kind     kind
}

type kind uint8

const (
	ordinary  kind = iota
	refresher      // presses reload
	manyTabs       // asks with several tabs of one browser
	bot
)

// Waiting says whether the visitor is still there.
func (v *Visitor) Waiting(now uint32) bool { return v.came == 0 && now < v.patience }

// Session is what an admitted visitor holds.
type Session struct {
	Visitor *Visitor
	Issued  uint32 // when the present pass was
	until   uint32 // when the visitor goes
	gone    bool   // the visitor has vanished: the pass runs out by itself
}

// Door is a waiting room that a scenario can be played on: ours, or a model of
// another. A run calls its methods second by second, in the order in which
// they stand here.
type Door interface {
	// Arrive gives a place to everyone who came in this second. They stand in
	// the order of their ties.
	Arrive(now uint32, came []Visitor, let Let)
	// GaveUp says that a visitor who waited has gone.
	GaveUp(v *Visitor)
	// Open lets in whom it admits of those who ask in this second.
	Open(now uint32, let Let)
	// Renewed says that a visitor goes on holding a pass that was issued
	// earlier; Left, that they gave it back.
	Renewed(s *Session, now uint32)
	Left(s *Session, now uint32)
	// End ends the second.
	End(now uint32)
	// Tell is what a waiting visitor is told: half of those in this position
	// are called after at most p50 seconds, nine of ten after at most p90.
	Tell(v *Visitor, now uint32) (p50, p90 float64, known bool)
	// SessionLife is how long, in seconds, the session of a visitor who vanishes
	// counts, from when it was last renewed, and how often it is renewed.
	SessionLife() (life, renewed uint32)
	// Writes is how many writes the one place that knows of everybody has
	// had to take.
	Writes() int
}

// Let admits a visitor who asked. It says false of one who is in, or has gone:
// nobody is there to come in.
type Let func(v *Visitor) bool

// Make makes a door for a scenario. What is random about it, r draws.
type Make func(s *Scenario, r *rand.Rand) Door

// Asks is when the visitor asks next, now or later.
func (s *Scenario) Asks(v *Visitor, now uint32) uint32 {
	every := s.Every(v)
	return now + (uint32(v.Phase)%every+every-now%every)%every
}

// LastAsked is when a visitor who gave up asked last.
func (v *Visitor) LastAsked(s *Scenario) uint32 {
	return max(s.Asks(v, v.patience)-s.Every(v), v.Arrived)
}

// Intervals are the different times, in seconds, that visitors let pass between
// asking.
func (s *Scenario) Intervals() []uint32 {
	all := []uint32{s.PollEvery}
	for _, every := range []uint32{s.Refreshers.Every, s.Bots.Every} {
		if every > 0 && !slices.Contains(all, every) {
			all = append(all, every)
		}
	}
	return all
}

// Every is how often, in seconds, a visitor asks.
func (s *Scenario) Every(v *Visitor) uint32 {
	switch v.kind {
	case refresher:
		return s.Refreshers.Every
	case bot:
		return s.Bots.Every
	}
	return s.PollEvery
}

// weight is with how many tabs at once.
func (s *Scenario) weight(v *Visitor) int {
	if v.kind == manyTabs {
		return s.Tabs.Each
	}
	return 1
}
