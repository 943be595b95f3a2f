package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// CreateHold implements POST /holds.
func (s *server) CreateHold(ctx context.Context, request apigen.CreateHoldRequestObject) (apigen.CreateHoldResponseObject, error) {
	body := *request.Body
	var general []hold.AnyOf
	if body.General != nil {
		for _, area := range *body.General {
			general = append(general, hold.AnyOf{Section: area.Section, Count: area.Count})
		}
	}
	performanceID, err := asked(body.PerformanceId, func(p *problem) {
		if len(body.Seats) == 0 && len(general) == 0 {
			p.fields = append(p.fields, apigen.FieldError{Field: "seats", Reason: "must name at least one seat"})
		}
	})
	if err != nil {
		return nil, err
	}
	kept, err := s.keep(ctx, performanceID, request.Params.IdempotencyKey, body, func(ctx context.Context, visitor string, plan *servedPlan) (hold.Hold, error) {
		if err := checkSeats(body.Seats, len(general), plan.seats, s.MaxSeats); err != nil {
			return hold.Hold{}, err
		}
		return s.Holds.Acquire(ctx, hold.Request{
			PerformanceID: performanceID, Session: visitor, Seats: body.Seats, General: general, Accessible: body.Accessible != nil && *body.Accessible,
		})
	})
	if err != nil {
		return nil, err
	}
	return apigen.CreateHold201JSONResponse{
		Body: s.hold(kept), Headers: apigen.CreateHold201ResponseHeaders{Location: ptr("/api/v1/holds/" + kept.ID)},
	}, nil
}

// CreateBestHold implements POST /holds/best.
func (s *server) CreateBestHold(ctx context.Context, request apigen.CreateBestHoldRequestObject) (apigen.CreateBestHoldResponseObject, error) {
	body := *request.Body
	performanceID, err := asked(body.PerformanceId, func(p *problem) {
		if body.Count < 1 || body.Count > s.MaxSeats {
			p.fields = append(p.fields, apigen.FieldError{Field: "count", Reason: fmt.Sprintf("must be 1 to %d", s.MaxSeats)})
		}
		if body.Wheelchairs != nil && (*body.Wheelchairs < 0 || *body.Wheelchairs > body.Count) {
			p.fields = append(p.fields, apigen.FieldError{Field: "wheelchairs", Reason: "must be 0 to count"})
		}
	})
	if err != nil {
		return nil, err
	}
	kept, err := s.keep(ctx, performanceID, request.Params.IdempotencyKey, body, func(ctx context.Context, visitor string, _ *servedPlan) (hold.Hold, error) {
		return s.Holds.Best(ctx, hold.BestRequest{PerformanceID: performanceID, Session: visitor, Wish: seating.Wish{
			Count: body.Count, Band: value(body.Band), Section: value(body.Section), Spaces: value(body.Wheelchairs),
		}})
	})
	if err != nil {
		return nil, err
	}
	return apigen.CreateBestHold201JSONResponse{
		Body: s.hold(kept), Headers: apigen.CreateBestHold201ResponseHeaders{Location: ptr("/api/v1/holds/" + kept.ID)},
	}, nil
}

// value is what a field that may be left out says.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

// keep makes a hold of a performance that is on sale here, once for a key.
func (s *server) keep(
	ctx context.Context, performanceID uuid.UUID, key *string, body any, acquire func(context.Context, string, *servedPlan) (hold.Hold, error),
) (hold.Hold, error) {
	visitor := session.ID(ctx)
	detail, err := s.performance(ctx, performanceID)
	if err != nil {
		return hold.Hold{}, err
	}
	if now := s.Now(); !detail.Bookable(now) {
		return hold.Hold{}, notOnSale(detail, status(detail.Performance, now))
	}
	plan, err := s.plan(ctx, detail.PlanID)
	if err != nil {
		return hold.Hold{}, err
	}
	kept, err := s.acquireOnce(ctx, key, visitor, body, func(ctx context.Context) (hold.Hold, error) { return acquire(ctx, visitor, plan) })
	var taken *hold.TakenError
	switch {
	case errors.As(err, &taken):
		return kept, seatsTaken(taken.Seats, plan.seats)
	case err != nil:
		return kept, err
	}
	// The new hold took the place of an earlier one. If this fails the order does it again, before it is placed.
	if err := s.Orders.Superseded(ctx, performanceID, visitor, kept.ID); err != nil {
		s.Logger.WarnContext(ctx, "an earlier order was not ended", "performance_id", performanceID, "error", err.Error())
	}
	return kept, nil
}

