package site

import "strconv"

// Bounds on a Limit.
const (
	maxLimits   = 8
	maxRequests = 1_000_000
	maxPeriod   = 86_400 // seconds
)

func (s *Site) validateLimits(f *Faults) {
	if len(s.Limits) > maxLimits {
		f.add("limits", "must be at most one a class")
		return
	}
	seen := map[string]bool{}
	for i, l := range s.Limits {
		switch {
		case l.Class == ClassWebhook:
			f.add(at("limits", i, "class"), "must not be webhook: payment providers report money already paid")
		case !isClass(l.Class):
			f.add(at("limits", i, "class"), "must be page, asset, api, search or checkout")
		case seen[l.Class]:
			f.add(at("limits", i, "class"), "repeats "+l.Class)
		}
		seen[l.Class] = true
		if l.Requests < 1 || l.Requests > maxRequests {
			f.add(at("limits", i, "requests"), "must be 1 to "+strconv.Itoa(maxRequests))
		}
		if l.Period < 1 || l.Period > maxPeriod {
			f.add(at("limits", i, "period"), "must be 1 to "+strconv.Itoa(maxPeriod)+" seconds")
		}
	}
}

func isClass(class string) bool {
	switch class {
	case ClassPage, ClassAsset, ClassAPI, ClassSearch, ClassCheckout, ClassWebhook:
		return true
	}
	return false
}
