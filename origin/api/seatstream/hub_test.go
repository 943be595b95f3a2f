package seatstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/seatstream"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

// stage is a hub behind a real HTTP server, over holds in memory.
type stage struct {
	t       *testing.T
	holds   *holdtest.Memory
	evening uuid.UUID
	url     string
	open    atomic.Int64
}

func newStage(t *testing.T, change func(*seatstream.Config)) *stage {
	t.Helper()
	s := &stage{t: t, holds: holdtest.NewMemory(holdtest.Config{}), evening: uuid.New()}
	cfg := seatstream.Config{Seats: s.holds, Feed: s.holds, Logger: slog.New(slog.DiscardHandler), Every: time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	hub := seatstream.New(cfg)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watch, err := hub.Watch(r.Context(), s.evening)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
		control := http.NewResponseController(w)
		_ = control.Flush()
		connection, _, err := control.Hijack()
		if err != nil {
			t.Error(err)
			watch.Cancel()
			return
		}
		if err := connection.(*net.TCPConn).SetWriteBuffer(128 << 10); err != nil { // the kernel may keep megabytes
			t.Error(err)
		}
		s.open.Add(1)
		watch.Join(connection, r.Header.Get("Last-Event-ID"), func() { s.open.Add(-1) })
	}))
	s.url = server.URL
	t.Cleanup(server.Close)
	return s
}

// hold keeps a seat in a session of its own, or frees it.
func (s *stage) hold(seat string) {
	s.t.Helper()
	if _, err := s.holds.Acquire(s.t.Context(), hold.Request{PerformanceID: s.evening, Session: seat, Seats: []string{seat}}); err != nil {
		s.t.Fatal(err)
	}
}

// reader is a browser.
type reader struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Scanner
	seats map[string]hold.SeatState
	seq   int64
	said  []string // names of the events
}

func (s *stage) watch(last string) *reader {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = answer.Body.Close() })
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20)
	return &reader{t: s.t, body: answer.Body, lines: lines, seats: map[string]hold.SeatState{}}
}

// next takes an event in; it fails for one that does not follow. False: the stream has ended.
func (r *reader) next() bool {
	r.t.Helper()
	name := ""
	for r.lines.Scan() {
		field, value, _ := strings.Cut(r.lines.Text(), ": ")
		if field == "event" {
			name = value
		}
		if field != "data" {
			continue
		}
		var e struct {
			Seq   int64
			Since *int64
			Seats map[string]hold.SeatState
		}
		if err := json.Unmarshal([]byte(value), &e); err != nil {
			r.t.Fatal(err)
		}
		r.said = append(r.said, name)
		switch {
		case name == "snapshot":
			r.seats = e.Seats
		case e.Since == nil || *e.Since > r.seq && len(r.said) > 1:
			r.t.Fatalf("a delta since %v for who knows %d", e.Since, r.seq)
		}
		r.seq = e.Seq
		for seat, state := range e.Seats {
			if state == hold.Free {
				delete(r.seats, seat)
			} else {
				r.seats[seat] = state
			}
		}
		return true
	}
	return false
}

func (r *reader) until(seat string, state hold.SeatState) {
	r.t.Helper()
	for r.seats[seat] != state {
		if !r.next() {
			r.t.Fatalf("the stream ended before %s was %q: %v", seat, state, r.lines.Err())
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.hold("A-1")
	ada := s.watch("")
	ada.until("A-1", hold.Held)
	s.hold("A-2")
	ada.until("A-2", hold.Held)
	known := ada.seq
	s.hold("A-3")
	ada.until("A-3", hold.Held)

	// Who comes back is told what changed, who never was here the whole.
	back := s.watch(fmt.Sprint(known))
	back.until("A-3", hold.Held)
	if len(back.seats) != 1 || back.said[0] != "delta" {
		t.Errorf("who knows %d is told %v in %v", known, back.seats, back.said)
	}
	for _, last := range []string{"", "x", "-5", fmt.Sprint(known + 100)} {
		if r := s.watch(last); !r.next() || r.said[0] != "snapshot" || !maps.Equal(r.seats, ada.seats) {
			t.Errorf("after %q: %v in %v", last, r.seats, r.said)
		}
	}
	current := s.watch(fmt.Sprint(ada.seq))
	if !current.next() || current.said[0] != "delta" || len(current.seats) != 0 {
		t.Errorf("who knows everything is told %v", current.seats)
	}
}

// What changes faster than may be told comes in fewer events, and nothing of it is missing.
func TestChangesAreMerged(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *seatstream.Config) { c.Every = 300 * time.Millisecond })
	r := s.watch("")
	r.next()
	const changes = 50
	for i := range changes {
		s.hold(fmt.Sprint("A-", i))
	}
	r.until(fmt.Sprint("A-", changes-1), hold.Held)
	if len(r.seats) != changes {
		t.Errorf("%d seats of %d", len(r.seats), changes)
	}
	if len(r.said) >= changes {
		t.Errorf("%d events for %d changes", len(r.said), changes)
	}
}

