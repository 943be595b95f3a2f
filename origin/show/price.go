package show

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// The price types the house opens with. PriceType rows in the database decide; these are the ones rules know of.
const (
	Adult      = "adult"
	Concession = "concession"
	Child      = "child"
	Companion  = "companion" // costs nothing, with a wheelchair space
)

// PriceType is a kind of ticket: each admits one person.
type PriceType struct {
	ID   string
	Name string // "Concession"
	Note string // who may have it: "Students, seniors 66+ ..."
}

// PriceTable is what a seat of each band costs at one performance, by price type. Read-only.
type PriceTable struct {
	Currency string      // ISO 4217
	Types    []PriceType // in the order to offer them, the usual one first
	Bands    []string    // "A" the dearest, ascending
	amounts  map[priceKey]int64
}

type priceKey struct{ band, priceType string }

// Amount is the price of a seat in minor units. ok is false when the band or the type is not sold.
func (t PriceTable) Amount(band, priceType string) (amount int64, ok bool) {
	amount, ok = t.amounts[priceKey{band, priceType}]
	return amount, ok
}

// Offered lists the price types a place may be sold at, the usual one first. A companion price is offered for
// companion seats only, and there it is the usual one; that a wheelchair space goes with it is booking's rule.
func (t PriceTable) Offered(seat venue.Seat) []PriceType {
	var first, rest []PriceType
	for _, p := range t.Types {
		if _, sold := t.Amount(seat.Band, p.ID); !sold {
			continue
		}
		switch {
		case p.ID != Companion:
			rest = append(rest, p)
		case seat.Kind == venue.Companion:
			first = append(first, p)
		}
	}
	return append(first, rest...)
}

// From is the lowest adult price, 0 for an empty table.
func (t PriceTable) From() int64 { low, _ := t.span(); return low }

// To is the highest adult price, 0 for an empty table.
func (t PriceTable) To() int64 { _, high := t.span(); return high }

func (t PriceTable) span() (low, high int64) {
	for i, band := range t.Bands {
		amount, ok := t.Amount(band, Adult)
		if !ok {
			continue
		}
		if i == 0 || amount < low {
			low = amount
		}
		high = max(high, amount)
	}
	return low, high
}

// Price is one cell of a price table.
type Price struct {
	Band   string
	Type   PriceType
	Amount int64 // minor units
}

// NewPriceTable builds a table of the cells given; types keep the order in which they first appear.
func NewPriceTable(currency string, prices []Price) PriceTable {
	t := PriceTable{Currency: currency, amounts: make(map[priceKey]int64, len(prices))}
	for _, p := range prices {
		if !slices.Contains(t.Bands, p.Band) {
			t.Bands = append(t.Bands, p.Band)
		}
		if !slices.ContainsFunc(t.Types, func(known PriceType) bool { return known.ID == p.Type.ID }) {
			t.Types = append(t.Types, p.Type)
		}
		t.amounts[priceKey{p.Band, p.Type.ID}] = p.Amount
	}
	slices.Sort(t.Bands)
	return t
}
