package content

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// inContentful is a change as Contentful's webhook tells of it: links are sys objects, rich text is a document.
func inContentful(t *testing.T, c cms.Change) cms.Change {
	t.Helper()
	typ, _ := TypeOf(c.Kind)
	fields := map[string]map[string]any{}
	for name, values := range c.Fields {
		form, _ := typ.Field(name)
		fields[name] = map[string]any{}
		for locale, raw := range values {
			fields[name][locale] = contentfulValue(t, form, raw)
		}
	}
	link := func(kind, id string) any {
		return map[string]any{"sys": map[string]any{"type": "Link", "linkType": kind, "id": id}}
	}
	body, err := json.Marshal(map[string]any{"fields": fields, "sys": map[string]any{
		"type": "Entry", "id": c.ID, "space": link("Space", "house"), "environment": link("Environment", "master"), "contentType": link("ContentType", string(c.Kind)),
		"revision": c.Stamp.Revision, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": c.Stamp.At.Format(time.RFC3339Nano),
	}})
	if err != nil {
		t.Fatal(err)
	}
	reader := contentful.Reader{Space: "house", Environments: []string{"master"}, Locale: c.DefaultLocale}
	return heard(t)(reader.Read(wire.Envelope{Topic: "ContentManagement.Entry.publish", Header: map[string]string{}, Body: body}))
}

func heard(t *testing.T) func(wire.Message, error) cms.Change {
	return func(m wire.Message, err error) cms.Change {
		t.Helper()
		if err != nil || m.Change == nil {
			t.Fatalf("nothing was read: %+v, %v", m, err)
		}
		return *m.Change
	}
}

func contentfulValue(t *testing.T, field Field, raw json.RawMessage) any {
	t.Helper()
	link := func(ref cms.Ref) any {
		return map[string]any{"sys": map[string]any{"type": "Link", "linkType": "Entry", "id": ref.ID}}
	}
	switch field.Form {
	case Link:
		return link(parsed[cms.Ref](t, raw))
	case Links:
		var out []any
		for _, ref := range parsed[[]cms.Ref](t, raw) {
			out = append(out, link(ref))
		}
		return out
	case RichText: // tests' HTML is one paragraph; its words are what matters here
		words := strings.NewReplacer("<p>", "", "</p>", "").Replace(parsed[string](t, raw))
		return map[string]any{"nodeType": "document", "data": map[string]any{}, "content": []any{map[string]any{"nodeType": "paragraph", "data": map[string]any{},
			"content": []any{map[string]any{"nodeType": "text", "value": words, "marks": []any{}, "data": map[string]any{}}}}}}
	}
	return raw
}

func parsed[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// inUmbraco is a change as Umbraco's webhook tells of it, in the names of version 13 or of 14 and later: everything of the
// default culture in properties, links as items, dates without an offset, rich text as markup.
func inUmbraco(t *testing.T, c cms.Change, pascal bool) cms.Change {
	t.Helper()
	typ, _ := TypeOf(c.Kind)
	name := func(camel string) string {
		if pascal {
			return strings.ToUpper(camel[:1]) + camel[1:]
		}
		return camel
	}
	properties := map[string]any{}
	for field, values := range c.Fields {
		form, _ := typ.Field(field)
		raw := values[c.DefaultLocale]
		item := func(ref cms.Ref) any {
			return map[string]any{name("id"): umbracoID(ref.ID), name("contentType"): "any", name("name"): "x", name("properties"): map[string]any{}}
		}
		switch form.Form {
		case Link:
			properties[field] = item(parsed[cms.Ref](t, raw))
		case Links:
			var out []any
			for _, ref := range parsed[[]cms.Ref](t, raw) {
				out = append(out, item(ref))
			}
			properties[field] = out
		case RichText:
			properties[field] = map[string]any{name("markup"): parsed[string](t, raw), name("blocks"): []any{}}
		case Date:
			properties[field] = parsed[string](t, raw) + "T00:00:00"
		case Instant:
			properties[field] = strings.TrimSuffix(parsed[string](t, raw), "Z")
		case JSON:
			text := string(raw)
			for _, entry := range house() {
				text = strings.ReplaceAll(text, fmt.Sprintf(`"$ref":%q`, entry.ID), fmt.Sprintf(`"$ref":%q`, umbracoID(entry.ID)))
			}
			properties[field] = json.RawMessage(text)
		default:
			properties[field] = raw
		}
	}
	body, err := json.Marshal(map[string]any{
		name("id"): umbracoID(c.ID), name("contentType"): string(c.Kind), name("name"): "x", name("createDate"): "2026-01-01T00:00:00Z",
		name("updateDate"): c.Stamp.At.Format(time.RFC3339Nano), name("properties"): properties, name("cultures"): map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	reader := umbraco.Reader{Locales: []string{"en-GB", "en-US"}, Zone: time.UTC, Forms: func(kind cms.Kind, field string) umbraco.Form {
		typ, _ := TypeOf(kind)
		switch of, _ := typ.Field(field); of.Form {
		case Date:
			return umbraco.Date
		case Instant:
			return umbraco.Instant
		}
		return umbraco.Other
	}}
	return heard(t)(reader.Read(wire.Envelope{Topic: "Umbraco.ContentPublish", Header: map[string]string{}, Body: body}))
}

// umbracoID is a GUID for one of the tests' IDs.
func umbracoID(id string) string { return identify(cms.Umbraco, id, "test").String() }

// Each of the nine kinds, as each system writes it on the wire, becomes the same house.
func TestBothWiresMakeTheSameHouse(t *testing.T) {
	t.Parallel()
	const shown = `select (select string_agg(name || country || theme::text, ',') from brands) || (select string_agg(name || city || latitude || opened_year, ',') from venues) ||
		(select string_agg(seats || layout::text, ',') from seating_plans) || (select string_agg(title || description_html || opens_on || closes_on || running_minutes, ',') from productions) ||
		(select string_agg(tier || band || price_type || amount, ',' order by amount) from prices) || (select string_agg(starts_at::text || on_sale_at || status || price_tier || access::text, ',' order by starts_at) from performances) ||
		(select string_agg(h.name || role || (biography->'en-gb')::text, ',') from people h join production_people c using (source, entry_id)) ||
		(select string_agg(slug || title || body_html || published_on, ',') from articles) || (select string_agg(headline || m.starts_at || m.ends_at || code || percent, ',') from promotions m join promo_codes c on c.id = m.promo_id)`
	entries := house()
	for i, c := range entries {
		for _, name := range []string{"body", "biography", "description"} {
			if c.Fields[name] != nil {
				entries[i] = with(entries[i], fields{name: "<p>Plain words.</p>"})
			}
		}
	}
	var want string
	for _, system := range []struct {
		name string
		read func(cms.Change) cms.Change
	}{
		{"as it is", func(c cms.Change) cms.Change { return c }},
		{"Contentful", func(c cms.Change) cms.Change { return inContentful(t, c) }},
		{"Umbraco 14 and later", func(c cms.Change) cms.Change { return inUmbraco(t, c, false) }},
		{"Umbraco 13", func(c cms.Change) cms.Change { return inUmbraco(t, c, true) }},
	} {
		s := newStage(t)
		for _, c := range entries {
			s.must(system.read(c))
		}
		got := s.text(shown)
		if want == "" {
			want = got
		}
		if got != want || got == "" {
			t.Errorf("%s:\n got %s\nwant %s", system.name, got, want)
		}
	}
}
