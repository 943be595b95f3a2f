// Package house puts the origin together: it opens what the domain packages need (Postgres, Redis, NATS, search, the
// payment provider), hands it to them and runs them, all in one process or a role in each. It decides nothing about
// tickets; it is the one place that knows every package.
package house

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Config says where everything is. Its JSON form is what a running `stagedoor up` leaves for other commands, in a file
// only its user can read: it holds secrets.
type Config struct {
	DatabaseURL string `json:"database_url"` // postgres://…
	RedisURL    string `json:"redis_url"`    // redis://… or rediss://…; several hosts, by comma, are a cluster
	NATSURL     string `json:"nats_url"`     // nats://…; several by comma
	Search      Search `json:"search"`
	Stripe      Stripe `json:"stripe"`
	Edge        Edge   `json:"edge"`
	Staff       Staff  `json:"staff"`

	// Content systems that editors write in; one without a secret is not listened to.
	Contentful Contentful `json:"contentful,omitzero"`
	Umbraco    Umbraco    `json:"umbraco,omitzero"`
	Content    Content    `json:"content,omitzero"`

	// Ops is the ops Worker, through which waiting rooms are reached.
	Ops Ops `json:"ops"`

	// LinkKey makes the links to orders that are e-mailed: at least 32 bytes. With another one, old links fail.
	LinkKey string `json:"link_key"`
	// TicketKeys is the folder of the keys that sign tickets.
	TicketKeys string `json:"ticket_keys"`
	// Wallet signs passes for telephones' wallets; empty: there are none, but for practice.
	Wallet Wallet `json:"wallet,omitzero"`
	// HoldTime is how long seats are held, as time.ParseDuration reads it; "" is holdredis's own.
	HoldTime string `json:"hold_time,omitempty"`
	// LoneSeats is how long before a performance single seats may be left between others, and ReleaseAccessible how long
	// before it accessible places are sold to everybody; as HoldTime, "" is 2h and 24h.
	LoneSeats         string `json:"lone_seats,omitempty"`
	ReleaseAccessible string `json:"release_accessible,omitempty"`
	// Traces is an OTLP/HTTP collector's address; "" sends traces nowhere.
	Traces string `json:"traces,omitempty"`
	// Mailbox serves what would have been e-mailed, for development.
	Mailbox bool `json:"mailbox,omitempty"`
	// LocalContent has the house play both content systems, on one machine.
	LocalContent bool `json:"local_content,omitempty"`
}

// Wallet names the files that sign passes.
type Wallet struct {
	Apple        string `json:"apple,omitempty"`         // PEM: a pass type's certificate, its key, Apple's intermediate
	Google       string `json:"google,omitempty"`        // JSON: a service account's key file
	GoogleIssuer string `json:"google_issuer,omitempty"` // the issuer's ID at Google
}

// Search is a Typesense, or something that answers like one.
type Search struct {
	URL    string `json:"url"`
	APIKey string `json:"api_key"`
}

// Stripe is a Stripe account, or the sandbox.
type Stripe struct {
	SecretKey      string `json:"secret_key"`
	PublishableKey string `json:"publishable_key"`
	WebhookSecret  string `json:"webhook_secret"`
	// URL is where the sandbox is; "" is Stripe itself.
	URL string `json:"url,omitempty"`
}

// test reports whether it is the provider's test mode, or the sandbox: no money moves, and cards are everybody's.
func (s Stripe) test() bool {
	return s.URL != "" || strings.HasPrefix(s.SecretKey, "sk_test_") || strings.HasPrefix(s.SecretKey, "rk_test_")
}

// Script is the address of the payment script that pages load.
func (s Stripe) Script() string {
	if s.URL == "" {
		return "https://js.stripe.com/v3/"
	}
	return strings.TrimSuffix(s.URL, "/") + "/v3/"
}

