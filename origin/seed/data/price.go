package data

import (
	"fmt"
	"slices"
)

// Prices says what a seat costs: the top price of a market and scale, times the percentages of band, tier and
// price type.
type Prices struct {
	PriceTypes []PriceType `json:"price_types"` // in the order to offer them
	Bands      []Percent   `json:"bands"`       // the dearest first
	Tiers      []Percent   `json:"tiers"`
	Tops       []Top       `json:"tops"`
}

// PriceType is a kind of ticket.
type PriceType struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Note    string `json:"note"`
	Percent int    `json:"percent"` // of the adult price
}

// Percent is a share of the top price.
type Percent struct {
	ID      string `json:"id"`
	Percent int    `json:"percent"`
}

// Top is the adult price of the best seat on an ordinary evening.
type Top struct {
	Market string `json:"market"`
	Scale  Scale  `json:"scale"`
	Amount int64  `json:"amount"` // minor units of the market's currency
	Step   int64  `json:"step"`   // prices are multiples of it
}

// Top finds the top price of a market and scale.
func (p Prices) Top(market string, scale Scale) (Top, bool) {
	i := slices.IndexFunc(p.Tops, func(t Top) bool { return t.Market == market && t.Scale == scale })
	if i < 0 {
		return Top{}, false
	}
	return p.Tops[i], true
}

// Price is what a seat costs in minor units, rounded to the nearest step.
func (t Top) Price(band, tier Percent, kind PriceType) int64 {
	amount := t.Amount * int64(band.Percent) * int64(tier.Percent) * int64(kind.Percent) / (100 * 100 * 100)
	return (amount + t.Step/2) / t.Step * t.Step
}

func (p Prices) check(at report) {
	for _, list := range []struct {
		field string
		rows  []Percent
	}{{"bands", p.Bands}, {"tiers", p.Tiers}} {
		if len(list.rows) == 0 {
			at(list.field, "is empty")
		}
		for i, row := range list.rows {
			if row.ID == "" || row.Percent <= 0 || row.Percent > 500 {
				at(fmt.Sprintf("%s[%d]", list.field, i), "needs an id and a percent between 1 and 500")
			}
		}
	}
	for i, row := range p.PriceTypes {
		if row.ID == "" || row.Name == "" || row.Percent < 0 || row.Percent > 100 {
			at(fmt.Sprintf("price_types[%d]", i), "needs an id, a name and a percent between 0 and 100")
		}
	}
	if !slices.ContainsFunc(p.PriceTypes, func(t PriceType) bool { return t.ID == "adult" && t.Percent == 100 }) {
		at("price_types", "has no adult at 100 percent")
	}
	for i, top := range p.Tops {
		if top.Amount <= 0 || top.Step <= 0 {
			at(fmt.Sprintf("tops[%d]", i), "needs an amount and a step above 0")
		}
	}
	for _, market := range []string{WestEnd, Touring, Broadway} {
		for _, scale := range Scales() {
			if _, found := p.Top(market, scale); !found {
				at("tops", "has no price for %s %s", market, scale)
			}
		}
	}
}
