package pricing

import (
	"fmt"
	"strings"
)

// Rules are what is added to the prices of seats.
type Rules struct {
	TicketFee int64 // for each seat that costs something
	OrderFee  int64 // once, when something is to pay
	TaxRate   int64 // millionths
	TaxAdded  bool  // on top of the price, as in the US; else the price includes it, as in Britain
}

// String names the rules for the record that is kept with each seat: "VAT 20% included; fee 1.50 a ticket".
func (r Rules) String() string {
	how := "included"
	if r.TaxAdded {
		how = "added"
	}
	text := "tax " + strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", float64(r.TaxRate)/10_000), "0"), ".") + "% " + how
	if r.TicketFee > 0 {
		text += fmt.Sprintf("; fee %d a ticket", r.TicketFee)
	}
	if r.OrderFee > 0 {
		text += fmt.Sprintf("; fee %d an order", r.OrderFee)
	}
	return text
}

// Seat is a seat to price.
type Seat struct {
	List int64 // the band's usual price
	Face int64 // of the price type chosen
}

// Discount is a promo code at work: a rate or an amount off the whole order.
type Discount struct {
	Code   string
	Rate   int64 // millionths; 0 when it is an amount
	Amount int64
}

// Share is what one code takes off one seat.
type Share struct {
	Code  string `json:"code"`
	Share int64  `json:"share"`
}

// Line is a seat's price and what it is made of.
type Line struct {
	Seat
	Promos   []Share // none when no code took anything off
	Discount int64   // their sum, at most Face
	Fee      int64
	Tax      int64 // in Amount, either way
	TaxAdded bool
	TaxRate  int64
	Amount   int64 // Face - Discount + Fee, and Tax where it is added
}

// Price works out every seat's price. The codes take off one after the other, each from what the one before left.
func Price(seats []Seat, rules Rules, discounts []Discount) []Line {
	lines := make([]Line, len(seats))
	for i, s := range seats {
		lines[i] = Line{Seat: s, TaxAdded: rules.TaxAdded, TaxRate: rules.TaxRate}
	}
	for _, d := range discounts {
		takeOff(lines, d)
	}
	fees := make([]int64, len(lines)) // 1 for a seat that costs something
	for i, l := range lines {
		if l.Face > l.Discount {
			fees[i], lines[i].Fee = 1, rules.TicketFee
		}
	}
	if total(fees) > 0 {
		for i, part := range Split(rules.OrderFee, fees) {
			lines[i].Fee += part
		}
	}
	tax(lines, rules)
	return lines
}

func takeOff(lines []Line, d Discount) {
	left := make([]int64, len(lines))
	for i, l := range lines {
		left[i] = l.Face - l.Discount
	}
	sum := total(left)
	off := min(d.Amount, sum)
	if d.Rate > 0 {
		off = share(sum, min(d.Rate, Million), Million)
	}
	if off == 0 {
		return
	}
	for i, part := range Split(off, left) {
		if part > 0 {
			lines[i].Discount += part
			lines[i].Promos = append(lines[i].Promos, Share{Code: d.Code, Share: part})
		}
	}
}

// tax is worked out for the order, as a till does, and split.
func tax(lines []Line, rules Rules) {
	priced := make([]int64, len(lines))
	for i, l := range lines {
		priced[i] = l.Face - l.Discount + l.Fee
		lines[i].Amount = priced[i]
	}
	of := int64(Million)
	if !rules.TaxAdded {
		of += rules.TaxRate
	}
	for i, part := range Split(share(total(priced), rules.TaxRate, of), priced) {
		if priced[i] == 0 {
			continue // Split gives to those without weight only when nobody has any, and then there is nothing to give
		}
		lines[i].Tax = part
		if rules.TaxAdded {
			lines[i].Amount += part
		}
	}
}

func total(amounts []int64) int64 {
	var sum int64
	for _, a := range amounts {
		sum += a
	}
	return sum
}

// Sum is the sums of lines.
type Sum struct{ Face, Discount, Fee, Tax, Amount int64 }

// Add sums lines up.
func Add(lines []Line) Sum {
	var s Sum
	for _, l := range lines {
		s.Face += l.Face
		s.Discount += l.Discount
		s.Fee += l.Fee
		s.Tax += l.Tax
		s.Amount += l.Amount
	}
	return s
}
