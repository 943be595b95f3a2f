package deadletters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
)

// pretty is a payload for people: JSON indented, anything else as it is, what is no text quoted.
func pretty(payload []byte) string {
	const huge = 200_000
	var out bytes.Buffer
	if len(payload) < huge && json.Indent(&out, payload, "", "  ") == nil {
		return out.String()
	}
	if !utf8.Valid(payload) {
		return fmt.Sprintf("%q", payload)
	}
	return string(payload)
}

// jsonTrouble says where text stops being JSON.
func jsonTrouble(text []byte) string {
	var any json.RawMessage
	err := json.Unmarshal(text, &any)
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) {
		return ""
	}
	before := text[:min(int(wrong.Offset), len(text))]
	return fmt.Sprintf("Line %d: %s.", 1+bytes.Count(before, []byte("\n")), wrong)
}

func escape(text string) string { return url.PathEscape(text) }

func systemName(s cms.Source) string {
	if s == cms.Contentful {
		return "Contentful"
	}
	return "Umbraco"
}

// kindName is a kind as people call it; a delivery may not say it.
func kindName(k cms.Kind) string {
	if t, known := content.TypeOf(k); known {
		return t.Name
	}
	return "An entry"
}

// fieldName is a field as editors call it.
func fieldName(kind cms.Kind, f intake.Fault) string {
	name := f.Field
	if t, known := content.TypeOf(kind); known {
		if field, known := t.Field(f.Field); known {
			name = field.Label
		}
	}
	if name == "" {
		name = "The entry"
	}
	if f.Locale != "" {
		name += " (" + f.Locale + ")"
	}
	return name
}

// faultNames are the fields that are wrong, in one line.
func faultNames(p intake.Parcel) string {
	names := make([]string, len(p.Faults))
	for i, f := range p.Faults {
		names[i] = fieldName(p.Kind, f)
	}
	return strings.Join(names, ", ")
}

func stateBadge(state string) (kind, text string) {
	switch state {
	case intake.Parked:
		return "bad", "Set aside"
	case intake.Waiting:
		return "warn", "Waiting"
	case intake.Done:
		return "good", "Applied"
	case intake.Dropped:
		return "", "Dropped"
	}
	return "warn", "In line"
}

// entryAddress is where editors find the entry of a delivery: the list, searched by its ID.
func entryAddress(p intake.Parcel) string {
	return "/sites/all/content?q=" + url.QueryEscape(p.EntryID)
}

func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + " …"
}
