package wording_test

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{0, "GBP", "£0"},
		{2500, "GBP", "£25"},
		{2550, "GBP", "£25.50"},
		{2505, "USD", "$25.05"},
		{123456700, "USD", "$1,234,567"},
		{99999, "GBP", "£999.99"},
		{100000, "GBP", "£1,000"},
		{-2500, "GBP", "−£25"},
		{2500, "DKK", "DKK 25"},
	} {
		if got := wording.Money(c.amount, c.currency); got != c.want {
			t.Errorf("Money(%d, %s) = %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}

func TestLocales(t *testing.T) {
	t.Parallel()
	gb, us := wording.For("en-GB"), wording.For("en-US")
	evening := time.Date(2026, 12, 5, 19, 30, 0, 0, time.UTC)
	seven := time.Date(2026, 12, 5, 19, 0, 0, 0, time.UTC)
	april := time.Date(2027, 4, 4, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, got, want string }{
		{"date gb", gb.Date(evening), "Saturday 5 December 2026"},
		{"date us", us.Date(evening), "Saturday, December 5, 2026"},
		{"short gb", gb.ShortDate(evening), "Sat 5 Dec"},
		{"short us", us.ShortDate(evening), "Sat, Dec 5"},
		{"clock gb", gb.Clock(evening), "7.30pm"},
		{"clock gb on the hour", gb.Clock(seven), "7pm"},
		{"clock us", us.Clock(seven), "7:00 PM"},
		{"when gb", gb.When(evening), "Saturday 5 December 2026, 7.30pm"},
		{"when us", us.When(evening), "Saturday, December 5, 2026 at 7:30 PM"},
		{"run over a new year", gb.Run(evening, april), "5 December 2026 – 4 April 2027"},
		{"run within a year", us.Run(evening, time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)), "December 5 – December 24, 2026"},
		{"run of one day", gb.Run(evening, seven), "5 December 2026"},
		{"minutes", wording.Minutes(150), "2 hours 30 minutes"},
		{"an hour", wording.Minutes(60), "1 hour"},
		{"short", wording.Minutes(45), "45 minutes"},
		{"interval", gb.Intervals(1), "1 interval"},
		{"intermission", us.Intervals(2), "2 intermissions"},
		{"no interval", gb.Intervals(0), "no interval"},
		{"list", wording.List([]string{"F12", "F13", "F14"}), "F12, F13 and F14"},
		{"list of two", wording.List([]string{"F12", "F13"}), "F12 and F13"},
		{"plural", wording.Plural(2286, "seat", "seats"), "2,286 seats"},
		{"a language", wording.Language("fr"), "French"},
		{"no language", wording.Language("<b>"), "<b>"},
		{"unknown locale", wording.For("xx").Tag(), "en-GB"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestAccessOf(t *testing.T) {
	t.Parallel()
	got := wording.For("en-US").AccessOf([]string{"signed", "unheard_of", "captioned"})
	if len(got) != 2 || got[0].Name != "Captioned" || got[1].Name != "ASL interpreted" {
		t.Errorf("AccessOf = %+v, want captioned, then signed in American words", got)
	}
}
