package customer

import (
	"context"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Visit to a performance: an order with what it is for.
type Entry struct {
	Order  booking.Order
	Detail show.Detail
}

// Orders are those of an address on a brand's site, or everywhere on the group's, the newest first.
func (d *Desk) OrdersOf(ctx context.Context, brandID, email string) ([]Entry, error) {
	orders, err := d.Orders.OrdersOfBuyer(ctx, email, scope(brandID), MostOrders)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(orders))
	for i, o := range orders {
		detail, err := d.Shows.Performance(ctx, o.PerformanceID)
		if err != nil {
			return nil, err
		}
		entries[i] = Entry{o, detail}
	}
	return entries, nil
}

// Copy is everything that is kept of a buyer, for them to take: at every theatre of the group, whichever site they ask on.
type Copy struct {
	About   string       `json:"about"`
	MadeAt  time.Time    `json:"made_at"`
	Email   string       `json:"email"`
	Orders  []CopyOrder  `json:"orders"`
	Seats   []CopySeats  `json:"reservations"` // that a box office keeps, or kept, by name
	Visits  []CopyVisit  `json:"visits"`
	Mails   []CopyMail   `json:"mails"`
	Kept    []CopyPolicy `json:"what_we_keep"`
	Partial bool         `json:"partial,omitempty"` // there are more orders than MostOrders
}

// CopyOrder is one order. Amounts are in minor units of Currency.
type CopyOrder struct {
	Number      string        `json:"number"`
	Theatre     string        `json:"theatre"`
	Show        string        `json:"show"`
	Performance time.Time     `json:"performance"`
	PlacedAt    time.Time     `json:"placed_at"`
	State       string        `json:"state"`
	Name        string        `json:"name"`
	Email       string        `json:"email"`
	Channel     string        `json:"channel"`
	Currency    string        `json:"currency"`
	Total       int64         `json:"total"`
	PromoCodes  []string      `json:"promo_codes,omitempty"`
	Seats       []CopySeat    `json:"seats"`
	Cards       []CopyCard    `json:"cards,omitempty"`
	Refunds     []CopyRefund  `json:"refunds,omitempty"`
	Tickets     []CopyTicket  `json:"tickets,omitempty"`
	History     []CopyHistory `json:"history"`
}

// CopySeat is one seat of an order.
type CopySeat struct {
	Seat     string `json:"seat"`
	Price    string `json:"price_type"`
	Amount   int64  `json:"amount"`
	GivenUp  string `json:"given_up,omitempty"`
	Refunded int64  `json:"refunded,omitempty"`
}

// CopyCard is what is known of a card.
type CopyCard struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

// CopyRefund is money that went back.
type CopyRefund struct {
	Amount int64     `json:"amount"`
	State  string    `json:"state"`
	Kind   string    `json:"kind"` // as booking.RefundLine has it
	At     time.Time `json:"at"`
}

// CopyTicket is a ticket; its code is left out, as whoever has it is let in.
type CopyTicket struct {
	Seat     string    `json:"seat"`
	State    string    `json:"state"`
	IssuedAt time.Time `json:"issued_at"`
}

// CopyHistory is a line of an order's history.
type CopyHistory struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Why  string    `json:"why,omitempty"`
	Who  string    `json:"who"` // colleagues are not named
}

// CopySeats are seats that were reserved at a box office.
type CopySeats struct {
	Theatre     string    `json:"theatre"`
	Show        string    `json:"show"`
	Performance time.Time `json:"performance"`
	Seats       []string  `json:"seats"`
	Name        string    `json:"name"`
	Contact     string    `json:"contact"`
	MadeAt      time.Time `json:"made_at"`
	Until       time.Time `json:"until"`
}

// CopyVisit is a link or a visit of the last hours.
type CopyVisit struct {
	Kind string    `json:"kind"`
	Site string    `json:"site"`
	At   time.Time `json:"at"`
}

// CopyMail is an e-mail that was written to them; they have its text.
type CopyMail struct {
	At      time.Time `json:"at"`
	Subject string    `json:"subject"`
}

// CopyPolicy says why something is kept, and for how long.
type CopyPolicy struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Policy is what is kept of buyers, and why: the same words in the copy and on the page.
func Policy() []CopyPolicy {
	return []CopyPolicy{
		{"Name and e-mail address, with each order", "To send tickets and to find an order at the door. Until you have them erased."},
		{"What was ordered, paid and given back", "Accounts have to be kept for as long as tax law says. After an erasure nobody can tell whose they were."},
		{"The brand and the last four digits of a card", "To find an order at the desk. The full number goes to the payment provider and never reaches us."},
		{"E-mails written to you", "To send them. They are erased with your name and address."},
		{"Seats reserved in your name at a box office", "To keep them for you. What is over is forgotten when the next reservation is made."},
		{"Links to your orders", "They are forgotten within three hours."},
	}
}

