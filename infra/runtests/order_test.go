package main

import (
	"slices"
	"testing"
)

func TestLongestFirst(t *testing.T) {
	t.Parallel()
	got := longestFirst([]string{module + "a", module + "edge/local", module + "b", module + "infra/e2e"})
	if want := []string{module + "infra/e2e", module + "edge/local", module + "a", module + "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
