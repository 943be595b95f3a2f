package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	cases := []struct {
		name   string
		config sandbox.Config
		says   []string
	}{
		{"nothing", sandbox.Config{}, []string{"Dir is empty", `PublicURL ""`}},
		{"no URL", sandbox.Config{Dir: dir, PublicURL: "127.0.0.1:8789"}, []string{"PublicURL"}},
		{"a webhook URL that is none", sandbox.Config{Dir: dir, PublicURL: "http://127.0.0.1:8789", WebhookURL: "webhooks"}, []string{"WebhookURL"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := sandbox.Open(c.config)
			for _, s := range c.says {
				if err == nil || !strings.Contains(err.Error(), s) {
					t.Errorf("want an error that says %q, got %v", s, err)
				}
			}
		})
	}
}

func TestKeysAreMadeOnceAndKeptToTheOwner(t *testing.T) {
	h := open(t, sandbox.Config{})
	keys := h.Keys()
	if !strings.HasPrefix(keys.Secret, "sk_test_") || !strings.HasPrefix(keys.Publishable, "pk_test_") || !strings.HasPrefix(keys.Webhook, "whsec_") {
		t.Errorf("keys %+v", keys)
	}
	info, err := os.Stat(filepath.Join(h.config.Dir, "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("keys.json: %v %v", info.Mode(), err)
	}
	if again := h.restart().Keys(); again != keys {
		t.Error("other keys after a restart")
	}
	if other := open(t, sandbox.Config{}).Keys(); other.Secret == keys.Secret {
		t.Error("two sandboxes have the same keys")
	}
}

func TestOneProcessAtATime(t *testing.T) {
	h := open(t, sandbox.Config{})
	if _, err := sandbox.Open(h.config); err == nil || !strings.Contains(err.Error(), "in use by another sandbox") {
		t.Errorf("got %v", err)
	}
	h.restart() // closing lets go
}

func TestADamagedFolderIsNotGuessedAround(t *testing.T) {
	for name, damage := range map[string]string{"keys.json": "{", "journal": "00000000 {}\n"} {
		h := open(t, sandbox.Config{})
		h.stop()
		if err := os.WriteFile(filepath.Join(h.config.Dir, name), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.Open(h.config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkPayment makes an intent, pays it and delivers the webhook.
func BenchmarkPayment(b *testing.B) {
	m := newMailbox(b)
	h := open(b, sandbox.Config{WebhookURL: m.URL, WebhookEvents: []string{"payment_intent.succeeded"}})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.status("/v1/payment_intents", intentParams("confirm", "true", "payment_method", "pm_card_visa"))
		}
	})
	h.quiet()
	info, err := os.Stat(filepath.Join(h.config.Dir, "journal"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N), "journal-B/op")
}
