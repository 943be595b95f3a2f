package contentful_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

var reader = contentful.Reader{Space: "yadj1kx9rmg0", Environments: []string{"master", "master-2026"}, Locale: "en-US"}

// published is a webhook's body as Contentful's documentation and the types of its toolkit have it.
const published = `{
  "metadata": {"tags": [], "concepts": []},
  "sys": {
    "type": "Entry", "id": "5KsDBWseXY6QegucYAoacS",
    "space": {"sys": {"type": "Link", "linkType": "Space", "id": "yadj1kx9rmg0"}},
    "environment": {"sys": {"id": "master", "type": "Link", "linkType": "Environment"}},
    "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": "production"}},
    "createdBy": {"sys": {"type": "Link", "linkType": "User", "id": "1B0dkYpYvYm0gSYk3kUWc8"}},
    "updatedBy": {"sys": {"type": "Link", "linkType": "User", "id": "1B0dkYpYvYm0gSYk3kUWc8"}},
    "revision": 4, "createdAt": "2026-11-01T09:00:00.000Z", "updatedAt": "2026-11-21T10:00:00.123Z", "publishedVersion": 17
  },
  "fields": {
    "title": {"en-US": "Hamlet", "en-GB": "Hamlet, Prince"},
    "venue": {"en-US": {"sys": {"type": "Link", "linkType": "Entry", "id": "3hEsRfcKgMGSaiocGQaqCo"}}},
    "productions": {"en-US": [{"sys": {"type": "Link", "linkType": "Entry", "id": "a"}}, {"sys": {"type": "Link", "linkType": "Entry", "id": "b"}}]},
    "poster": {"en-US": {"sys": {"type": "Link", "linkType": "Asset", "id": "p"}}},
    "tags": {"en-US": ["captioned", "relaxed"]},
    "startsAt": {"en-US": "2026-11-27T00:00Z"}, "endsAt": {"en-US": "2026-12-01T00:00:30+01:00"}, "opensOn": {"en-US": "2026-12-01"},
    "cast": {"en-US": [{"person": {"sys": {"type": "Link", "linkType": "Entry", "id": "x"}}, "role": "Hamlet"}]},
    "description": {"en-US": {"nodeType": "document", "data": {}, "content": []}},
    "empty": {"en-US": null}, "capacity": {"en-US": 2100}, "stackable": {"en-US": false}
  }
}`

const ended = `{"sys": {"type": "DeletedEntry", "id": "5KsDBWseXY6QegucYAoacS",
  "space": {"sys": {"type": "Link", "linkType": "Space", "id": "yadj1kx9rmg0"}},
  "environment": {"sys": {"id": "master", "type": "Link", "linkType": "Environment"}},
  "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": "production"}},
  "revision": 5, "createdAt": "2026-11-21T11:00:00.000Z", "updatedAt": "2026-11-21T11:00:00.000Z", "deletedAt": "2026-11-21T11:00:00.000Z"}}`

