package umbraco_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// The payloads are those that Umbraco's documentation and source show: IApiContent as the Delivery API writes it (legacy),
// {"id"} (minimal, and every event but publishing), and IApiContentResponse with properties by culture (extended).
const (
	guid   = "c1922956-7855-4fa0-8f2c-7af149a92135"
	legacy = `{"contentType":"production","name":"Hamlet","createDate":"2023-12-11T12:02:38.9979314","updateDate":"2026-11-21T10:00:00.1234567",
  "route":{"path":"/hamlet/","startItem":{"id":"dc1f43da-49c6-4d87-b104-a5864eca8152","path":"home"}},"id":"c1922956-7855-4fa0-8f2c-7af149a92135",
  "properties":{"title":"Hamlet","opensOn":"2026-12-01T00:00:00","startsAt":"2026-11-27T00:00:00","endsAt":"2026-12-01T00:00:00Z",
    "venue":{"contentType":"venue","name":"Lyceum","createDate":"2023-12-11T12:02:38","updateDate":"2023-12-11T12:02:38","route":{"path":"/l/","startItem":{"id":"dc1f43da-49c6-4d87-b104-a5864eca8152","path":"home"}},"id":"3E2B1A00-0000-4000-8000-000000000001","properties":{}},
    "productions":[{"contentType":"production","name":"A","id":"3e2b1a00-0000-4000-8000-00000000000a","properties":{}},{"contentType":"production","name":"B","id":"3e2b1a00-0000-4000-8000-00000000000b","properties":{}}],
    "description":{"markup":"<p>To be</p>","blocks":[]},"tags":["captioned"],"capacity":2100,"nothing":null}}`
	// Version 13: names of the payload in PascalCase, aliases of properties as they are.
	legacy13 = `{"Name":"Hamlet","CreateDate":"2023-12-11T12:02:38.9979314","UpdateDate":"2026-11-21T10:00:00.1234567",
  "Route":{"Path":"/hamlet/","StartItem":{"Id":"dc1f43da-49c6-4d87-b104-a5864eca8152","Path":"home"}},"Id":"c1922956-7855-4fa0-8f2c-7af149a92135","ContentType":"production",
  "Properties":{"title":"Hamlet","opensOn":"2026-12-01T00:00:00","startsAt":"2026-11-27T00:00:00","endsAt":"2026-12-01T00:00:00Z",
    "venue":{"ContentType":"venue","Name":"Lyceum","Route":{"Path":"/l/"},"Id":"3e2b1a00-0000-4000-8000-000000000001","Properties":{}},
    "productions":[{"ContentType":"production","Name":"A","Id":"3e2b1a00-0000-4000-8000-00000000000a","Properties":{}},{"ContentType":"production","Name":"B","Id":"3e2b1a00-0000-4000-8000-00000000000b","Properties":{}}],
    "description":{"markup":"<p>To be</p>","blocks":[]},"tags":["captioned"],"capacity":2100,"nothing":null}}`
	extended = `{"id":"c1922956-7855-4fa0-8f2c-7af149a92135","contentType":"production","name":"Hamlet","createDate":"2023-12-11T12:02:38Z","updateDate":"2026-11-21T10:00:00Z",
  "cultures":{"en-gb":{"path":"/hamlet/","properties":{"title":"Hamlet","capacity":2100}},"cy":{"path":"/cy/hamlet/","properties":{"title":"Hamled","capacity":2100}},"fr":{"path":"/fr/","properties":{"title":"Le Hamlet"}}}}`
	invariant = `{"id":"c1922956-7855-4fa0-8f2c-7af149a92135","contentType":"production","name":"Hamlet","createDate":"2023-12-11T12:02:38Z","updateDate":"2026-11-21T10:00:00Z",
  "cultures":{"*":{"path":"/hamlet/","properties":{"title":"Hamlet"}}}}`
)

