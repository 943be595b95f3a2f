package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// seatMapPatience bounds what the seat map may cost the request that changed it: the sweep catches up.
const seatMapPatience = 2 * time.Second

// seatMap tells the seat map what became of an order's seats, right after the transaction that decided it.
func (s *Service) seatMap(ctx context.Context, orderID uuid.UUID) {
	s.step("before seat map")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seatMapPatience)
	defer cancel()
	order, err := s.queries().GetOrder(ctx, orderID)
	if err == nil && order.SeatsStale {
		err = s.showSeats(ctx, order)
	}
	if err != nil {
		s.logger.WarnContext(ctx, "the seat map will be told later", "order_id", orderID, "error", err.Error())
	}
}

// refreshSeatMap catches up with the orders the seat map has not been told about.
func (s *Service) refreshSeatMap(ctx context.Context) (int, error) {
	stale, err := s.queries().StaleSeats(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("booking: orders the seat map does not know: %w", err)
	}
	var failed []error
	for _, order := range stale {
		if err := s.showSeats(ctx, order); err != nil {
			failed = append(failed, err)
		}
	}
	return len(stale), errors.Join(failed...)
}

// showSeats makes an order's seats sold or free for everyone, as Postgres has them. Repeating it is harmless.
func (s *Service) showSeats(ctx context.Context, order dbsqlc.Order) error {
	q := s.queries()
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	if State(order.State).ownsSeats() {
		err = s.holds.MarkSold(ctx, order.PerformanceID, order.HoldID, seats)
	} else {
		err = s.freeSeats(ctx, order.PerformanceID, seats)
	}
	if err != nil {
		return fmt.Errorf("booking: seat map of order %s: %w", order.Number, err)
	}
	if err := q.SeatsTold(ctx, dbsqlc.SeatsToldParams{ID: order.ID, State: order.State}); err != nil {
		return fmt.Errorf("booking: seat map told: %w", err)
	}
	return nil
}

// freeSeats frees seats that nobody bought since. Someone may buy one between our look and our word: so look again.
func (s *Service) freeSeats(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	sold, err := s.SoldSeats(ctx, performanceID)
	if err != nil {
		return err
	}
	free := slices.DeleteFunc(slices.Clone(seats), func(seat string) bool { return slices.Contains(sold, seat) })
	if len(free) == 0 {
		return nil
	}
	if err := s.holds.MarkFree(ctx, performanceID, free); err != nil {
		return err
	}
	if sold, err = s.SoldSeats(ctx, performanceID); err != nil {
		return err
	}
	again := slices.DeleteFunc(free, func(seat string) bool { return !slices.Contains(sold, seat) })
	if len(again) == 0 {
		return nil
	}
	return s.holds.MarkSold(ctx, performanceID, "", again)
}
