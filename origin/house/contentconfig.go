package house

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
)

// Contentful is a space.
type Contentful struct {
	WebhookSecrets string `json:"webhook_secrets,omitempty"` // by comma, the newest first
	URL            string `json:"url,omitempty"`             // "" is Contentful's own
	Space          string `json:"space,omitempty"`
	Environment    string `json:"environment,omitempty"` // by comma; the first is asked. "" is master
	Token          string `json:"token,omitempty"`       // of the Content Delivery API; "" asks nothing
	Locale         string `json:"locale,omitempty"`      // "" is en-US
}

// Umbraco is a site of Umbraco's.
type Umbraco struct {
	WebhookTokens string `json:"webhook_tokens,omitempty"` // by comma
	WebhookHeader string `json:"webhook_header,omitempty"` // "" is umbraco.DefaultHeader
	URL           string `json:"url,omitempty"`            // "" asks nothing
	APIKey        string `json:"api_key,omitempty"`
	Locales       string `json:"locales,omitempty"`   // by comma, the default first; "" is en-GB
	TimeZone      string `json:"time_zone,omitempty"` // "" is UTC
}

// Content is how content systems are listened to. Durations are as time.ParseDuration reads them.
type Content struct {
	SweepEvery string `json:"sweep_every,omitempty"`
	Keep       string `json:"keep,omitempty"`
}

// list reads names by comma.
func list(text, usual string) []string {
	var names []string
	for name := range strings.SplitSeq(cmp.Or(text, usual), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// askPatience is how long a content system's API may take to answer.
const askPatience = 15 * time.Second

// contentSystems are those that are listened to.
func (c Config) contentSystems() []intake.System {
	var systems []intake.System
	client := &http.Client{
		Timeout:       askPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // keys go to nobody else
	}
	if c.Contentful.WebhookSecrets != "" {
		environments := list(c.Contentful.Environment, "master")
		s := &contentful.System{
			Secrets: list(c.Contentful.WebhookSecrets, ""),
			Reader:  contentful.Reader{Space: c.Contentful.Space, Environments: environments, Locale: cmp.Or(c.Contentful.Locale, "en-US")},
		}
		if c.Contentful.Token != "" {
			s.Asked = &contentful.API{
				URL: cmp.Or(c.Contentful.URL, contentful.PublicURL), Space: c.Contentful.Space, Environment: environments[0],
				Token: c.Contentful.Token, HTTP: client,
			}
		}
		systems = append(systems, s)
	}
	if c.Umbraco.WebhookTokens != "" {
		zone, err := time.LoadLocation(c.Umbraco.TimeZone) // "" is UTC
		if err != nil {
			zone = time.UTC // Validate refuses it
		}
		locales := list(c.Umbraco.Locales, "en-GB")
		s := &umbraco.System{
			Header: c.Umbraco.WebhookHeader, Tokens: list(c.Umbraco.WebhookTokens, ""),
			Reader: umbraco.Reader{Locales: locales, Zone: zone, Forms: dates},
		}
		if c.Umbraco.URL != "" {
			s.Asked = &umbraco.API{URL: c.Umbraco.URL, Key: c.Umbraco.APIKey, Locales: locales, HTTP: client}
		}
		systems = append(systems, s)
	}
	return systems
}

// dates says which fields are dates and which instants.
func dates(kind cms.Kind, field string) umbraco.Form {
	if of, known := content.TypeOf(kind); known {
		if f, known := of.Field(field); known {
			switch f.Form {
			case content.Date:
				return umbraco.Date
			case content.Instant:
				return umbraco.Instant
			}
		}
	}
	return umbraco.Other
}

// contentFaults is what is wrong with what concerns content systems.
func (c Config) contentFaults() (faults []error) {
	fault := func(field *string, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s %s", c.name(field), fmt.Sprintf(format, args...)))
	}
	of := &c
	if c.Contentful.WebhookSecrets != "" {
		for _, secret := range list(c.Contentful.WebhookSecrets, "") {
			if len(secret) < 32 {
				fault(&of.Contentful.WebhookSecrets, "must have secrets of 32 characters or more; Contentful's have 64")
				break
			}
		}
		if c.Contentful.Space == "" {
			fault(&of.Contentful.Space, "is not set")
		}
	}
	for _, token := range list(c.Umbraco.WebhookTokens, "") {
		if len(token) < 16 {
			fault(&of.Umbraco.WebhookTokens, "must have tokens of 16 characters or more")
			break
		}
	}
	for _, field := range []*string{&of.Contentful.URL, &of.Umbraco.URL} {
		if u, err := url.Parse(*field); *field != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			fault(field, "must be http:// or https:// and a host")
		}
	}
	for _, field := range []*string{&of.Contentful.Locale, &of.Umbraco.Locales} {
		for _, locale := range list(*field, "") {
			if _, err := language.Parse(locale); err != nil {
				fault(field, "names %q, which is no locale", locale)
			}
		}
	}
	if _, err := time.LoadLocation(c.Umbraco.TimeZone); err != nil {
		fault(&of.Umbraco.TimeZone, "must be an IANA time zone such as Europe/London, not %q", c.Umbraco.TimeZone)
	}
	for _, bound := range []struct {
		field       *string
		least, most time.Duration
	}{{&of.Content.SweepEvery, 10 * time.Second, 24 * time.Hour}, {&of.Content.Keep, time.Hour, 8760 * time.Hour}} {
		if d, err := before(*bound.field, bound.least); err != nil || d < bound.least || d > bound.most {
			fault(bound.field, "must be a duration between %s and %s, not %q", bound.least, bound.most, *bound.field)
		}
	}
	return faults
}