func reader(t testing.TB) umbraco.Reader {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return umbraco.Reader{Locales: []string{"en-GB", "cy"}, Zone: london, Forms: func(_ cms.Kind, field string) umbraco.Form {
		switch field {
		case "opensOn":
			return umbraco.Date
		case "startsAt", "endsAt":
			return umbraco.Instant
		}
		return umbraco.Other
	}}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	const legacyFields = `{"capacity":{"en-GB":2100},"description":{"en-GB":{"markup":"\u003cp\u003eTo be\u003c/p\u003e","blocks":[]}},"endsAt":{"en-GB":"2026-12-01T00:00:00Z"},` +
		`"opensOn":{"en-GB":"2026-12-01"},"productions":{"en-GB":[{"$ref":"3e2b1a00-0000-4000-8000-00000000000a"},{"$ref":"3e2b1a00-0000-4000-8000-00000000000b"}]},` +
		`"startsAt":{"en-GB":"2026-11-27T00:00:00Z"},"tags":{"en-GB":["captioned"]},"title":{"en-GB":"Hamlet"},"venue":{"en-GB":{"$ref":"3e2b1a00-0000-4000-8000-000000000001"}}}`
	for _, c := range []struct {
		name, event, body string
		action            cms.Action
		fields            string // "": to be asked for
		at                time.Time
		partial           bool
	}{
		{name: "legacy of 14", event: "Umbraco.ContentPublish", body: legacy, action: cms.Publish, fields: legacyFields, at: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)},
		{name: "legacy of 13", event: "Umbraco.ContentPublish", body: legacy13, action: cms.Publish, fields: legacyFields, at: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)},
		{name: "the other spelling", event: "Umbraco.ContentPublished", body: legacy13, action: cms.Publish, fields: legacyFields, at: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)},
		{name: "in lower case", event: "umbraco.contentpublish", body: legacy, action: cms.Publish, fields: legacyFields, at: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)},
		{name: "in summer", event: "Umbraco.ContentPublish", body: strings.Replace(legacy, "2026-11-21T10:00:00.1234567", "2026-07-01T10:00:00", 1), action: cms.Publish, fields: legacyFields, at: time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)},
		{name: "legacy, and there is another culture", event: "Umbraco.ContentPublish", body: strings.Replace(legacy, `"properties":{"title"`, `"cultures":{"en-GB":{"path":"/"},"cy":{"path":"/cy/"}},"properties":{"title"`, 1),
			action: cms.Publish, fields: legacyFields, at: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC), partial: true},
		{name: "extended", event: "Umbraco.ContentPublish", body: extended, action: cms.Publish, fields: `{"capacity":{"en-GB":2100},"title":{"cy":"Hamled","en-GB":"Hamlet"}}`, at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)},
		{name: "extended, invariant", event: "Umbraco.ContentPublish", body: invariant, action: cms.Publish, fields: `{"title":{"en-GB":"Hamlet"}}`, at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)},
		{name: "minimal", event: "Umbraco.ContentPublish", body: `{"id":"` + guid + `","cultures":["en-GB","cy"]}`, action: cms.Publish},
		{name: "minimal in PascalCase", event: "Umbraco.ContentPublish", body: `{"Id":"` + strings.ToUpper(guid) + `"}`, action: cms.Publish},
		{name: "unpublished", event: "Umbraco.ContentUnpublish", body: `{"id":"` + guid + `"}`, action: cms.Unpublish},
		{name: "unpublished, the other spelling", event: "Umbraco.ContentUnpublished", body: `{"Id":"` + guid + `"}`, action: cms.Unpublish},
		{name: "deleted", event: "Umbraco.ContentDelete", body: `{"id":"` + guid + `"}`, action: cms.Delete},
		{name: "deleted, the other spelling", event: "Umbraco.ContentDeleted", body: `{"Id":"` + guid + `"}`, action: cms.Delete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := reader(t).Read(wire.Envelope{Topic: c.event, Body: []byte(c.body)})
			if err != nil || m.EntryID != guid || m.Action != c.action || (m.Change == nil) != (c.fields == "") || m.Partial != c.partial {
				t.Fatalf("%+v %v", m, err)
			}
			if m.Change == nil {
				return
			}
			if !m.Change.Stamp.At.Equal(c.at) || m.Change.Kind != cms.Production || m.Change.DefaultLocale != "en-GB" || !m.Doubtful {
				t.Errorf("%+v, want the time %s", m.Change, c.at)
			}
			if got, err := json.Marshal(m.Change.Fields); err != nil || string(got) != c.fields {
				t.Errorf("fields\n%s\nwant\n%s (%v)", got, c.fields, err)
			}
		})
	}
}

func TestWhatIsRefusedOrIgnored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, event, body string
		nothing           string
		malformed         bool
	}{
		{name: "saved", event: "Umbraco.ContentSaved", body: legacy, nothing: "no event that the public notices"},
		{name: "recycled", event: "Umbraco.ContentMovedToRecycleBin", body: `[{"id":"` + guid + `"}]`, nothing: "of several entries at once"},
		{name: "media", event: "Umbraco.MediaSave", body: `{}`, nothing: "no event that the public notices"},
		{name: "nothing said", event: "", body: legacy, nothing: "no event that the public notices"},
		{name: "another type", event: "Umbraco.ContentPublish", body: strings.Replace(legacy, `"contentType":"production"`, `"contentType":"footer"`, 1), nothing: "of a document type that is not ours"},
		{name: "no JSON", event: "Umbraco.ContentPublish", body: `<xml/>`, malformed: true},
		{name: "null", event: "Umbraco.ContentPublish", body: `null`, malformed: true},
		{name: "a number for an ID", event: "Umbraco.ContentDelete", body: `{"id":1234}`, malformed: true},
		{name: "no GUID", event: "Umbraco.ContentDelete", body: `{"id":"1234"}`, malformed: true},
		{name: "no time", event: "Umbraco.ContentPublish", body: strings.Replace(legacy, "2026-11-21T10:00:00.1234567", "today", 1), malformed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := reader(t).Read(wire.Envelope{Topic: c.event, Body: []byte(c.body)})
			if errors.Is(err, wire.ErrMalformed) != c.malformed || m.Nothing != c.nothing {
				t.Errorf("%+v %v", m, err)
			}
		})
	}
}