// A reader that takes nothing for a while is passed over, and the others are told everything meanwhile; when it reads on,
// it is told the rest, merged; and when it never does, it is let go.
func TestASlowReaderSlowsNobody(t *testing.T) {
	t.Parallel()
	for _, forever := range []bool{false, true} {
		t.Run(fmt.Sprint("forever ", forever), func(t *testing.T) {
			t.Parallel()
			feed := make(chan hold.Delta)
			script := &scripted{feeds: make(chan chan hold.Delta, 1), snapshots: make(chan hold.Snapshot, 1)}
			script.feeds <- feed
			script.snapshots <- hold.Snapshot{}
			s := newStage(t, func(c *seatstream.Config) {
				c.Feed, c.Seats, c.Patience = script, script, time.Hour
				if forever {
					c.Patience = 500 * time.Millisecond // the quick one may have to wait for a processor
				}
			})
			slow := dial(t, s.url)
			quick := s.watch("")
			quick.next()
			// Each change is larger than all the buffers on the way together.
			change := int64(0)
			more := func() {
				change++
				seats := map[string]hold.SeatState{}
				for i := range 3000 {
					seats[fmt.Sprint(change, "-", strings.Repeat("x", 40), i)] = hold.Held
				}
				seats["last"] = hold.SeatState(fmt.Sprint(change))
				feed <- hold.Delta{Seq: change, Seats: seats}
				quick.until("last", hold.SeatState(fmt.Sprint(change)))
			}
			if forever {
				for more(); s.open.Load() > 1; more() {
				}
				more()
				return
			}
			for range 12 {
				more()
			}
			if n := s.open.Load(); n != 2 {
				t.Fatalf("%d streams are open, want both", n)
			}
			answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(answer.Body)
			lines.Buffer(nil, 16<<20)
			late := &reader{t: t, body: answer.Body, lines: lines, seats: map[string]hold.SeatState{}}
			late.until("last", hold.SeatState(fmt.Sprint(change)))
			if !maps.Equal(late.seats, quick.seats) || len(late.said) >= len(quick.said) {
				t.Errorf("%d seats in %d events, the quick one has %d in %d", len(late.seats), len(late.said), len(quick.seats), len(quick.said))
			}
		})
	}
}

// dial opens a stream on a socket with small buffers and reads none of it.
func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return connection
}

func TestWhoLeavesIsLetGo(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	r := s.watch("")
	r.next()
	_ = r.body.Close()
	for s.open.Load() != 0 {
		time.Sleep(5 * time.Millisecond)
	}
	again := s.watch("") // the performance is followed anew
	again.next()
	s.hold("A-1")
	again.until("A-1", hold.Held)
}

// A quiet stream is written something now and then.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *seatstream.Config) { c.Heartbeat = time.Millisecond })
	r := s.watch("")
	for r.lines.Scan() {
		if strings.HasPrefix(r.lines.Text(), ":") {
			return
		}
	}
	t.Error("the stream ended")
}

// scripted is a feed and a seat map that a test speaks through.
type scripted struct {
	feeds     chan chan hold.Delta
	snapshots chan hold.Snapshot
}

func (s *scripted) Subscribe(context.Context, uuid.UUID) (<-chan hold.Delta, error) {
	select {
	case feed := <-s.feeds:
		return feed, nil
	default:
		return nil, errors.New("no more feeds")
	}
}

func (s *scripted) Snapshot(context.Context, uuid.UUID) (hold.Snapshot, error) {
	return <-s.snapshots, nil
}

func TestGapsAreMendedAndStreamsEndWithTheirFeed(t *testing.T) {
	t.Parallel()
	seat := func(id string) map[string]hold.SeatState { return map[string]hold.SeatState{id: hold.Held} }
	first, second, third := make(chan hold.Delta, 8), make(chan hold.Delta, 8), make(chan hold.Delta, 8)
	script := &scripted{feeds: make(chan chan hold.Delta, 3), snapshots: make(chan hold.Snapshot, 3)}
	script.feeds <- first
	script.feeds <- second
	script.feeds <- third
	script.snapshots <- hold.Snapshot{Seq: 10, Seats: seat("A-1")}
	s := newStage(t, func(c *seatstream.Config) { c.Feed, c.Seats = script, script })
	r := s.watch("")
	r.until("A-1", hold.Held)
	first <- hold.Delta{Seq: 10, Seats: seat("old")} // the snapshot has it
	first <- hold.Delta{Seq: 11, Seats: seat("A-2")}
	r.until("A-2", hold.Held)
	script.snapshots <- hold.Snapshot{Seq: 15, Seats: seat("A-5")}
	first <- hold.Delta{Seq: 14, Seats: seat("A-4")} // two were lost
	r.until("A-5", hold.Held)
	if len(r.seats) != 1 || r.said[len(r.said)-1] != "snapshot" {
		t.Errorf("after a gap: %v", r.seats)
	}
	second <- hold.Delta{Seq: 16, Seats: seat("A-6")}
	r.until("A-6", hold.Held)
	script.snapshots <- hold.Snapshot{Seq: 99, Seats: seat("A-9")}
	close(second) // Redis was away: who watches stays
	r.until("A-9", hold.Held)
	close(third) // and does not come back
	if r.next() {
		t.Errorf("after its feed had ended the stream said %v", r.seats)
	}
	answer, err := http.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a feed: %s", answer.Status)
	}
}
