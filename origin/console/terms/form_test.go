package terms

import (
	"net/url"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/pricing"
)

// What the form shows of terms is read as those terms again.
func TestTheFormSaysWhatItRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		until := func(name string) booking.Until {
			u := booking.Until{Never: rapid.Bool().Draw(t, name), Fee: rapid.Int64Range(0, 1_000_000).Draw(t, name+" fee")}
			if !u.Never {
				u.Before = time.Duration(rapid.IntRange(0, 17_520).Draw(t, name+" hours")) * time.Hour
			}
			return u
		}
		want := booking.Terms{
			Rules: pricing.Rules{
				TicketFee: rapid.Int64Range(0, 1_000_000).Draw(t, "ticket fee"), OrderFee: rapid.Int64Range(0, 1_000_000).Draw(t, "order fee"),
				TaxRate: rapid.Int64Range(0, 500_000).Draw(t, "tax"), TaxAdded: rapid.Bool().Draw(t, "added"),
			},
			Refunds: until("refunds"), Exchanges: until("exchanges"),
			Limit: limit.Limit{Performance: rapid.IntRange(0, 50).Draw(t, "performance"), Production: rapid.SampledFrom([]int{0, 50, 10_000}).Draw(t, "production")},
		}
		got, faults := read(values(want))
		if len(faults) > 0 || got != want {
			t.Fatalf("%+v became %+v, %v", want, got, faults)
		}
	})
}

func TestFaultsAreBesideTheirFields(t *testing.T) {
	for _, c := range []struct{ name, field, value string }{
		{"a fee with three decimals", "ticket_fee", "1.505"},
		{"a negative fee", "order_fee", "-1"},
		{"no number", "refund_fee", "two"},
		{"a fee of a fortune", "exchange_fee", "10000.01"},
		{"a point alone", "ticket_fee", "."},
		{"a tax of 51 per cent", "tax", "51"},
		{"a tax too fine", "tax", "8.87501"},
		{"half an hour", "refund_hours", "0.5"},
		{"three years", "exchange_hours", "26280"},
		{"no number of seats", "limit_performance", "some"},
		{"fewer for all than for one", "limit_production", "2"},
	} {
		form := url.Values{"limit_performance": {"4"}, c.field: {c.value}}
		if _, faults := read(form); len(faults) != 1 || faults[c.field] == "" {
			t.Errorf("%s: %v", c.name, faults)
		}
	}
}
