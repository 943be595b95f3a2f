// Package seatstream tells everyone who looks at a seat map what changes on it, as server-sent events, without a
// goroutine or a buffer for each: an open stream costs a socket and a few words of memory, so that one process may
// keep tens of thousands.
//
// A performance somebody watches has one loop, which follows the feed, merges what came since the last time into one
// event, writes it down once and hands it to every socket that takes it. A socket that does not take it is passed over:
// it is told later what changed meanwhile, in one event, and the others do not wait. Whoever takes nothing for a while
// is let go.
package seatstream

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Seats is where the state of a performance is read. A hold.Store is one.
type Seats interface {
	Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error)
}

// Config is what a Hub works with.
type Config struct {
	Seats  Seats
	Feed   hold.Feed
	Logger *slog.Logger
	// Every is the least time between two events of a stream; what changes in between is merged. 0: 100 ms
	Every time.Duration
	// Patience is how long a stream may take nothing before it is let go. 0: 10 s
	Patience time.Duration
	// Heartbeat is how often a stream without changes is written a comment, which keeps proxies from closing it. 0: 15 s
	Heartbeat time.Duration
}

// Hub keeps the streams of all performances. The zero Hub is not ready: use New.
type Hub struct {
	cfg Config

	mu    sync.Mutex
	rooms map[uuid.UUID]*room
}

// New makes a hub without streams.
func New(cfg Config) *Hub {
	cfg.Every = cmp.Or(cfg.Every, 100*time.Millisecond)
	cfg.Patience = cmp.Or(cfg.Patience, 10*time.Second)
	cfg.Heartbeat = cmp.Or(cfg.Heartbeat, 15*time.Second)
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	return &Hub{cfg: cfg, rooms: make(map[uuid.UUID]*room)}
}

// Watch makes sure that a performance is followed and its state known, so that a stream of it can begin. Whoever calls
// it must Join or Cancel after. The error is that of the feed or of the snapshot.
func (h *Hub) Watch(ctx context.Context, performanceID uuid.UUID) (*Watch, error) {
	h.mu.Lock()
	r := h.rooms[performanceID]
	if r == nil {
		r = newRoom(h, performanceID)
		h.rooms[performanceID] = r
		// The room is opened for all who come, whoever came first: it does not end with their request.
		go r.run(context.WithoutCancel(ctx))
	}
	r.expected++
	h.mu.Unlock()
	w := &Watch{room: r}
	select {
	case <-r.opened:
		if r.failed != nil {
			w.Cancel()
			return nil, r.failed
		}
		return w, nil
	case <-ctx.Done():
		w.Cancel()
		return nil, ctx.Err()
	}
}

// Watch is a place in a performance's audience that is not taken yet.
type Watch struct{ room *room }

// Cancel gives the place up.
func (w *Watch) Cancel() {
	w.room.hub.mu.Lock()
	w.room.expected--
	w.room.hub.mu.Unlock()
	w.room.wake()
}

// Join hands over a connection on which the header of a chunked answer has been written. The first event is what changed
// since lastID, if that is the ID of an event this process remembers, else a snapshot. left is called once, when the
// stream has ended and its connection is closed.
func (w *Watch) Join(connection net.Conn, lastID string, left func()) {
	m := &member{connection: connection, left: left, seq: unknown}
	if seq, err := strconv.ParseInt(strings.TrimSpace(lastID), 10, 64); err == nil && seq >= 0 {
		m.seq = seq
	}
	if err := m.open(); err != nil {
		m.close()
		w.Cancel()
		return
	}
	r := w.room
	r.hub.mu.Lock()
	r.expected--
	over := r.over
	if !over {
		r.arrived = append(r.arrived, m)
	}
	r.hub.mu.Unlock()
	if over {
		m.close()
		return
	}
	r.wake()
}

// errNoSocket says that a connection can't be written to without waiting.
var errNoSocket = errors.New("seatstream: the connection is no socket")
