package house_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/house"
)

func complete() house.Config {
	return house.Config{
		DatabaseURL: "postgres://db/stagedoor", RedisURL: "redis://cache", NATSURL: "nats://bus",
		Search:  house.Search{URL: "http://search:8108", APIKey: "key"},
		Stripe:  house.Stripe{SecretKey: "sk_test_x", PublishableKey: "pk_test_x", WebhookSecret: "whsec_x"},
		LinkKey: strings.Repeat("k", 32), TicketKeys: "/keys",
		Edge: house.Edge{
			HopKey: strings.Repeat("h", 16), Domain: "stagedoor.example", HTTPS: true, OriginURL: "https://origin.example",
			KV: house.Cloudflare{Token: "t", Account: "a", Namespace: "n"},
		},
	}
}

func TestEveryFaultOfAConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	if err := complete().Validate(); err != nil {
		t.Errorf("a complete one: %v", err)
	}
	err := house.Config{Edge: house.Edge{OriginURL: "origin:8788"}}.Validate()
	if err == nil {
		t.Fatal("an empty one is valid")
	}
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "NATS_URL", "TYPESENSE_URL", "STRIPE_KEY", "STRIPE_PUBLISHABLE_KEY",
		"STRIPE_WEBHOOK_SECRET", "STAGEDOOR_LINK_KEY", "STAGEDOOR_TICKET_KEYS", "STAGEDOOR_HOP_KEY", "STAGEDOOR_DOMAIN", "STAGEDOOR_ORIGIN_URL", "Cloudflare KV"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("it does not name %s:\n%v", name, err)
		}
	}
}

func TestWhatIsForOneMachineIsNotForHTTPS(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*house.Config)
		says   string
	}{
		{"practice accounts", func(c *house.Config) { c.Staff.Practice = true }, "practice accounts are for a house on one machine"},
		{"the local content system", func(c *house.Config) { c.LocalContent = true }, "local use is for a house on one machine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := complete()
			tc.change(&c)
			if err := c.Validate(); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("on https: %v", err)
			}
			c.Edge.HTTPS = false
			if err := c.Validate(); err != nil {
				t.Errorf("on http: %v", err)
			}
		})
	}
}

func TestTheHoldTimeIsBounded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value string
		ok    bool
	}{
		{"", true}, {"30s", true}, {"5m", true}, {"90s", true}, {"1m30s", true}, {"1h", true}, {"0.5h", true},
		{"29.999s", false}, {"1h1ns", false}, {"0", false}, {"0s", false}, {"-5m", false}, {"5", false}, {"five minutes", false}, {"5 m", false}, {"9999999h", false},
	} {
		t.Run(tc.value, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{"STAGEDOOR_HOLD_TIME": tc.value}
			c := house.FromEnvironment(complete(), func(name string) (string, bool) { v, ok := set[name]; return v, ok })
			err := c.Validate()
			if (err == nil) != tc.ok {
				t.Errorf("%v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), "STAGEDOOR_HOLD_TIME") || !strings.Contains(err.Error(), tc.value)) {
				t.Errorf("it does not say what is wrong with what: %v", err)
			}
		})
	}
}

func TestTheEnvironmentReplacesWhatRuns(t *testing.T) {
	t.Parallel()
	set := map[string]string{"REDIS_URL": "redis://other", "NATS_URL": ""}
	got := house.FromEnvironment(complete(), func(name string) (string, bool) { v, ok := set[name]; return v, ok })
	if got.RedisURL != "redis://other" || got.NATSURL != "nats://bus" || got.DatabaseURL != "postgres://db/stagedoor" {
		t.Errorf("%+v", got)
	}
}

func TestAConfigurationSurvivesItsFile(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(complete())
	if err != nil {
		t.Fatal(err)
	}
	var back house.Config
	if err := json.Unmarshal(body, &back); err != nil || back != complete() {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		edge house.Edge
		want string
	}{
		{house.Edge{Domain: "localhost", Port: 8787}, "http://lyceum.localhost:8787"},
		{house.Edge{Domain: "stagedoor.example", HTTPS: true}, "https://lyceum.stagedoor.example"},
	} {
		if got := tc.edge.SiteURL("lyceum"); got != tc.want {
			t.Errorf("= %s, want %s", got, tc.want)
		}
	}
	if s := (house.Stripe{URL: "http://127.0.0.1:8789/"}).Script(); s != "http://127.0.0.1:8789/v3/" {
		t.Error(s)
	}
}
