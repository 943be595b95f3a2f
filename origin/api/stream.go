package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/session"
)

const (
	heartbeatEvery = 15 * time.Second
	// writePatience is how long one write may take: whoever reads more slowly than that is let go.
	writePatience = 10 * time.Second
	// reconnectAfter is what a browser is told to wait before it comes back, in milliseconds.
	reconnectAfter = 2000
)

// StreamPerformanceSeats implements GET /performances/{id}/events. Last-Event-ID needs no looking at: every stream
// begins with a snapshot, after which nothing can have been missed.
func (s *server) StreamPerformanceSeats(ctx context.Context, request apigen.StreamPerformanceSeatsRequestObject) (apigen.StreamPerformanceSeatsResponseObject, error) {
	if _, err := s.performance(ctx, request.Id); err != nil {
		return nil, err
	}
	leave, err := s.streams.enter(session.ID(ctx))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := func() { cancel(); leave() }
	// Subscribe first, read then: what changes in between comes twice and is dropped, not missed.
	deltas, err := s.Feed.Subscribe(ctx, request.Id)
	if err != nil {
		stop()
		return nil, err
	}
	first, err := s.Holds.Snapshot(ctx, request.Id)
	if err != nil {
		stop()
		return nil, err
	}
	return &seatStream{ctx: ctx, stop: stop, server: s, performance: request.Id, deltas: deltas, first: first}, nil
}

// seatStream is one open stream.
type seatStream struct {
	ctx         context.Context // of the request: the generated code hands it to no visitor
	stop        func()
	server      *server
	performance uuid.UUID
	deltas      <-chan hold.Delta
	first       hold.Snapshot

	w     http.ResponseWriter
	flush *http.ResponseController
	seq   int64 // of the last event sent
}

// VisitStreamPerformanceSeatsResponse implements apigen.StreamPerformanceSeatsResponseObject. It returns when either
// side has had enough; there is nothing left to answer by then.
func (s *seatStream) VisitStreamPerformanceSeatsResponse(w http.ResponseWriter) error {
	defer s.stop()
	s.w, s.flush = w, http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", neverKept)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers a whole answer would never send this one
	w.WriteHeader(http.StatusOK)
	if s.write("retry: %d\n\n", reconnectAfter) != nil || s.send("snapshot", s.first.Seq, s.first.Seats) != nil {
		return nil
	}
	heartbeat := time.NewTicker(heartbeatEvery)
	defer heartbeat.Stop()
	for {
		var err error
		select {
		case <-s.ctx.Done():
			return nil
		case <-heartbeat.C:
			err = s.write(": here\n\n")
		case delta, open := <-s.deltas:
			if !open { // too slow, or the feed starts over: the browser comes back for a snapshot
				return nil
			}
			err = s.next(delta)
		}
		if err != nil {
			return nil
		}
	}
}

// next sends a delta if it is the next one, or a fresh snapshot if some were lost.
func (s *seatStream) next(delta hold.Delta) error {
	switch {
	case delta.Seq <= s.seq: // the snapshot has it
		return nil
	case delta.Seq == s.seq+1:
		return s.send("delta", delta.Seq, delta.Seats)
	}
	snapshot, err := s.server.Holds.Snapshot(s.ctx, s.performance)
	if err != nil {
		return err
	}
	return s.send("snapshot", snapshot.Seq, snapshot.Seats)
}

func (s *seatStream) send(event string, seq int64, states map[string]hold.SeatState) error {
	body, err := json.Marshal(seats(seq, states))
	if err != nil {
		return err
	}
	s.seq = seq
	return s.write("event: %s\nid: %d\ndata: %s\n\n", event, seq, body)
}

func (s *seatStream) write(format string, args ...any) error {
	// Not every writer has deadlines (a test's has none); a write that hangs there hangs without us too.
	_ = s.flush.SetWriteDeadline(time.Now().Add(writePatience))
	if _, err := fmt.Fprintf(s.w, format, args...); err != nil {
		return err
	}
	return s.flush.Flush()
}
