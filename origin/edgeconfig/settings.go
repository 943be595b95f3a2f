package edgeconfig

import (
	"errors"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Settings are the same for every brand: where brands live and who serves them.
type Settings struct {
	// Domain is what brands' hostnames end in: "localhost" gives lyceum.localhost.
	Domain string
	// GroupAliases are further hostnames of the group's own site.
	GroupAliases []string
	// HTTPS is whether brands' addresses begin with https.
	HTTPS bool
	// Origins are the servers behind the edge.
	Origins []site.Pool
	// Headers are further sources pages may load from (the payment provider's) and, over https, HSTS.
	Headers site.Headers
	// Limits are the rate limits of every brand that has not set its own: DefaultLimits, or PracticeLimits on one machine.
	Limits []site.Limit
	// RedirectHosts are hosts, besides a brand's own, that every brand may redirect to.
	RedirectHosts []string
	// Console publishes the site of the staff console, too.
	Console bool
	// SecurityContact is a URI for /.well-known/security.txt ("mailto:…"); "" publishes none.
	SecurityContact string
}

// Validate reports every fault at once. The parts that end up in a Site are checked there.
func (s Settings) Validate() error {
	var faults []error
	if !site.IsHostname(s.Domain) {
		faults = append(faults, errors.New("edge configuration: the domain must be a lower-case hostname"))
	}
	if len(s.Origins) == 0 {
		faults = append(faults, errors.New("edge configuration: no origin is named"))
	}
	return errors.Join(faults...)
}
