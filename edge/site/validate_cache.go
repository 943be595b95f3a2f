package site

import (
	"strconv"
	"strings"
)

const (
	maxTTL          = 30 * 24 * 3600 // seconds
	maxIgnoreParams = 64
)

func (s *Site) validateCache(f *Faults) {
	for _, seconds := range []struct {
		field string
		n     int
	}{
		{"cache.page_ttl", s.Cache.PageTTL}, {"cache.asset_ttl", s.Cache.AssetTTL},
		{"cache.search_ttl", s.Cache.SearchTTL}, {"cache.stale", s.Cache.Stale},
	} {
		if seconds.n < 0 || seconds.n > maxTTL {
			f.add(seconds.field, "must be 0 to "+strconv.Itoa(maxTTL)+" seconds")
		}
	}
	if len(s.Cache.IgnoreParams) > maxIgnoreParams {
		f.add("cache.ignore_params", "must be at most "+strconv.Itoa(maxIgnoreParams))
	}
	for i, name := range s.Cache.IgnoreParams {
		if name == "" || len(name) > 64 || !isURLText(name) || strings.ContainsAny(name, "&=#?") {
			f.add(at("cache.ignore_params", i, ""), "must be the name of a query parameter")
		}
	}
}
