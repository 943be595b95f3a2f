package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/api/seatstream"
	"github.com/stagedoor/stagedoor/origin/session"
)

// StreamPerformanceSeats implements GET /performances/{id}/events.
func (s *server) StreamPerformanceSeats(ctx context.Context, request apigen.StreamPerformanceSeatsRequestObject) (apigen.StreamPerformanceSeatsResponseObject, error) {
	if _, err := s.performance(ctx, request.Id); err != nil {
		return nil, err
	}
	leave, err := s.streams.enter(session.ID(ctx))
	if err != nil {
		return nil, err
	}
	watch, err := s.seats.Watch(ctx, request.Id)
	if err != nil {
		leave()
		return nil, err
	}
	last := value(request.Params.LastEventID)
	if request.Params.After != nil {
		last = strconv.FormatInt(*request.Params.After, 10)
	}
	return &seatStream{ctx: ctx, server: s, watch: watch, last: last, leave: leave}, nil
}

// seatStream is a stream that is to begin.
type seatStream struct {
	ctx    context.Context
	server *server
	watch  *seatstream.Watch
	last   string
	leave  func()
}

// VisitStreamPerformanceSeatsResponse implements apigen.StreamPerformanceSeatsResponseObject. It writes the header and
// hands the connection over: the stream goes on when the request is long done.
func (s *seatStream) VisitStreamPerformanceSeatsResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", neverKept)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers a whole answer would never send this one
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	err := control.Flush()
	if err == nil {
		connection, _, failure := control.Hijack()
		if err = failure; err == nil {
			s.watch.Join(connection, s.last, s.leave)
			return nil
		}
	}
	s.watch.Cancel()
	s.leave()
	if s.ctx.Err() == nil {
		s.server.Logger.ErrorContext(s.ctx, "a seat stream can't begin on this connection: it must be HTTP/1.1, from the edge", "error", err.Error())
	}
	return nil
}
