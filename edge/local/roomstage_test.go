package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/infra/opsworker"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

// rooms is an edge with the ops Worker beside it, which the tests of waiting
// rooms share: one at a time, as faults are the whole edge's, but beside the
// tests that have an edge of their own. Those that kill it have one, too.
var rooms struct {
	sync.Mutex
	stage *stage
}

func openRooms(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	rooms.Lock()
	t.Cleanup(rooms.Unlock)
	if rooms.stage == nil {
		s, err := newRooms()
		if err != nil {
			t.Fatal(err)
		}
		rooms.stage = s
	}
	return rooms.stage
}

func closeRooms() error {
	if rooms.stage == nil {
		return nil
	}
	return rooms.stage.close()
}

func newRooms() (*stage, error) {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	ops, err := opsworker.Builder{Root: root, Progress: os.Stderr}.Build(context.Background())
	if err != nil {
		return nil, err
	}
	return newStage(func(c *local.Config) {
		c.SharedLimit = 0 // all visitors come from one network here
		c.Ops = &local.Ops{Dir: ops, Token: opsToken, OriginURL: "http://127.0.0.1:1"}
	})
}

// room is a site whose every page a waiting room guards, and what its
// coordinator was told.
type room struct {
	*brand
	config map[string]any
}

// openRoom opens a site with a waiting room, told to admit 10 visitors at once
// unless change says otherwise.
func (s *stage) openRoom(t *testing.T, guard func(*site.Room), change map[string]any) *room {
	t.Helper()
	b := s.open(t, func(doc *site.Site) {
		r := site.Room{ID: "room-" + doc.ID, Name: "The Winter's Tale", Paths: []string{"/"}}
		if guard != nil {
			guard(&r)
		}
		doc.Rooms = []site.Room{r}
	})
	b.handle("GET /seats", hello)
	r := &room{brand: b, config: map[string]any{
		"id": b.site.Rooms[0].ID, "revision": 0, "event": "on-sale", "mode": "fifo", "active": 10, "per_minute": 0,
		"pass_life": 600, "poll_every": 15, "typical_stay": 120,
	}}
	r.configure(change)
	return r
}

// configure tells the coordinator, through the ops Worker, what changes.
func (r *room) configure(change map[string]any) {
	r.t.Helper()
	for name, value := range change {
		r.config[name] = value
	}
	r.config["revision"] = r.config["revision"].(int) + 1
	if status, body := r.ops("PUT", "", r.config); status != http.StatusOK {
		r.t.Fatalf("PUT /rooms: %d %s", status, body)
	}
}

// ops asks the ops Worker about the room.
func (r *room) ops(method, path string, told any) (int, string) {
	r.t.Helper()
	body, err := json.Marshal(told)
	if err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.edge.OpsURL+"/rooms/"+r.config["id"].(string)+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if method == http.MethodPut { // may be sent again when the connection that waited from the last time turns out to be gone
		request.Header["Idempotency-Key"] = nil
	}
	request.Header.Set("Authorization", "Bearer "+opsToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// roomStatus is part of what a coordinator says of itself.
type roomStatus struct {
	Room      string
	Revision  int
	Phase     string
	Mode      string
	Paused    bool
	Through   uint32
	Below     string
	Active    int
	Waiting   int
	Arrived   int
	Admitted  int
	Completed int
	Gates     []struct {
		Name      string
		Reporters int
	}
}

func (r *room) status() (s roomStatus) {
	r.t.Helper()
	status, body := r.ops("GET", "", nil)
	if err := json.Unmarshal([]byte(body), &s); err != nil || status != http.StatusOK {
		r.t.Fatalf("GET /rooms: %d %s: %v", status, body, err)
	}
	return s
}

// visitor is a browser: it returns the cookies it was given.
type visitor struct {
	*brand
	cookies map[string]string
	address string // of the network they come from; "" for this machine's
}

func (b *brand) visitor() *visitor { return &visitor{brand: b, cookies: map[string]string{}} }

// ask asks for the seats, as a program that prefers JSON.
func (v *visitor) ask() (status int, body string) {
	v.t.Helper()
	r := v.request("GET", "/seats", nil)
	r.Header.Set("Accept", "application/json")
	if v.address != "" {
		r.Header.Set("CF-Connecting-IP", v.address)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response := v.do(r)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range response.Cookies() {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 || c.Value == "" {
			delete(v.cookies, c.Name)
		}
	}
	return response.StatusCode, string(text)
}

// in says whether the visitor sees the seats.
func (v *visitor) in() bool {
	_, body := v.ask()
	return body == "hello"
}

func (v *visitor) place() string { return v.cookies["stagedoor_place_"+v.site.Rooms[0].ID] }
func (v *visitor) pass() string  { return v.cookies["stagedoor_pass_"+v.site.Rooms[0].ID] }

// published is what a room publishes that has admitted everyone who came before
// a time, as of now.
func published(before time.Time) string { return publishedAt(before, time.Now()) }

// publishedAt is the same as of another time.
func publishedAt(before, at time.Time) string {
	s := state.State{
		Phase: state.Open, Mode: state.FIFO, Frontier: queue.Frontier{Through: uint32(before.Unix())}, Queueing: true, Poll: 15, Waiting: 3,
		SeatsLeft: -1, UpdatedAt: at,
	}
	return string(s.Append(nil))
}

// ownRooms is an edge that the test may kill, beside other tests.
func ownRooms(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	s, err := newRooms()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// counted waits until the coordinator has counted so many arrivals, and fails
// when it counts more.
func (r *room) counted(arrived int) {
	r.t.Helper()
	r.eventually("everyone being counted", func() bool { return r.status().Arrived >= arrived })
	if got := r.status().Arrived; got != arrived {
		r.t.Fatalf("%d arrivals are counted as %d", arrived, got)
	}
}

// closed is a room that admits nobody for now.
func closed(s *stage, t *testing.T) *room {
	return s.openRoom(t, func(r *site.Room) { r.FailClosed = true }, map[string]any{"active": 0, "fail_closed": true})
}
