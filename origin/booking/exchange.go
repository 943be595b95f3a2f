package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
)

// ExchangeSeats asks for the seats of a hold in return for seats of a paid order.
//
// What was paid for the old seats, less the fee of the terms, goes towards the new ones: a new order, at the prices and
// terms of now. Its rest is paid like any order's, or at the desk; what is over goes back. The old seats stay the buyer's
// until the new ones are: if the rest is never paid, nothing has changed.
type ExchangeSeats struct {
	OrderID uuid.UUID
	Seats   []string // to give up; none: all the buyer still has
	HoldID  string   // of the new seats
	Session string   // that holds them
	Choices []SeatChoice
	Actor   string // "buyer", or StaffActor: staff are not bound by the times and fees of the terms
	KeepFee *int64 // for staff: kept of each seat given up; the terms' fee when nil
	// Tender says how a colleague takes the rest at the desk; zero: through the provider.
	Tender Tender
	// IdempotencyKey names the intention, within the order.
	IdempotencyKey string
}

func (e ExchangeSeats) staff() bool { return e.Actor != actorBuyer }

// exchangedSeat is a seat given up for another order.
type exchangedSeat struct {
	of             uuid.UUID
	seat           string
	credit, refund int64
}

// goneExchanged is why an exchanged seat is not the buyer's any more.
const goneExchanged = "exchanged"

// ExchangeQuote is what an exchange comes to.
type ExchangeQuote struct {
	Gives  []Seat // the old ones, as they were paid; a companion's goes with its wheelchair space
	Seats  []Seat // the new ones, priced
	Total  int64  // of the new seats
	Credit int64  // towards it, of what was paid
	Fee    int64  // kept
	Due    int64  // still to pay
	Back   int64  // goes back: the new seats cost less
}

// QuoteExchange says what would come of Exchange, and changes nothing.
func (s *Service) QuoteExchange(ctx context.Context, e ExchangeSeats) (ExchangeQuote, error) {
	_, quote, err := s.draftExchange(ctx, e)
	return quote, err
}

