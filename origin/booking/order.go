package booking

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/pricing"
)

// Order is a buyer's wish for seats of one performance, and what became of it.
type Order struct {
	ID            uuid.UUID
	Number        string // what people read out: "LYC-7K4QPWR"
	BrandID       string // the theatre whose performance it is
	PerformanceID uuid.UUID
	HoldID        string
	State         State
	Name          string
	Email         string
	Currency      string
	Total         int64 // minor units, the sum of the seats' amounts, those given up since included
	Credit        int64 // of Total: paid before, for seats that were exchanged
	Channel       Channel
	ExchangeOf    uuid.UUID // the order whose seats it takes the place of; zero for all others
	Promos        []string  // codes that took something off
	Seats         []Seat
	Tickets       []Ticket // empty until paid
	CreatedAt     time.Time
	ExpiresAt     time.Time // until when the seats wait for the payment
	// PaymentDecline is why the last card was not charged, in words for the buyer; empty when none was declined.
	PaymentDecline string
	// Refund is the money that goes, or went, back to the buyer of an order that came to nothing; nil when none does.
	Refund *Refund
	// Refunds are all refunds of the order, those of some of its seats included, the first first.
	Refunds []RefundLine
	// Became are the orders that seats of this one were exchanged for, the first first.
	Became []OrderName
	// Offer holds the seats that are kept for a buyer who paid too late for their own; empty but in Offered.
	Offer []OfferedSeat
	// Intent is the provider's name for the payment; empty until there is one, and for orders that cost nothing.
	Intent string
}

// OrderName is what an order is known by.
type OrderName struct {
	ID     uuid.UUID
	Number string
}

// SeatIDs lists the order's seats.
func (o Order) SeatIDs() []string { return seatIDs(o.Seats) }

// Seat is one seat of an order at the price it was sold for.
type Seat struct {
	SeatID    string
	Section   string
	Row       string
	Label     string // what is painted on it
	Band      string
	PriceType string
	Amount    int64 // minor units: what the buyer pays for it, all in
	// Price says what Amount is made of.
	Price pricing.Line
	// Rules are the terms it was priced by, for the record.
	Rules string
	// Gone says why the seat is not the buyer's any more: "", "refunded" or "exchanged". Refunded is what of Amount
	// went back for it, Credited what went towards the order it was exchanged for.
	Gone               string
	Refunded, Credited int64
}

// Kept lists the seats that are still the buyer's, or will be.
func (o Order) Kept() []Seat {
	return slices.DeleteFunc(slices.Clone(o.Seats), func(s Seat) bool { return s.Gone != "" })
}

func seatIDs(seats []Seat) []string {
	ids := make([]string, len(seats))
	for i, s := range seats {
		ids[i] = s.SeatID
	}
	return ids
}

// Ticket admits one person to one seat.
type Ticket struct {
	ID       uuid.UUID
	SeatID   string
	State    TicketState
	Code     string // the signed text inside the QR code
	IssuedAt time.Time
}

// Refund is all of an order's money going back.
type Refund struct {
	Why      RefundReason
	Amount   int64 // minor units: what was paid, which need not be the order's total
	Currency string
}

// RefundLine is one refund and where it stands.
type RefundLine struct {
	ID        uuid.UUID
	Amount    int64 // minor units
	Currency  string
	Reason    string
	State     string // "due", "sent", "succeeded", "failed" or "by_hand"
	Kind      string // "whole", "part", "surplus", "stray", "elsewhere" or "dispute"
	Tries     int    // how often it was sent anew after it failed
	Method    string // how the money came: "stripe", "cash" or "terminal"
	CreatedAt time.Time
}

// OfferedSeat is a seat kept for a buyer instead of one of theirs.
type OfferedSeat struct {
	InsteadOf           string
	SeatID              string
	Section, Row, Label string
}

// Channel is where an order was placed.
type Channel string

// The channels.
const (
	Web       Channel = "web"
	BoxOffice Channel = "box_office"
)

// RefundReason says why money goes back.
type RefundReason string

// The reasons for a refund.
const (
	RefundSeatsLost   RefundReason = "seats_lost"   // it came after the time and the grace, and the seats were somebody else's
	RefundGivenUp     RefundReason = "given_up"     // the order had been given up, or another had taken its place
	RefundWrongAmount RefundReason = "wrong_amount" // it was not the amount asked for
	RefundOverLimit   RefundReason = "over_limit"   // the buyer, or the card, would have had more seats than one may
	RefundByHouse     RefundReason = "by_house"     // staff, or the bank, gave it back after the order was paid
	RefundReturned    RefundReason = "returned"     // it was sent, and the buyer's bank sent it back to us
)

// TicketState says whether a ticket still admits.
type TicketState string

// The states of a ticket.
const (
	TicketValid TicketState = "valid"
	TicketUsed  TicketState = "used"
	TicketVoid  TicketState = "void" // refunded or replaced
)

// SeatChoice is who will sit in a seat.
type SeatChoice struct {
	SeatID    string
	PriceType string // "adult", "concession" ...
}

// PlaceOrder asks for an order of the seats of a hold.
type PlaceOrder struct {
	HoldID  string
	Session string // must be the one that holds the seats
	// SiteBrandID is the brand whose site the buyer is on: the theatre's own or the group's.
	SiteBrandID string
	Name        string
	Email       string
	Seats       []SeatChoice // every seat of the hold, each once
	// Promos are codes that take something off, as the buyer typed them.
	Promos []string
	// IdempotencyKey names the buyer's intention within the session: the same key and request are the same order.
	IdempotencyKey string
}

// Placed is an order and what its buyer needs to pay for it.
type Placed struct {
	Order Order
	// ClientSecret lets the buyer's browser pay this order; empty when there is nothing to pay (any more).
	// It is never stored and must not be logged.
	ClientSecret string
	AccessKey    string // opens the order without the session
	Replayed     bool   // this key placed the order before
}
