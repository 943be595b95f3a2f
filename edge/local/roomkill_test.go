package local_test

import (
	"encoding/hex"
	"strconv"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
)

func (s roomStatus) frontier(t *testing.T) queue.Frontier {
	t.Helper()
	below, err := strconv.ParseUint(s.Below, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Frontier{Through: s.Through, Below: below}
}

// Workerd is killed in the middle of a sale, three times: the frontier does
// not go back, what was counted stays counted and is counted once, and nobody
// is admitted a second time.
func TestRoomSurvivesKills(t *testing.T) {
	s := ownRooms(t)
	const visitors = 60
	r := s.openRoom(t, func(r *site.Room) { r.FailClosed = true }, map[string]any{"active": 0, "fail_closed": true})
	waiting := r.queue(visitors)
	var in []*visitor
	sessions := map[string]string{} // by place
	last, lastIn := r.status(), 0
	for kill := range 3 {
		r.configure(map[string]any{"active": (kill + 1) * visitors / 4})
		r.eventually("some being let in", func() bool {
			in, waiting = split(waiting, in)
			return len(in) > lastIn+visitors/10 // a room this small is filled with care: not all its slots at once
		})
		before := r.status()
		s.killWorkerd(t)
		if err := s.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := r.status()
		if after.frontier(t).Before(before.frontier(t)) || before.frontier(t).Before(last.frontier(t)) {
			t.Errorf("the frontier went back: %+v, %+v, %+v", last, before, after)
		}
		if after.Arrived < before.Arrived || after.Arrived > visitors || after.Admitted < before.Admitted || after.Admitted > len(in) {
			t.Errorf("kill %d, with %d in: %+v, then %+v", kill, len(in), before, after)
		}
		for _, v := range in {
			pass := v.pass()
			if !v.in() || v.pass() != pass {
				t.Errorf("one who was in: %v", v.cookies)
			}
		}
		last, lastIn = after, len(in)
	}
	r.configure(map[string]any{"active": 10 * visitors})
	r.eventually("everyone being let in", func() bool {
		in, waiting = split(waiting, in)
		return len(waiting) == 0
	})
	for _, v := range in {
		pass, err := ring(t).ReadPass(v.pass(), r.config["id"].(string), time.Now().Unix())
		if err != nil {
			t.Fatal(err)
		}
		id := hex.EncodeToString(pass.Session[:])
		if sessions[id] != "" {
			t.Errorf("session %s has two passes", id)
		}
		sessions[id] = v.pass()
	}
	r.eventually("everyone being counted", func() bool {
		in[0].ask()
		// What an isolate counted in the second before its end is lost with it.
		return r.status().Admitted >= last.Admitted+visitors-lastIn
	})
	if got := r.status(); got.Arrived != visitors || got.Admitted > visitors {
		t.Errorf("in the end: %+v", got)
	}
}
