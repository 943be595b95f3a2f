package trial_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// edge is a site that guards the rooms that were published, and lets in whoever comes, or nobody.
type edge struct {
	*httptest.Server
	editor *edgeconfig.Editor
	ring   *token.Ring

	mu     sync.Mutex
	rooms  map[string]bool
	closed bool
	seen   uint64
	asked  chan struct{} // closed at the first visitor who waits
	once   sync.Once
}

func newEdge(t *testing.T, editor *edgeconfig.Editor) *edge {
	t.Helper()
	ring, err := token.NewRing(token.Key{ID: 1, Secret: []byte(strings.Repeat("k", token.MinSecret))})
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{editor: editor, ring: ring, asked: make(chan struct{})}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *edge) publish(ctx context.Context) error {
	rooms, err := e.editor.Rooms(ctx, edgeconfig.AllSites)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rooms = map[string]bool{}
	for _, r := range rooms {
		e.rooms[r.ID] = true
	}
	return nil
}

func (e *edge) set(closed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = closed
}

func (e *edge) guards(room string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rooms[room]
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	room := strings.TrimPrefix(r.URL.Path, "/")
	if !e.rooms[room] || !strings.HasPrefix(room, trial.RoomPrefix) {
		http.NotFound(w, r)
		return
	}
	e.seen++
	now := time.Now()
	place := token.Place{Room: room, Arrived: uint32(now.Unix())}
	binary.BigEndian.PutUint64(place.ID[:], e.seen)
	if e.closed && e.seen > 1 { // the first is who looks whether the room is there
		text, _ := e.ring.SignPlace(place)
		http.SetCookie(w, &http.Cookie{Name: "stagedoor_place_" + room, Value: text, MaxAge: 60})
		fmt.Fprint(w, `{"type":"urn:stagedoor:problem:waiting-room","title":"You are in the queue","people_ahead":3,"retry_after":1}`)
		e.once.Do(func() { close(e.asked) })
		return
	}
	text, _ := e.ring.SignPass(token.Pass{Room: room, Session: place.ID, Issued: now.Unix(), Expires: now.Add(time.Minute).Unix()})
	http.SetCookie(w, &http.Cookie{Name: "stagedoor_pass_" + room, Value: text, MaxAge: 60})
}
