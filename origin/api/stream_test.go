package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
)

// watcher reads a stream of server-sent events.
type watcher struct {
	t      *testing.T
	lines  *bufio.Scanner
	body   io.Closer
	header http.Header
}

type event struct {
	name, id string
	seats    apigen.Seats
}

func (b *buyer) watch(headers ...string) *watcher {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+"/api/v1/performances/"+b.evening.String()+"/events", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = got.Body.Close() })
	if got.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(got.Body)
		b.t.Fatalf("stream: %d %s", got.StatusCode, text)
	}
	return &watcher{t: b.t, lines: bufio.NewScanner(got.Body), body: got.Body, header: got.Header}
}

// next reads one event; ok is false when the stream has ended.
func (w *watcher) next() (e event, ok bool) {
	w.t.Helper()
	for w.lines.Scan() {
		name, value, _ := strings.Cut(w.lines.Text(), ": ")
		switch name {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.seats); err != nil {
				w.t.Fatalf("data %s: %v", value, err)
			}
			return e, true
		}
	}
	return e, false
}

func (w *watcher) want(name, seat string, state apigen.SeatState) event {
	w.t.Helper()
	e, ok := w.next()
	if !ok || e.name != name || e.seats.Seats[seat] != state {
		w.t.Fatalf("got %+v, %t; want a %s with %s %s", e, ok, name, seat, state)
	}
	return e
}

func TestTwoBrowsersSeeEachOther(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada, bob := v.buyer(), v.buyer()
	first := ada.hold("stalls-A-1")
	w := bob.watch()
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := w.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	snapshot := w.want("snapshot", "stalls-A-1", apigen.SeatStateHeld)
	ada.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/"+first.Id, nil)
	freed := w.want("delta", "stalls-A-1", apigen.SeatStateFree)
	if freed.seats.Seq != snapshot.seats.Seq+1 {
		t.Errorf("delta %d follows snapshot %d", freed.seats.Seq, snapshot.seats.Seq)
	}
	kept := ada.hold("stalls-A-2")
	held := w.want("delta", "stalls-A-2", apigen.SeatStateHeld)

	// A browser that lost its connection comes back for what it missed.
	_ = w.body.Close()
	ada.hold("stalls-A-2", "stalls-A-3")
	again := bob.watch("Last-Event-ID", freed.id)
	if e := again.want("delta", "stalls-A-2", apigen.SeatStateHeld); e.seats.Seq < held.seats.Seq || e.seats.Since == nil || *e.seats.Since != freed.seats.Seq {
		t.Errorf("%+v, want what changed since %d", e.seats, freed.seats.Seq)
	}
	kept = ada.hold("stalls-A-2")
	again.want("delta", "stalls-A-3", apigen.SeatStateFree)
	for _, long := range []string{"7", "-1", "nonsense", "99999999999999999"} { // too long ago, or never
		_ = bob.watch("Last-Event-ID", long).want("snapshot", "stalls-A-2", apigen.SeatStateHeld)
	}
	placed := ada.place(kept)
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	again.want("delta", "stalls-A-2", apigen.SeatStateSold)
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	v := newTheatre(t, func(d *api.Deps) { d.Streams = 10 })
	ada, bob, eve := v.buyer(), v.buyer(), v.buyer()
	for range 20 {
		ada.call(http.MethodHead, "/api/v1/performances/"+v.evening.String()+"/events", nil)
	}
	events := "/api/v1/performances/" + v.evening.String() + "/events"
	ada.want(http.StatusOK, http.MethodGet, "/api/v1/shows", nil) // so that all her streams are one visitor's
	var open []*watcher
	for range 8 {
		open = append(open, ada.watch())
	}
	ada.refused("too_many_streams", http.MethodGet, events, nil)
	bob.watch()
	bob.watch()
	eve.refused("unavailable", http.MethodGet, events, nil)
	_ = open[0].body.Close()
	for eve.call(http.MethodGet, "/api/v1/shows", nil); ; { // the server sees a closed connection a moment later
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+events, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := eve.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		if got.StatusCode == http.StatusOK {
			return
		}
	}
}
