package testcard_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
)

func TestTableIsSound(t *testing.T) {
	tokens := map[string]bool{}
	for _, c := range testcard.All() {
		if !testcard.Luhn(c.Number) {
			t.Errorf("%s %s: the check digit is wrong", c.Title, c.Number)
		}
		if got, ok := testcard.ByNumber(c.Number); !ok || got.Title != c.Title {
			t.Errorf("%s is in the table twice", c.Number)
		}
		if c.Brand == "" || c.Funding == "" || len(c.Country) != 2 || c.Title == "" {
			t.Errorf("%s is incomplete: %+v", c.Number, c)
		}
		for _, token := range c.Tokens {
			if tokens[token] {
				t.Errorf("%s stands for two cards", token)
			}
			tokens[token] = true
			if got, ok := testcard.ByToken(token); !ok || got.Number != c.Number {
				t.Errorf("%s leads to %s", token, got.Number)
			}
		}
		if d := c.Decline; d != nil && (d.Code == "" || !strings.HasSuffix(d.Message, ".")) {
			t.Errorf("%s declines without saying why: %+v", c.Number, d)
		}
	}
}

func TestUnknownCards(t *testing.T) {
	if _, ok := testcard.ByNumber("4111111111111111"); ok {
		t.Error("a number that is not Stripe's is in the table")
	}
	for _, token := range []string{"", "pm_card_", "pm_card_visa ", "tok_visa"} {
		if _, ok := testcard.ByToken(token); ok {
			t.Errorf("%q is a card", token)
		}
	}
}

func TestLuhn(t *testing.T) {
	for number, want := range map[string]bool{
		"4242424242424242": true, "4242424242424241": false, "4111111111111111": true,
		"": false, "0": false, "424242424242": true, "42424242424": false, "4242 4242 4242 4242": false, "42424242424242424242424": false, "４２４２４２４２": false,
	} {
		if got := testcard.Luhn(number); got != want {
			t.Errorf("Luhn(%q) = %v", number, got)
		}
	}
}

func TestLuhnCatchesEveryMistypedDigit(t *testing.T) {
	cards := testcard.All()
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(rapid.SampledFrom(cards).Draw(t, "card").Number)
		i := rapid.IntRange(0, len(number)-1).Draw(t, "position")
		number[i] = '0' + (number[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "off by")))%10
		if testcard.Luhn(string(number)) {
			t.Fatalf("%s passes", number)
		}
	})
}
