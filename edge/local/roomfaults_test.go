package local_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/stagedoor/stagedoor/edge/site"
)

// queue brings so many new visitors to the room, who all have to wait, and
// returns them once the coordinator has counted them.
func (r *room) queue(n int) []*visitor {
	r.t.Helper()
	before := r.status().Arrived
	visitors := r.crowd(n)
	r.counted(before + n)
	return visitors
}

// crowd brings so many new visitors to the room, who all get a place.
func (r *room) crowd(n int) (visitors []*visitor) {
	r.t.Helper()
	for range n {
		v := r.visitor()
		if _, body := v.ask(); body == "hello" || v.place() == "" {
			r.t.Fatalf("a visitor was not queued: %s %v", body, v.cookies)
		}
		visitors = append(visitors, v)
	}
	return visitors
}

// Whatever is the matter with a coordinator or a gate, those inside stay, those
// who wait keep their places, and everyone is counted once when it is over.
func TestRoomFaults(t *testing.T) {
	s := openRooms(t)
	waiting := map[*room][]*visitor{}
	for _, fault := range []string{"room=slow", "room=hangs", "room=down", "gate=slow", "gate=hangs", "gate=down", "trap_room=3", "rows=1"} {
		t.Run(fault, func(t *testing.T) {
			r := closed(s, t)
			early := r.queue(2)
			r.faults(fault)
			late := r.crowd(3)
			for _, v := range early {
				if place := v.place(); v.in() || v.place() != place {
					t.Errorf("one who waited: %v, %v", place, v.cookies)
				}
			}
			r.faults("")
			r.crowd(1) // isolates speak when they are spoken to
			r.counted(6)
			waiting[r] = append(early, late...)
		})
	}
	for r := range waiting {
		r.t = t
		r.configure(map[string]any{"active": 100})
	}
	for r, visitors := range waiting {
		for _, v := range visitors {
			r.eventually("being let in", v.in)
		}
		r.eventually("their passes being counted", func() bool { return r.status().Admitted >= 5 })
		if got := r.status(); got.Arrived != 6 || got.Admitted != 5 {
			t.Errorf("in the end: %+v", got)
		}
	}
}

// A room of which nothing can be known does what its fail mode says.
func TestRoomFailModes(t *testing.T) {
	s := openRooms(t)
	for _, fault := range []string{"room=down", "gate=down", "gate=hangs"} {
		t.Run(fault, func(t *testing.T) {
			unknown := func(closed bool) *room {
				r := s.openRoom(t, func(r *site.Room) { r.FailClosed = closed }, map[string]any{"active": 0, "fail_closed": closed})
				r.forgetKV()
				return r
			}
			open, closed := unknown(false), unknown(true)
			open.faults(fault)
			if !open.visitor().in() {
				t.Error("one that fails open keeps a visitor out")
			}
			v := closed.visitor()
			if v.in() || v.place() == "" {
				t.Errorf("one that fails closed: %v", v.cookies)
			}
		})
	}
}

// forgetKV removes what the coordinator left in KV.
func (r *room) forgetKV() {
	r.t.Helper()
	key := site.RoomKey(r.config["id"].(string))
	account := map[string]any{"AccountID": r.edge.AccountID}
	r.eventually("the state in KV", func() bool {
		response, err := r.brand.kv.Values.Get(r.t.Context(), r.edge.NamespaceID, key, with(kv.NamespaceValueGetParams{}, account))
		if err != nil {
			return false
		}
		response.Body.Close()
		return true
	})
	if _, err := r.brand.kv.Values.Delete(r.t.Context(), r.edge.NamespaceID, key, with(kv.NamespaceValueDeleteParams{}, account)); err != nil {
		r.t.Fatal(err)
	}
}

// With no gate to ask, what KV says is good enough even when it is a minute
// old, and never takes back what was known already.
func TestRoomKVIsStale(t *testing.T) {
	b := openRooms(t).guarded(t, func(r *site.Room) { r.FailClosed = true })
	b.faults("gate=down")
	aMinuteAgo := publishedAt(time.Now().Add(-time.Minute), time.Now().Add(-time.Minute))
	b.tell(aMinuteAgo)
	v := b.visitor()
	if v.in() || v.place() == "" {
		t.Fatalf("behind the frontier of a minute ago: %v", v.cookies)
	}
	copied := map[string]string{"stagedoor_place_" + b.site.Rooms[0].ID: v.place()}
	b.tell(published(time.Now().Add(time.Second)))
	b.eventually("being let in", v.in)
	b.tell(aMinuteAgo)
	for range 30 {
		again := b.visitor()
		again.cookies = maps.Clone(copied)
		if !again.in() {
			t.Fatal("the frontier went back")
		}
		time.Sleep(100 * time.Millisecond) // so that old news comes in
	}
}

// Reports that arrive again and again count once.
func TestRoomReportsAgain(t *testing.T) {
	s := openRooms(t)
	r := closed(s, t)
	r.queue(7)
	answers := r.replay(20)
	if answers["200"] == 0 || len(answers) != 1 {
		t.Fatalf("answers: %v", answers)
	}
	r.crowd(1)
	r.counted(8)
}

// replay sends every message that the room's gates were sent again, and counts
// the answers by status.
func (r *room) replay(times int) (answers map[string]int) {
	r.t.Helper()
	response, err := http.Get(r.edge.URL + "/__faults/reports?room=" + r.config["id"].(string) + "&times=" + strconv.Itoa(times))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answers); err != nil {
		r.t.Fatal(err)
	}
	return answers
}

// A gate that is asked more than it can do says so, and what it did not take
// is told again.
func TestRoomOverloaded(t *testing.T) {
	r := closed(openRooms(t), t)
	r.queue(3)
	r.faults("load=3")
	crowd, refused := 3, 0
	r.eventually("refusals", func() bool {
		r.crowd(1)
		crowd++
		refused += r.replay(10)["503"]
		return refused > 50
	})
	r.faults("")
	r.crowd(1)
	r.counted(crowd + 1)
}
