package local_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/isolate"
)

// Workerd has one isolate; a sale has thousands. These are isolates of the
// tests' own: the same code natively, which report to the real gates.
type swarm struct {
	*room
	isolates []*isolate.Room
	arrived  int // counted by them
}

const swarmGates = 3

func (r *room) swarm(size int) *swarm {
	s := &swarm{room: r}
	for i := range size {
		s.isolates = append(s.isolates, isolate.New(r.config["id"].(string), swarmGates, uint64(1000+i)))
	}
	return s
}

// arrive has visitors come, a different number at each isolate.
func (s *swarm) arrive(second time.Time) {
	for i, one := range s.isolates {
		for range i + 1 {
			one.Arrive(uint32(second.Unix()), second.UnixMilli())
			s.arrived++
		}
	}
}

// tell has every isolate report, and again, until its gate has taken all it
// says; or once, whatever comes of it. at is a time that no isolate has asked
// at before.
func (s *swarm) tell(at time.Time, insist bool) {
	s.t.Helper()
	var all sync.WaitGroup
	for _, one := range s.isolates {
		all.Go(func() {
			message := one.Ask(nil, at.UnixMilli())
			if len(message) == 0 {
				s.t.Error("an isolate has nothing to say")
				return
			}
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
				status, answer, err := s.toGate(one.Gate(), message)
				if err == nil && status == http.StatusOK {
					if err := one.Heard(answer, at.UnixMilli()); err != nil {
						s.t.Errorf("the answer %q: %v", answer, err)
					}
					return
				}
				if !insist {
					return
				}
			}
			s.t.Error("a gate takes nothing")
		})
	}
	all.Wait()
}

func (s *swarm) toGate(number int, message []byte) (int, []byte, error) {
	name := s.config["id"].(string) + "/" + strconv.Itoa(number)
	response, err := http.Post(s.edge.URL+"/__faults/gate?name="+name, "", bytes.NewReader(message))
	if err != nil {
		return 0, nil, fmt.Errorf("gate %s: %w", name, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// What a gate acknowledged the coordinator comes to count, exactly once,
// whatever happens to either in between.
func TestRoomCountsAcrossFaults(t *testing.T) {
	stage := openRooms(t)
	for _, fault := range []string{"room=slow", "room=down", "gate=down", "load=4", "trap_room=5", "rows=2"} {
		t.Run(fault, func(t *testing.T) {
			s := closed(stage, t).swarm(12)
			at := time.Now()
			s.arrive(at)
			s.tell(at, true)
			s.faults(fault)
			for i := range 3 {
				at = at.Add(time.Second)
				s.arrive(at)
				s.tell(at, fault != "gate=down" && i == 0) // later ones may be lost
			}
			s.faults("")
			s.tell(at.Add(time.Second), true)
			s.counted(s.arrived)
		})
	}
}

// Workerd is killed while isolates report. What was acknowledged is there when
// it is back, and with what is said again nothing is missing or doubled.
func TestRoomCountsAcrossKills(t *testing.T) {
	stage := ownRooms(t)
	s := closed(stage, t).swarm(20)
	at := time.Now()
	for range 3 {
		at = at.Add(time.Second)
		s.arrive(at)
		s.tell(at, true)
		acknowledged := s.arrived
		at = at.Add(time.Second)
		s.arrive(at)
		var telling sync.WaitGroup
		telling.Go(func() { s.tell(at, false) })
		stage.killWorkerd(t)
		telling.Wait()
		if err := stage.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The gates' alarms tell the coordinator, though nobody asks them.
		s.eventually("what was acknowledged being counted", func() bool { return s.status().Arrived >= acknowledged })
		if got := s.status().Arrived; got > s.arrived {
			t.Fatalf("%d arrivals are counted as %d", s.arrived, got)
		}
	}
	s.tell(at.Add(2*time.Second), true)
	s.counted(s.arrived)
}
