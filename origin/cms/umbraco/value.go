package umbraco

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// plain turns a value of the Delivery API into the house's own form: picked content into a cms.Ref, several into an
// array of them, a date without an offset into an instant or a date, as the field wants it. Rich text stays what it is,
// {"markup": …}.
func (r Reader) plain(kind cms.Kind, field string, value json.RawMessage) json.RawMessage {
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
				return value
			}
			refs[i] = ref
		}
		if out, err := json.Marshal(refs); err == nil {
			return out
		}
	case '"':
		if r.Forms == nil {
			return value
		}
		switch r.Forms(kind, field) {
		case Date:
			var text string
			if json.Unmarshal(value, &text) == nil && len(text) > 10 && text[10] == 'T' {
				if out, err := json.Marshal(text[:10]); err == nil {
					return out
				}
			}
		case Instant:
			var text string
			if json.Unmarshal(value, &text) != nil {
				return value
			}
			if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
				return value
			}
			if at, err := time.ParseInLocation("2006-01-02T15:04:05.999999999", text, r.Zone); err == nil {
				if out, err := json.Marshal(at.UTC().Format(time.RFC3339Nano)); err == nil {
					return out
				}
			}
		}
	}
	return value
}

// asRef reads picked content. What an editor wrote as JSON of their own may have an id as well, but no content type.
func asRef(value json.RawMessage) (json.RawMessage, bool) {
	var picked struct {
		ID          string `json:"id"`
		ContentType string `json:"contentType"`
	}
	if json.Unmarshal(value, &picked) != nil || picked.ContentType == "" {
		return nil, false
	}
	id, err := uuid.Parse(picked.ID)
	if err != nil {
		return nil, false
	}
	out, err := json.Marshal(cms.Ref{ID: id.String()})
	return out, err == nil
}
