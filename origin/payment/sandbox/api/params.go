package api

import (
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// params reads typed parameters and keeps the first problem it meets, so that a
// handler can read everything and look once.
type params struct {
	*call
	problem *Problem
}

func (c *call) params() *params { return &params{call: c} }

func (p *params) fail(problem *Problem) {
	if p.problem == nil {
		p.problem = problem
	}
}

// text returns a parameter, or "".
func (p *params) text(name string) string {
	value, _ := p.form.Get(name)
	if len(value) > 5000 {
		p.fail(invalid("", name, "Invalid string: %s; must be at most 5000 characters", clip(value)))
		return ""
	}
	return value
}

// required returns a parameter that must be there.
func (p *params) required(name string) string {
	value := p.text(name)
	if value == "" {
		p.fail(invalid("parameter_missing", name, "Missing required param: %s.", name))
	}
	return value
}

// integer returns a number, and whether the parameter was given.
func (p *params) integer(name string) (int64, bool) {
	value, given := p.form.Get(name)
	if !given || value == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		p.fail(invalid("parameter_invalid_integer", name, "Invalid integer: %s", clip(value)))
	}
	return n, true
}

func (p *params) boolean(name string) bool {
	switch value := p.text(name); value {
	case "true":
		return true
	case "", "false":
	default:
		p.fail(invalid("", name, "Invalid boolean: %s", clip(value)))
	}
	return false
}

// choice returns one of the allowed values, or "" if the parameter was not given.
func (p *params) choice(name string, allowed ...string) string {
	value := p.text(name)
	if value != "" && !slices.Contains(allowed, value) {
		p.fail(invalid("", name, "Invalid %s: must be one of %s", name, strings.Join(allowed, ", ")))
	}
	return value
}

func (p *params) email(name string) string {
	value := p.text(name)
	if value == "" {
		return ""
	}
	if parsed, err := mail.ParseAddress(value); err != nil || parsed.Address != value {
		p.fail(invalid("email_invalid", name, "Invalid email address: %s", clip(value)))
	}
	return value
}

func (p *params) url(name string) string {
	value := p.text(name)
	if value == "" {
		return ""
	}
	if u, err := url.Parse(value); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		p.fail(invalid("url_invalid", name, "Not a valid URL"))
	}
	return value
}

// metadata merges the given pairs into old; an empty value takes a pair away.
func (p *params) metadata(old map[string]string) map[string]string {
	given := p.form.Map("metadata")
	if _, cleared := p.form.Get("metadata"); cleared {
		return nil
	}
	if len(given) == 0 {
		return old
	}
	merged := map[string]string{}
	for k, v := range old {
		merged[k] = v
	}
	for k, v := range given {
		switch {
		case v == "":
			delete(merged, k)
		case len(k) > 40:
			p.fail(invalid("", "metadata", "Metadata keys can have up to 40 characters, but you passed in a key with %d characters.", len(k)))
		case len(v) > 500:
			p.fail(invalid("", "metadata["+k+"]", "Metadata values must have up to 500 characters, but you passed in a value with %d characters.", len(v)))
		default:
			merged[k] = v
		}
	}
	if len(merged) > 50 {
		p.fail(invalid("", "metadata", "You can have up to 50 metadata keys."))
	}
	return merged
}

// The currencies the sandbox takes, with the smallest charge in minor units. Package
// payment has such a table as well, on purpose: that is what Stagedoor believes of
// Stripe, this is what the sandbox does as Stripe.
var minimumCharges = map[string]int64{"gbp": 30, "usd": 50, "eur": 50}

func (p *params) currency() string {
	value := strings.ToLower(p.required("currency"))
	if _, known := minimumCharges[value]; !known && p.problem == nil {
		p.fail(invalid("", "currency", "Invalid currency: %s. The sandbox supports: eur, gbp, usd.", clip(value)))
	}
	return value
}

const maximumAmount = 99_999_999

// checkAmount refuses what a card can't be charged.
func checkAmount(amount int64, currency, param string) *Problem {
	minimum := minimumCharges[currency]
	switch {
	case amount < 1:
		return invalid("parameter_invalid_integer", param, "This value must be greater than or equal to 1.")
	case amount < minimum:
		return invalid("amount_too_small", param, "Amount must be at least %s %s", wire.Money(minimum, currency), currency)
	case amount > maximumAmount:
		return invalid("amount_too_large", param, "Amount must be no more than %s %s", wire.Money(maximumAmount, currency), currency)
	}
	return nil
}
