package pricing_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/pricing"
)

func TestSplit(t *testing.T) {
	cases := []struct {
		name    string
		amount  int64
		weights []int64
		want    []int64
	}{
		{"nobody", 5, nil, []int64{}},
		{"evenly", 9, []int64{1, 1, 1}, []int64{3, 3, 3}},
		{"what is left goes to the first of equals", 10, []int64{1, 1, 1}, []int64{4, 3, 3}},
		{"and to who lost most", 10, []int64{5000, 3500, 2500}, []int64{5, 3, 2}},
		{"no weights at all", 3, []int64{0, 0}, []int64{2, 1}},
		{"a part without weight gets nothing", 3, []int64{0, 7}, []int64{0, 3}},
		{"less than there are parts", 2, []int64{1, 1, 1}, []int64{1, 1, 0}},
		{"as large as money gets", 99_999_999, []int64{99_999_999, 99_999_999, 1}, []int64{49_999_999, 49_999_999, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := pricing.Split(c.amount, c.weights); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestSplitAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 12).Draw(r, "weights")
		amount := rapid.Int64Range(0, 1<<50).Draw(r, "amount")
		parts := pricing.Split(amount, weights)
		var sum, all int64
		for i, p := range parts {
			sum += p
			all += weights[i]
		}
		if sum != amount {
			r.Fatalf("the parts come to %d of %d", sum, amount)
		}
		for i, p := range parts {
			// Nobody is a unit or more away from their exact part.
			if all > 0 && all < 1<<20 && amount < 1<<40 {
				if exact := float64(amount) * float64(weights[i]) / float64(all); float64(p) > exact+1 || float64(p) < exact-1 {
					r.Fatalf("part %d is %d, exactly %f", i, p, exact)
				}
			}
			if p < 0 {
				r.Fatalf("part %d is %d", i, p)
			}
		}
	})
}

func TestPrice(t *testing.T) {
	britain := pricing.Rules{TaxRate: 200_000}
	newYork := pricing.Rules{TaxRate: 88_750, TaxAdded: true, TicketFee: 250, OrderFee: 300}
	two := []pricing.Seat{{List: 5000, Face: 5000}, {List: 5000, Face: 3500}}
	cases := []struct {
		name      string
		seats     []pricing.Seat
		rules     pricing.Rules
		discounts []pricing.Discount
		want      pricing.Sum
	}{
		{"VAT is in the price", two, britain, nil, pricing.Sum{Face: 8500, Tax: 1417, Amount: 8500}},
		{"sales tax and fees come on top", two, newYork, nil, pricing.Sum{Face: 8500, Fee: 800, Tax: 825, Amount: 10125}},
		{"a tenth off", two, britain, []pricing.Discount{{Code: "TENTH", Rate: 100_000}}, pricing.Sum{Face: 8500, Discount: 850, Tax: 1275, Amount: 7650}},
		{"an amount off", two, britain, []pricing.Discount{{Code: "FIVER", Amount: 500}}, pricing.Sum{Face: 8500, Discount: 500, Tax: 1333, Amount: 8000}},
		{"a tenth, then an amount", two, britain, []pricing.Discount{{Code: "TENTH", Rate: 100_000}, {Code: "FIVER", Amount: 500}}, pricing.Sum{Face: 8500, Discount: 1350, Tax: 1192, Amount: 7150}},
		{"more off than it costs", two, newYork, []pricing.Discount{{Code: "ALL", Amount: 9999}}, pricing.Sum{Face: 8500, Discount: 8500}},
		{"a seat that is free bears no fee", []pricing.Seat{{Face: 2000}, {}}, newYork, nil, pricing.Sum{Face: 2000, Fee: 550, Tax: 226, Amount: 2776}},
		{"nothing to pay", []pricing.Seat{{}, {}}, newYork, nil, pricing.Sum{}},
		{"nobody", nil, newYork, []pricing.Discount{{Code: "ALL", Amount: 9999}}, pricing.Sum{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := pricing.Add(pricing.Price(c.seats, c.rules, c.discounts)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// Whatever is bought, by whatever rules and codes: every part adds up, none is negative, and no seat costs less than
// nothing.
func TestEveryPriceIsMadeOfItsParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		seats := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) pricing.Seat {
			list := rapid.Int64Range(0, 50_000).Draw(r, "list")
			return pricing.Seat{List: list, Face: rapid.Int64Range(0, list).Draw(r, "face")}
		}), 1, 12).Draw(r, "seats")
		rules := pricing.Rules{
			TicketFee: rapid.Int64Range(0, 500).Draw(r, "ticket fee"), OrderFee: rapid.Int64Range(0, 500).Draw(r, "order fee"),
			TaxRate: rapid.Int64Range(0, 250_000).Draw(r, "tax"), TaxAdded: rapid.Bool().Draw(r, "added"),
		}
		discounts := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) pricing.Discount {
			if rapid.Bool().Draw(r, "rate") {
				return pricing.Discount{Code: "RATE", Rate: rapid.Int64Range(1, pricing.Million).Draw(r, "off")}
			}
			return pricing.Discount{Code: "AMOUNT", Amount: rapid.Int64Range(1, 100_000).Draw(r, "off")}
		}), 0, 3).Draw(r, "discounts")
		lines := pricing.Price(seats, rules, discounts)
		var paying int64
		for _, l := range lines {
			var shares int64
			for _, s := range l.Promos {
				shares += s.Share
			}
			want := l.Face - l.Discount + l.Fee
			if l.TaxAdded {
				want += l.Tax
			}
			if l.Amount != want || shares != l.Discount || l.Discount > l.Face || l.Fee < 0 || l.Tax < 0 || l.Tax > l.Amount || l.Discount < 0 {
				r.Fatalf("%+v", l)
			}
			if l.Face > l.Discount {
				paying++
			}
		}
		sum := pricing.Add(lines)
		fees := paying * rules.TicketFee
		if paying > 0 {
			fees += rules.OrderFee
		}
		if sum.Fee != fees {
			r.Fatalf("fees of %d, want %d", sum.Fee, fees)
		}
		priced := sum.Face - sum.Discount + sum.Fee
		of := int64(pricing.Million)
		if !rules.TaxAdded {
			of += rules.TaxRate
		}
		if exact := float64(priced) * float64(rules.TaxRate) / float64(of); float64(sum.Tax) > exact+0.51 || float64(sum.Tax) < exact-0.51 {
			r.Fatalf("tax of %d on %d, exactly %f", sum.Tax, priced, exact)
		}
	})
}