// Staff is how colleagues sign in to the console.
type Staff struct {
	// Issuer is an OpenID provider; "" lets nobody in, unless Practice says otherwise.
	Issuer       string `json:"issuer,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	// FirstAdmin is the address of who becomes admin while there is none.
	FirstAdmin string `json:"first_admin,omitempty"`
	// Practice lets anybody in as any of the practice accounts, where no Issuer is named: for one machine alone.
	Practice bool `json:"practice,omitempty"`
}

// Edge is what the origin and the edge must agree on, and where Site documents are published.
type Edge struct {
	// HopKey signs the hop from the edge: at least 16 bytes of text.
	HopKey string `json:"hop_key"`
	// RoomKeys sign the places and passes of waiting rooms, as token.ParseRing reads them; "" is none: holds are then
	// open or closed as each room says.
	RoomKeys string `json:"room_keys,omitempty"`
	// Domain is what the brands' hostnames end in.
	Domain string `json:"domain"`
	// Port is that of the public addresses; 0 is the scheme's own.
	Port  int  `json:"port,omitempty"`
	HTTPS bool `json:"https"`
	// OriginURL is where the edge reaches the origin.
	OriginURL string     `json:"origin_url"`
	KV        Cloudflare `json:"kv"`
}

// Ops is the ops Worker (edge/ops). Without it waiting rooms are saved and published, and do not run.
type Ops struct {
	URL   string `json:"url,omitempty"` // scheme and host
	Token string `json:"token,omitempty"`
}

// Cloudflare is a KV namespace.
type Cloudflare struct {
	URL       string `json:"url,omitempty"` // "" is Cloudflare itself
	Token     string `json:"token"`
	Account   string `json:"account"`
	Namespace string `json:"namespace"`
	// Zone is the zone of the brands' hostnames, whose cache is purged; "" purges none, and data centres that have not
	// heard of a change yet go on with what they keep for up to a minute.
	Zone string `json:"zone,omitempty"`
}

// variables are the environment variables that fill a Config, in the order in which `stagedoor serve -h` lists them.
var variables = []struct {
	name, about string
	field       func(*Config) *string
}{
	{"DATABASE_URL", "Postgres: postgres://user:password@host:5432/stagedoor", func(c *Config) *string { return &c.DatabaseURL }},
	{"REDIS_URL", "Redis: redis://:password@host:6379/0", func(c *Config) *string { return &c.RedisURL }},
	{"NATS_URL", "NATS with JetStream: nats://token@host:4222", func(c *Config) *string { return &c.NATSURL }},
	{"TYPESENSE_URL", "search: http://host:8108", func(c *Config) *string { return &c.Search.URL }},
	{"TYPESENSE_API_KEY", "its admin key", func(c *Config) *string { return &c.Search.APIKey }},
	{"STRIPE_KEY", "Stripe's secret key: sk_test_…", func(c *Config) *string { return &c.Stripe.SecretKey }},
	{"STRIPE_PUBLISHABLE_KEY", "its publishable key: pk_test_…", func(c *Config) *string { return &c.Stripe.PublishableKey }},
	{"STRIPE_WEBHOOK_SECRET", "the signing secret of its webhook endpoint: whsec_…", func(c *Config) *string { return &c.Stripe.WebhookSecret }},
	{"STRIPE_URL", "another Stripe than Stripe's, such as the sandbox", func(c *Config) *string { return &c.Stripe.URL }},
	{"STAGEDOOR_HOLD_TIME", "how long chosen seats are held: 5m unless it says otherwise, 30s to 1h", func(c *Config) *string { return &c.HoldTime }},
	{"STAGEDOOR_LONE_SEATS", "how long before a performance single seats may be left between others: 2h unless it says otherwise", func(c *Config) *string { return &c.LoneSeats }},
	{"STAGEDOOR_RELEASE_ACCESSIBLE", "how long before a performance accessible places are sold to everybody: 24h unless it says otherwise", func(c *Config) *string { return &c.ReleaseAccessible }},
	{"STAGEDOOR_LINK_KEY", "makes e-mailed links: 32 characters or more", func(c *Config) *string { return &c.LinkKey }},
	{"STAGEDOOR_TICKET_KEYS", "folder of the keys that sign tickets", func(c *Config) *string { return &c.TicketKeys }},
	{"STAGEDOOR_APPLE_PASS", "PEM file that signs Apple Wallet passes: the pass type's certificate, its key, Apple's WWDR intermediate; none: no such passes", func(c *Config) *string { return &c.Wallet.Apple }},
	{"STAGEDOOR_GOOGLE_WALLET", "key file (JSON) of the service account that signs Google Wallet passes; none: no such passes", func(c *Config) *string { return &c.Wallet.Google }},
	{"STAGEDOOR_GOOGLE_WALLET_ISSUER", "the issuer's ID at Google Wallet", func(c *Config) *string { return &c.Wallet.GoogleIssuer }},
	{"STAGEDOOR_HOP_KEY", "signs the hop from the edge: 16 characters or more", func(c *Config) *string { return &c.Edge.HopKey }},
	{"STAGEDOOR_ROOM_KEYS", "sign places and passes of waiting rooms, the newest first: 2:secret,1:secret, 32 characters or more each; the edge's", func(c *Config) *string { return &c.Edge.RoomKeys }},
	{"STAGEDOOR_OPS_URL", "the ops Worker, through which waiting rooms are reached: https://ops.example", func(c *Config) *string { return &c.Ops.URL }},
	{"STAGEDOOR_OPS_TOKEN", "its token", func(c *Config) *string { return &c.Ops.Token }},
	{"STAGEDOOR_DOMAIN", "what the brands' hostnames end in", func(c *Config) *string { return &c.Edge.Domain }},
	{"STAGEDOOR_ORIGIN_URL", "where the edge reaches the origin", func(c *Config) *string { return &c.Edge.OriginURL }},
	{"CLOUDFLARE_API_TOKEN", "may edit the KV namespace below", func(c *Config) *string { return &c.Edge.KV.Token }},
	{"CLOUDFLARE_ACCOUNT_ID", "", func(c *Config) *string { return &c.Edge.KV.Account }},
	{"CLOUDFLARE_KV_NAMESPACE_ID", "where the edge reads Site documents", func(c *Config) *string { return &c.Edge.KV.Namespace }},
	{"CLOUDFLARE_ZONE_ID", "the brands' zone, whose cache the token may purge; without it changes take up to a minute", func(c *Config) *string { return &c.Edge.KV.Zone }},
	{"CLOUDFLARE_API_URL", "another API than Cloudflare's, such as the local one", func(c *Config) *string { return &c.Edge.KV.URL }},
	{"OIDC_ISSUER", "OpenID provider by which staff sign in to the console: https://login.example", func(c *Config) *string { return &c.Staff.Issuer }},
	{"OIDC_CLIENT_ID", "the console's client there", func(c *Config) *string { return &c.Staff.ClientID }},
	{"OIDC_CLIENT_SECRET", "its secret", func(c *Config) *string { return &c.Staff.ClientSecret }},
	{"STAGEDOOR_FIRST_ADMIN", "e-mail address of who becomes admin of the console while there is none", func(c *Config) *string { return &c.Staff.FirstAdmin }},
	{"CONTENTFUL_WEBHOOK_SECRET", "signs Contentful's webhooks; two by comma while a new one takes over; none: it is not listened to", func(c *Config) *string { return &c.Contentful.WebhookSecrets }},
	{"CONTENTFUL_SPACE_ID", "the space", func(c *Config) *string { return &c.Contentful.Space }},
	{"CONTENTFUL_ENVIRONMENT", "its environment: master unless it says otherwise; of an alias the environment behind it, too, by comma", func(c *Config) *string { return &c.Contentful.Environment }},
	{"CONTENTFUL_DELIVERY_TOKEN", "of the Content Delivery API, which is asked for what a lost webhook would have told", func(c *Config) *string { return &c.Contentful.Token }},
	{"CONTENTFUL_LOCALE", "the space's default locale: en-US unless it says otherwise", func(c *Config) *string { return &c.Contentful.Locale }},
	{"CONTENTFUL_API_URL", "another Content Delivery API than Contentful's, such as the local one", func(c *Config) *string { return &c.Contentful.URL }},
	{"UMBRACO_WEBHOOK_TOKEN", "is sent by Umbraco's webhooks; two by comma while a new one takes over; none: it is not listened to", func(c *Config) *string { return &c.Umbraco.WebhookTokens }},
	{"UMBRACO_WEBHOOK_HEADER", "the header it stands in, on its own; Authorization, after Bearer, unless it says otherwise", func(c *Config) *string { return &c.Umbraco.WebhookHeader }},
	{"UMBRACO_URL", "the site whose Content Delivery API is asked: https://cms.example", func(c *Config) *string { return &c.Umbraco.URL }},
	{"UMBRACO_API_KEY", "its Api-Key, where it wants one", func(c *Config) *string { return &c.Umbraco.APIKey }},
	{"UMBRACO_LOCALES", "cultures, by comma, the default first: en-GB unless it says otherwise", func(c *Config) *string { return &c.Umbraco.Locales }},
	{"UMBRACO_TIME_ZONE", "of dates that Umbraco writes without an offset: UTC unless it says otherwise", func(c *Config) *string { return &c.Umbraco.TimeZone }},
	{"CMS_SWEEP_EVERY", "how long after one sweep of the content systems the next begins: 5m unless it says otherwise, 10s to 24h", func(c *Config) *string { return &c.Content.SweepEvery }},
	{"CMS_KEEP_DELIVERIES", "how long finished webhooks are kept: 720h unless it says otherwise, 1h to 8760h", func(c *Config) *string { return &c.Content.Keep }},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "where traces are sent: http://host:4318", func(c *Config) *string { return &c.Traces }},
}

// FromEnvironment replaces in base what environment variables name.
func FromEnvironment(base Config, lookup func(name string) (string, bool)) Config {
	for _, v := range variables {
		if value, ok := lookup(v.name); ok && value != "" {
			*v.field(&base) = value
		}
	}
	return base
}

// Environment describes the variables, a line each, for help texts.
func Environment() string {
	var b strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&b, "  %-28s %s\n", v.name, v.about)
	}
	return b.String()
}

// name is the variable that fills a field, for sentences about it.
func (c *Config) name(field *string) string {
	for _, v := range variables {
		if v.field(c) == field {
			return v.name
		}
	}
	return "a setting"
}

// holdTime is how long seats are held; 0 is holdredis's own choice.
func (c Config) holdTime() (time.Duration, error) {
	if c.HoldTime == "" {
		return 0, nil
	}
	return time.ParseDuration(c.HoldTime)
}

// How long before a performance the rules about choices are relaxed.
const (
	usualLoneSeats  = 2 * time.Hour
	usualAccessible = 24 * time.Hour
	mostLead        = 365 * 24 * time.Hour
)

// before reads how long before a performance something begins.
func before(text string, usual time.Duration) (time.Duration, error) {
	if text == "" {
		return usual, nil
	}
	return time.ParseDuration(text)
}

// Validate reports every fault at once, by the name of the environment variable.
func (c Config) Validate() error {
	var faults []error
	for _, field := range []*string{&c.DatabaseURL, &c.RedisURL, &c.NATSURL, &c.Stripe.SecretKey, &c.Stripe.PublishableKey,
		&c.Stripe.WebhookSecret, &c.TicketKeys, &c.Edge.Domain, &c.Edge.OriginURL} {
		if *field == "" {
			faults = append(faults, fmt.Errorf("%s is not set", c.name(field)))
		}
	}
	for _, key := range []struct {
		field *string
		least int
	}{{&c.LinkKey, 32}, {&c.Edge.HopKey, hop.MinKeyBytes}} {
		if len(*key.field) < key.least {
			faults = append(faults, fmt.Errorf("%s must have at least %d characters", c.name(key.field), key.least))
		}
	}
	if c.Edge.OriginURL != "" {
		if u, err := url.Parse(c.Edge.OriginURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
			faults = append(faults, fmt.Errorf("%s must be http:// or https:// and a host", c.name(&c.Edge.OriginURL)))
		}
	}
	if c.Edge.RoomKeys != "" {
		if _, err := token.ParseRing(c.Edge.RoomKeys); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", c.name(&c.Edge.RoomKeys), err))
		}
	}
	if c.Ops.URL != "" {
		if u, err := url.Parse(c.Ops.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
			faults = append(faults, fmt.Errorf("%s must be http:// or https:// and a host", c.name(&c.Ops.URL)))
		}
		if c.Ops.Token == "" {
			faults = append(faults, fmt.Errorf("%s is not set", c.name(&c.Ops.Token)))
		}
	}
	if held, err := c.holdTime(); err != nil || c.HoldTime != "" && (held < 30*time.Second || held > time.Hour) {
		faults = append(faults, fmt.Errorf("%s must be a duration between 30s and 1h, not %q", c.name(&c.HoldTime), c.HoldTime))
	}
	for _, field := range []*string{&c.LoneSeats, &c.ReleaseAccessible} {
		if lead, err := before(*field, 0); err != nil || lead < 0 || lead > mostLead {
			faults = append(faults, fmt.Errorf("%s must be a duration up to %s, not %q", c.name(field), mostLead, *field))
		}
	}
	if err := (index.Config{URL: c.Search.URL, APIKey: c.Search.APIKey}).Validate(); err != nil {
		faults = append(faults, fmt.Errorf("TYPESENSE_URL, TYPESENSE_API_KEY: %w", err))
	}
	if c.Staff.Issuer != "" && (c.Staff.ClientID == "" || c.Staff.ClientSecret == "") {
		faults = append(faults, errors.New("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"))
	}
	if c.Staff.Practice && c.Edge.HTTPS {
		faults = append(faults, errors.New("practice accounts are for a house on one machine, not for sites on https: set OIDC_ISSUER"))
	}
	if c.LocalContent && c.Edge.HTTPS {
		faults = append(faults, errors.New("the content system for local use is for a house on one machine, not for sites on https: leave local_content out"))
	}
	faults = append(faults, c.contentFaults()...)
	faults = append(faults, edgeconfig.Cloudflare(c.store()).Validate())
	return errors.Join(faults...)
}
