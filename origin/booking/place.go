package booking

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// answer is what is kept under an idempotency key: never the client secret.
type answer struct {
	OrderID uuid.UUID `json:"order_id"`
}

// Place turns a hold into an order that waits for its payment, or is paid at once when it costs nothing. Placing
// the same order again, with the same key or another, gives the same order; placing another one for the same hold
// replaces the first, unless that is paid.
//
// Errors: *InvalidError, ErrKeyMissing, ErrHoldGone, ErrReplaced, ErrNotYours, ErrNotSoldHere, ErrNotOnSale, ErrPricesChanged,
// *SeatsLostError, *limit.ReachedError, ErrPaid, ErrPaymentUnavailable, idempotency.ErrReused and *idempotency.InProgressError. After
// ErrPaymentUnavailable the order exists and a repeat goes on from there; after the others there is no order of this
// request that could be paid.
func (s *Service) Place(ctx context.Context, p PlaceOrder) (Placed, error) {
	began := time.Now()
	placed, err := s.place(ctx, p)
	s.metrics.placed.WithLabelValues(outcomeOf(placed, err)).Inc()
	s.metrics.placeTime.Observe(time.Since(began).Seconds())
	return placed, err
}

func (s *Service) place(ctx context.Context, p PlaceOrder) (Placed, error) {
	if !usableKey(p.IdempotencyKey) {
		return Placed{}, ErrKeyMissing
	}
	var wrong faults
	p.Name, p.Email = checkBuyer(&wrong, p.Name, p.Email)
	if len(p.Seats) == 0 {
		wrong.add("seats", "must say who sits in each seat you are holding")
	}
	if err := wrong.err(); err != nil {
		return Placed{}, err
	}
	if _, err := hold.PerformanceOf(p.HoldID); err != nil {
		return Placed{}, ErrHoldGone // it never was one, and need not be looked for
	}
	p.Promos = promo.NormaliseAll(p.Promos)
	request := struct {
		HoldID, Name, Email string
		Seats               []SeatChoice
		Promos              []string `json:",omitempty"`
	}{p.HoldID, p.Name, p.Email, p.Seats, p.Promos}
	var secret string
	var order Order
	scope := "order:" + hex.EncodeToString(sessionHash(p.Session))
	kept, replayed, err := s.keys.Do(ctx, scope, p.IdempotencyKey, request,
		func(ctx context.Context) (any, idempotency.Outcome, error) {
			row, seats, err := s.placeOrResume(ctx, p)
			if err != nil {
				return nil, idempotency.Unchanged, err
			}
			s.step("order placed")
			if secret, err = s.collect(ctx, &row); err != nil {
				return nil, idempotency.Begun, err
			}
			if seats != nil && owed(row) > 0 {
				order = justPlaced(row, seats)
			}
			return answer{OrderID: row.ID}, idempotency.Begun, nil
		})
	if err != nil {
		return Placed{}, err
	}
	var known answer
	if err := json.Unmarshal(kept, &known); err != nil {
		return Placed{}, fmt.Errorf("booking: answer kept under a key: %w", err)
	}
	if order.ID == uuid.Nil {
		if order, err = s.OrderByID(ctx, known.OrderID); err != nil {
			return Placed{}, err
		}
	}
	if replayed {
		if secret, err = s.ClientSecret(ctx, order); err != nil && !errors.Is(err, ErrNothingToPay) {
			return Placed{}, err
		}
	}
	return Placed{Order: order, ClientSecret: secret, AccessKey: s.AccessKey(order.ID), Replayed: replayed}, nil
}

// placeOrResume writes the order, or finds that an earlier request did. The seats are known when it was written just now.
func (s *Service) placeOrResume(ctx context.Context, p PlaceOrder) (row dbsqlc.Order, seats []Seat, err error) {
	const attempts = 5 // two requests for one hold, or a number that is taken
	var last error
	for range attempts {
		before, err := s.lookAhead(ctx, p)
		if err != nil {
			return row, nil, err
		}
		if before.ofHold != nil {
			done, err := s.resume(ctx, *before.ofHold, p)
			if done || err != nil {
				return *before.ofHold, nil, err
			}
		}
		row, seats, err = s.placeAnew(ctx, p, before)
		if !clashes(err) {
			return row, seats, err
		}
		last = err
	}
	if ofHold(last) {
		last = ErrReplaced // again and again
	}
	return row, nil, last
}

// placeAnew writes the order in the place of one that the hold led to and that is another, and of those that the session
// placed with earlier holds.
func (s *Service) placeAnew(ctx context.Context, p PlaceOrder, before ahead) (dbsqlc.Order, []Seat, error) {
	wanted, err := s.draft(ctx, p)
	if errors.Is(err, ErrHoldGone) {
		err = s.ended(ctx, p.HoldID) // another order may have been paid since we looked
	}
	if err != nil {
		return dbsqlc.Order{}, nil, err
	}
	if before.ofHold != nil {
		if err := s.giveUp(ctx, *before.ofHold, "the buyer ordered these seats anew", true); err != nil {
			return dbsqlc.Order{}, nil, err
		}
		s.step("earlier order given up")
	}
	if err := s.supersede(ctx, before.instead(wanted.order.PerformanceID)); err != nil {
		return dbsqlc.Order{}, nil, err
	}
	if err := s.pledge(ctx, p.HoldID, wanted.order.ExpiresAt); errors.Is(err, ErrHoldGone) {
		return dbsqlc.Order{}, nil, s.ended(ctx, p.HoldID) // paid for by another order since the hold was read
	} else if err != nil {
		return dbsqlc.Order{}, nil, err
	}
	row, err := s.insert(ctx, wanted)
	if err != nil && !clashes(err) {
		s.unpledge(ctx, p.HoldID)
	}
	return row, wanted.seats, err
}

