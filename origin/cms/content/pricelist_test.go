package content

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestPriceListFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		prices any
		want   []string
	}{
		{"none", []any{}, []string{"prices: must have 1 to"}},
		{"not a list", fields{}, []string{"prices: not of the shape"}},
		{"an amount in pounds", []any{fields{"band": "A", "type": "adult", "amount": 45.5}}, []string{"prices: not of the shape"}},
		{"no amount", []any{fields{"band": "A", "type": "adult"}}, []string{"prices: line 1: amount must be in minor units"}},
		{"less than nothing", []any{fields{"band": "A", "type": "adult", "amount": -1}}, []string{"prices: line 1: amount"}},
		{"a slip of the finger", []any{fields{"band": "A", "type": "adult", "amount": 45_000_000_00}}, []string{"prices: line 1: amount"}},
		{"no adults", []any{fields{"band": "A", "type": "child", "amount": 1}}, []string{"prices: tier standard, band A has no price for adults"}},
		{"twice", []any{fields{"band": "A", "type": "adult", "amount": 1}, fields{"band": "A", "type": "adult", "amount": 2}}, []string{"prices: line 2: standard A adult is there twice"}},
		{"strange words", []any{fields{"tier": "Very Peak", "band": "stalls", "type": "", "amount": 2}}, []string{"prices: line 1: tier", "prices: line 1: band", "prices: line 1: type", "prices: tier Very Peak"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, Check(with(aPriceList(), fields{"prices": test.prices})), test.want...)
		})
	}
}

func TestPriceList(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.facts()
	s.refused(later(with(aPriceList(), fields{"currency": "USD", "prices": []any{fields{"band": "A", "type": "adult", "amount": 1}, fields{"band": "A", "type": "pensioner", "amount": 1}}}), 2),
		"currency: is USD, and The Rose sells in GBP", `prices: there is no price type "pensioner"; there are adult, child`)
	second := aPriceList()
	second.ID = "l-second"
	s.refused(second, "production: the price of Doctor Faustus belongs to the entry l-faustus")

	s.must(later(aPriceList(), 2))
	if told := s.facts(); len(told) != 1 {
		t.Errorf("the same prices tell %q, want content.changed alone", told)
	}
	// No price, no sale: of a tier, and of everything.
	s.must(later(with(aPriceList(), fields{"prices": []any{fields{"band": "A", "type": "adult", "amount": 100}}}), 3))
	if got := s.programme(); got != "first 12-01 19:30 scheduled; second 12-02 19:30 on_sale; 2027-03-28T19:30 03-28 19:30 scheduled" {
		t.Errorf("without peak prices the programme is %s", got)
	}
	s.must(gone(cms.Delete, cms.PriceList, "l-faustus", 4))
	if n := s.count("select (select count(*) from performances where status = 'on_sale') + (select count(*) from prices)"); n != 0 {
		t.Errorf("%d prices and performances for sale without a price list", n)
	}
	s.must(second)
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 2 {
		t.Errorf("%d performances on sale with another price list, want 2", n)
	}
}
