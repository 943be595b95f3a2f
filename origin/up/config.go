// Package up runs the whole house on this machine: it checks what is there, starts the parts in their order and as many
// at a time as that allows, keeps them running, and stops them in the reverse order.
package up

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/stagedoor/stagedoor/origin/up/port"
)

// Config says what to run and where.
type Config struct {
	Root    string // the checkout, with node_modules and edge/
	Data    string // the folder for everything that is kept
	Ports   Ports
	Seed    uint64 // of the season; see package seed
	Version string
	Out     *os.File // where people read
	// Lookup reads an environment variable: DATABASE_URL, REDIS_URL, NATS_URL, TYPESENSE_URL and STRIPE_KEY each
	// replace a part.
	Lookup func(name string) (string, bool)
}

// Ports are where the parts listen, on 127.0.0.1.
type Ports struct {
	Edge, Origin, Stripe, KV, Search, Postgres, Redis, NATS, Ops int
}

// PortsFrom puts the edge on first and the other parts on the ports that follow.
func PortsFrom(first int) Ports {
	return Ports{first, first + 1, first + 2, first + 3, first + 4, first + 5, first + 6, first + 7, first + 8}
}

// Validate reports ports outside 1 to 65535 and ports used twice, all at once.
func (p Ports) Validate() error {
	seen := map[int]string{}
	var faults []error
	for _, part := range p.list() {
		if part.number < 1 || part.number > 65535 {
			faults = append(faults, fmt.Errorf("port %d, for %s, is not between 1 and 65535", part.number, part.purpose))
		} else if other, twice := seen[part.number]; twice {
			faults = append(faults, fmt.Errorf("port %d is wanted for both %s and %s", part.number, other, part.purpose))
		}
		seen[part.number] = part.purpose
	}
	return errors.Join(faults...)
}

// wanted is a port and what it is for.
type wanted struct {
	number  int
	purpose string
	flag    string // gives this part another port
	instead string // the variable that makes it unnecessary, if one does
}

func (p Ports) list() []wanted {
	return []wanted{
		{p.Edge, "the sites", "--port", ""}, {p.Origin, "the origin", "--origin-port", ""},
		{p.Stripe, "the payment sandbox", "--stripe-port", "STRIPE_KEY"}, {p.KV, "the local Cloudflare API", "--kv-port", ""},
		{p.Search, "search", "--search-port", "TYPESENSE_URL"}, {p.Postgres, "Postgres", "--postgres-port", "DATABASE_URL"},
		{p.Redis, "Redis", "--redis-port", "REDIS_URL"}, {p.NATS, "NATS", "--nats-port", "NATS_URL"},
		{p.Ops, "the ops Worker", "--ops-port", ""},
	}
}

// given reports whether a real part is named by an environment variable.
func (c Config) given(variable string) bool {
	value, ok := c.Lookup(variable)
	return ok && value != ""
}

// freePorts checks every port that will be needed, and names all that are taken.
func (c Config) freePorts() error {
	var faults []error
	var flags []string
	for _, w := range c.Ports.list() {
		if w.instead == "" || !c.given(w.instead) {
			if err := port.Check(w.number, w.purpose); err != nil {
				faults = append(faults, err)
				flags = append(flags, w.flag)
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w\nstop what listens there, or move the whole house, for example with --port %d (with make: PORT=%d), or only that part, with %s",
		errors.Join(faults...), c.Ports.Edge+100, c.Ports.Edge+100, strings.Join(flags, ", "))
}

// With replaces the ports that other names; 0 leaves one as it is.
func (p Ports) With(other Ports) Ports {
	for _, pair := range []struct {
		into *int
		port int
	}{
		{&p.Edge, other.Edge}, {&p.Origin, other.Origin}, {&p.Stripe, other.Stripe}, {&p.KV, other.KV},
		{&p.Search, other.Search}, {&p.Postgres, other.Postgres}, {&p.Redis, other.Redis}, {&p.NATS, other.NATS}, {&p.Ops, other.Ops},
	} {
		if pair.port != 0 {
			*pair.into = pair.port
		}
	}
	return p
}
