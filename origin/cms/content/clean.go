package content

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// deepest is how far JSON in a field may be nested: more than any form of ours, less than a database minds.
const deepest = 100

// clean is a change with the fields of its type alone, each written so that a database can hold it. What can't be held
// is a fault and left out.
func clean(change cms.Change) (cms.Change, []Fault) {
	typ, _ := TypeOf(change.Kind)
	var faults []Fault
	fields := map[string]map[string]json.RawMessage{}
	for _, field := range typ.Fields {
		values, given := change.Fields[field.Name]
		if !given {
			continue
		}
		fields[field.Name] = map[string]json.RawMessage{}
		for locale, raw := range values {
			value, why := storable(raw)
			if why == "" && !isLocale(locale) {
				locale, why = "", "stands in a language whose name makes no sense"
			}
			if why != "" {
				faults = append(faults, Fault{Field: field.Name, Locale: locale, Why: why})
				continue
			}
			fields[field.Name][locale] = value
		}
	}
	change.Fields = fields
	return change, faults
}

// isLocale takes BCP 47 names, and the marks for none.
func isLocale(name string) bool {
	return name == "*" || len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// storable writes JSON anew. Postgres takes no NUL, no number beyond reason and no half of a surrogate pair.
func storable(raw json.RawMessage) (json.RawMessage, string) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return json.RawMessage("null"), ""
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, fmt.Sprintf("can't be read: %v", err)
	}
	if why := strange(value, 0); why != "" {
		return nil, why
	}
	out, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Sprintf("can't be read: %v", err)
	}
	return out, ""
}

func strange(value any, depth int) (why string) {
	if depth > deepest {
		return "is nested too deeply"
	}
	nul := func(s string) bool { return strings.ContainsRune(s, 0) }
	const unstorable = "holds characters that can't be stored"
	switch v := value.(type) {
	case string:
		if nul(v) {
			return unstorable
		}
	case []any:
		for _, item := range v {
			if why = strange(item, depth+1); why != "" {
				return why
			}
		}
	case map[string]any:
		for key, item := range v {
			if nul(key) {
				return unstorable
			}
			if why = strange(item, depth+1); why != "" {
				return why
			}
		}
	}
	return ""
}
