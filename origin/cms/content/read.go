package content

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/richtext"
)

// reader reads the fields of a change by their types, and gathers every fault.
type reader struct {
	change cms.Change
	typ    Type
	main   string // default locale, lower case
	faults []Fault
}

func newReader(change cms.Change) *reader {
	typ, known := TypeOf(change.Kind)
	change, faults := clean(change)
	r := &reader{change: change, typ: typ, main: strings.ToLower(change.DefaultLocale), faults: faults}
	if !known {
		r.fault("", "", "nobody here knows entries of the kind %q", change.Kind)
	}
	return r
}

func (r *reader) fault(field, locale, format string, args ...any) {
	r.faults = append(r.faults, Fault{Field: field, Locale: locale, Why: fmt.Sprintf(format, args...)})
}

// err is nil, or an *InvalidError with all faults.
func (r *reader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return &InvalidError{Kind: r.change.Kind, ID: r.change.ID, Faults: r.faults}
}

func missing(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// values are a field's by locale (lower case), without those that are empty. "" and "*" are the default locale.
func (r *reader) values(field Field) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for locale, raw := range r.change.Fields[field.Name] {
		if missing(raw) {
			continue
		}
		if locale = strings.ToLower(locale); locale == "" || locale == "*" {
			locale = r.main
		}
		out[locale] = raw
	}
	if !field.Localized && len(out) > 0 {
		// A field that does not differ by locale stands in the default one; a system may put it elsewhere.
		if raw, found := out[r.main]; found {
			return map[string]json.RawMessage{r.main: raw}
		}
		first := slices.Min(keys(out))
		return map[string]json.RawMessage{first: out[first]}
	}
	return out
}

// each reads a field in every locale. What convert refuses, in words for the editor, is a fault and left out.
func each[T any](r *reader, name string, convert func(Field, json.RawMessage) (T, string)) words[T] {
	field, known := r.typ.Field(name)
	if !known {
		panic("content: " + string(r.typ.Kind) + " has no field " + name) // a mistake of the handler, not of an editor
	}
	w := words[T]{by: map[string]T{}, main: r.main}
	values := r.values(field)
	for _, locale := range slices.Sorted(slices.Values(keys(values))) {
		value, why := convert(field, values[locale])
		if why == "" {
			w.by[locale] = value
			continue
		}
		shown := ""
		if field.Localized {
			shown = r.written(name, locale)
		}
		r.fault(name, shown, "%s", why)
	}
	told := slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Field == name })
	if len(values) == 0 && field.Required && !told {
		r.fault(name, "", "must be filled in")
	}
	return w
}

// written is a locale as the system writes it.
func (r *reader) written(field, locale string) string {
	for key := range r.change.Fields[field] {
		if strings.ToLower(key) == locale {
			return key
		}
	}
	return r.change.DefaultLocale
}

// one is the value of a field that does not differ by locale.
func one[T any](w words[T]) T {
	for _, value := range w.by {
		return value
	}
	var none T
	return none
}

func text(f Field, raw json.RawMessage) (string, string) {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", "must be a text"
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", "holds characters that can't be stored"
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	if f.Form != LongText && strings.ContainsAny(s, "\n\r") {
		return "", "must be on one line"
	}
	n := float64(utf8.RuneCountInString(s))
	switch {
	case s == "" && f.Required:
		return "", "must be filled in"
	case s != "" && n < f.Min:
		return "", fmt.Sprintf("must have at least %g characters", f.Min)
	case f.Max > 0 && n > f.Max:
		return "", fmt.Sprintf("has %g characters; at most %g fit", n, f.Max)
	}
	return s, ""
}

func slug(f Field, raw json.RawMessage) (string, string) {
	s, why := text(f, raw)
	if why != "" {
		return "", why
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.Contains(s, "--") {
		return "", "must be lower-case letters and digits, with single hyphens between them, such as the-seagull"
	}
	return s, ""
}

func choice(f Field, raw json.RawMessage) (string, string) {
	var several []string
	if json.Unmarshal(raw, &several) == nil && len(several) == 1 {
		raw, _ = json.Marshal(several[0]) // a string always marshals
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || !slices.Contains(f.Choices, s) {
		return "", "must be one of " + strings.Join(f.Choices, ", ")
	}
	return s, ""
}

func number(f Field, raw json.RawMessage) (float64, string) {
	var n float64
	if json.Unmarshal(raw, &n) != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, "must be a number"
	}
	if (f.Min != 0 || f.Max != 0) && (n < f.Min || n > f.Max) {
		return 0, fmt.Sprintf("must be between %.0f and %.0f", f.Min, f.Max)
	}
	return n, ""
}

func integer(f Field, raw json.RawMessage) (int64, string) {
	n, why := number(f, raw)
	if why != "" {
		return 0, why
	}
	if n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return 0, "must be a whole number"
	}
	return int64(n), ""
}

