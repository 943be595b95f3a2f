package stripe

import (
	"context"
	"strings"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// Stripe shows wallets on hostnames that are registered with it:
// https://docs.stripe.com/payments/payment-methods/pmd-registration. A key of the
// account's test mode registers for the test mode alone.

var _ payment.Registry = (*Gateway)(nil)

// FindDomain implements payment.Registry.
func (g *Gateway) FindDomain(ctx context.Context, hostname string) (payment.Domain, error) {
	const op = "find domain"
	params := &sdk.PaymentMethodDomainListParams{DomainName: sdk.String(hostname)}
	params.Context = ctx
	params.Limit = sdk.Int64(1)
	params.Single = true
	found := g.domains.List(params)
	for found.Next() {
		if d := found.PaymentMethodDomain(); strings.EqualFold(d.DomainName, hostname) {
			return fromDomain(d), nil
		}
	}
	if err := found.Err(); err != nil {
		return payment.Domain{}, translate(op, err)
	}
	return payment.Domain{}, &payment.Error{Category: payment.Permanent, Op: op, Err: payment.ErrNotFound}
}

// RegisterDomain implements payment.Registry.
func (g *Gateway) RegisterDomain(ctx context.Context, hostname string) (payment.Domain, error) {
	params := &sdk.PaymentMethodDomainParams{DomainName: sdk.String(hostname), Enabled: sdk.Bool(true)}
	params.Context = ctx
	return domainOr("register domain")(g.domains.New(params))
}

// ValidateDomain implements payment.Registry.
func (g *Gateway) ValidateDomain(ctx context.Context, id string) (payment.Domain, error) {
	const op = "validate domain"
	if err := checkIDOf(op, "pmd_", id); err != nil {
		return payment.Domain{}, err
	}
	params := &sdk.PaymentMethodDomainValidateParams{}
	params.Context = ctx
	return domainOr(op)(g.domains.Validate(id, params))
}

// EnableDomain implements payment.Registry.
func (g *Gateway) EnableDomain(ctx context.Context, id string, enabled bool) (payment.Domain, error) {
	const op = "enable domain"
	if err := checkIDOf(op, "pmd_", id); err != nil {
		return payment.Domain{}, err
	}
	params := &sdk.PaymentMethodDomainParams{Enabled: sdk.Bool(enabled)}
	params.Context = ctx
	return domainOr(op)(g.domains.Update(id, params))
}

func domainOr(op string) func(*sdk.PaymentMethodDomain, error) (payment.Domain, error) {
	return func(d *sdk.PaymentMethodDomain, err error) (payment.Domain, error) {
		if err != nil {
			return payment.Domain{}, translate(op, err)
		}
		return fromDomain(d), nil
	}
}

func fromDomain(d *sdk.PaymentMethodDomain) payment.Domain {
	out := payment.Domain{ID: d.ID, Hostname: d.DomainName, Enabled: d.Enabled}
	if w := d.ApplePay; w != nil {
		out.ApplePay.Active = w.Status == sdk.PaymentMethodDomainApplePayStatusActive
		if w.StatusDetails != nil {
			out.ApplePay.Problem = w.StatusDetails.ErrorMessage
		}
	}
	if w := d.GooglePay; w != nil {
		out.GooglePay.Active = w.Status == sdk.PaymentMethodDomainGooglePayStatusActive
		if w.StatusDetails != nil {
			out.GooglePay.Problem = w.StatusDetails.ErrorMessage
		}
	}
	if w := d.Link; w != nil {
		out.Link.Active = w.Status == sdk.PaymentMethodDomainLinkStatusActive
		if w.StatusDetails != nil {
			out.Link.Problem = w.StatusDetails.ErrorMessage
		}
	}
	return out
}
