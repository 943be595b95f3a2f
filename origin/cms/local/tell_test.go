package local_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

func TestContentfulTellsAsItDoes(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	s.run()
	ctx := t.Context()
	p := e(s.Create(ctx, me, cms.Contentful, cms.Production, "shubert", fields(cms.Contentful, "title", "Hamlet", "venue", cms.Ref{ID: "v1"}, "description", "**To be**")))
	p = e(s.Publish(ctx, me, p.Key, p.Version))
	p = e(s.Archive(ctx, me, p.Key, p.Version))
	s.hears(4)
	for n, topic := range []string{"create", "publish", "unpublish", "archive"} {
		r, body := s.said(n + 1)
		if got := r.Header.Get("X-Contentful-Topic"); got != "ContentManagement.Entry."+topic {
			t.Errorf("the topic of webhook %d is %s, want %s", n+1, got, topic)
		}
		if r.Header.Get("Content-Type") != "application/vnd.contentful.management.v1+json" || r.Method != http.MethodPost {
			t.Errorf("webhook %d is %s %v", n+1, r.Method, r.Header)
		}
		if id := at(body, "sys", "id"); id != p.ID {
			t.Errorf("webhook %d is about %v", n+1, id)
		}
	}
	_, published := s.said(2)
	for _, tt := range []struct {
		want any
		path []any
	}{
		{"Entry", []any{"sys", "type"}}, {"house", []any{"sys", "space", "sys", "id"}}, {"master", []any{"sys", "environment", "sys", "id"}},
		{"production", []any{"sys", "contentType", "sys", "id"}}, {1.0, []any{"sys", "revision"}}, {"Hamlet", []any{"fields", "title", "en-US"}},
		{"Link", []any{"fields", "venue", "en-US", "sys", "type"}}, {"v1", []any{"fields", "venue", "en-US", "sys", "id"}},
		{"document", []any{"fields", "description", "en-US", "nodeType"}}, {"bold", []any{"fields", "description", "en-US", "content", 0, "content", 0, "marks", 0, "type"}},
	} {
		if got := at(published, tt.path...); got != tt.want {
			t.Errorf("%v of a published entry is %v, want %v", tt.path, got, tt.want)
		}
	}
	_, gone := s.said(3)
	if at(gone, "sys", "type") != "DeletedEntry" || at(gone, "sys", "deletedAt") == nil || gone["fields"] != nil {
		t.Errorf("an unpublished entry is told as %v", gone)
	}
	if _, archived := s.said(4); at(archived, "sys", "archivedAt") == nil {
		t.Errorf("an archived entry is told as %v", archived)
	}
}

func TestUmbracoTellsAsEachVersionDoes(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	s.run()
	ctx := t.Context()
	brand := e(s.Create(ctx, me, cms.Umbraco, cms.Brand, "lyceum", fields(cms.Umbraco, "name", "Lyceum")))
	brand = e(s.Publish(ctx, me, brand.Key, brand.Version))
	s.hears(1)
	f := fields(cms.Umbraco, "title", "Hamlet", "brand", cms.Ref{ID: brand.ID}, "venue", cms.Ref{ID: uuid.NewString()}, "opensOn", "2026-12-01", "description", "A\n\n- b")
	f["title"]["en-US"] = json.RawMessage(`"Hamlet, Prince"`)
	p := e(s.Create(ctx, me, cms.Umbraco, cms.Production, "lyceum", f))
	heard := 1
	for _, tt := range []struct {
		name     string
		settings local.Settings
		event    string
		want     map[string]any // by path, "/" between
		lacks    []string
	}{
		{"14, extended", local.Settings{Generation: 14, Payload: local.Extended}, "Umbraco.ContentPublish",
			map[string]any{"contentType": "production", "name": "Hamlet", "properties/title": "Hamlet", "properties/brand/id": brand.ID, "properties/venue": nil,
				"properties/opensOn": "2026-12-01T00:00:00", "properties/description/markup": "<p>A</p><ul><li>b</li></ul>", "cultures/en-US/properties/title": "Hamlet, Prince"}, nil},
		{"14, legacy, as documented", local.Settings{Generation: 14, Payload: local.Legacy, Documented: true}, "Umbraco.ContentPublished",
			map[string]any{"properties/title": "Hamlet", "route/startItem/path": "en-gb"}, []string{"cultures"}},
		{"13, legacy", local.Settings{Generation: 13, Payload: local.Legacy}, "Umbraco.ContentPublish",
			map[string]any{"ContentType": "production", "Name": "Hamlet", "Id": p.ID, "Properties/title": "Hamlet", "Properties/brand/Id": brand.ID, "Route/StartItem/Path": "en-gb"}, []string{"id", "properties"}},
		{"13, minimal", local.Settings{Generation: 13, Payload: local.Minimal}, "Umbraco.ContentPublish", map[string]any{"Id": p.ID}, []string{"Properties", "Name"}},
	} {
		if err := s.SetSettings(ctx, me, cms.Umbraco, tt.settings); err != nil {
			t.Fatal(err)
		}
		p = e(s.Publish(ctx, me, p.Key, p.Version))
		s.hears(1)
		heard++
		r, body := s.said(heard)
		if r.Header.Get("Umb-Webhook-Event") != tt.event || r.Header.Get("Umb-Webhook-RetryCount") != "0" || r.Header.Get("Authorization") != "Bearer hook" {
			t.Errorf("%s: the headers are %v", tt.name, r.Header)
		}
		for path, want := range tt.want {
			if got := at(body, split(path)...); got != want {
				t.Errorf("%s: %s is %v, want %v", tt.name, path, got, want)
			}
		}
		for _, name := range tt.lacks {
			if body[name] != nil {
				t.Errorf("%s: there is %s", tt.name, name)
			}
		}
	}
	e(s.Unpublish(ctx, me, p.Key, p.Version))
	s.hears(1)
	if r, body := s.said(heard + 1); r.Header.Get("Umb-Webhook-Event") != "Umbraco.ContentUnpublish" || len(body) != 1 || body["Id"] != p.ID {
		t.Errorf("unpublishing is told as %v, %v", r.Header, body)
	}
}

func TestWhatIsNotHeardIsSaidAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		source cms.Source
		say    []int // the last again and again
		hears  int
		state  string
	}{
		{"Contentful tries three times", cms.Contentful, []int{503}, 3, "failed"},
		{"Contentful until it is heard", cms.Contentful, []int{500, 202}, 2, "delivered"},
		{"Contentful takes no for an answer", cms.Contentful, []int{400}, 1, "failed"},
		{"Umbraco tries six times", cms.Umbraco, []int{400}, 6, "failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, e := open(t), must[local.Entry](t)
			s.say = func(n int) int { return tt.say[min(n, len(tt.say))-1] }
			ctx := t.Context()
			p := e(s.Create(ctx, me, tt.source, cms.Person, "", fields(tt.source, "name", "Ada")))
			if _, err := s.db.Exec(ctx, `delete from local_cms_deliveries`); err != nil { // of making it
				t.Fatal(err)
			}
			e(s.Publish(ctx, me, p.Key, p.Version))
			s.run()
			s.hears(tt.hears)
			d := s.until(p.Key, func(d local.Delivery) bool { return d.State != "waiting" })
			if d.State != tt.state || d.Attempts != tt.hears || d.LastStatus != tt.say[min(tt.hears, len(tt.say))-1] {
				t.Errorf("it is %s after %d attempts, the last answered %d", d.State, d.Attempts, d.LastStatus)
			}
			d = must[local.Delivery](t)(s.Delivery(ctx, d.ID))
			if len(d.Log) != tt.hears || d.Log[0].Answer != "heard" || d.Log[0].Headers["Authorization"] == "Bearer hook" {
				t.Errorf("the log is %+v", d.Log)
			}
		})
	}
}

// until waits for the newest delivery of an entry to be as wanted.
func (s *stage) until(key local.Key, holds func(local.Delivery) bool) local.Delivery {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		list := must[[]local.Delivery](s.t)(s.Deliveries(s.t.Context(), key, nil, true, 1))
		if len(list) == 1 && holds(list[0]) {
			return list[0]
		}
		if time.Now().After(end) {
			s.t.Fatalf("the delivery is %+v", list)
		}
	}
}

func TestARehearsalSpoilsWebhooks(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	ctx := t.Context()
	p := e(s.Create(ctx, me, cms.Umbraco, cms.Person, "", fields(cms.Umbraco, "name", "0")))
	set := local.Settings{Generation: 14, Payload: local.Legacy, Lose: 1, Duplicate: 1, Delay: 1, Reorder: 1}
	if err := s.SetSettings(ctx, me, cms.Umbraco, set); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lost", "twice", "late", "overtaken", "last"} {
		p = e(s.Save(ctx, me, p.Key, p.Version, fields(cms.Umbraco, "name", name)))
		p = e(s.Publish(ctx, me, p.Key, p.Version))
	}
	s.run()
	s.hears(5)
	var names []any
	for n := 1; n <= 5; n++ {
		_, body := s.said(n)
		names = append(names, body["name"])
	}
	for i, want := range []string{"twice", "twice", "late", "last", "overtaken"} {
		if names[i] != want {
			t.Errorf("webhook %d is %v, want %s: %v", i+1, names[i], want, names)
		}
	}
	left := must[local.Settings](t)(s.Settings(ctx, cms.Umbraco))
	if left.Lose+left.Duplicate+left.Delay+left.Reorder != 0 {
		t.Errorf("what is left of the rehearsal is %+v", left)
	}
	// What was lost can be sent by hand.
	list := must[[]local.Delivery](t)(s.Deliveries(ctx, p.Key, nil, true, 100))
	lost := list[len(list)-1]
	if lost.State != "lost" || lost.Fault != "lost" {
		t.Fatalf("the first is %+v", lost)
	}
	must[uuid.UUID](t)(s.SendAgain(ctx, lost.ID))
	s.hears(1)
	if _, body := s.said(6); body["name"] != "lost" {
		t.Errorf("sent again it is %v", body)
	}
}
