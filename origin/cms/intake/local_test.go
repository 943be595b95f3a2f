package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
)

const editor = "editor@example.com"

// withEditors connects the stage with the content system for local use, both ways over HTTP.
func (s *stage) withEditors() *local.CMS {
	s.t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	s.t.Cleanup(server.Close)
	for _, system := range s.cfg.Systems {
		mux.Handle("/webhooks/"+string(system.Source()), s.Listener(system))
	}
	editors := local.New(local.Config{
		DB: s.db, Now: time.Now, Logger: slog.New(slog.DiscardHandler), URL: server.URL + "/cms",
		Contentful: local.Contentful{Space: space, Token: "cda token", Secret: secret, Webhook: server.URL + "/webhooks/contentful"},
		Umbraco:    local.Umbraco{APIKey: "api key", Header: "Authorization", Token: "Bearer " + token, Webhook: server.URL + "/webhooks/umbraco"},
		Pause:      func(cms.Source, int) time.Duration { return 0 },
	})
	mux.Handle("/cms/", http.StripPrefix("/cms", editors.Handler()))
	s.contentful.Asked = &contentful.API{URL: server.URL + "/cms/contentful", Space: space, Environment: "master", Token: "cda token", HTTP: server.Client(), PageSize: 2}
	s.umbraco.Asked = &umbraco.API{URL: server.URL + "/cms/umbraco", Key: "api key", Locales: local.Locales(cms.Umbraco), HTTP: server.Client(), PageSize: 2}
	s.umbraco.Reader.Locales = local.Locales(cms.Umbraco)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); editors.Run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-done })
	return editors
}

// TestTheLocalEditorsAreUnderstood has the content system for local use, which was written from the same documentation by
// other hands, send each of its webhooks and answer each question; then its webhooks are lost, and the sweep is asked.
func TestTheLocalEditorsAreUnderstood(t *testing.T) {
	t.Parallel()
	type manner struct {
		source     cms.Source
		generation int
		payload    string
		documented bool
		lost       bool
	}
	cases := []manner{{source: cms.Contentful}, {source: cms.Contentful, lost: true}, {source: cms.Umbraco, generation: 14, payload: local.Legacy, lost: true}}
	for _, payload := range local.Payloads() {
		cases = append(cases, manner{source: cms.Umbraco, generation: 13, payload: payload}, manner{source: cms.Umbraco, generation: 14, payload: payload, documented: true})
	}
	s := newStage(t, nil)
	editors := s.withEditors()
	for _, c := range cases {
		name := fmt.Sprintf("%+v", c)
		settings, err := editors.Settings(t.Context(), c.source)
		if err != nil {
			t.Fatal(err)
		}
		settings.Lose = 0 // of the one before
		if c.source == cms.Umbraco {
			settings.Generation, settings.Payload, settings.Documented = c.generation, c.payload, c.documented
		}
		s.life(editors, name, c.source, c.lost, settings)
	}
}

// life is an entry's, from its first draft to its end.
func (s *stage) life(editors *local.CMS, name string, source cms.Source, lost bool, settings local.Settings) {
	s.t.Helper()
	ctx := s.t.Context()
	named := func(text string) local.Fields {
		value, _ := json.Marshal(text) // of a text: it can be marshalled
		return local.Fields{"name": {local.Locales(source)[0]: value}}
	}
	var e local.Entry
	changes := 0
	step := func(what, want string, public bool, do func() (local.Entry, error)) {
		s.t.Helper()
		if lost {
			settings.Lose = 5
		}
		if err := editors.SetSettings(ctx, editor, source, settings); err != nil {
			s.t.Fatal(err)
		}
		var err error
		if e, err = do(); err != nil {
			s.t.Fatalf("%s: %s: %v", name, what, err)
		}
		if public {
			changes++
		}
		want = fmt.Sprintf("%s (%d)", want, changes)
		deadline := time.Now().Add(2 * time.Minute)
		for s.public(e.ID) != want {
			if time.Now().After(deadline) {
				s.t.Fatalf("%s: %s: the public sees %q, want %q; deliveries %v", name, what, s.public(e.ID), want, s.states(e.ID))
			}
			if lost {
				s.sweepAll(s.systems[source])
			}
			s.finish()
		}
	}
	draft, err := editors.Create(ctx, editor, source, cms.Person, "", named("Ada"))
	if err != nil {
		s.t.Fatal(err)
	}
	e = draft
	step("publish", "Ada", true, func() (local.Entry, error) { return editors.Publish(ctx, editor, e.Key, e.Version) })
	step("save", "Ada", false, func() (local.Entry, error) { return editors.Save(ctx, editor, e.Key, e.Version, named("Ada Marlowe")) })
	step("publish again", "Ada Marlowe", true, func() (local.Entry, error) { return editors.Publish(ctx, editor, e.Key, e.Version) })
	step("unpublish", "unpublish", true, func() (local.Entry, error) { return editors.Unpublish(ctx, editor, e.Key, e.Version) })
	step("publish once more", "Ada Marlowe", true, func() (local.Entry, error) { return editors.Publish(ctx, editor, e.Key, e.Version) })
	step("unpublish again", "unpublish", true, func() (local.Entry, error) { return editors.Unpublish(ctx, editor, e.Key, e.Version) })
}