// asked reads the performance of a request, and reports what is wrong with the request before anything is looked up.
func asked(performanceID string, check func(*problem)) (uuid.UUID, error) {
	p := &problem{code: codeInvalid}
	id, err := uuid.Parse(performanceID)
	switch {
	case performanceID == "":
		p.fields = append(p.fields, apigen.FieldError{Field: "performance_id", Reason: "must say which performance"})
	case err != nil || len(performanceID) != len(uuid.Nil.String()): // Parse reads braces and URNs too
		p.fields = append(p.fields, apigen.FieldError{Field: "performance_id", Reason: "must be a UUID"})
	}
	check(p)
	if len(p.fields) > 0 {
		return id, p
	}
	return id, nil
}

// soldHere refuses a hold of what another site sells, as if there were none. An ID that never was one passes: it is gone.
func (s *server) soldHere(ctx context.Context, holdID string) error {
	performanceID, err := hold.PerformanceOf(holdID)
	if err != nil {
		return hold.ErrGone
	}
	var known *problem
	_, err = s.performance(ctx, performanceID)
	if errors.Is(err, show.ErrNotFound) || errors.As(err, &known) && known.code == codeNotFound {
		return notFound("hold")
	}
	return err
}

// acquireOnce takes the seats, or returns the hold that an earlier request with this key took.
func (s *server) acquireOnce(
	ctx context.Context, key *string, visitor string, request any, acquire func(context.Context) (hold.Hold, error),
) (hold.Hold, error) {
	if key == nil {
		return acquire(ctx)
	}
	if !idempotency.Usable(*key) {
		return hold.Hold{}, badField(codeBadRequest, "Idempotency-Key", "must have 8 to 200 printable ASCII characters")
	}
	type answer struct {
		HoldID string `json:"hold_id"`
	}
	var kept hold.Hold
	text, replayed, err := s.Repeats.Do(ctx, holdScope(visitor), *key, request, func(ctx context.Context) (any, idempotency.Outcome, error) {
		var err error
		kept, err = acquire(ctx)
		return answer{kept.ID}, idempotency.Unchanged, err
	})
	if err != nil || !replayed {
		return kept, err
	}
	var known answer
	if err := json.Unmarshal(text, &known); err != nil {
		return kept, fmt.Errorf("api: answer kept under a key: %w", err)
	}
	return s.Holds.Get(ctx, known.HoldID)
}

// holdScope names a visitor's keys. It is stored, so it must not be the session itself, which opens holds.
func holdScope(visitor string) string {
	hash := sha256.Sum256([]byte("hold keys v1\x00" + visitor))
	return "hold:" + hex.EncodeToString(hash[:])
}

// GetHold implements GET /holds/{id}.
func (s *server) GetHold(ctx context.Context, request apigen.GetHoldRequestObject) (apigen.GetHoldResponseObject, error) {
	if err := s.soldHere(ctx, request.Id); err != nil {
		return nil, err
	}
	kept, err := s.Holds.Get(ctx, request.Id)
	if err != nil {
		return nil, err
	}
	if kept.Session != session.ID(ctx) {
		return nil, hold.ErrNotYours
	}
	return apigen.GetHold200JSONResponse(s.hold(kept)), nil
}

