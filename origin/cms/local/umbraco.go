package local

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local/marks"
)

// Umbraco's headers.
const (
	umbracoEvent   = "Umb-Webhook-Event"
	umbracoRetries = "Umb-Webhook-RetryCount"
	umbracoDate    = "Umb-Webhook-Date"
)

// casing names the members of Umbraco's objects: PascalCase up to version 13, camelCase from 14 on.
type casing int

const (
	camel  casing = 14
	pascal casing = 13
)

func (c casing) name(camelCase string) string {
	if c == pascal {
		return strings.ToUpper(camelCase[:1]) + camelCase[1:]
	}
	return camelCase
}

// object makes an object of pairs of names and values.
func (c casing) object(pairs ...any) map[string]any {
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[c.name(pairs[i].(string))] = pairs[i+1]
	}
	return out
}

// picked finds the entries that links may show: Umbraco leaves out what is not public.
type picked map[string]Entry

// item is an entry as the Delivery API tells of it in one culture.
func (c casing) item(e Entry, culture string, others picked, cultures bool) map[string]any {
	out := c.reference(e, culture)
	out[c.name("properties")] = c.properties(e.Kind, e.Published, culture, others)
	if cultures {
		all := map[string]any{}
		for _, one := range e.cultures() {
			all[one] = c.route(e, one)
		}
		out[c.name("cultures")] = all
	}
	return out
}

// extended is item with the properties of every culture, which webhooks of that name hold.
func (c casing) extended(e Entry, culture string, others picked) map[string]any {
	out := c.item(e, culture, others, false)
	all := map[string]any{}
	for _, one := range e.cultures() {
		route := c.route(e, one)
		route["properties"] = c.properties(e.Kind, e.Published, one, others)
		all[one] = route
	}
	out[c.name("cultures")] = all
	return out
}

// reference is an entry without what is in it: what a picker holds.
func (c casing) reference(e Entry, culture string) map[string]any {
	return c.object("contentType", string(e.Kind), "name", titleOf(e.Kind, e.Published, culture, Locales(cms.Umbraco)[0]),
		"createDate", umbracoTime(e.CreatedAt), "updateDate", umbracoTime(e.PublishedAt), "route", c.route(e, culture), "id", e.ID,
		"properties", map[string]any{})
}

func (c casing) route(e Entry, culture string) map[string]any {
	return c.object("path", "/"+strings.ToLower(string(e.Kind))+"/"+e.ID+"/", "startItem", c.object("id", startItem(culture), "path", strings.ToLower(culture)))
}

// startItem is the root of a culture's tree.
func startItem(culture string) string {
	if culture == "en-US" {
		return "7f0e2f52-5b67-4d5e-9d0c-2a4be8a1c002"
	}
	return "7f0e2f52-5b67-4d5e-9d0c-2a4be8a1c001"
}

// cultures are those in which something of the entry is said, the default one first.
func (e Entry) cultures() []string {
	var out []string
	for i, locale := range Locales(e.Source) {
		said := i == 0
		for _, values := range e.Published {
			said = said || given(values[locale])
		}
		if said {
			out = append(out, locale)
		}
	}
	return out
}

// umbracoTime is an instant as Umbraco writes it: to 100 ns, UTC.
func umbracoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.9999999Z") }

// properties are an entry's fields in one culture. What does not vary is the same in each; what does is null where nobody
// has written it.
func (c casing) properties(kind cms.Kind, fields Fields, culture string, others picked) map[string]any {
	out := map[string]any{}
	t, _ := content.TypeOf(kind)
	for _, f := range t.Fields {
		locale := Locales(cms.Umbraco)[0]
		if f.Localized {
			locale = culture
		}
		value := fields[f.Name][locale]
		if !given(value) {
			out[f.Name] = nil
			continue
		}
		out[f.Name] = c.property(f.Form, value, culture, others)
	}
	return out
}

func (c casing) property(form content.Form, value json.RawMessage, culture string, others picked) any {
	switch form {
	case content.Link:
		if id, ok := refOf(value); ok {
			if e, found := others[id]; found {
				return c.reference(e, culture)
			}
			return nil
		}
	case content.Links:
		if ids, ok := refsOf(value); ok {
			list := []any{}
			for _, id := range ids {
				if e, found := others[id]; found {
					list = append(list, c.reference(e, culture))
				}
			}
			return list
		}
	case content.RichText:
		var text string
		if json.Unmarshal(value, &text) == nil {
			return c.object("markup", marks.HTML(text), "blocks", []any{})
		}
	case content.Date:
		var text string
		if json.Unmarshal(value, &text) == nil {
			if _, err := time.Parse(time.DateOnly, text); err == nil {
				return text + "T00:00:00"
			}
		}
	}
	return value
}

// links are the entries that an entry's published fields point at.
func (e Entry) links() []string {
	var ids []string
	t, _ := content.TypeOf(e.Kind)
	for _, f := range t.Fields {
		for _, value := range e.Published[f.Name] {
			switch f.Form {
			case content.Link:
				if id, ok := refOf(value); ok {
					ids = append(ids, id)
				}
			case content.Links:
				more, _ := refsOf(value)
				ids = append(ids, more...)
			}
		}
	}
	return ids
}

// titleOf is what an entry is listed by, in a locale or the default one.
func titleOf(kind cms.Kind, fields Fields, locale, fallback string) string {
	t, _ := content.TypeOf(kind)
	for _, l := range []string{locale, fallback} {
		var text string
		if json.Unmarshal(fields[t.Title][l], &text) == nil && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return t.Name + " without a name"
}
