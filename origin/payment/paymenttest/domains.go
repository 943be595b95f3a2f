package paymenttest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// RunRegistry runs the suite for hostnames on a provider's Registry.
func RunRegistry(t *testing.T, r payment.Registry, stateful bool) {
	t.Run("every call about a hostname is well formed", func(t *testing.T) { registryWellFormed(t, r) })
	if stateful {
		t.Run("a hostname is registered once", func(t *testing.T) { registryKeeps(t, r) })
		t.Run("unknown hostnames", func(t *testing.T) { registryUnknown(t, r) })
	}
}

// newHostname is one that nobody has registered.
func newHostname() string {
	return "h" + strings.ReplaceAll(uuid.NewString(), "-", "") + ".example.com"
}

func registryWellFormed(t *testing.T, r payment.Registry) {
	ctx, name := t.Context(), newHostname()
	made, err := r.RegisterDomain(ctx, name)
	if err != nil || !strings.HasPrefix(made.ID, "pmd_") || made.Hostname == "" || !made.Enabled {
		t.Fatalf("RegisterDomain: %+v %v", made, err)
	}
	if _, err := r.FindDomain(ctx, name); err != nil && !errors.Is(err, payment.ErrNotFound) { // stripe-mock tells of another hostname
		t.Errorf("FindDomain: %v", err)
	}
	for _, enabled := range []bool{false, true} {
		if d, err := r.EnableDomain(ctx, made.ID, enabled); err != nil || d.ID == "" {
			t.Errorf("EnableDomain %t: %+v %v", enabled, d, err)
		}
	}
	if d, err := r.ValidateDomain(ctx, made.ID); err != nil || d.ID == "" {
		t.Errorf("ValidateDomain: %+v %v", d, err)
	}
}

func registryKeeps(t *testing.T, r payment.Registry) {
	ctx, name := t.Context(), newHostname()
	if _, err := r.FindDomain(ctx, name); !errors.Is(err, payment.ErrNotFound) {
		t.Fatalf("found before it was registered: %v", err)
	}
	made, err := r.RegisterDomain(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.FindDomain(ctx, name); err != nil || again.ID != made.ID || again.Hostname != name || !again.Enabled {
		t.Errorf("as found: %+v %v", again, err)
	}
	if d, err := r.EnableDomain(ctx, made.ID, false); err != nil || d.Enabled {
		t.Errorf("disabled: %+v %v", d, err)
	}
	if d, err := r.FindDomain(ctx, name); err != nil || d.Enabled {
		t.Errorf("disabled, as found: %+v %v", d, err)
	}
}

func registryUnknown(t *testing.T, r payment.Registry) {
	const id = "pmd_doesnotexist"
	_, validateErr := r.ValidateDomain(t.Context(), id)
	_, enableErr := r.EnableDomain(t.Context(), id, true)
	_, pathErr := r.ValidateDomain(t.Context(), "pmd_1/../../refunds")
	for name, err := range map[string]error{"ValidateDomain": validateErr, "EnableDomain": enableErr, "of a path": pathErr} {
		if !errors.Is(err, payment.ErrNotFound) || !payment.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.RegisterDomain(t.Context(), "https://not.a.hostname/"); !payment.IsPermanent(err) {
		t.Errorf("a URL was registered: %v", err)
	}
}
