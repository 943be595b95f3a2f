package content

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestWordsByLocale(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, main, locale, want string
		by                       map[string]string
	}{
		{"the very one", "en-us", "en-GB", "colour", map[string]string{"en-us": "color", "en-gb": "colour"}},
		{"in another case", "en-us", "EN-gb", "colour", map[string]string{"en-us": "color", "en-gb": "colour"}},
		{"the default", "de", "en-GB", "Farbe", map[string]string{"de": "Farbe", "fr": "couleur"}},
		{"the language before the default", "de", "en-GB", "color", map[string]string{"de": "Farbe", "en-us": "color"}},
		{"the default of the same language", "en-us", "en-GB", "color", map[string]string{"en-au": "colour", "en-us": "color"}},
		{"neither", "en-us", "en-GB", "", map[string]string{"fr": "couleur"}},
		{"none at all", "en-us", "en-GB", "", nil},
	} {
		if got := (words[string]{by: test.by, main: test.main}).in(test.locale); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Both systems write some things in ways of their own.
func TestLenientForms(t *testing.T) {
	t.Parallel()
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	change := cms.Change{Source: cms.Contentful, ID: "x", Kind: cms.Promotion, Action: cms.Publish, DefaultLocale: "en-US", Fields: map[string]map[string]json.RawMessage{
		"name": {"en-US": raw(`"Winter"`)}, "brand": {"*": raw(`{"sys":{"type":"Link","linkType":"Entry","id":"b"}}`)}, "startsAt": {"": raw(`"2026-11-20T00:00+00:00"`)},
		"headline": {"en-US": raw(`""`), "en-GB": raw("null")}, "code": {"en-US": raw(`" winter 20 "`)}, "percentOff": {"en-US": raw("12.5")}, "stackable": {"en-US": raw(`"1"`)},
	}}
	e, err := decode(change)
	if err != nil {
		t.Fatal(err)
	}
	p := e.(promotion)
	if p.brand.ID != "b" || p.code.Code != "WINTER20" || p.code.Rate != 125_000 || !p.code.Stackable || p.startsAt.Day() != 20 {
		t.Errorf("read %+v", p)
	}
	brand := with(aBrand(), fields{"country": []any{"GB"}, "theme": `{"background": "#fff4f3", "ink": "#2c1a18", "accent": "#9e2225", "dark_background": "#1d100f", "dark_ink": "#f5e8e6", "dark_accent": "#fea199", "heading": "display"}`})
	if err := Check(brand); err != nil {
		t.Error(err)
	}
	if err := Check(gone(cms.Delete, cms.Brand, "b", 1)); err != nil {
		t.Errorf("what is taken back has no fields to check: %v", err)
	}
}

func TestApplyRefusesWhatIsNobodys(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	nameless, homeless := aBrand(), aBrand()
	nameless.ID, homeless.Source = "", "elsewhere"
	for _, c := range []cms.Change{nameless, homeless, publish("poem", "x", 1, nil)} {
		s.refused(c, ": ")
	}
	s.must(aBrand())
	other := aVenue()
	other.ID = "b-rose"
	other.Stamp = at(2)
	s.refused(other, ": this entry was a brand and can't become a venue")
}

// What a database can't hold is a fault of the entry: trying again would not help.
func TestWhatCanNotBeStored(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(aBrand())
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	deep := strings.Repeat("[", 500) + strings.Repeat("]", 500)
	s.refused(later(with(aBrand(), fields{"name": tr{"en-GB": raw(`"a\u0000b"`), "en-US": raw(deep), "x y": "z"}}), 2),
		"name (en-GB): holds characters", "name (en-US): is nested too deeply", "name: stands in a language")
	s.refused(later(with(aBrand(), fields{"name": raw("1e9999")}), 2), "name (en-GB): can't be read")
	s.must(later(with(aBrand(), fields{"name": raw(`"half a pair: \ud800"`), "unheardOf": raw(`"a\u0000b"`)}), 2))
	if got := s.text("select name from brands"); got != "half a pair: \ufffd" {
		t.Errorf("stored %q", got)
	}
	for _, c := range []cms.Change{{Source: cms.Umbraco, ID: "a\x00b", Kind: cms.Brand}, {Source: cms.Umbraco, ID: "a\xff", Kind: cms.Brand}, {Source: cms.Umbraco, ID: "a", Kind: cms.Brand, DefaultLocale: "\x00"}} {
		s.refused(c, ": an entry has an ID")
	}
}

func faultsOf(err error) []Fault {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return invalid.Faults
	}
	return nil
}

// Whatever fields hold, reading them ends in an entry or in faults that can be told and stored.
func FuzzDecode(f *testing.F) {
	for i, c := range house() {
		for _, values := range c.Fields {
			for _, raw := range values {
				f.Add(uint8(i), []byte(raw), "en-GB")
			}
		}
	}
	f.Add(uint8(6), []byte(`[{"start":"2026-10-25T01:30Z","key":"\u0000"}]`), "*")
	f.Fuzz(func(t *testing.T, at uint8, raw []byte, locale string) {
		if !json.Valid(raw) {
			return // a Change holds JSON
		}
		c := house()[int(at)%len(house())]
		for name := range c.Fields {
			c.Fields[name] = map[string]json.RawMessage{locale: raw, "en-GB": c.Fields[name]["en-GB"]}
			err := Check(c)
			c.Fields[name] = map[string]json.RawMessage{"en-GB": raw}
			err = errors.Join(err, Check(c))
			var invalid *InvalidError
			if err != nil && !errors.As(err, &invalid) {
				t.Fatalf("%s: %v", name, err)
			}
			for typ := range slices.Values(Types()) {
				for fault := range slices.Values(faultsOf(err)) {
					if _, known := typ.Field(fault.Field); typ.Kind == c.Kind && (!known || fault.Why == "") {
						t.Fatalf("%s: a fault %q that no editor can find", name, fault)
					}
				}
			}
		}
	})
}