// ReleaseHold implements DELETE /holds/{id}.
func (s *server) ReleaseHold(ctx context.Context, request apigen.ReleaseHoldRequestObject) (apigen.ReleaseHoldResponseObject, error) {
	visitor := session.ID(ctx)
	if err := s.soldHere(ctx, request.Id); errors.Is(err, hold.ErrGone) {
		return apigen.ReleaseHold204Response{}, nil
	} else if err != nil {
		return nil, err
	}
	// The order first: once the seats are free nobody may pay for them.
	if err := s.Orders.GiveUp(ctx, request.Id, visitor); err != nil {
		return nil, err
	}
	if err := s.Holds.Release(ctx, request.Id, visitor); err != nil && !errors.Is(err, hold.ErrGone) {
		return nil, err
	}
	return apigen.ReleaseHold204Response{}, nil
}

// ExtendHold implements POST /holds/{id}/extend.
func (s *server) ExtendHold(ctx context.Context, request apigen.ExtendHoldRequestObject) (apigen.ExtendHoldResponseObject, error) {
	if err := s.soldHere(ctx, request.Id); err != nil {
		return nil, err
	}
	kept, err := s.Holds.Extend(ctx, request.Id, session.ID(ctx))
	if err != nil {
		return nil, err
	}
	// If this fails the sweep finds out from the hold before it ends the order.
	if err := s.Orders.Extended(ctx, kept.ID, kept.ExpiresAt); err != nil {
		s.Logger.WarnContext(ctx, "an order was not given its hold's new time", "hold", kept.ID, "error", err.Error())
	}
	return apigen.ExtendHold200JSONResponse(s.hold(kept)), nil
}

func (s *server) hold(kept hold.Hold) apigen.Hold {
	return apigen.Hold{
		Id: kept.ID, PerformanceId: kept.PerformanceID, Seats: list(kept.Seats), Extended: kept.Extended,
		ExpiresAt: kept.ExpiresAt, ExpiresIn: secondsLeft(kept.ExpiresAt, s.Now()),
	}
}

// secondsLeft counts whole seconds, never below zero.
func secondsLeft(until, now time.Time) int {
	return max(0, int(math.Floor(until.Sub(now).Seconds())))
}

// checkSeats reports every seat that can't be asked for.
func checkSeats(ids []string, areas int, plan map[string]venue.Located, most int) error {
	p := &problem{code: codeInvalid}
	fault := func(field, reason string, args ...any) {
		p.fields = append(p.fields, apigen.FieldError{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
	if len(ids)+areas == 0 {
		fault("seats", "must name at least one seat")
	}
	if len(ids) > most {
		p.detail = fmt.Sprintf("You can book up to %d seats at a time.", most)
		fault("seats", "must name at most %d seats", most)
		return p
	}
	seen := map[string]bool{}
	for i, id := range ids {
		field := fmt.Sprintf("seats[%d]", i)
		if _, exists := plan[id]; !exists {
			fault(field, "is not a seat of this house")
		} else if seen[id] {
			fault(field, "is in the list twice")
		}
		seen[id] = true
	}
	if len(p.fields) > 0 {
		return p
	}
	return nil
}

func seatsTaken(ids []string, plan map[string]venue.Located) *problem {
	p := refuse(codeSeatsTaken, "Someone else has just taken %s. Please choose again.", seatNames(ids, plan))
	p.seats = ids
	return p
}

func notOnSale(d show.Detail, s apigen.PerformanceStatus) *problem {
	switch s {
	case apigen.PerformanceStatusCancelled:
		return refuse(codeNotOnSale, "This performance has been cancelled.")
	case apigen.PerformanceStatusOver:
		return refuse(codeNotOnSale, "This performance has begun, so it can’t be booked any more.")
	}
	if d.Status == show.OnSale {
		opens := d.OnSaleAt.In(d.Venue.Location())
		return refuse(codeNotOnSale, "Booking opens on %s at %s.", opens.Format("Monday 2 January 2006"), opens.Format("15:04"))
	}
	return refuse(codeNotOnSale, "Booking for this performance has not opened yet.")
}
