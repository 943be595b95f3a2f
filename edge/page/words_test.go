package page

import (
	"reflect"
	"strings"
	"testing"
)

// Everything is said in every language, and nothing that would be markup: the
// pages put words in as they are.
func TestEveryLanguageSaysEverything(t *testing.T) {
	for i := range languages {
		v := reflect.ValueOf(languages[i])
		for j := range v.NumField() {
			name, text := v.Type().Field(j).Name, v.Field(j).String()
			if text == "" || strings.ContainsAny(text, `<>&"\`) || strings.TrimSpace(text) != text && name != "thousands" {
				t.Errorf("%s %s: %q", languages[i].language, name, text)
			}
			if i > 0 && len(text) > 20 && text == reflect.ValueOf(languages[0]).Field(j).String() {
				t.Errorf("%s %s is English", languages[i].language, name)
			}
		}
	}
}

func TestWordsIn(t *testing.T) {
	for locale, want := range map[string]string{"cy-GB": "cy", "fr": "fr", "de-AT": "de", "es-419": "es", "en-US": "en", "pl-PL": "en", "": "en", "x": "en"} {
		if got := wordsIn(locale).language; got != want {
			t.Errorf("%q: %s, want %s", locale, got, want)
		}
	}
}

func TestAmounts(t *testing.T) {
	en, fr, de := wordsIn("en"), wordsIn("fr"), wordsIn("de")
	wait := func(w *words, p50, p90 int) string {
		return string(w.appendWait(nil, &Queue{Estimated: true, P50: p50, P90: p90}))
	}
	sure := func(p50, p90 int) string {
		return string(en.appendSure(nil, &Queue{Estimated: true, P50: p50, P90: p90}))
	}
	for _, test := range []struct{ got, want string }{
		{string(en.appendAhead(nil, -1)), "We are counting"},
		{string(en.appendAhead(nil, 0)), "None: you are next"},
		{string(en.appendAhead(nil, 9)), "Fewer than 10"},
		{string(en.appendAhead(nil, 10)), "About 10"},
		{string(en.appendAhead(nil, 101)), "About 110"},
		{string(en.appendAhead(nil, 3_456_789)), "About 3,500,000"},
		{string(de.appendAhead(nil, 12_345)), "Etwa 13.000"},
		{string(fr.appendAhead(nil, 12_345)), "Environ 13\u202f000"},
		{wait(en, 1, 59), "Less than a minute"},
		{wait(en, 30, 61), "1 to 2 minutes"},
		{wait(en, 61, 119), "About 2 minutes"},
		{wait(en, 600, 900), "10 to 15 minutes"},
		{wait(de, 600, 900), "10 bis 15 Minuten"},
		{wait(en, 2600, 7000), "44 minutes to 2 hours"},
		{wait(en, 6000, 7000), "About 2 hours"},
		{wait(en, 6000, 9000), "2 to 2½ hours"},
		{string(en.appendWait(nil, &Queue{P50: 5, P90: 6})), "We cannot say yet"},
		{sure(600, 700), en.sure}, {sure(600, 1000), en.fairlySure}, {sure(600, 1300), en.unsure}, {sure(1, 60), ""},
		{string(en.appendSpan(nil, 59)), "Less than a minute"},
		{string(en.appendSpan(nil, 60)), "1 minute"},
		{string(en.appendSpan(nil, 3600)), "1 hour"},
		{string(en.appendSpan(nil, 3601)), "1 hour 1 minute"},
		{string(en.appendSpan(nil, 90_000)), "1 day 1 hour"},
		{string(en.appendSpan(nil, 2*86_400)), "2 days"},
		{string(de.appendSpan(nil, 2*86_400)), "2 Tagen"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
