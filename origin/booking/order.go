package booking

import (
	"time"

	"github.com/google/uuid"
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
	Total         int64 // minor units, the sum of the seats' amounts
	Seats         []Seat
	Tickets       []Ticket // empty until paid
	CreatedAt     time.Time
	ExpiresAt     time.Time // until when the seats wait for the payment
	// PaymentDecline is why the last card was not charged, in words for the buyer; empty when none was declined.
	PaymentDecline string
	// Refund is the money that goes, or went, back to the buyer; nil when none does.
	Refund *Refund
	// Intent is the provider's name for the payment; empty until there is one, and for orders that cost nothing.
	Intent string
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
	Amount    int64 // minor units
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

// RefundReason says why money goes back.
type RefundReason string

// The reasons for a refund.
const (
	RefundSeatsLost   RefundReason = "seats_lost"   // it came after the time and the grace, and the seats were somebody else's
	RefundGivenUp     RefundReason = "given_up"     // the order had been given up, or another had taken its place
	RefundWrongAmount RefundReason = "wrong_amount" // it was not the amount asked for
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
