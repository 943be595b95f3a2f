package site

import (
	"math"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
)

// Colours of an Origin and its pools.
const (
	ColourBlue  = "blue"
	ColourGreen = "green"
)

const (
	maxPools  = 16
	maxWeight = math.MaxInt32 / maxPools // so that they add up in 32 bits
)

// Serves says whether a pool is of the colour that is served.
func (o *Origin) Serves(p *Pool) bool {
	return o.Colour == "" || p.Colour == "" || p.Colour == o.Colour
}

func (s *Site) validateOrigin(f *Faults) {
	o := &s.Origin
	if n := len(o.Pools); n == 0 || n > maxPools {
		f.add("origin.pools", "must be 1 to "+strconv.Itoa(maxPools))
	}
	seen := make(map[string]bool, len(o.Pools))
	steady, canary := false, false
	for i := range o.Pools {
		p := &o.Pools[i]
		p.validate(f, i)
		if seen[p.ID] && isSlug(p.ID) {
			f.add(at("origin.pools", i, "id"), "repeats "+p.ID)
		}
		seen[p.ID] = true
		if o.Serves(p) {
			steady = steady || !p.Canary
			canary = canary || p.Canary
		}
	}
	if !isPoolColour(o.Colour) {
		f.add("origin.colour", `must be "blue", "green" or empty`)
	} else if len(o.Pools) > 0 && !steady {
		// The canary takes its share and no more, so it cannot be all there is.
		f.add("origin.pools", "must hold a pool that is served and not a canary")
	}
	switch {
	case o.Canary < 0 || o.Canary > 100:
		f.add("origin.canary", "must be 0 to 100 percent")
	case o.Canary > 0 && !canary:
		f.add("origin.canary", "must be 0 while no pool that is served is a canary")
	}
}

func (p *Pool) validate(f *Faults, i int) {
	if !isSlug(p.ID) {
		f.add(at("origin.pools", i, "id"), "must be a slug")
	}
	if p.Region != "" && !isSlug(p.Region) {
		f.add(at("origin.pools", i, "region"), `must be a slug such as "eu-west"`)
	}
	if scheme, host, rest := SplitURL(p.BaseURL); scheme == "" || !isHostPort(host) || rest != "" {
		f.add(at("origin.pools", i, "base_url"), "must be http:// or https:// and a host, with no path")
	} else if isNoOrigin(host) {
		f.add(at("origin.pools", i, "base_url"), "must not be an address of the cloud itself, nor a number for an address")
	}
	if p.Weight < 0 || p.Weight > maxWeight {
		f.add(at("origin.pools", i, "weight"), "must be 0 to "+strconv.Itoa(maxWeight))
	}
	if !isPoolColour(p.Colour) {
		f.add(at("origin.pools", i, "colour"), `must be "blue", "green" or empty`)
	}
}

// isNoOrigin says whether a host is where clouds answer with a machine's own
// credentials, or a number that parsers of URLs take for some address.
func isNoOrigin(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	if strings.HasPrefix(host, "169.254.") || host == "0.0.0.0" || host == "metadata.google.internal" {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || last[0] < '0' || last[0] > '9' {
		return false
	}
	_, ok := address.ParseIP(host)
	return !ok
}

func isPoolColour(colour string) bool {
	return colour == "" || colour == ColourBlue || colour == ColourGreen
}