func TestEntriesThatWereAskedFor(t *testing.T) {
	t.Parallel()
	item := func(title, at string) string {
		return `{"contentType":"production","updateDate":"` + at + `","id":"` + guid + `","properties":{"title":"` + title + `","capacity":2100},"cultures":{"en-GB":{},"cy":{}}}`
	}
	m, err := reader(t).Read(wire.Envelope{Topic: umbraco.TopicFetched,
		Body: []byte(`{"locales":{"cy":` + item("Hamled", "2026-11-21T10:00:05Z") + `,"en-GB":` + item("Hamlet", "2026-11-21T10:00:00Z") + `}}`)})
	if err != nil || m.Change == nil || m.Partial || m.Doubtful {
		t.Fatalf("%+v %v", m, err)
	}
	got, err := json.Marshal(m.Change.Fields)
	if want := `{"capacity":{"en-GB":2100},"title":{"cy":"Hamled","en-GB":"Hamlet"}}`; err != nil || string(got) != want {
		t.Errorf("%s %v, want %s", got, err, want)
	}
	if want := time.Date(2026, 11, 21, 10, 0, 5, 0, time.UTC); !m.Stamp.At.Equal(want) {
		t.Errorf("the stamp is %s, want that of the culture that changed last, %s", m.Stamp.At, want)
	}
	for _, body := range []string{`{"locales":{}}`, `{}`, `[]`, `{"locales":{"en-GB":{"id":"x"}}}`} {
		if _, err := reader(t).Read(wire.Envelope{Topic: umbraco.TopicFetched, Body: []byte(body)}); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDeliveriesAreToldApart(t *testing.T) {
	t.Parallel()
	key := func(event, date, body string) string {
		header := http.Header{"Umb-Webhook-Event": {event}}
		if date != "" {
			header.Set("Umb-Webhook-Date", date)
		}
		m, err := reader(t).Read(umbraco.Keep(header, []byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		return m.Dedup
	}
	if a, b := key("Umbraco.ContentPublish", "", legacy), key("Umbraco.ContentPublish", "", legacy); a == "" || a != b {
		t.Error("an attempt to deliver that is repeated is another delivery")
	}
	id := `{"id":"` + guid + `"}`
	if key("Umbraco.ContentUnpublish", "", id) != "" {
		t.Error("what is unpublished a second time is taken for the first")
	}
	if key("Umbraco.ContentUnpublish", "2026-11-21T10:00:00", id) != "" {
		t.Error("two events of one second are one")
	}
	if key("Umbraco.ContentPublish", "", legacy) == key("Umbraco.ContentPublish", "", strings.Replace(legacy, "10:00:00.1234567", "10:00:00.2", 1)) {
		t.Error("two publications are one delivery")
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header string
		values       []string
		tokens       []string
		ok           bool
	}{
		{"bearer", "Authorization", []string{"Bearer one"}, []string{"one"}, true},
		{"bearer in lower case", "Authorization", []string{"bearer one"}, []string{"one"}, true},
		{"the older of two", "Authorization", []string{"Bearer one"}, []string{"two", "one"}, true},
		{"another header", "X-Token", []string{"one"}, []string{"one"}, true},
		{"another token", "Authorization", []string{"Bearer two"}, []string{"one"}, false},
		{"a longer token", "Authorization", []string{"Bearer one1"}, []string{"one"}, false},
		{"basic", "Authorization", []string{"Basic one"}, []string{"one"}, false},
		{"bare", "Authorization", []string{"one"}, []string{"one"}, false},
		{"empty", "X-Token", []string{""}, []string{""}, false},
		{"none is set", "Authorization", []string{"Bearer "}, nil, false},
		{"missing", "Authorization", nil, []string{"one"}, false},
		{"twice", "Authorization", []string{"Bearer one", "Bearer one"}, []string{"one"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := umbraco.Verify(wire.Request{Header: http.Header{c.header: c.values}}, c.header, c.tokens)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, wire.ErrSignature) {
				t.Errorf("%v", err)
			}
			if err != nil && len(c.tokens) > 0 && c.tokens[0] != "" && strings.Contains(err.Error(), c.tokens[0]) {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Umbraco.ContentPublish", []byte(legacy))
	f.Add("Umbraco.ContentPublish", []byte(legacy13))
	f.Add("Umbraco.ContentPublished", []byte(extended))
	f.Add("Umbraco.ContentDelete", []byte(`{"Id":"`+guid+`"}`))
	f.Add("fetched", []byte(`{"locales":{"en-GB":`+legacy+`}}`))
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		m, err := reader(t).Read(wire.Envelope{Topic: event, Body: body})
		switch {
		case err != nil:
			if !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("another error: %v", err)
			}
		case m.Nothing == "":
			if len(m.EntryID) != len(guid) || m.Kind != "" && !wire.Ours(m.Kind) {
				t.Errorf("%+v", m)
			}
			if m.Change != nil {
				if _, err := json.Marshal(m.Change.Fields); err != nil {
					t.Errorf("fields that are no JSON: %v", err)
				}
			}
		}
	})
}
