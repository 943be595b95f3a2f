package booking

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Bill is an order that a colleague makes of seats they hold, for its buyer to pay by a link that is e-mailed to them.
type Bill struct {
	HoldID  string
	Session string // that holds the seats
	BrandID string // the theatre
	Seats   []SeatChoice
	Promos  []string
	Name    string
	Email   string
	Staff   string // the subject they signed in as
	// IdempotencyKey names the intention, within the colleague's.
	IdempotencyKey string
}

// SendBill places the order and has the link e-mailed. The seats are kept until the hold ends; an earlier bill for the
// same hold is called off.
//
// Errors: those of Place.
func (s *Service) SendBill(ctx context.Context, b Bill) (Order, error) {
	if !usableKey(b.IdempotencyKey) {
		return Order{}, ErrKeyMissing
	}
	if b.Staff == "" {
		return Order{}, errors.New("booking: a bill by nobody")
	}
	var wrong faults
	b.Name, b.Email = checkBuyer(&wrong, b.Name, b.Email)
	if err := wrong.err(); err != nil {
		return Order{}, err
	}
	b.Promos = promo.NormaliseAll(b.Promos)
	return s.orderOnce(ctx, "bill:"+b.Staff, b.IdempotencyKey, b, func(ctx context.Context) (uuid.UUID, error) {
		row, err := s.sendBill(ctx, b)
		return row.ID, err
	})
}

// BillOnce sends what a form asks for once, however often it is sent: a repeat of the same form has the first one's order. The
// form names itself within a colleague's; work goes on where one that died over it stopped. *idempotency.InProgressError
// while one is at work, idempotency.ErrReused for something else under the same name.
func (s *Service) BillOnce(ctx context.Context, staff, form string, request any, work func(context.Context) (Order, error)) (Order, error) {
	if !usableKey(form) {
		return Order{}, ErrKeyMissing
	}
	return s.orderOnce(ctx, "bill-form:"+staff, form, request, func(ctx context.Context) (uuid.UUID, error) {
		order, err := work(ctx)
		return order.ID, err
	})
}

// orderOnce is the order that a request led to, which is worked on once however often it comes.
func (s *Service) orderOnce(ctx context.Context, scope, key string, request any, work func(context.Context) (uuid.UUID, error)) (Order, error) {
	kept, _, err := s.keys.Do(ctx, scope, key, request, func(ctx context.Context) (any, idempotency.Outcome, error) {
		id, err := work(ctx)
		return answer{OrderID: id}, idempotency.Unchanged, err
	})
	if err != nil {
		return Order{}, err
	}
	var known answer
	if err := unmarshal(kept, &known); err != nil {
		return Order{}, err
	}
	return s.OrderByID(ctx, known.OrderID)
}

func (s *Service) sendBill(ctx context.Context, b Bill) (dbsqlc.Order, error) {
	if row, sent, err := s.sentBill(ctx, b); sent || err != nil {
		return row, err
	}
	if err := s.EndBill(ctx, b.HoldID, b.Session, "another bill was sent instead"); err != nil {
		return dbsqlc.Order{}, err
	}
	wanted, err := s.draft(ctx, PlaceOrder{
		HoldID: b.HoldID, Session: b.Session, SiteBrandID: b.BrandID, Name: b.Name, Email: b.Email, Seats: b.Seats, Promos: b.Promos,
	})
	if err != nil {
		return dbsqlc.Order{}, err
	}
	if wanted.order.Total == 0 {
		var wrong faults
		wrong.add("seats", "cost nothing: there is nothing to pay")
		return dbsqlc.Order{}, wrong.err()
	}
	wanted.order.Channel, wanted.actor = string(BoxOffice), StaffActor(b.Staff)
	if err := s.pledge(ctx, b.HoldID, wanted.order.ExpiresAt); err != nil {
		return dbsqlc.Order{}, err
	}
	row := wanted.order
	if row.ID, err = uuid.NewV7(); err != nil {
		return row, fmt.Errorf("booking: order ID: %w", err)
	}
	row.CreatedAt = s.now()
	row.UpdatedAt = row.CreatedAt
	for range 5 { // a number that is taken
		if row.Number, err = newNumber(s.random, row.BrandID); err != nil {
			return row, err
		}
		row.State = string(placed)
		err = s.inTx(ctx, "send a bill", func(tx pgx.Tx, q *dbsqlc.Queries) error {
			if err := s.write(ctx, tx, &row, wanted); err != nil {
				return err
			}
			return tell(ctx, tx, SubjectPaymentWanted, row, seatIDs(wanted.seats), "")
		})
		if !clashes(err) {
			break
		}
	}
	if err != nil {
		s.unpledge(ctx, b.HoldID)
		return row, refusedCode(err)
	}
	s.step("bill sent")
	return row, nil
}

// sentBill is the order of just this bill, if it was sent already and whoever sent it died before they knew. Its buyer is not sent a second link, nor does the first end under their hands.
func (s *Service) sentBill(ctx context.Context, b Bill) (row dbsqlc.Order, sent bool, err error) {
	row, err = s.queries().OpenOrderOfHold(ctx, b.HoldID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return row, false, nil
	case err != nil:
		return row, false, fmt.Errorf("booking: bill of the hold: %w", err)
	case !sameSession(row, b.Session) || row.BrandID != b.BrandID && b.BrandID != venue.GroupBrand || !s.now().Before(row.ExpiresAt):
		return row, false, nil
	}
	order, err := s.load(ctx, row)
	return row, err == nil && sameContents(order, PlaceOrder{Name: b.Name, Email: b.Email, Seats: b.Seats, Promos: b.Promos}), err
}

// EndBill calls off the bill of a hold, if one was sent: the seats stay with whoever holds them. ErrPaid when its buyer
// was quicker, or is paying; ErrNotYours for another session.
func (s *Service) EndBill(ctx context.Context, holdID, session, why string) error {
	row, err := s.queries().OpenOrderOfHold(ctx, holdID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("booking: bill of the hold: %w", err)
	case !sameSession(row, session):
		return ErrNotYours
	}
	return s.giveUp(ctx, row, why, true)
}

// BillOf is the unpaid bill of a hold, or ErrNotFound.
func (s *Service) BillOf(ctx context.Context, holdID string) (Order, error) {
	row, err := s.queries().OpenOrderOfHold(ctx, holdID)
	if err != nil {
		return Order{}, notFound("bill of the hold", err)
	}
	return s.load(ctx, row)
}
