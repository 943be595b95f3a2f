package main

import "slices"

// long are the packages whose tests take longest, the longest first. They begin first, so that a run does not end with one
// of them alone: go test begins with packages in the order in which they are named. A name that is gone does no harm; a
// summary of a run says which packages belong here.
var long = []string{
	"infra/e2e", "edge/local", "infra/chaos/morning", "infra/benchroom", "origin/storefront", "origin/up", "origin/booking", "origin/hold/holdredis", "waitingroom/sim",
}

// longestFirst puts the long ones before the others, which stay in their order.
func longestFirst(packages []string) []string {
	rank := func(name string) int {
		if i := slices.Index(long, short(name)); i >= 0 {
			return i
		}
		return len(long)
	}
	sorted := slices.Clone(packages)
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	return sorted
}