func TestReadPublished(t *testing.T) {
	t.Parallel()
	for _, topic := range []string{"ContentManagement.Entry.publish", contentful.TopicSync} {
		m, err := reader.Read(wire.Envelope{Topic: topic, Body: []byte(published)})
		if err != nil || m.Change == nil {
			t.Fatalf("%s: %+v %v", topic, m, err)
		}
		c := m.Change
		if c.Source != cms.Contentful || c.ID != "5KsDBWseXY6QegucYAoacS" || c.Kind != cms.Production || c.Action != cms.Publish || c.DefaultLocale != "en-US" {
			t.Errorf("%+v", c)
		}
		if want := (cms.Stamp{At: time.Date(2026, 11, 21, 10, 0, 0, 123e6, time.UTC), Revision: 4}); c.Stamp != want || m.Stamp != want {
			t.Errorf("stamp %v, want %v", c.Stamp, want)
		}
		got, err := json.Marshal(c.Fields)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"capacity":{"en-US":2100},"cast":{"en-US":[{"person":{"sys":{"type":"Link","linkType":"Entry","id":"x"}},"role":"Hamlet"}]},` +
			`"description":{"en-US":{"nodeType":"document","data":{},"content":[]}},"endsAt":{"en-US":"2026-12-01T00:00:30+01:00"},"opensOn":{"en-US":"2026-12-01"},` +
			`"poster":{"en-US":{"sys":{"type":"Link","linkType":"Asset","id":"p"}}},"productions":{"en-US":[{"$ref":"a"},{"$ref":"b"}]},` +
			`"stackable":{"en-US":false},"startsAt":{"en-US":"2026-11-27T00:00:00Z"},"tags":{"en-US":["captioned","relaxed"]},` +
			`"title":{"en-GB":"Hamlet, Prince","en-US":"Hamlet"},"venue":{"en-US":{"$ref":"3hEsRfcKgMGSaiocGQaqCo"}}}`
		if string(got) != want {
			t.Errorf("fields\n%s\nwant\n%s", got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	replace := func(body string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(body) }
	archived := replace(published, `"publishedVersion": 17`, `"archivedAt": "2026-11-21T12:00:00.000Z", "archivedVersion": 18`)
	for _, c := range []struct {
		name, topic, body string
		action            cms.Action
		at                string
		nothing           string
		malformed         bool
	}{
		{name: "publish", topic: "Entry.publish", body: published, action: cms.Publish, at: "2026-11-21T10:00:00.123Z"},
		{name: "unpublish", topic: "Entry.unpublish", body: ended, action: cms.Unpublish, at: "2026-11-21T11:00:00Z"},
		{name: "delete", topic: "Entry.delete", body: ended, action: cms.Delete, at: "2026-11-21T11:00:00Z"},
		{name: "delete without a type", topic: "Entry.delete", body: replace(ended, `"contentType"`, `"other"`), action: cms.Delete, at: "2026-11-21T11:00:00Z"},
		{name: "archive", topic: "Entry.archive", body: archived, action: cms.Unpublish, at: "2026-11-21T12:00:00Z"},
		{name: "save", topic: "Entry.save", body: published, nothing: "a draft"},
		{name: "auto_save", topic: "Entry.auto_save", body: published, nothing: "a draft"},
		{name: "create", topic: "Entry.create", body: published, nothing: "a draft"},
		{name: "unarchive", topic: "Entry.unarchive", body: published, nothing: "a draft"},
		{name: "something new", topic: "Entry.applaud", body: published, nothing: "no change of an entry"},
		{name: "asset", topic: "Asset.publish", body: `{"sys":{"type":"Asset"}}`, nothing: "not about an entry"},
		{name: "content type", topic: "ContentType.publish", body: `not even JSON`, nothing: "not about an entry"},
		{name: "another space", topic: "Entry.publish", body: replace(published, "yadj1kx9rmg0", "elsewhere"), nothing: "of another space or environment"},
		{name: "another environment", topic: "Entry.publish", body: replace(published, `"id": "master"`, `"id": "staging"`), nothing: "of another space or environment"},
		{name: "behind the alias", topic: "Entry.publish", body: replace(published, `"id": "master"`, `"id": "master-2026"`), action: cms.Publish, at: "2026-11-21T10:00:00.123Z"},
		{name: "another type", topic: "Entry.publish", body: replace(published, `"production"`, `"siteFooter"`), nothing: "of a content type that is not ours"},
		{name: "tombstone in the sync", topic: "sync", body: ended, action: cms.Unpublish, at: "2026-11-21T11:00:00Z"},
		{name: "asset in the sync", topic: "sync", body: replace(published, `"type": "Entry"`, `"type": "Asset"`), nothing: "not about an entry"},
		{name: "ask", topic: "ask", body: `{"sys":{"id":"x"}}`, action: cms.Unpublish},
		{name: "no JSON", topic: "Entry.publish", body: `<xml/>`, malformed: true},
		{name: "an array", topic: "Entry.publish", body: `[]`, malformed: true},
		{name: "no ID", topic: "Entry.publish", body: `{"sys":{}}`, malformed: true},
		{name: "a NUL in the ID", topic: "Entry.publish", body: replace(published, "5KsDBWseXY6QegucYAoacS", `a\u0000b`), malformed: true},
		{name: "an endless ID", topic: "Entry.publish", body: replace(published, "5KsDBWseXY6QegucYAoacS", strings.Repeat("x", 65)), malformed: true},
		{name: "no time", topic: "Entry.publish", body: replace(published, "2026-11-21T10:00:00.123Z", "yesterday"), malformed: true},
		{name: "no type", topic: "Entry.publish", body: replace(published, `"contentType"`, `"other"`), malformed: true},
		{name: "fields without locales", topic: "Entry.publish", body: replace(published, `{"en-US": 2100}`, `2100`), malformed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			topic := c.topic
			if strings.Contains(topic, ".") {
				topic = "ContentManagement." + topic
			}
			m, err := reader.Read(wire.Envelope{Topic: topic, Body: []byte(c.body)})
			if c.malformed {
				if !errors.Is(err, wire.ErrMalformed) {
					t.Errorf("%+v %v", m, err)
				}
				return
			}
			if err != nil || m.Nothing != c.nothing || m.Nothing == "" && m.Action != c.action {
				t.Fatalf("%+v %v", m, err)
			}
			if c.at != "" {
				at, err := time.Parse(time.RFC3339Nano, c.at)
				if err != nil || m.Change == nil || !m.Change.Stamp.At.Equal(at) || m.Change.Action != c.action || (m.Change.Fields != nil) != (c.action == cms.Publish) {
					t.Errorf("%+v", m.Change)
				}
			}
		})
	}
}

func TestDeliveriesAreToldApart(t *testing.T) {
	t.Parallel()
	key := func(header http.Header, topic, body string) string {
		header.Set("X-Contentful-Topic", "ContentManagement.Entry."+topic)
		m, err := reader.Read(contentful.Keep(header, []byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		return m.Dedup
	}
	plain := key(http.Header{}, "publish", published)
	if again := key(http.Header{"X-Contentful-Timestamp": {"1"}}, "publish", published); again != plain || plain == "" {
		t.Error("the second attempt to deliver is another delivery")
	}
	if key(http.Header{}, "unpublish", ended) == key(http.Header{}, "delete", ended) {
		t.Error("unpublish and delete are one delivery")
	}
	unsigned := http.Header{"X-Contentful-Idempotency-Key": {"k"}}
	if key(unsigned, "publish", published) != plain {
		t.Error("a key that was not signed is believed")
	}
	theirs := http.Header{"X-Contentful-Idempotency-Key": {"k"}, "X-Contentful-Signed-Headers": {"x-contentful-idempotency-key"}}
	if got := key(theirs, "publish", published); got != "key:k" {
		t.Errorf("Contentful's key is not taken: %s", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("ContentManagement.Entry.publish", []byte(published))
	f.Add("ContentManagement.Entry.delete", []byte(ended))
	f.Add("sync", []byte(`{"sys":{"id":"x","type":"Entry"},"fields":{"a":{"b":[null]}}}`))
	f.Fuzz(func(t *testing.T, topic string, body []byte) {
		m, err := reader.Read(wire.Envelope{Topic: topic, Body: body})
		switch {
		case err != nil:
			if !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("another error: %v", err)
			}
		case m.Nothing == "":
			if m.EntryID == "" || strings.ContainsRune(m.EntryID, 0) || m.Kind != "" && !wire.Ours(m.Kind) {
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
