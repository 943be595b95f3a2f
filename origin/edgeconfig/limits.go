package edgeconfig

import "github.com/stagedoor/stagedoor/edge/site"

// DefaultLimits are what a brand's site allows one client (an IPv4 address, the first half of an IPv6 address, or an
// API key) where staff have not set limits of their own. They are far above what one household does, because an office
// or a mobile operator may send hundreds of visitors from one address on the morning of an on-sale; they stop programs
// that ask as fast as they can. wrangler.toml holds twice as much for all isolates together.
func DefaultLimits() []site.Limit {
	return []site.Limit{
		{Class: site.ClassPage, Requests: 3000, Period: 60},
		{Class: site.ClassAPI, Requests: 3000, Period: 60},
		{Class: site.ClassSearch, Requests: 300, Period: 60},
		{Class: site.ClassCheckout, Requests: 600, Period: 60},
	}
}

// PracticeLimits are for a house on one machine, where tests and load generators are a whole city's visitors with one
// address: two hundred buyers race for seats, each of them asking for one after the other.
func PracticeLimits() []site.Limit {
	return []site.Limit{
		{Class: site.ClassPage, Requests: 50_000, Period: 60},
		{Class: site.ClassAPI, Requests: 50_000, Period: 60},
		{Class: site.ClassSearch, Requests: 20_000, Period: 60},
		{Class: site.ClassCheckout, Requests: 20_000, Period: 60},
	}
}
