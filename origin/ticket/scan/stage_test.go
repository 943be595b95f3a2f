package scan_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
	"github.com/stagedoor/stagedoor/origin/ticket/scan/scantest"
)

// stage is a theatre on a clock that the test moves.
type stage struct {
	*scantest.Theatre
	t     testing.TB
	clock *bookingtest.Clock
}

func newStage(t testing.TB) *stage {
	t.Helper()
	clock := bookingtest.NewClock()
	return &stage{scantest.Open(t, clock.Now), t, clock}
}

// scanOf is a scan of a code at the front door.
func (s *stage) scanOf(code string, direction scan.Result) scan.Scan {
	s.clock.Advance(time.Second)
	return scan.Scan{
		ID: uuid.New(), Performance: s.Evening, Code: code, Direction: direction, Device: "device-1", DeviceName: "Front 1", Door: "Front",
		Person: "venue-staff@stagedoor.example", At: s.clock.Now(),
	}
}

func (s *stage) admit(one scan.Scan) scan.Answer {
	s.t.Helper()
	answer, err := s.Desk.Admit(s.t.Context(), one)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// want scans and holds the answer against what was meant.
func (s *stage) want(what string, one scan.Scan, result scan.Result, reason scan.Reason) scan.Answer {
	s.t.Helper()
	answer := s.admit(one)
	if answer.Result != result || answer.Reason != reason {
		s.t.Errorf("%s: %s %s, want %s %s", what, answer.Result, answer.Reason, result, reason)
	}
	return answer
}

func (s *stage) tally() scan.Tally {
	s.t.Helper()
	tally, err := s.Desk.Tally(s.t.Context(), s.Evening)
	if err != nil {
		s.t.Fatal(err)
	}
	return tally
}

// offline is a fact that a device decided alone.
func (s *stage) offline(ticket uuid.UUID, device string, result scan.Result, at time.Time) scan.Fact {
	return scan.Fact{Scan: uuid.New(), Result: result, Ticket: ticket, Device: device, DeviceName: device, Door: device + "’s door", At: at}
}

func (s *stage) merge(batch ...scan.Fact) scan.Merged {
	s.t.Helper()
	merged, err := s.Desk.Merge(s.t.Context(), "venue-staff@stagedoor.example", s.Evening, batch)
	if err != nil {
		s.t.Fatal(err)
	}
	return merged
}