// Exchange places the new order, and completes the exchange at once when nothing is left to pay or it is paid at the
// desk. Otherwise Placed.ClientSecret pays the rest.
//
// Errors: those of Place and RefundSeats.
func (s *Service) Exchange(ctx context.Context, e ExchangeSeats) (Placed, error) {
	if !usableKey(e.IdempotencyKey) {
		return Placed{}, ErrKeyMissing
	}
	request := struct {
		Seats   []string
		HoldID  string
		Choices []SeatChoice
		Actor   string
		KeepFee *int64
		Tender  Tender
	}{e.Seats, e.HoldID, e.Choices, e.Actor, e.KeepFee, e.Tender}
	var secret string
	kept, replayed, err := s.keys.Do(ctx, "exchange:"+e.OrderID.String(), e.IdempotencyKey, request,
		func(ctx context.Context) (any, idempotency.Outcome, error) {
			row, err := s.placeExchange(ctx, e)
			if err != nil {
				return nil, idempotency.Unchanged, err
			}
			s.step("exchange placed")
			if State(row.State) != Paid {
				if secret, err = s.collect(ctx, &row); err != nil {
					return nil, idempotency.Begun, err
				}
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
	s.seatMap(ctx, known.OrderID)
	s.seatMap(ctx, e.OrderID)
	order, err := s.OrderByID(ctx, known.OrderID)
	if err != nil {
		return Placed{}, err
	}
	if replayed {
		if secret, err = s.ClientSecret(ctx, order); err != nil && !errors.Is(err, ErrNothingToPay) {
			return Placed{}, err
		}
	}
	return Placed{Order: order, ClientSecret: secret, AccessKey: s.AccessKey(order.ID), Replayed: replayed}, nil
}

// placeExchange writes the new order, or finds that an earlier request with this hold did.
func (s *Service) placeExchange(ctx context.Context, e ExchangeSeats) (dbsqlc.Order, error) {
	earlier, err := s.queries().OrderOfExchange(ctx, dbsqlc.OrderOfExchangeParams{ExchangeOf: pgtype.UUID{Bytes: e.OrderID, Valid: true}, HoldID: e.HoldID})
	switch {
	case err == nil && (State(earlier.State) == AwaitingPayment || State(earlier.State) == Paid) && sameSession(earlier, e.Session):
		return earlier, nil
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return dbsqlc.Order{}, fmt.Errorf("booking: earlier exchange: %w", err)
	}
	wanted, quote, err := s.draftExchange(ctx, e)
	if err != nil {
		return dbsqlc.Order{}, err
	}
	if err := chargeable(quote.Due, wanted.order.Currency); err != nil {
		return dbsqlc.Order{}, err
	}
	if e.Tender.Method != "" {
		return s.sellNow(ctx, wanted, e.Tender, "the rest was paid at the desk")
	}
	if err := s.Superseded(ctx, wanted.order.PerformanceID, e.Session, e.HoldID); err != nil {
		return dbsqlc.Order{}, err
	}
	row, err := s.insert(ctx, wanted)
	var reached *limit.ReachedError
	if errors.As(err, &reached) {
		return row, &PolicyError{reached.Words()}
	}
	return row, err
}

// draftExchange prices the new seats and works out what the old ones bring.
func (s *Service) draftExchange(ctx context.Context, e ExchangeSeats) (draft, ExchangeQuote, error) {
	var quote ExchangeQuote
	old, err := s.queries().GetOrder(ctx, e.OrderID)
	if err != nil {
		return draft{}, quote, notFound("order", err)
	}
	seats, fee, err := s.exchangeable(ctx, old, e)
	if err != nil {
		return draft{}, quote, err
	}
	from, err := s.shows.Performance(ctx, old.PerformanceID)
	if err != nil {
		return draft{}, quote, fmt.Errorf("booking: performance: %w", err)
	}
	wanted, err := s.draftNew(ctx, e, old, from, seats)
	if err != nil {
		return draft{}, quote, err
	}
	quote.Gives, quote.Seats, quote.Total = seats, wanted.seats, total(wanted.seats)
	backing, err := s.funded(ctx, s.queries(), old.ID)
	if err != nil {
		return draft{}, quote, err
	}
	rest := quote.Total
	for _, seat := range seats {
		worth := min(max(0, seat.Amount-fee), backing)
		backing -= worth
		credit := min(worth, rest)
		rest -= credit
		wanted.gives = append(wanted.gives, exchangedSeat{old.ID, seat.SeatID, credit, worth - credit})
		quote.Credit, quote.Back, quote.Fee = quote.Credit+credit, quote.Back+worth-credit, quote.Fee+seat.Amount-worth
	}
	quote.Due = rest
	wanted.order.Credit, wanted.order.Total = quote.Credit, quote.Total
	wanted.order.ExchangeOf = pgtype.UUID{Bytes: old.ID, Valid: true}
	if e.staff() {
		wanted.order.Channel = string(BoxOffice)
	}

	return wanted, quote, nil
}

// exchangeable returns the seats to be given up, if the terms let them be, and the fee that is kept of each.
func (s *Service) exchangeable(ctx context.Context, old dbsqlc.Order, e ExchangeSeats) ([]Seat, int64, error) {
	sold, err := s.soldBy(ctx, old)
	if err != nil {
		return nil, 0, err
	}
	seats, err := s.leaving(ctx, s.queries(), old, e.Seats, sold.plan, e.staff())
	if err != nil {
		return nil, 0, err
	}
	terms := sold.terms.Exchanges
	fee := terms.Fee
	switch {
	case e.staff() && e.KeepFee != nil:
		fee = max(0, *e.KeepFee)
	case sold.off:
		fee = 0
	case e.staff():
	case old.ErasedAt != nil:
		return nil, 0, &PolicyError{"The name and address of this order were erased, so its tickets can’t be exchanged any more. They go on admitting whoever shows them."}
	case terms.Never:
		return nil, 0, &PolicyError{"Tickets for this show can’t be exchanged."}
	case !terms.Open(sold.starts, s.now()):
		return nil, 0, &PolicyError{"It is too late to exchange these tickets: that ends " + hours(terms.Before) + " before the performance."}
	}
	return seats, fee, s.withBank(ctx, s.queries(), old.ID)
}

// Exchangeable returns the seats that a buyer would give up if they asked for some of theirs (none: all), with the fee
// that is kept of each, before they have chosen others. *PolicyError when they can't be.
func (s *Service) Exchangeable(ctx context.Context, orderID uuid.UUID, seats []string) ([]Seat, int64, error) {
	row, err := s.queries().GetOrder(ctx, orderID)
	if err != nil {
		return nil, 0, notFound("order", err)
	}
	return s.exchangeable(ctx, row, ExchangeSeats{OrderID: orderID, Seats: seats, Actor: actorBuyer})
}

// draftNew prices the seats of the hold for the buyer of the old order. Promo codes of the old seats hold for the new
// ones: a rate as a rate, an amount as what it took off them. They count no further use.
func (s *Service) draftNew(ctx context.Context, e ExchangeSeats, old dbsqlc.Order, from show.Detail, leaving []Seat) (draft, error) {
	kept, to, err := s.held(ctx, PlaceOrder{HoldID: e.HoldID, Session: e.Session, SiteBrandID: old.BrandID})
	if err != nil {
		return draft{}, err
	}
	if to.Production.ID != from.Production.ID && !e.staff() || to.Prices.Currency != old.Currency {
		return draft{}, &PolicyError{"Tickets can be exchanged for another performance of the same show only."}
	}
	plan, err := s.shows.Plan(ctx, to.PlanID)
	if err != nil {
		return draft{}, fmt.Errorf("booking: plan: %w", err)
	}
	seats, err := price(kept.Seats, e.Choices, s.shows.index(plan), to.Prices)
	if err != nil {
		return draft{}, err
	}
	terms, err := s.Terms(ctx, to)
	if err != nil {
		return draft{}, err
	}
	codes, err := s.codesOf(ctx, leaving, len(seats) <= len(leaving))
	if err != nil {
		return draft{}, err
	}
	lines := charge(seats, terms.Rules, codes)
	return draft{seats: seats, lines: lines, actor: e.Actor, within: rule{terms.Limit, to.Production.ID}, plan: to.PlanID, order: dbsqlc.Order{
		Channel: string(Web), BrandID: to.Brand.ID, PerformanceID: kept.PerformanceID, BuyerName: old.BuyerName, BuyerEmail: old.BuyerEmail,
		Currency: old.Currency, SessionHash: sessionHash(e.Session), HoldID: e.HoldID, HoldToken: kept.Token,
		Traceparent: traceparent(ctx), ExpiresAt: kept.ExpiresAt.UTC(),
	}}, nil
}

// codesOf are the discounts that seats were sold with, as they hold for what takes their place. With rates, a code of so
// many percent holds as that; without, as the amount that it took off: it was not given for more seats.
func (s *Service) codesOf(ctx context.Context, seats []Seat, rates bool) ([]pricing.Discount, error) {
	var out []pricing.Discount
	at := map[string]int{}
	for _, seat := range seats {
		for _, share := range seat.Price.Promos {
			i, known := at[share.Code]
			if !known {
				i = len(out)
				at[share.Code] = i
				out = append(out, pricing.Discount{Code: share.Code})
			}
			out[i].Amount += share.Share
		}
	}
	for i, d := range out {
		row, err := s.queries().GetPromo(ctx, d.Code)
		switch {
		case errors.Is(err, pgx.ErrNoRows): // a comp
		case err != nil:
			return nil, fmt.Errorf("booking: promo code: %w", err)
		default:
			if code := promo.FromRow(row); code.Rate > 0 && rates {
				out[i] = code.Discount()
			}
		}
	}
	return out, nil
}

// writeExchange keeps what a new order is exchanged for, in the transaction that writes it. Whoever was erased since the new
// order was drafted does not come back with it.
func (s *Service) writeExchange(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, gives []exchangedSeat) error {
	if !order.ExchangeOf.Valid {
		return nil
	}
	old, err := q.LockOrder(ctx, order.ExchangeOf.Bytes)
	switch {
	case err != nil:
		return fmt.Errorf("lock exchanged order: %w", err)
	case old.BuyerEmail != order.BuyerEmail:
		return &PolicyError{"The details of whoever bought these tickets were erased meanwhile, so they can’t be exchanged."}
	}
	for _, g := range gives {
		err := q.InsertExchange(ctx, dbsqlc.InsertExchangeParams{OrderID: order.ID, OfOrder: g.of, SeatID: g.seat, Credit: g.credit, Refund: g.refund})
		if err != nil {
			return fmt.Errorf("insert exchange: %w", err)
		}
	}
	return nil
}

// exchangeLost returns the seats that an exchange was to take in return and that are the buyer's no longer: they were
// refunded, or exchanged for others, since. It locks the old order.
func (s *Service) exchangeLost(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order) ([]string, error) {
	if !order.ExchangeOf.Valid {
		return nil, nil
	}
	old, err := q.LockOrder(ctx, order.ExchangeOf.Bytes)
	if err != nil {
		return nil, fmt.Errorf("lock exchanged order: %w", err)
	}
	gives, err := q.ListExchange(ctx, order.ID)
	if err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	kept, err := s.seatsOf(ctx, q, old)
	if err != nil {
		return nil, err
	}
	backing, err := s.funded(ctx, q, old.ID)
	if err != nil {
		return nil, err
	}
	still := map[string]bool{}
	for _, seat := range kept {
		still[seat] = State(old.State) == Paid
	}
	var lost []string
	for _, g := range gives {
		if backing -= g.Credit + g.Refund; !still[g.SeatID] || backing < 0 {
			lost = append(lost, g.SeatID+" of "+old.Number)
		}
	}
	return lost, nil
}

// completeExchange takes the old seats in return for those that have just become the buyer's, in the same transaction:
// their money backs the new order, what is over goes back.
func (s *Service) completeExchange(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, order dbsqlc.Order, actor string) error {
	if !order.ExchangeOf.Valid {
		return nil
	}
	old, err := q.LockOrder(ctx, order.ExchangeOf.Bytes)
	if err != nil {
		return fmt.Errorf("lock exchanged order: %w", err)
	}
	gives, err := q.ListExchange(ctx, order.ID)
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	var money []seatMoney
	var credits []int64
	var credit, surplus int64
	for _, g := range gives {
		money, credits = append(money, seatMoney{g.SeatID, g.Refund}), append(credits, g.Credit)
		credit, surplus = credit+g.Credit, surplus+g.Refund
	}
	portions, err := s.draw(ctx, q, old, credit)
	if err != nil {
		return err
	}
	for _, p := range portions {
		if err := s.fund(ctx, q, order.ID, p.intentID, p.amount); err != nil {
			return err
		}
	}
	const why = "seats were exchanged"
	if err := s.seatsLeave(ctx, tx, q, old, goneExchanged, money, credits); err != nil {
		return err
	}
	detail := map[string]any{"for": order.Number, "seats": gives, "credit": credit, "surplus": surplus, "currency": old.Currency}
	if err := s.note(ctx, q, old, EventSeatsExchanged, actor, why+" for order "+order.Number, detail); err != nil {
		return err
	}
	if err := s.giveBack(ctx, q, old, surplus, refundSurplus, actor, "the seats they were exchanged for cost less", money); err != nil {
		return err
	}
	left, err := s.seatsOf(ctx, q, old)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		if err := s.move(ctx, q, &old, Exchanged, actor, "the last of its seats was exchanged for order "+order.Number); err != nil {
			return err
		}
	}
	return tell(ctx, tx, SubjectOrderChanged, old, left, why)
}
