package booking

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Order returns the order with a number to whoever has its access key, or ErrNotFound: a wrong key and a number
// that does not exist can't be told apart.
func (s *Service) Order(ctx context.Context, number, key string) (Order, error) {
	row, err := s.byNumber(ctx, number)
	found := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Order{}, err
	}
	if !opens(s.linkKey, row.ID, key) || !found { // the key is computed either way, so that both take as long
		return Order{}, ErrNotFound
	}
	return s.load(ctx, row)
}

// OrderOf returns the order with a number to the session that placed it, or ErrNotFound.
func (s *Service) OrderOf(ctx context.Context, number, session string) (Order, error) {
	row, err := s.byNumber(ctx, number)
	if err != nil {
		return Order{}, err
	}
	if !sameSession(row, session) {
		return Order{}, ErrNotFound
	}
	return s.load(ctx, row)
}

// OrderOfHold returns the newest order placed with a hold to the session that placed it, or ErrNotFound.
func (s *Service) OrderOfHold(ctx context.Context, holdID, session string) (Order, error) {
	row, err := s.queries().LatestOrderOfHold(ctx, holdID)
	if err != nil {
		return Order{}, notFound("order of a hold", err)
	}
	if !sameSession(row, session) {
		return Order{}, ErrNotFound
	}
	return s.load(ctx, row)
}

// OrderByID returns any order, for the program's own use: e-mails, staff, audit.
func (s *Service) OrderByID(ctx context.Context, id uuid.UUID) (Order, error) {
	row, err := s.queries().GetOrder(ctx, id)
	if err != nil {
		return Order{}, notFound("order", err)
	}
	return s.load(ctx, row)
}

// ClientSecret returns what the payment form of an order needs. ErrNothingToPay when the order does not wait for a
// payment, ErrCalledOff when its performance does not take place, ErrPaymentUnavailable when the provider can't be asked.
func (s *Service) ClientSecret(ctx context.Context, order Order) (string, error) {
	if order.State != AwaitingPayment {
		return "", ErrNothingToPay
	}
	if order.Intent == "" { // whoever placed it died before this, or had no need of it
		row, err := s.queries().GetOrder(ctx, order.ID)
		if err != nil {
			return "", notFound("order", err)
		}
		secret, err := s.collect(ctx, &row)
		if err == nil && secret == "" || errors.Is(err, ErrHoldGone) || errors.Is(err, ErrPaid) || errors.Is(err, ErrReplaced) {
			err = ErrNothingToPay
		}
		return secret, err
	}
	if err := s.refuseCalledOff(ctx, order.ID, order.PerformanceID); errors.Is(err, ErrPaid) {
		return "", ErrNothingToPay
	} else if err != nil {
		return "", err
	}
	intent, err := s.payments.GetIntent(ctx, order.Intent)
	if err != nil {
		return "", unavailable("read the payment", err)
	}
	return intent.ClientSecret, nil
}

// SoldSeats lists the seats of a performance that are assigned: the judge's list.
func (s *Service) SoldSeats(ctx context.Context, performanceID uuid.UUID) ([]string, error) {
	seats, err := s.queries().AssignedSeats(ctx, performanceID)
	if err != nil {
		return nil, fmt.Errorf("booking: sold seats: %w", err)
	}
	return seats, nil
}

// LastToken is the highest fencing token that any order presented for a seat of a performance.
func (s *Service) LastToken(ctx context.Context, performanceID uuid.UUID) (int64, error) {
	token, err := s.queries().LastToken(ctx, performanceID)
	if err != nil {
		return 0, fmt.Errorf("booking: last token: %w", err)
	}
	return token, nil
}

func (s *Service) byNumber(ctx context.Context, number string) (dbsqlc.Order, error) {
	row, err := s.queries().GetOrderByNumber(ctx, NormaliseNumber(number))
	if err != nil {
		return dbsqlc.Order{}, notFound("order by number", err)
	}
	return row, nil
}

func (s *Service) load(ctx context.Context, row dbsqlc.Order) (Order, error) {
	q := s.queries()
	seats, err := q.ListOrderSeats(ctx, row.ID)
	if err != nil {
		return Order{}, fmt.Errorf("booking: seats of %s: %w", row.Number, err)
	}
	order := fromRow(row)
	order.Seats = make([]Seat, len(seats))
	for i, seat := range seats {
		if order.Seats[i], err = fromLine(seat); err != nil {
			return Order{}, fmt.Errorf("booking: seat %s of %s: %w", seat.SeatID, row.Number, err)
		}
	}
	order.Promos = codesIn(order.Seats)
	switch order.State {
	case AwaitingPayment:
		err = s.loadDecline(ctx, q, &order)
	case Paid, Exchanged:
		err = errors.Join(s.loadTickets(ctx, q, &order), s.loadRefunds(ctx, q, &order))
	case Offered:
		err = s.loadOffer(ctx, q, &order)
	case RefundDue:
		err = s.loadRefund(ctx, q, &order)
	case Refunded:
		err = errors.Join(s.loadTickets(ctx, q, &order), s.loadRefund(ctx, q, &order))
	}
	return order, errors.Join(err, s.loadBecame(ctx, q, &order))
}

