package api

import (
	"context"
	"fmt"
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
	return apigen.GetPerformanceSeats200JSONResponse{
		Body:    seats(snapshot.Seq, snapshot.Seats),
		Headers: apigen.GetPerformanceSeats200ResponseHeaders{CacheControl: ptr(neverKept)},
	}, nil
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
