package local

import (
	"encoding/json"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local/marks"
)

// Preview is the change that the listener would read if the entry were published at now as it was last saved.
func (e Entry) Preview(now time.Time) cms.Change {
	t, _ := content.TypeOf(e.Kind)
	out := cms.Change{
		Source: e.Source, ID: e.ID, Kind: e.Kind, Action: cms.Publish, Stamp: cms.Stamp{At: now, Revision: int64(e.Revision) + 1},
		DefaultLocale: Locales(e.Source)[0], Fields: map[string]map[string]json.RawMessage{},
	}
	for _, f := range t.Fields {
		for locale, value := range e.Fields[f.Name] {
			if !given(value) {
				continue
			}
			if out.Fields[f.Name] == nil {
				out.Fields[f.Name] = map[string]json.RawMessage{}
			}
			var text string
			if f.Form == content.RichText && json.Unmarshal(value, &text) == nil {
				value = encode(marks.HTML(text))
				if e.Source == cms.Contentful {
					value = encode(marks.Document(text))
				}
			}
			out.Fields[f.Name][locale] = value
		}
	}
	return out
}
