package local_test

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// TestTheListenerTakesWhatIsTold holds webhooks and APIs against the listener's own readers, which Contentful's toolkit and
// Umbraco's documentation were held against.
func TestTheListenerTakesWhatIsTold(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	s.run()
	ctx := t.Context()
	space := &contentful.System{Secrets: []string{secret}, Reader: contentful.Reader{Space: "house", Environments: []string{"master"}, Locale: "en-US"}}
	site := &umbraco.System{Tokens: []string{"hook"}, Reader: umbraco.Reader{Locales: local.Locales(cms.Umbraco), Zone: time.UTC}}
	heard := 0
	hear := func(from intake.System) wire.Envelope {
		t.Helper()
		s.hears(1)
		heard++
		r, _ := s.said(heard)
		s.mu.Lock()
		defer s.mu.Unlock()
		body := s.bodies[heard-1]
		if err := from.Verify(wire.Request{Method: r.Method, URI: r.RequestURI, Header: r.Header, Body: body}, time.Now()); err != nil {
			t.Fatalf("the listener refuses it: %v", err)
		}
		return from.Keep(r.Header, body)
	}
	p := e(s.Create(ctx, me, cms.Contentful, cms.Person, "", fields(cms.Contentful, "name", "Ada", "biography", "Born in **Leeds**.")))
	hear(space) // of a draft
	p = e(s.Publish(ctx, me, p.Key, p.Version))
	m, err := space.Read(hear(space))
	if err != nil || m.Change == nil || m.EntryID != p.ID || m.Action != cms.Publish || string(m.Change.Fields["name"]["en-US"]) != `"Ada"` || m.Stamp.Revision != 1 {
		t.Errorf("it reads %+v (%v)", m, err)
	}
	e(s.Unpublish(ctx, me, p.Key, p.Version))
	if gone, err := space.Read(hear(space)); err != nil || gone.Action != cms.Unpublish || !gone.Stamp.After(m.Stamp) {
		t.Errorf("of unpublishing it reads %+v (%v)", gone, err)
	}

	for _, set := range []local.Settings{{Generation: 14, Payload: local.Extended}, {Generation: 13, Payload: local.Legacy, Documented: true}, {Generation: 13, Payload: local.Minimal}} {
		if err := s.SetSettings(ctx, me, cms.Umbraco, set); err != nil {
			t.Fatal(err)
		}
		q := e(s.Create(ctx, me, cms.Umbraco, cms.Person, "", fields(cms.Umbraco, "name", "Bea")))
		q = e(s.Publish(ctx, me, q.Key, q.Version))
		m, err := site.Read(hear(site))
		if err != nil || m.EntryID != q.ID || m.Action != cms.Publish {
			t.Errorf("%+v: it reads %+v (%v)", set, m, err)
		}
		if set.Payload != local.Minimal && (m.Change == nil || string(m.Change.Fields["name"]["en-GB"]) != `"Bea"`) {
			t.Errorf("%+v: the change is %+v", set, m.Change)
		}
	}

	// And what it asks for.
	first := e(s.Create(ctx, me, cms.Contentful, cms.Person, "", fields(cms.Contentful, "name", "Cy")))
	first = e(s.Publish(ctx, me, first.Key, first.Version))
	api := contentful.API{URL: s.api.URL + "/cms/contentful", Space: "house", Environment: "master", Token: "delivery", HTTP: s.api.Client()}
	page, err := api.Changes(ctx, "")
	if err != nil || len(page.Items) != 1 || page.More {
		t.Fatalf("the Sync API gives %+v (%v)", page, err)
	}
	if m, err := space.Read(page.Items[0]); err != nil || m.EntryID != first.ID || m.Change == nil {
		t.Errorf("it reads %+v (%v)", m, err)
	}
	if page, err = api.Changes(ctx, page.Cursor); err != nil || len(page.Items) != 0 {
		t.Errorf("nothing changed, and it gives %+v (%v)", page, err)
	}
	delivery := umbraco.API{URL: s.api.URL + "/cms/umbraco", Key: "key", Locales: local.Locales(cms.Umbraco), HTTP: s.api.Client(), PageSize: 2}
	if page, err = delivery.Changes(ctx, ""); err != nil || len(page.Items) != 2 || !page.More || page.Total != 3 {
		t.Fatalf("the Delivery API gives %+v (%v)", page, err)
	}
	m, err = site.Read(page.Items[0])
	if err != nil || m.Change == nil || string(m.Change.Fields["name"]["en-GB"]) != `"Bea"` {
		t.Errorf("it reads %+v (%v)", m, err)
	}
	one, public, err := delivery.Entry(ctx, m.EntryID)
	if err != nil || !public {
		t.Fatalf("one entry: %v (%v)", public, err)
	}
	if again, err := site.Read(one); err != nil || !again.Stamp.At.Equal(m.Stamp.At) {
		t.Errorf("asked for by its ID it is of %v, listed of %v (%v)", again.Stamp, m.Stamp, err)
	}
	if _, public, err := delivery.Entry(ctx, "4c8e47f0-0000-4000-8000-000000000000"); err != nil || public {
		t.Errorf("an entry that is not there: %v (%v)", public, err)
	}
}
