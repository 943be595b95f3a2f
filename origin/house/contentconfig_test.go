package house

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestSettingsOfContentSystems(t *testing.T) {
	t.Parallel()
	const good = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name      string
		config    Config
		faults    []string // variables that are named
		listening []cms.Source
	}{
		{name: "none"},
		{name: "Contentful", config: Config{Contentful: Contentful{WebhookSecrets: good + ", " + good, Space: "s", Token: "t"}}, listening: []cms.Source{cms.Contentful}},
		{name: "Umbraco", config: Config{Umbraco: Umbraco{WebhookTokens: good, URL: "https://cms.example", Locales: "en-GB, cy", TimeZone: "Europe/London"}}, listening: []cms.Source{cms.Umbraco}},
		{name: "no space", config: Config{Contentful: Contentful{WebhookSecrets: good}}, faults: []string{"CONTENTFUL_SPACE_ID"}, listening: []cms.Source{cms.Contentful}},
		{name: "a short secret", config: Config{Contentful: Contentful{WebhookSecrets: good + ",short", Space: "s"}}, faults: []string{"CONTENTFUL_WEBHOOK_SECRET"}, listening: []cms.Source{cms.Contentful}},
		{name: "a short token", config: Config{Umbraco: Umbraco{WebhookTokens: "short"}}, faults: []string{"UMBRACO_WEBHOOK_TOKEN"}, listening: []cms.Source{cms.Umbraco}},
		{name: "everything wrong", config: Config{
			Contentful: Contentful{URL: "cdn", Locale: "no locale"},
			Umbraco:    Umbraco{URL: "ftp://x", TimeZone: "Nowhere/Land", Locales: "en-GB,!!"}, Content: Content{SweepEvery: "1s", Keep: "forever"},
		}, faults: []string{"CONTENTFUL_API_URL", "CONTENTFUL_LOCALE", "UMBRACO_URL", "UMBRACO_LOCALES", "UMBRACO_TIME_ZONE", "CMS_SWEEP_EVERY", "CMS_KEEP_DELIVERIES"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults := c.config.contentFaults()
			if len(faults) != len(c.faults) {
				t.Errorf("faults %v, want of %v", faults, c.faults)
			}
			text := ""
			if err := errors.Join(faults...); err != nil {
				text = err.Error()
			}
			for _, name := range c.faults {
				if !strings.Contains(text, name+" ") {
					t.Errorf("%s is not named: %s", name, text)
				}
			}
			if strings.Contains(text, good) {
				t.Error("a secret is told")
			}
			var listening []cms.Source
			for _, system := range c.config.contentSystems() {
				listening = append(listening, system.Source())
			}
			if len(listening) != len(c.listening) || len(listening) > 0 && listening[0] != c.listening[0] {
				t.Errorf("listening to %v, want %v", listening, c.listening)
			}
		})
	}
}

// TestIntakeUnderstandsTheHandlers: what the handlers' errors mean reaches whoever parks and waits.
func TestIntakeUnderstandsTheHandlers(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	apply := func(c cms.Change) error {
		return pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error { return applier{&content.Catalogue{}}.Apply(t.Context(), tx, c) })
	}
	change := cms.Change{Source: cms.Umbraco, ID: "e1", Kind: cms.Venue, Action: cms.Publish, Stamp: cms.Stamp{At: time.Now()}, DefaultLocale: "en-GB"}
	var invalid *intake.InvalidError
	if err := apply(change); !errors.As(err, &invalid) || len(invalid.Faults) == 0 || invalid.Faults[0].Field == "" {
		t.Errorf("a venue without anything: %v", err)
	}
	change.Fields = map[string]map[string]json.RawMessage{}
	kind, _ := content.TypeOf(cms.Venue)
	for _, f := range kind.Fields {
		value, err := json.Marshal(f.Sample)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Form {
		case content.Integer, content.Location:
			value = []byte(f.Sample)
		case content.Link:
			value = []byte(`{"$ref":"b1"}`)
		}
		if f.Required {
			change.Fields[f.Name] = map[string]json.RawMessage{"en-GB": value}
		}
	}
	var waiting *intake.WaitingError
	if err := apply(change); !errors.As(err, &waiting) || waiting.Ref.ID != "b1" {
		t.Errorf("a venue of a brand that nobody told of: %v", err)
	}
}