// loadBecame finds what seats were exchanged for, if any were.
func (s *Service) loadBecame(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	if !slices.ContainsFunc(order.Seats, func(seat Seat) bool { return seat.Gone == goneExchanged }) {
		return nil
	}
	rows, err := q.ExchangedFor(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("booking: what %s was exchanged for: %w", order.Number, err)
	}
	for _, row := range rows {
		order.Became = append(order.Became, OrderName(row))
	}
	return nil
}

// justPlaced is an order as it was written a moment ago: what load would read.
func justPlaced(row dbsqlc.Order, seats []Seat) Order {
	order := fromRow(row)
	order.Seats, order.Promos = slices.Clone(seats), codesIn(seats)
	slices.SortFunc(order.Seats, func(a, b Seat) int { // as ListOrderSeats does
		return cmp.Or(strings.Compare(a.Section, b.Section), strings.Compare(a.Row, b.Row),
			cmp.Compare(utf8.RuneCountInString(a.Label), utf8.RuneCountInString(b.Label)), strings.Compare(a.Label, b.Label), strings.Compare(a.SeatID, b.SeatID))
	})
	return order
}

// fromRow is all of an order that its own row says.
func fromRow(row dbsqlc.Order) Order {
	order := Order{
		ID: row.ID, Number: row.Number, BrandID: row.BrandID, PerformanceID: row.PerformanceID, HoldID: row.HoldID,
		State: State(row.State), Name: row.BuyerName, Email: row.BuyerEmail, Currency: row.Currency, Total: row.Total,
		CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
		Credit: row.Credit, Channel: Channel(row.Channel), ExchangeOf: row.ExchangeOf.Bytes,
	}
	if row.PaymentIntent != nil {
		order.Intent = *row.PaymentIntent
	}
	return order
}

// codesIn are the promo codes that seats were priced with, each once.
func codesIn(seats []Seat) []string {
	var codes []string
	for _, seat := range seats {
		for _, share := range seat.Price.Promos {
			if !slices.Contains(codes, share.Code) {
				codes = append(codes, share.Code)
			}
		}
	}
	return codes
}

// loadRefund finds out from the order's history why its money goes back.
func (s *Service) loadRefund(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	if err := s.loadRefunds(ctx, q, order); err != nil || order.Intent == "" {
		return err
	}
	history, err := q.RefundSteps(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("booking: history of %s: %w", order.Number, err)
	}
	paid, err := q.GetPayment(ctx, order.Intent)
	switch {
	case err != nil:
		return fmt.Errorf("booking: payment of %s: %w", order.Number, err)
	case len(history) == 0:
		return nil // the audit finds such an order; its page need not fail
	}
	order.Refund = &Refund{Amount: paid.Received, Currency: paid.Currency}
	if sum := order.returning(); sum > 0 {
		order.Refund.Amount = sum
	}
	first, last := State(history[0]), State(history[len(history)-1])
	switch {
	case order.State == RefundDue && last == Refunded:
		order.Refund.Why = RefundReturned
	case first == Paid:
		order.Refund.Why = RefundByHouse
	case first == Cancelled:
		order.Refund.Why = RefundGivenUp
	case paid.Received != order.Total-order.Credit || paid.Currency != order.Currency:
		order.Refund.Why = RefundWrongAmount
	default:
		why, err := q.WhyRefundDue(ctx, order.ID)
		if err != nil {
			return fmt.Errorf("booking: refund of %s: %w", order.Number, err)
		}
		order.Refund.Why = RefundSeatsLost
		if strings.HasPrefix(why, overReason) {
			order.Refund.Why = RefundOverLimit
		}
	}
	return nil
}

func (s *Service) loadDecline(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	if order.Intent == "" {
		return nil
	}
	paid, err := q.GetPayment(ctx, order.Intent)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("booking: payment of %s: %w", order.Number, err)
	}
	order.PaymentDecline = paid.Decline
	return nil
}

func (s *Service) loadTickets(ctx context.Context, q *dbsqlc.Queries, order *Order) error {
	rows, err := q.ListTickets(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("booking: tickets of %s: %w", order.Number, err)
	}
	for _, t := range rows {
		order.Tickets = append(order.Tickets, Ticket{
			ID: t.ID, SeatID: t.SeatID, State: TicketState(t.State), Code: t.Code, IssuedAt: t.IssuedAt.UTC(),
		})
	}
	return nil
}

func sameSession(row dbsqlc.Order, session string) bool {
	return session != "" && subtle.ConstantTimeCompare(row.SessionHash, sessionHash(session)) == 1
}

func notFound(what string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	return fmt.Errorf("booking: %s: %w", what, err)
}

// unavailable wraps a gateway error that a repeat may cure as ErrPaymentUnavailable.
func unavailable(what string, err error) error {
	if payment.IsRetryable(err) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %s: %w", ErrPaymentUnavailable, what, err)
	}
	return fmt.Errorf("booking: %s: %w", what, err)
}
