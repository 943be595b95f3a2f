package site

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/address"
)

// Bounds on the lists of Access.
const (
	maxPrefixes  = 10_000 // of one list
	maxCountries = 300
	maxASNs      = 10_000
	largestASN   = 1<<31 - 1 // those above are for private use
)

func (s *Site) validateAccess(f *Faults) {
	a := &s.Access
	validatePrefixes(f, "access.allow_prefixes", a.AllowPrefixes)
	validatePrefixes(f, "access.deny_prefixes", a.DenyPrefixes)
	validateCountries(f, "access.allow_countries", a.AllowCountries, nil)
	validateCountries(f, "access.deny_countries", a.DenyCountries, a.AllowCountries)
	validateASNs(f, "access.allow_asns", a.AllowASNs, nil)
	validateASNs(f, "access.deny_asns", a.DenyASNs, a.AllowASNs)
	if a.DenyOthers && len(a.AllowPrefixes)+len(a.AllowCountries)+len(a.AllowASNs) == 0 {
		f.add("access.deny_others", "denies everybody, because no list allows anyone; to close the site, use maintenance")
	}
}

func validatePrefixes(f *Faults, list string, prefixes []string) {
	if len(prefixes) > maxPrefixes {
		f.add(list, "must be at most "+strconv.Itoa(maxPrefixes))
		return
	}
	for i, text := range prefixes {
		if _, err := address.ParsePrefix(text); err != nil {
			f.add(at(list, i, ""), err.Error())
		}
	}
}

func validateCountries(f *Faults, list string, countries, allowed []string) {
	if len(countries) > maxCountries {
		f.add(list, "must be at most "+strconv.Itoa(maxCountries))
		return
	}
	seen, isAllowed := make(map[string]bool, len(countries)), setOf(allowed)
	for i, country := range countries {
		switch {
		case !isUpper(country, 2) && country != "T1":
			f.add(at(list, i, ""), "must be two capital letters (ISO 3166-1), or T1 for Tor")
		case seen[country]:
			f.add(at(list, i, ""), "repeats "+country)
		case isAllowed[country]:
			f.add(at(list, i, ""), country+" is allowed too, and being allowed counts")
		}
		seen[country] = true
	}
}

func validateASNs(f *Faults, list string, asns, allowed []int) {
	if len(asns) > maxASNs {
		f.add(list, "must be at most "+strconv.Itoa(maxASNs))
		return
	}
	seen, isAllowed := make(map[int]bool, len(asns)), setOf(allowed)
	for i, asn := range asns {
		switch {
		case asn < 1 || asn > largestASN:
			f.add(at(list, i, ""), "must be an autonomous system number, 1 to 2147483647")
		case seen[asn]:
			f.add(at(list, i, ""), "repeats "+strconv.Itoa(asn))
		case isAllowed[asn]:
			f.add(at(list, i, ""), strconv.Itoa(asn)+" is allowed too, and being allowed counts")
		}
		seen[asn] = true
	}
}

func setOf[T comparable](list []T) map[T]bool {
	set := make(map[T]bool, len(list))
	for _, item := range list {
		set[item] = true
	}
	return set
}
