package house

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// SiteURL is the public address of a brand's site, without a trailing slash.
func (e Edge) SiteURL(brandID string) string { return e.address(brandID + "." + e.Domain) }

// address is the public address of a hostname.
func (e Edge) address(hostname string) string {
	scheme, port := "http", ""
	if e.HTTPS {
		scheme = "https"
	}
	if e.Port != 0 {
		port = ":" + strconv.Itoa(e.Port)
	}
	return scheme + "://" + hostname + port
}

// settings are what every Site document has in common.
func (c Config) settings() edgeconfig.Settings {
	s := edgeconfig.Settings{
		Domain:          c.Edge.Domain,
		GroupAliases:    []string{"www." + c.Edge.Domain},
		HTTPS:           c.Edge.HTTPS,
		Origins:         []site.Pool{{ID: "main", BaseURL: strings.TrimSuffix(c.Edge.OriginURL, "/"), Weight: 1}},
		Headers:         c.paymentSources(),
		Console:         true,
		Limits:          edgeconfig.DefaultLimits(),
		SecurityContact: "mailto:security@" + venue.GroupBrand + "." + c.Edge.Domain,
	}
	if c.Edge.KV.URL != "" { // the edge is on this machine, and so is everyone who asks it
		s.Limits = edgeconfig.PracticeLimits()
	}
	if c.Edge.Domain == "localhost" {
		s.GroupAliases = append(s.GroupAliases, "localhost")
	}
	if c.Edge.HTTPS {
		s.Headers.HSTSMaxAge = int((365 * 24 * time.Hour).Seconds())
	}
	return s
}

// paymentSources are what a page that takes a card loads: https://docs.stripe.com/security/guide#content-security-policy
func (c Config) paymentSources() site.Headers {
	if c.Stripe.URL == "" {
		return site.Headers{
			ScriptSrc:  []string{"https://js.stripe.com"},
			FrameSrc:   []string{"https://js.stripe.com", "https://hooks.stripe.com"},
			ConnectSrc: []string{"https://api.stripe.com"},
		}
	}
	sandbox := []string{strings.TrimSuffix(c.Stripe.URL, "/")}
	return site.Headers{ScriptSrc: sandbox, FrameSrc: sandbox, ConnectSrc: sandbox}
}

func (c Config) store() edgeconfig.Cloudflare {
	kv := c.Edge.KV
	return edgeconfig.Cloudflare{BaseURL: kv.URL, Token: kv.Token, Account: kv.Account, Namespace: kv.Namespace, Zone: kv.Zone}
}

// EdgeDelay is how long after a publication the edge may still show what was before: a second on one machine, where KV
// is at hand, and about a minute on Cloudflare, which caches KV reads that long.
func (e Edge) EdgeDelay() string {
	if e.KV.URL != "" {
		return "within a few seconds"
	}
	return fmt.Sprintf("within about %d seconds", 60)
}

// Zone is the cache that is told of changes.
func (c Config) Zone() edgeconfig.Zone { return c.store() }
