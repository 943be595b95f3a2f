package content

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

// local time as browsers' controls write it.
const clockForm = "2006-01-02T15:04"

// name is that of a field's control.
func name(f content.Field, locale string) string { return "f." + f.Name + "." + locale }

// readFields reads a form of a kind of entry. A value that is not of the field's form is kept as the text that was typed:
// a draft may be wrong, and whoever typed it is told what is.
func readFields(kind cms.Kind, source cms.Source, form url.Values, place *time.Location) local.Fields {
	t, _ := content.TypeOf(kind)
	out := local.Fields{}
	for _, f := range t.Fields {
		for i, locale := range local.Locales(source) {
			if i > 0 && !f.Localized {
				continue
			}
			if value := readValue(f, form, name(f, locale), place); value != nil {
				if out[f.Name] == nil {
					out[f.Name] = map[string]json.RawMessage{}
				}
				out[f.Name][locale] = value
			}
		}
	}
	return out
}

// readValue reads a control, nil when nothing was given.
func readValue(f content.Field, form url.Values, name string, place *time.Location) json.RawMessage {
	text := strings.ReplaceAll(form.Get(name), "\r\n", "\n")
	if f.Form != content.LongText && f.Form != content.RichText {
		text = strings.TrimSpace(text)
	}
	switch {
	case f.Form == content.Location:
		return readLocation(form.Get(name+".lat"), form.Get(name+".lon"))
	case f.Form == content.Links:
		var refs []cms.Ref
		for _, id := range form[name] {
			if id != "" {
				refs = append(refs, cms.Ref{ID: id})
			}
		}
		return some(refs)
	case f.Form == content.Tags && len(f.Choices) > 0:
		return some(slices.DeleteFunc(slices.Clone(form[name]), func(s string) bool { return s == "" }))
	case hasCredits(f) && form.Has(name+".role"):
		return readCredits(form[name+".who"], form[name+".role"])
	case strings.TrimSpace(text) == "":
		return nil
	}
	switch f.Form {
	case content.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return encode(n)
		}
	case content.Number:
		if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	case content.Money:
		if n, ok := minor(text); ok {
			return encode(n)
		}
	case content.Boolean:
		return encode(true)
	case content.Instant:
		if at, err := time.ParseInLocation(clockForm, text, place); err == nil {
			return encode(at.UTC().Format(time.RFC3339))
		}
	case content.Tags:
		var tags []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				tags = append(tags, part)
			}
		}
		return some(tags)
	case content.Link:
		return encode(cms.Ref{ID: text})
	case content.JSON:
		if json.Valid([]byte(text)) {
			var small bytes.Buffer
			if json.Compact(&small, []byte(text)) == nil {
				return small.Bytes()
			}
		}
	}
	return encode(text)
}

func some[T any](list []T) json.RawMessage {
	if len(list) == 0 {
		return nil
	}
	return encode(list)
}

func readLocation(lat, lon string) json.RawMessage {
	lat, lon = strings.TrimSpace(lat), strings.TrimSpace(lon)
	if lat == "" && lon == "" {
		return nil
	}
	a, err1 := strconv.ParseFloat(lat, 64)
	o, err2 := strconv.ParseFloat(lon, 64)
	if err1 != nil || err2 != nil {
		return encode(lat + ", " + lon)
	}
	return encode(map[string]float64{"lat": a, "lon": o})
}

// minor reads an amount of money as minor units: "95" and "95.00" are 9500.
func minor(text string) (int64, bool) {
	whole, part, dotted := strings.Cut(strings.TrimLeft(text, "£$ "), ".")
	if dotted && len(part) != 1 && len(part) != 2 || len(whole) > 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 63)
	return int64(n), err == nil && whole != ""
}

// shownValue is a value as its control holds it.
func shownValue(f content.Field, value json.RawMessage, place *time.Location) string {
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	var text string
	isText := json.Unmarshal(value, &text) == nil
	switch f.Form {
	case content.Money:
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
			return strconv.FormatInt(n/100, 10) + "." + string([]byte{'0' + byte(n/10%10), '0' + byte(n%10)})
		}
	case content.Instant:
		if at, err := time.Parse(time.RFC3339Nano, text); isText && err == nil {
			return at.In(place).Format(clockForm)
		}
	case content.Link:
		var ref cms.Ref
		if json.Unmarshal(value, &ref) == nil {
			return ref.ID
		}
	case content.Tags:
		var tags []string
		if json.Unmarshal(value, &tags) == nil {
			return strings.Join(tags, ", ")
		}
	case content.JSON:
		if !isText {
			return pretty(value)
		}
	}
	if isText {
		return text
	}
	return string(value)
}

// pretty writes JSON for people: a list with an element on each line, anything else indented, and what is huge as it is.
func pretty(value json.RawMessage) string {
	const huge = 60_000
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil && len(list) > 0 {
		lines := make([]string, len(list))
		for i, one := range list {
			lines[i] = "  " + string(one)
		}
		return "[\n" + strings.Join(lines, ",\n") + "\n]"
	}
	var out bytes.Buffer
	if len(value) > huge || json.Indent(&out, value, "", "  ") != nil {
		return string(value)
	}
	return out.String()
}

// chosen are the values of a control that takes several.
func chosen(f content.Field, value json.RawMessage) []string {
	var out []string
	if f.Form == content.Links {
		var refs []cms.Ref
		_ = json.Unmarshal(value, &refs) // what is no list chooses nothing
		for _, r := range refs {
			out = append(out, r.ID)
		}
		return out
	}
	_ = json.Unmarshal(value, &out)
	return out
}

// coordinates are a location's, as they were typed.
func coordinates(value json.RawMessage) (lat, lon string) {
	var at struct{ Lat, Lon *float64 }
	if json.Unmarshal(value, &at) == nil && at.Lat != nil && at.Lon != nil {
		return strconv.FormatFloat(*at.Lat, 'f', -1, 64), strconv.FormatFloat(*at.Lon, 'f', -1, 64)
	}
	var typed string
	_ = json.Unmarshal(value, &typed)
	lat, lon, _ = strings.Cut(typed, ", ")
	return lat, lon
}

// credit is a line of a cast list.
type credit struct {
	Person cms.Ref `json:"person"`
	Role   string  `json:"role"`
}

// hasCredits reports whether a field is a list of people with what they do.
func hasCredits(f content.Field) bool {
	return f.Form == content.JSON && len(f.LinksTo) == 1 && f.LinksTo[0] == cms.Person
}

// credits reads such a list; not ok when it is something else, which is then edited as JSON.
func credits(value json.RawMessage) ([]credit, bool) {
	if len(value) == 0 {
		return nil, true
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	var list []credit
	err := decoder.Decode(&list)
	return list, err == nil
}

// readCredits leaves out lines in which nothing was chosen and nothing typed.
func readCredits(people, roles []string) json.RawMessage {
	var list []credit
	for i := range min(len(people), len(roles)) {
		if role := strings.TrimSpace(roles[i]); people[i] != "" || role != "" {
			list = append(list, credit{cms.Ref{ID: people[i]}, role})
		}
	}
	return some(list)
}

// encode is for values that always have a JSON form.
func encode(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic("console/content: " + err.Error())
	}
	return out
}
