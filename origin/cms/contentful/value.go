package contentful

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// fields are an entry's values in the house's own form. What is null is left out.
func fields(in map[string]map[string]json.RawMessage) map[string]map[string]json.RawMessage {
	out := make(map[string]map[string]json.RawMessage, len(in))
	for name, locales := range in {
		values := make(map[string]json.RawMessage, len(locales))
		for locale, value := range locales {
			if !wire.Null(value) {
				values[locale] = plain(value)
			}
		}
		if len(values) > 0 {
			out[name] = values
		}
	}
	return out
}

// minutes is an instant as Contentful's editor saves it: without seconds, which RFC 3339 wants.
var minutes = regexp.MustCompile(`^"(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)"$`)

// plain turns a link to an entry into a cms.Ref, an array of them into an array of cms.Ref, and an instant without
// seconds into one with. Everything else stays as it is.
func plain(value json.RawMessage) json.RawMessage {
	value = bytes.TrimSpace(value)
	switch value[0] {
	case '{':
		if ref, ok := asRef(value); ok {
			return ref
		}
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) != nil || len(elements) == 0 {
			return value
		}
		refs := make([]json.RawMessage, len(elements))
		for i, element := range elements {
			ref, ok := asRef(element)
			if !ok {
				return value // a list of texts, or JSON of the editor's own
			}
			refs[i] = ref
		}
		out, err := json.Marshal(refs)
		if err != nil {
			return value
		}
		return out
	case '"':
		if m := minutes.FindSubmatch(value); m != nil {
			return json.RawMessage(`"` + string(m[1]) + `:00` + string(m[2]) + `"`)
		}
	}
	return value
}

func asRef(value json.RawMessage) (json.RawMessage, bool) {
	var l link
	if json.Unmarshal(value, &l) != nil || l.Sys.Type != "Link" || l.Sys.LinkType != "Entry" || l.Sys.ID == "" {
		return nil, false
	}
	out, err := json.Marshal(cms.Ref{ID: l.Sys.ID})
	return out, err == nil
}