// resume looks at an order that the hold led to already. It is done when that is the order asked for; when not, it is
// another one, which may be given up for the new.
func (s *Service) resume(ctx context.Context, row dbsqlc.Order, p PlaceOrder) (done bool, err error) {
	if !sameSession(row, p.Session) {
		return false, ErrNotYours
	}
	order, err := s.load(ctx, row)
	switch {
	case err != nil:
		return false, err
	case order.State == Paid && order.Total == 0 && sameContents(order, p):
		return true, nil // it was free, and the answer was lost
	case order.State == Paid:
		return false, ErrPaid
	case order.State != AwaitingPayment || s.now().After(order.ExpiresAt):
		return false, ErrHoldGone
	}
	return sameContents(order, p), nil
}

// sameContents reports whether an order is what the request asks for.
func sameContents(order Order, p PlaceOrder) bool {
	if order.Name != p.Name || order.Email != p.Email || len(order.Seats) != len(p.Seats) || !sameCodes(order.Promos, p.Promos) {
		return false
	}
	for _, seat := range order.Seats {
		if !slices.Contains(p.Seats, SeatChoice{SeatID: seat.SeatID, PriceType: seat.PriceType}) {
			return false
		}
	}
	return true
}

// draft is an order before it is written.
type draft struct {
	order  dbsqlc.Order
	seats  []Seat
	lines  []pricing.Line
	codes  []promo.Code
	actor  string
	gives  []exchangedSeat // what it is exchanged for
	within rule            // how many seats one buyer may have
	plan   uuid.UUID       // that they were priced by
}

// draft checks the hold and puts the house's prices on its seats.
func (s *Service) draft(ctx context.Context, p PlaceOrder) (draft, error) {
	wanted, detail, err := s.priced(ctx, p)
	if err != nil {
		return draft{}, err
	}
	if err := chargeable(total(wanted.seats), detail.Prices.Currency); err != nil {
		return draft{}, err
	}
	row := &wanted.order
	row.Channel, row.BrandID, row.Currency, row.Total = string(Web), detail.Brand.ID, detail.Prices.Currency, total(wanted.seats)
	row.BuyerName, row.BuyerEmail, row.SessionHash, row.HoldID = p.Name, p.Email, sessionHash(p.Session), p.HoldID
	row.Traceparent = traceparent(ctx)
	wanted.actor = actorBuyer
	return wanted, nil
}

// insert writes an order in one transaction with its claim to the seats, and with other orders that come at the same time.
func (s *Service) insert(ctx context.Context, wanted draft) (dbsqlc.Order, error) {
	row := &wanted.order
	var err error
	if row.ID, err = uuid.NewV7(); err != nil {
		return *row, fmt.Errorf("booking: order ID: %w", err)
	}
	if row.Number, err = newNumber(s.random, row.BrandID); err != nil {
		return *row, err
	}
	row.CreatedAt = s.now()
	err = s.written(ctx, &wanted)
	return *row, refusedCode(err)
}

// held returns the hold and what it is for, if this buyer may order it here and now.
func (s *Service) held(ctx context.Context, p PlaceOrder) (hold.Hold, show.Detail, error) {
	kept, err := s.holds.Get(ctx, p.HoldID)
	switch {
	case errors.Is(err, hold.ErrGone):
		return kept, show.Detail{}, ErrHoldGone
	case err != nil:
		return kept, show.Detail{}, fmt.Errorf("booking: read the hold: %w", err)
	case p.Session == "" || kept.Session != p.Session:
		return kept, show.Detail{}, ErrNotYours
	}
	detail, err := s.shows.Performance(ctx, kept.PerformanceID)
	switch {
	case err != nil:
		return kept, detail, fmt.Errorf("booking: performance: %w", err)
	case p.SiteBrandID != detail.Brand.ID && p.SiteBrandID != venue.GroupBrand:
		return kept, detail, ErrNotSoldHere
	case detail.Status == show.Cancelled:
		return kept, detail, ErrCalledOff
	case !detail.Bookable(s.now()):
		return kept, detail, ErrNotOnSale
	}
	return kept, detail, nil
}

// write puts one order, its history and its seats into the transaction: see writeAll.
func (s *Service) write(ctx context.Context, tx pgx.Tx, row *dbsqlc.Order, wanted draft) error {
	wanted.order = *row
	lost, err := s.writeAll(ctx, tx, []*draft{&wanted}, waitOn)
	if err == nil && len(lost[0]) > 0 {
		err = &SeatsLostError{Seats: lost[0]}
	}
	*row = wanted.order
	return err
}

// usableKey reports whether a key can be stored and was made up with some care.
func usableKey(key string) bool { return idempotency.Usable(key) }

// chargeable refuses totals that the provider can't collect; nothing to pay is fine.
func chargeable(amount int64, currency string) error {
	least, _ := payment.MinimumCharge(currency)
	var wrong faults
	if amount > 0 && amount < least {
		wrong.add("seats", "come to less than the smallest amount a card can be charged")
	}
	if amount > payment.MaximumCharge {
		wrong.add("seats", "come to more than one card payment can be; please order fewer at a time")
	}
	return wrong.err()
}

// clashes reports whether another request was quicker: it took the number or ordered the same hold.
func clashes(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// ofHold reports whether a clash is about the hold.
func ofHold(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == "orders_hold"
}
