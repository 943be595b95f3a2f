package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// seatMapPatience bounds what the seat map may cost the request that changed it: the sweep catches up.
const seatMapPatience = 2 * time.Second

// seatMap tells the seat map what became of an order's seats, right after the transaction that decided it.
func (s *Service) seatMap(ctx context.Context, orderID uuid.UUID) {
	s.step("before seat map")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seatMapPatience)
	defer cancel()
	stale, err := s.queries().StaleSeatsOf(ctx, orderID)
	if err == nil {
		err = s.showSeats(ctx, stale.Order, stale.Mark)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // it knows
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
	for _, row := range stale {
		if err := s.showSeats(ctx, row.Order, row.Mark); err != nil {
			failed = append(failed, err)
		}
	}
	return len(stale), errors.Join(failed...)
}

// showSeats makes an order's seats sold or free for everyone, as Postgres has them; mark is that of the change it tells.
// Repeating it is harmless.
func (s *Service) showSeats(ctx context.Context, order dbsqlc.Order, mark uuid.UUID) error {
	q := s.queries()
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	let, err := s.letGo(ctx, q, order, seats)
	if err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	switch {
	case State(order.State).ownsSeats() && len(seats) > 0:
		err = s.holds.MarkSold(ctx, order.PerformanceID, order.HoldID, seats)
	case State(order.State) == Offered:
		err = s.showOffer(ctx, q, order)
	}
	if err == nil {
		err = s.freeSeats(ctx, order.PerformanceID, let)
	}
	if err != nil {
		return fmt.Errorf("booking: seat map of order %s: %w", order.Number, err)
	}
	return s.told(ctx, order.ID, mark)
}

// showSettled tells the seat map of an order that was just paid: all its seats are its own, and known.
func (s *Service) showSettled(ctx context.Context, d *settled) {
	s.step("before seat map")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seatMapPatience)
	defer cancel()
	err := s.holds.MarkSold(ctx, d.order.PerformanceID, d.order.HoldID, d.seats)
	if err == nil {
		err = s.told(ctx, d.order.ID, d.mark)
	}
	if err != nil {
		s.logger.WarnContext(ctx, "the seat map will be told later", "order_id", d.order.ID, "error", err.Error())
	}
}

// change is one of an order's seats, which the seat map is told.
type change struct{ orderID, mark uuid.UUID }

// told notes that the seat map knows of a change. What happened to the order since has another mark.
func (s *Service) told(ctx context.Context, orderID, mark uuid.UUID) error {
	if _, err := s.telling.Do(ctx, change{orderID, mark}); err != nil {
		return fmt.Errorf("booking: seat map told: %w", err)
	}
	return nil
}

func (s *Service) toldTogether(ctx context.Context, changes []change) []bundle.Result[struct{}] {
	var rows dbsqlc.ManySeatsToldParams
	for _, c := range changes {
		rows.Ids, rows.Marks = append(rows.Ids, c.orderID), append(rows.Marks, c.mark)
	}
	pipeline := postgres.NewPipeline(s.db)
	q := dbsqlc.New(pipeline)
	return bundle.Fail[struct{}](len(changes), errors.Join(q.ByIndex(ctx), q.ManySeatsTold(ctx, rows), pipeline.Flush(ctx)))
}

// letGo lists the seats that an order has to do with and that are not its own: those it gave up, those it lost, and those
// that were on offer. Those that are still are assigned to nobody else, and shown as sold all the same.
func (s *Service) letGo(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, seats []string) ([]string, error) {
	lines, err := q.ListOrderSeats(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("seats of the order: %w", err)
	}
	offers, err := q.ListOffers(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("offers of the order: %w", err)
	}
	var all, let []string
	for _, l := range lines {
		all = append(all, l.SeatID)
	}
	for _, o := range offers {
		all = append(all, o.InsteadOf, o.SeatID)
	}
	for _, seat := range all {
		if !State(order.State).ownsSeats() || !slices.Contains(seats, seat) {
			let = append(let, seat)
		}
	}
	return let, nil
}

// showOffer makes seats that are kept for one buyer look sold to everybody.
func (s *Service) showOffer(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order) error {
	offers, err := q.ListOffers(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("offers of the order: %w", err)
	}
	seats := make([]string, len(offers))
	for i, o := range offers {
		seats[i] = o.SeatID
	}
	return s.holds.MarkSold(ctx, order.PerformanceID, "", seats)
}

// freeSeats shows seats as they are: free, unless somebody bought them since. Someone may buy one between our look and
// our word: so look again.
func (s *Service) freeSeats(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	if len(seats) == 0 {
		return nil
	}
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
