package payment

import "context"

// Wallet is how a wallet stands on a hostname.
type Wallet struct {
	Active bool
	// Problem is why it is not shown there, in the provider's words; may be empty.
	Problem string
}

// Domain is a hostname that is registered with the provider. Wallets are shown on
// registered, enabled hostnames alone, each where it is active.
type Domain struct {
	ID        string
	Hostname  string
	Enabled   bool
	ApplePay  Wallet
	GooglePay Wallet
	Link      Wallet
}

// Registry is where hostnames are registered. It is declared here for
// payment/domains, which uses it; payment/stripe implements it and payment/paymenttest
// holds what every implementation must do. Calls fail as a Gateway's do. None depends
// on what was called before, so each may be repeated.
type Registry interface {
	// FindDomain returns a hostname as it is registered now, or ErrNotFound.
	FindDomain(ctx context.Context, hostname string) (Domain, error)
	// RegisterDomain registers a hostname, enabled.
	RegisterDomain(ctx context.Context, hostname string) (Domain, error)
	// ValidateDomain has the provider look again whether each wallet may be shown.
	ValidateDomain(ctx context.Context, id string) (Domain, error)
	// EnableDomain lets wallets be shown on a hostname, or has none shown there.
	EnableDomain(ctx context.Context, id string, enabled bool) (Domain, error)
}
