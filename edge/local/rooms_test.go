package local_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
)

// guarded opens a site with a waiting room that no coordinator knows of.
func (s *stage) guarded(t *testing.T, change func(*site.Room)) *brand {
	t.Helper()
	b := s.open(t, func(s *site.Site) {
		room := site.Room{ID: "room-" + s.ID, Name: "The Winter's Tale", Paths: []string{"/"}}
		if change != nil {
			change(&room)
		}
		s.Rooms = []site.Room{room}
	})
	b.handle("GET /seats", hello)
	return b
}

func (b *brand) tell(value string) {
	b.t.Helper()
	if _, err := b.kv.BulkUpdate(b.t.Context(), b.edge.NamespaceID, bulk(put(site.RoomKey(b.site.Rooms[0].ID), value))); err != nil {
		b.t.Fatal(err)
	}
}

// What a room published in KV decides who waits; who waited and is reached
// goes in, with a pass.
func TestRoomFromKV(t *testing.T) {
	b := shared.guarded(t, nil)
	b.tell(published(time.Now().Add(-time.Minute)))
	v := b.visitor()
	if _, body := v.ask(); !strings.Contains(body, "urn:stagedoor:problem:waiting-room") || v.place() == "" || v.pass() != "" {
		t.Fatalf("on arrival: %s %v", body, v.cookies)
	}
	place := v.place()
	if v.in() || v.place() != place {
		t.Fatalf("asking again: %v", v.cookies)
	}
	b.eventually("being let in", func() bool {
		b.tell(published(time.Now().Add(time.Second)))
		return v.in()
	})
	if v.pass() == "" || v.place() != "" {
		t.Errorf("inside: %v", v.cookies)
	}
}

// A room that publishes nothing does what its fail mode says.
func TestRoomWithoutState(t *testing.T) {
	if !shared.guarded(t, nil).visitor().in() {
		t.Error("one that fails open keeps a visitor out")
	}
	if shared.guarded(t, func(r *site.Room) { r.FailClosed = true }).visitor().in() {
		t.Error("one that fails closed lets a visitor in")
	}
}
