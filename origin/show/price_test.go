package show_test

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func table() show.PriceTable {
	adult, child, companion := show.PriceType{ID: show.Adult}, show.PriceType{ID: show.Child}, show.PriceType{ID: show.Companion}
	return show.NewPriceTable("GBP", []show.Price{
		{Band: "B", Type: adult, Amount: 2000}, {Band: "B", Type: child, Amount: 1000}, {Band: "B", Type: companion},
		{Band: "A", Type: adult, Amount: 5000}, {Band: "A", Type: companion},
	})
}

func TestPriceTable(t *testing.T) {
	prices := table()
	if prices.From() != 2000 || prices.To() != 5000 || prices.Bands[0] != "A" {
		t.Errorf("from %d to %d, bands %v", prices.From(), prices.To(), prices.Bands)
	}
	if amount, ok := prices.Amount("A", show.Adult); !ok || amount != 5000 {
		t.Errorf("an adult in A pays %d, %v", amount, ok)
	}
	if amount, ok := prices.Amount("A", show.Companion); !ok || amount != 0 {
		t.Errorf("a companion in A pays %d, %v", amount, ok)
	}
	for _, unsold := range [][2]string{{"A", show.Child}, {"C", show.Adult}, {"A", ""}} {
		if amount, ok := prices.Amount(unsold[0], unsold[1]); ok {
			t.Errorf("%v is sold for %d", unsold, amount)
		}
	}
	if empty := show.NewPriceTable("GBP", nil); empty.From() != 0 || empty.To() != 0 {
		t.Error("an empty table has prices")
	}
}

func TestOffered(t *testing.T) {
	tests := map[string]struct {
		seat venue.Seat
		want []string
	}{
		"a seat":                       {venue.Seat{Band: "B", Kind: venue.Standard}, []string{show.Adult, show.Child}},
		"no child price in this band":  {venue.Seat{Band: "A", Kind: venue.Standard}, []string{show.Adult}},
		"a wheelchair space":           {venue.Seat{Band: "B", Kind: venue.Wheelchair}, []string{show.Adult, show.Child}},
		"companion first beside one":   {venue.Seat{Band: "B", Kind: venue.Companion}, []string{show.Companion, show.Adult, show.Child}},
		"a band without prices at all": {venue.Seat{Band: "C", Kind: venue.Standard}, nil},
	}
	for name, tt := range tests {
		var got []string
		for _, p := range table().Offered(tt.seat) {
			got = append(got, p.ID)
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %v, want %v", name, got, tt.want)
			}
		}
	}
}

func TestBookable(t *testing.T) {
	opens := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	starts := time.Date(2026, 12, 1, 19, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		status show.Status
		now    time.Time
		want   bool
	}{
		"before the sale":   {show.OnSale, opens.Add(-time.Second), false},
		"the sale opens":    {show.OnSale, opens, true},
		"last minute":       {show.OnSale, starts.Add(-time.Second), true},
		"the curtain is up": {show.OnSale, starts, false},
		"cancelled":         {show.Cancelled, opens.Add(time.Hour), false},
		"only announced":    {show.Scheduled, opens.Add(time.Hour), false},
	}
	for name, tt := range tests {
		p := show.Performance{Status: tt.status, OnSaleAt: opens, StartsAt: starts}
		if got := p.Bookable(tt.now); got != tt.want {
			t.Errorf("%s: bookable %v, want %v", name, got, tt.want)
		}
	}
}
