package local_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
)

// guarded opens a site with a waiting room over everything.
func guarded(t *testing.T, change func(*site.Room)) *brand {
	t.Helper()
	b := open(t, func(s *site.Site) {
		room := site.Room{ID: "room-" + s.ID, Name: "The Winter's Tale", Paths: []string{"/"}}
		if change != nil {
			change(&room)
		}
		s.Rooms = []site.Room{room}
	})
	b.handle("GET /seats", hello)
	return b
}

func (b *brand) room() *site.Room { return &b.site.Rooms[0] }

// visitor is a browser: it returns the cookies it was given.
type visitor struct {
	*brand
	cookies map[string]string
}

func (b *brand) visitor() *visitor { return &visitor{brand: b, cookies: map[string]string{}} }

// ask asks for the seats, as a program that prefers JSON.
func (v *visitor) ask() (status int, body string) {
	v.t.Helper()
	r := v.request("GET", "/seats", nil)
	r.Header.Set("Accept", "application/json")
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

func (v *visitor) place() string { return v.cookies["stagedoor_place_"+v.room().ID] }
func (v *visitor) pass() string  { return v.cookies["stagedoor_pass_"+v.room().ID] }

// state is what a room publishes.
func state(through int64) string {
	return fmt.Sprintf(`{"v":1,"frontier":%d,"through":%[1]d,"below":"0","queueing":true,"phase":"open","mode":"fifo","waiting":3,"updated_at":%q}`,
		through, time.Now().UTC().Format(time.RFC3339))
}

func (b *brand) tell(value string) {
	b.t.Helper()
	if _, err := b.kv.BulkUpdate(b.t.Context(), b.edge.NamespaceID, bulk(put(site.RoomKey(b.room().ID), value))); err != nil {
		b.t.Fatal(err)
	}
}

// What a room publishes in KV decides who waits; who waited and is reached
// goes in, with a pass.
func TestRoomFromKV(t *testing.T) {
	b := guarded(t, nil)
	b.tell(state(time.Now().Unix() - 60))
	v := b.visitor()
	if _, body := v.ask(); !strings.Contains(body, "urn:stagedoor:problem:waiting-room") || v.place() == "" || v.pass() != "" {
		t.Fatalf("on arrival: %s %v", body, v.cookies)
	}
	place := v.place()
	if _, body := v.ask(); body == "hello" || v.place() != place {
		t.Fatalf("asking again: %s %v", body, v.cookies)
	}
	b.eventually("being let in", func() bool {
		b.tell(state(time.Now().Unix() + 1))
		_, body := v.ask()
		return body == "hello"
	})
	if v.pass() == "" || v.place() != "" {
		t.Errorf("inside: %v", v.cookies)
	}
}

// A room that publishes nothing does what its fail mode says.
func TestRoomWithoutState(t *testing.T) {
	if _, body := guarded(t, nil).visitor().ask(); body != "hello" {
		t.Errorf("one that fails open: %s", body)
	}
	b := guarded(t, func(r *site.Room) { r.FailClosed = true })
	if _, body := b.visitor().ask(); body == "hello" {
		t.Errorf("one that fails closed let a visitor in")
	}
}
