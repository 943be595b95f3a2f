package booking

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Comp is the tender of tickets that are given away. In the record of prices it stands like a promo code that takes all
// of the price off.
const Comp = "comp"

const compCode = "COMP"

// Tender is how a sale at the desk is paid.
type Tender struct {
	Method    string // MethodCash, MethodTerminal or Comp
	Reference string // of the card machine's slip, or who gave the comp away; optional, no card number
}

// DeskSale is a sale at the box office, paid then and there.
type DeskSale struct {
	HoldID  string
	Session string // that holds the seats
	BrandID string // the theatre
	Seats   []SeatChoice
	Promos  []string
	Name    string // "Box office" when empty
	Email   string // may be empty: then nothing is e-mailed
	Tender  Tender
	Staff   string // who sells: the subject they signed in as
	Reason  string // why it is given away, or anything worth keeping
	// IdempotencyKey names the sale, within the session.
	IdempotencyKey string
}

// SellAtDesk sells the seats of a hold for money that was taken at the desk, or gives them away: the order is paid and
// ticketed in one transaction.
//
// Errors: those of Place, but ErrPaymentUnavailable.
func (s *Service) SellAtDesk(ctx context.Context, d DeskSale) (Order, error) {
	if !usableKey(d.IdempotencyKey) {
		return Order{}, ErrKeyMissing
	}
	if d.Staff == "" {
		return Order{}, errors.New("booking: a sale at the desk by nobody")
	}
	var wrong faults
	email := d.Email
	if strings.TrimSpace(email) == "" {
		email = "nobody@box.office" // to pass the check; it is not kept
	}
	if strings.TrimSpace(d.Name) == "" {
		d.Name = "Box office"
	}
	d.Name, email = checkBuyer(&wrong, d.Name, email)
	if strings.TrimSpace(d.Email) != "" {
		d.Email = email
	} else {
		d.Email = ""
	}
	switch d.Tender.Method {
	case MethodCash, MethodTerminal, Comp:
	default:
		wrong.add("tender", "must be one of cash, terminal, comp")
	}
	if err := wrong.err(); err != nil {
		return Order{}, err
	}
	var known answer
	kept, _, err := s.keys.Do(ctx, "desk:"+d.Staff, d.IdempotencyKey, d, func(ctx context.Context) (any, idempotency.Outcome, error) {
		row, err := s.sellAtDesk(ctx, d)
		return answer{OrderID: row.ID}, idempotency.Unchanged, err
	})
	if err != nil {
		return Order{}, err
	}
	if err := unmarshal(kept, &known); err != nil {
		return Order{}, err
	}
	s.seatMap(ctx, known.OrderID)
	return s.OrderByID(ctx, known.OrderID)
}

func (s *Service) sellAtDesk(ctx context.Context, d DeskSale) (dbsqlc.Order, error) {
	earlier, err := s.queries().LatestOrderOfHold(ctx, d.HoldID)
	switch {
	case err == nil && State(earlier.State) == Paid && sameSession(earlier, d.Session):
		return earlier, nil // whoever sold it died over the answer
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return dbsqlc.Order{}, fmt.Errorf("booking: earlier sale: %w", err)
	}
	if err := s.EndBill(ctx, d.HoldID, d.Session, "sold at the desk instead"); err != nil {
		return dbsqlc.Order{}, err
	}
	wanted, err := s.draft(ctx, PlaceOrder{
		HoldID: d.HoldID, Session: d.Session, SiteBrandID: d.BrandID, Name: d.Name, Email: d.Email, Seats: d.Seats, Promos: promo.NormaliseAll(d.Promos),
	})
	if err != nil {
		return dbsqlc.Order{}, err
	}
	wanted.order.Channel, wanted.actor = string(BoxOffice), StaffActor(d.Staff)
	if d.Tender.Method == Comp {
		wanted.codes = nil
		wanted.lines = charge(wanted.seats, pricing.Rules{}, []pricing.Discount{{Code: compCode, Rate: pricing.Million}})
		wanted.order.Total = 0
	}
	reason := d.Reason
	if reason == "" {
		reason = "sold at the desk"
	}
	return s.sellNow(ctx, wanted, d.Tender, reason)
}

// sellNow writes an order, what was paid for it at the desk, and its tickets, in one transaction.
func (s *Service) sellNow(ctx context.Context, wanted draft, tender Tender, reason string) (dbsqlc.Order, error) {
	row := wanted.order
	var err error
	if row.ID, err = uuid.NewV7(); err != nil {
		return row, fmt.Errorf("booking: order ID: %w", err)
	}
	row.CreatedAt = s.now()
	row.UpdatedAt = row.CreatedAt
	for range 5 { // a number that is taken
		if row.Number, err = newNumber(s.random, row.BrandID); err != nil {
			return row, err
		}
		err = s.inTx(ctx, "sell at the desk", func(tx pgx.Tx, q *dbsqlc.Queries) error {
			return s.sell(ctx, tx, q, &row, wanted, tender, reason)
		})
		if !clashes(err) || ofHold(err) {
			break
		}
	}
	return row, refusedCode(err)
}

func (s *Service) sell(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, row *dbsqlc.Order, wanted draft, tender Tender, reason string) error {
	row.State = string(placed)
	if err := s.write(ctx, tx, row, wanted); err != nil {
		return err
	}
	if amount := owed(*row); amount > 0 {
		till := tender.Method + ":" + row.ID.String()
		err := q.InsertTill(ctx, dbsqlc.InsertTillParams{IntentID: till, OrderID: row.ID, Amount: amount, Currency: row.Currency, Method: tender.Method, Now: row.CreatedAt})
		if err != nil {
			return fmt.Errorf("insert till: %w", err)
		}
		if _, err := q.SetOrderIntent(ctx, dbsqlc.SetOrderIntentParams{ID: row.ID, PaymentIntent: &till, Now: row.CreatedAt}); err != nil {
			return fmt.Errorf("set intent: %w", err)
		}
		row.PaymentIntent = &till
		if err := s.fund(ctx, q, row.ID, till, amount); err != nil {
			return err
		}
	}
	lost, err := s.confirm(ctx, tx, q, row, nil, wanted.actor, reason, map[string]any{"tender": tender.Method, "reference": tender.Reference})
	if err == nil && len(lost) > 0 {
		err = &SeatsLostError{Seats: lost}
	}
	return err
}
