package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/venue"
)

const neverKept = "no-store"

// GetPerformanceSeats implements GET /performances/{id}/seats.
func (s *server) GetPerformanceSeats(ctx context.Context, request apigen.GetPerformanceSeatsRequestObject) (apigen.GetPerformanceSeatsResponseObject, error) {
	if _, err := s.performance(ctx, request.Id); err != nil {
		return nil, err
	}
	snapshot, err := s.Holds.Snapshot(ctx, request.Id)
	if err != nil {
		return nil, err
	}
	answer := seatsAnswer{snapshot: snapshot}
	answer.known = strings.Contains(value(request.Params.IfNoneMatch), answer.etag())
	return answer, nil
}

// seatsKept lets the edge answer a crowd for a second from one reading, and meanwhile read again. Whoever wants to know
// better follows the stream, which goes on from any snapshot; and a hold is judged by the seats themselves.
const seatsKept = "public, max-age=1, stale-while-revalidate=2"

// seatsAnswer is a snapshot, or says that the client has it.
type seatsAnswer struct {
	snapshot hold.Snapshot
	known    bool
}

func (a seatsAnswer) etag() string { return `"` + strconv.FormatInt(a.snapshot.Seq, 10) + `"` }

// VisitGetPerformanceSeatsResponse implements apigen.GetPerformanceSeatsResponseObject.
func (a seatsAnswer) VisitGetPerformanceSeatsResponse(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", seatsKept)
	w.Header().Set("ETag", a.etag())
	if a.known {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(seats(a.snapshot.Seq, a.snapshot.Seats))
}

func seats(seq int64, states map[string]hold.SeatState) apigen.Seats {
	body := apigen.Seats{Seq: seq, Seats: make(map[string]apigen.SeatState, len(states))}
	for seat, state := range states {
		body.Seats[seat] = apigen.SeatState(state)
	}
	return body
}

// seatNames says seats as people do: "Stalls F12, Stalls F13".
func seatNames(ids []string, plan map[string]venue.Located) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		if seat, ok := plan[id]; ok {
			names[i] = fmt.Sprintf("%s %s%s", seat.Section, seat.Row, seat.Label)
		} else {
			names[i] = id
		}
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
