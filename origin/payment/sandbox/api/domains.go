package api

import (
	"regexp"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// hostname is what may be registered: no scheme, port or path.
var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

func (a *API) createDomain(c *call) (action, *Problem) {
	p := c.params()
	name := strings.ToLower(p.required("domain_name"))
	enabled := p.choice("enabled", "true", "false") != "false"
	if len(name) > 253 || !hostname.MatchString(name) {
		p.fail(invalid("", "domain_name", "Invalid domain name: %s. It has no scheme, port or path.", clip(name)))
	}
	return func(tx *ledger.Tx) (any, *Problem) {
		domain, known := tx.DomainOf(name) // a hostname has one domain: to register it again finds that one
		if !known {
			domain = &ledger.Domain{ID: tx.NewID("pmd"), Created: tx.Now(), Hostname: name}
		}
		domain.Enabled = enabled
		tx.PutDomain(domain)
		return domain, nil
	}, p.problem
}

func (a *API) updateDomain(c *call) (action, *Problem) {
	p := c.params()
	enabled := p.choice("enabled", "true", "false")
	return c.changeDomain(func(d *ledger.Domain) {
		if enabled != "" {
			d.Enabled = enabled == "true"
		}
	}), p.problem
}

// validateDomain looks again: what is found is in the writing.
func (a *API) validateDomain(c *call) (action, *Problem) {
	return c.changeDomain(func(*ledger.Domain) {}), nil
}

func (c *call) changeDomain(how func(*ledger.Domain)) action {
	return func(tx *ledger.Tx) (any, *Problem) {
		domain, ok := tx.Domain(c.id())
		if !ok {
			return nil, missing("payment_method_domain", c.id(), "payment_method_domain")
		}
		how(domain)
		tx.PutDomain(domain)
		return domain, nil
	}
}

func (a *API) getDomain(c *call) (any, *Problem) {
	return one(c, "payment_method_domain", a.Ledger.Domain)
}

func (a *API) listDomains(c *call) (any, *Problem) {
	return list(c, listing[*ledger.Domain]{
		kind: "payment_method_domain", find: a.Ledger.Domain, page: a.Ledger.Domains, write: plain(a.Writer.Domain),
		created: func(o *ledger.Domain) int64 { return o.Created },
		filters: map[string]func(*ledger.Domain, string) bool{
			"domain_name": func(o *ledger.Domain, name string) bool { return o.Hostname == strings.ToLower(name) },
			"enabled":     func(o *ledger.Domain, value string) bool { return o.Enabled == (value == "true") },
		},
	})
}
