package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// Keys are what a Stripe account gives a shop. They are made the first time a folder
// is opened and stay the same afterwards.
type Keys struct {
	// Secret is for the shop's servers: sk_test_…
	Secret string `json:"secret"`
	// Publishable is for the shop's pages: pk_test_…
	Publishable string `json:"publishable"`
	// Webhook verifies the webhooks' signatures: whsec_…
	Webhook string `json:"webhook"`
}

func loadKeys(dir string, rand io.Reader) (Keys, error) {
	var keys Keys
	path := filepath.Join(dir, "keys.json")
	text, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(text, &keys); err != nil {
			return keys, fmt.Errorf("sandbox: %s: %w", path, err)
		}
		return keys, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, fmt.Errorf("sandbox: %w", err)
	}
	keys = Keys{
		Secret:      ledger.NewID(rand, "sk_test"),
		Publishable: ledger.NewID(rand, "pk_test"),
		Webhook:     ledger.NewID(rand, "whsec"),
	}
	if text, err = json.Marshal(keys); err != nil {
		return keys, fmt.Errorf("sandbox: %w", err)
	}
	// Written aside and renamed, so that a crash leaves all of the keys or none.
	aside := path + ".new"
	if err := os.WriteFile(aside, append(text, '\n'), 0o600); err != nil {
		return keys, fmt.Errorf("sandbox: %w", err)
	}
	if err := os.Rename(aside, path); err != nil {
		return keys, fmt.Errorf("sandbox: %w", err)
	}
	return keys, nil
}