// CopyOf makes a buyer's copy.
func (d *Desk) CopyOf(ctx context.Context, email string) (Copy, error) {
	c := Copy{
		About:  "Everything the theatres of this group keep about the orders of this e-mail address. Amounts are in minor units: 2550 GBP is £25.50.",
		MadeAt: d.now(), Email: email, Orders: []CopyOrder{}, Visits: []CopyVisit{}, Mails: []CopyMail{}, Seats: []CopySeats{}, Kept: Policy(),
	}
	orders, err := d.Orders.OrdersOfBuyer(ctx, email, "", MostOrders)
	if err != nil {
		return c, err
	}
	c.Partial = len(orders) == MostOrders
	for _, o := range orders {
		entry, err := d.copyOrder(ctx, o)
		if err != nil {
			return c, err
		}
		c.Orders = append(c.Orders, entry)
	}
	if c.Seats, err = d.reservations(ctx, email); err != nil {
		return c, err
	}
	if c.Visits, err = d.visits(ctx, email); err != nil {
		return c, err
	}
	c.Mails, err = d.mails(ctx, email)
	return c, err
}

func (d *Desk) copyOrder(ctx context.Context, o booking.Order) (CopyOrder, error) {
	detail, err := d.Shows.Performance(ctx, o.PerformanceID)
	if err != nil {
		return CopyOrder{}, err
	}
	out := CopyOrder{
		Number: o.Number, Theatre: detail.Brand.Name, Show: detail.Production.Title, Performance: detail.StartsAt, PlacedAt: o.CreatedAt,
		State: string(o.State), Name: o.Name, Email: o.Email, Channel: string(o.Channel), Currency: o.Currency, Total: o.Total, PromoCodes: o.Promos,
	}
	for _, s := range o.Seats {
		out.Seats = append(out.Seats, CopySeat{s.Section + ", row " + s.Row + ", seat " + s.Label, s.PriceType, s.Amount, s.Gone, s.Refunded})
	}
	for _, r := range o.Refunds {
		out.Refunds = append(out.Refunds, CopyRefund{r.Amount, r.State, r.Kind, r.CreatedAt})
	}
	for _, t := range o.Tickets {
		out.Tickets = append(out.Tickets, CopyTicket{t.SeatID, string(t.State), t.IssuedAt})
	}
	cards, err := d.Orders.CardsOf(ctx, o.ID)
	if err != nil {
		return out, err
	}
	for _, card := range cards {
		out.Cards = append(out.Cards, CopyCard(card))
	}
	history, err := d.Orders.History(ctx, o.ID)
	if err != nil {
		return out, err
	}
	for _, e := range history {
		who := "us"
		if e.Actor == "buyer" {
			who = "you"
		}
		out.History = append(out.History, CopyHistory{e.At, string(e.Kind) + " " + string(e.To), e.Reason, who})
	}
	return out, nil
}

func (d *Desk) reservations(ctx context.Context, email string) ([]CopySeats, error) {
	rows, err := dbsqlc.New(d.DB).ReservationsOf(ctx, email)
	if err != nil {
		return nil, fmt.Errorf("customer: reservations: %w", err)
	}
	out := make([]CopySeats, len(rows))
	for i, r := range rows {
		out[i] = CopySeats{r.Theatre, r.Title, r.StartsAt.UTC(), r.Seats, r.Name, r.Contact, r.MadeAt.UTC(), r.ExpiresAt.UTC()}
	}
	return out, nil
}

func (d *Desk) visits(ctx context.Context, email string) ([]CopyVisit, error) {
	out := []CopyVisit{}
	rows, err := d.DB.Query(ctx, `select l.kind, b.name, l.created_at from buyer_links l join brands b on b.id = l.brand_id where l.email = $1 order by l.created_at`, email)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v CopyVisit
		if err := rows.Scan(&v.Kind, &v.Site, &v.At); err != nil {
			return nil, err
		}
		v.At = v.At.UTC()
		out = append(out, v)
	}
	return out, rows.Err()
}

func (d *Desk) mails(ctx context.Context, email string) ([]CopyMail, error) {
	out := []CopyMail{}
	rows, err := d.DB.Query(ctx, `select created_at, subject from mails where lower(recipient) = $1 order by created_at`, email)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m CopyMail
		if err := rows.Scan(&m.At, &m.Subject); err != nil {
			return nil, err
		}
		m.At = m.At.UTC()
		out = append(out, m)
	}
	return out, rows.Err()
}
