package terms

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/pricing"
)

// field is one thing to fill in.
type field struct {
	Name, Label, Hint string
	Tick              bool
}

// group is fields under one heading.
type group struct {
	Heading, About string
	Fields         []field
}

// groups are the form.
func groups(v *frame.Visit) []group {
	in := "Such as 1.50. Empty: none."
	if v != nil {
		in = "In " + v.Brand().Currency + ", such as 1.50. Empty: none."
	}
	return []group{
		{"Fees and tax", "On top of the price of the seats, and part of what the buyer is shown.", []field{
			{Name: "ticket_fee", Label: "Fee a ticket", Hint: in},
			{Name: "order_fee", Label: "Fee an order", Hint: in},
			{Name: "tax", Label: "Tax in per cent", Hint: "Such as 20 or 8.875."},
			{Name: "tax_added", Label: "The tax comes on top of prices and fees", Tick: true, Hint: "Otherwise it is in them."},
		}},
		{"Money back", "What a buyer may do themselves. The box office may always, and decides on the fee.", []field{
			{Name: "refund_hours", Label: "Until so many hours before", Hint: "Empty: never. 0: until it begins."},
			{Name: "refund_fee", Label: "Kept of each seat", Hint: in},
		}},
		{"Exchanges", "For other seats of the same show.", []field{
			{Name: "exchange_hours", Label: "Until so many hours before", Hint: "Empty: never. 0: until it begins."},
			{Name: "exchange_fee", Label: "Kept of each seat", Hint: in},
		}},
		{"Seats for one buyer", "By browser, e-mail address and card; a payment with a card that has had as many goes back by itself. The box office is not bound by it.", []field{
			{Name: "limit_performance", Label: "Most for one performance", Hint: "Empty: as many as they like."},
			{Name: "limit_production", Label: "Most for all performances of a show", Hint: "Empty: as many as they like."},
		}},
	}
}

// values are terms as the form has them.
func values(t booking.Terms) url.Values {
	hours := func(u booking.Until) string {
		if u.Never {
			return ""
		}
		return strconv.Itoa(int(u.Before / time.Hour))
	}
	most := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	added := ""
	if t.TaxAdded {
		added = "yes"
	}
	return url.Values{
		"ticket_fee": {decimal(t.TicketFee, 2)}, "order_fee": {decimal(t.OrderFee, 2)}, "tax": {decimal(t.TaxRate, 4)}, "tax_added": {added},
		"refund_hours": {hours(t.Refunds)}, "refund_fee": {decimal(t.Refunds.Fee, 2)},
		"exchange_hours": {hours(t.Exchanges)}, "exchange_fee": {decimal(t.Exchanges.Fee, 2)},
		"limit_performance": {most(t.Limit.Performance)}, "limit_production": {most(t.Limit.Production)},
	}
}

// read is the other way, with what is wrong, by field.
func read(form url.Values) (booking.Terms, map[string]string) {
	faults := map[string]string{}
	money := func(name string) int64 {
		n, ok := parse(form.Get(name), 2)
		if !ok || n > 1_000_000 {
			faults[name] = "Write an amount from 0 to 10,000, such as 1.50."
		}
		return n
	}
	number := func(name string, most int, what string) int {
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > most {
			faults[name] = fmt.Sprintf("Write a whole number of %s, at most %d, or nothing.", what, most)
		}
		return n
	}
	until := func(name string) booking.Until {
		return booking.Until{
			Never:  strings.TrimSpace(form.Get(name+"_hours")) == "",
			Before: time.Duration(number(name+"_hours", 17_520, "hours")) * time.Hour, Fee: money(name + "_fee"),
		}
	}
	rate, ok := parse(form.Get("tax"), 4)
	if !ok || rate > pricing.Million/2 {
		faults["tax"] = "Write a number from 0 to 50, such as 8.875."
	}
	t := booking.Terms{
		Rules:   pricing.Rules{TicketFee: money("ticket_fee"), OrderFee: money("order_fee"), TaxRate: rate, TaxAdded: form.Get("tax_added") == "yes"},
		Refunds: until("refund"), Exchanges: until("exchange"),
		Limit: limit.Limit{Performance: number("limit_performance", 10_000, "seats"), Production: number("limit_production", 10_000, "seats")},
	}
	if l := t.Limit; faults["limit_production"] == "" && l.Production > 0 && l.Performance > l.Production {
		faults["limit_production"] = "That is fewer than for one performance alone."
	}
	return t, faults
}

// parse reads a number with up to so many decimals, as that many units; "" is 0.
func parse(text string, decimals int) (int64, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if len(whole) > 9 || len(part) > decimals || whole == "" || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	return n, err == nil
}

// decimal is the other way; "" for 0. Money keeps its two decimals, a rate drops those that say nothing.
func decimal(n int64, decimals int) string {
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("%0*d", decimals+1, n)
	text = text[:len(text)-decimals] + "." + text[len(text)-decimals:]
	if decimals > 2 {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// difference is a field that somebody else set otherwise.
type difference struct{ Label, Theirs, Mine string }

func compare(theirs, mine url.Values) []difference {
	var list []difference
	for _, g := range groups(nil) {
		for _, f := range g.Fields {
			if a, b := theirs.Get(f.Name), strings.TrimSpace(mine.Get(f.Name)); a != b {
				list = append(list, difference{g.Heading + ": " + f.Label, orNothing(a), orNothing(b)})
			}
		}
	}
	return list
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// summary is terms in a line.
func summary(t booking.Terms) string {
	var words []string
	if t.TicketFee > 0 || t.OrderFee > 0 {
		words = append(words, "fees")
	}
	for _, u := range []struct {
		what string
		booking.Until
	}{{"money back", t.Refunds}, {"exchanges", t.Exchanges}} {
		if u.Never {
			words = append(words, "no "+u.what)
		} else {
			words = append(words, fmt.Sprintf("%s until %d hours before", u.what, int(u.Before/time.Hour)))
		}
	}
	switch l := t.Limit; {
	case l.Performance > 0:
		words = append(words, fmt.Sprintf("at most %d seats a buyer for a performance", l.Performance))
	case l.Production > 0:
		words = append(words, fmt.Sprintf("at most %d seats a buyer for a show", l.Production))
	default:
		words = append(words, "as many seats as one likes")
	}
	text := strings.Join(words, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
