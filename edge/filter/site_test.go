package filter

import (
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"pgregory.net/rapid"
)

// No spelling of any hostname but the site's own shows the site.
func TestNoOtherHostnameShowsTheSite(t *testing.T) {
	h := newHouse(t, lyceum(t, nil))
	rapid.Check(t, func(t *rapid.T) {
		authority := rapid.OneOf(
			rapid.String(),
			rapid.Custom(func(t *rapid.T) string {
				b := []byte("lyceum.example:8787")
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
				return string(b)
			}),
			rapid.StringMatching(`([a-z]{1,3}\.)?lyceum\.example(\.|\.evil|@evil|:[0-9]{1,6}|\.\.)?`),
		).Draw(t, "authority")
		x := h.ask("GET", authority, "/", "")
		if x.Program == nil {
			return
		}
		if x.Hostname != "lyceum.example" && x.Hostname != "old.example" {
			t.Fatalf("%q shows the site as %q", authority, x.Hostname)
		}
	})
}

func TestSpellingsOfTheHostname(t *testing.T) {
	h := newHouse(t, lyceum(t, nil))
	for _, authority := range []string{"lyceum.example", "LYCEUM.example", "lyceum.example:80", "Lyceum.Example.:8080"} {
		if x := h.ask("GET", authority, "/", ""); x.Program == nil || x.Trace[1].Reason != siteFound {
			t.Errorf("%s: %v", authority, x.Trace)
		}
	}
	if x := h.ask("GET", "apollo.example", "/", ""); x.Plan.Action != chain.ActionLoad || x.Plan.Hostname != "apollo.example" {
		t.Errorf("apollo.example: %s %s", x.Plan.Action, x.Plan.Hostname)
	}
}