func boolean(_ Field, raw json.RawMessage) (bool, string) {
	switch strings.ToLower(strings.Trim(string(bytes.TrimSpace(raw)), `"`)) {
	case "true", "1":
		return true, ""
	case "false", "0":
		return false, ""
	}
	return false, "must be yes or no"
}

// date is midnight UTC of the day; a time after it, as Umbraco writes one, is left out.
func date(_ Field, raw json.RawMessage) (time.Time, string) {
	var s string
	_ = json.Unmarshal(raw, &s)
	day, _, _ := strings.Cut(s, "T")
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || outside(t) {
		return time.Time{}, "must be a date such as 2026-12-01"
	}
	return t, ""
}

func instant(_ Field, raw json.RawMessage) (time.Time, string) {
	var s string
	_ = json.Unmarshal(raw, &s)
	return parseInstant(s)
}

func parseInstant(s string) (time.Time, string) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil && !outside(t) {
			return t.UTC().Truncate(time.Microsecond), ""
		}
	}
	return time.Time{}, "must be a date and time with its offset, such as 2026-12-01T10:00:00Z"
}

// outside are years that nobody plans for and that a database may not hold.
func outside(t time.Time) bool { return t.Year() < 1900 || t.Year() > 2200 }

func link(_ Field, raw json.RawMessage) (cms.Ref, string) {
	ref, ok := refOf(raw)
	if !ok {
		return cms.Ref{}, "must be a link to an entry"
	}
	return ref, ""
}

// refOf reads a reference: our own form, or the one in which Contentful writes links into JSON.
func refOf(raw json.RawMessage) (cms.Ref, bool) {
	var either struct {
		cms.Ref
		Sys struct {
			ID string `json:"id"`
		} `json:"sys"`
	}
	if json.Unmarshal(raw, &either) != nil {
		return cms.Ref{}, false
	}
	if either.ID == "" {
		either.ID = either.Sys.ID
	}
	ok := either.ID != "" && len(either.ID) <= 200 && utf8.ValidString(either.ID) && !strings.ContainsRune(either.ID, 0)
	return either.Ref, ok
}

func links(f Field, raw json.RawMessage) ([]cms.Ref, string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, "must be a list of links"
	}
	if f.Max > 0 && float64(len(list)) > f.Max {
		return nil, fmt.Sprintf("has %d links; at most %g fit", len(list), f.Max)
	}
	var refs []cms.Ref
	for i, item := range list {
		ref, ok := refOf(item)
		if !ok {
			return nil, fmt.Sprintf("line %d must be a link to an entry", i+1)
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs, ""
}

// shaped reads JSON, or a string that holds it, into T.
func shaped[T any](_ Field, raw json.RawMessage) (T, string) {
	var value T
	var inside string
	if json.Unmarshal(raw, &inside) == nil {
		raw = json.RawMessage(inside)
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, "is not of the shape it should be: " + strings.TrimPrefix(err.Error(), "json: ")
	}
	return value, ""
}

// rich reads either system's rich text into sanitised HTML.
func rich(f Field, raw json.RawMessage) (richtext.Text, string) {
	t, err := richtext.Parse(raw)
	if err != nil {
		return richtext.Text{}, "can't be read as rich text: " + err.Error()
	}
	if n := float64(utf8.RuneCountInString(t.Plain)); f.Max > 0 && n > f.Max {
		return richtext.Text{}, fmt.Sprintf("has %g characters; at most %g fit", n, f.Max)
	}
	if f.Required && t.Plain == "" {
		return richtext.Text{}, "must be filled in"
	}
	return t, ""
}

// Point is a place on Earth in degrees, WGS 84.
type point struct{ Lat, Lon float64 }

func location(_ Field, raw json.RawMessage) (point, string) {
	var p struct{ Lat, Latitude, Lon, Lng, Longitude *float64 }
	if _, why := shaped[json.RawMessage](Field{}, raw); why == "" {
		var inside string
		if json.Unmarshal(raw, &inside) == nil {
			raw = json.RawMessage(inside)
		}
	}
	_ = json.Unmarshal(raw, &p)
	first := func(of ...*float64) *float64 {
		for _, n := range of {
			if n != nil {
				return n
			}
		}
		return nil
	}
	lat, lon := first(p.Lat, p.Latitude), first(p.Lon, p.Lng, p.Longitude)
	if lat == nil || lon == nil || math.Abs(*lat) > 90 || math.Abs(*lon) > 180 {
		return point{}, `must be a latitude from -90 to 90 and a longitude from -180 to 180, such as {"lat": 51.5117, "lon": -0.1199}`
	}
	return point{*lat, *lon}, ""
}
