package page

import (
	"fmt"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/show"
)

// Checkout is where held seats are paid for.
type Checkout struct {
	Frame
	Detail     show.Detail
	Poster     string
	When       string
	ShowURL    string
	MapURL     string
	Seats      []CheckoutSeat
	Total      string // at the price types that are chosen to begin with
	ExpiresIn  int    // seconds
	Extendable bool
	Data       CheckoutData
	Problem    string // why the last form could not be acted upon
	Name       string // filled in again on coming back
	Email      string
}

// CheckoutSeat is one held seat and the prices it may be sold at.
type CheckoutSeat struct {
	ID     string
	Text   string // "Stalls, row F, seat 12"
	Note   string
	Types  []CheckoutType
	Chosen string // price type
}

// CheckoutType is a price type as a choice.
type CheckoutType struct {
	ID     string
	Name   string
	Amount int64
	Price  string
}

// CheckoutData is what the checkout's script starts from.
type CheckoutData struct {
	HoldID      string `json:"hold_id"`
	HoldURL     string `json:"hold_url"` // of the API
	OrdersURL   string `json:"orders_url"`
	MapURL      string `json:"map_url"`
	Locale      string `json:"locale"`
	Currency    string `json:"currency"`
	ExpiresIn   int    `json:"expires_in"`             // seconds
	OrderNumber string `json:"order_number,omitempty"` // an order of this hold that waits for its payment
	// PromoCodes are those of that order.
	PromoCodes []string `json:"promo_codes,omitempty"`
}

// price is what the seat costs at the type chosen to begin with.
func (s CheckoutSeat) price() string {
	for _, t := range s.Types {
		if t.ID == s.Chosen {
			return t.Price
		}
	}
	return ""
}

// clock writes seconds as "4:59".
func clock(seconds int) string {
	seconds = max(seconds, 0)
	return strconv.Itoa(seconds/60) + ":" + fmt.Sprintf("%02d", seconds%60)
}
