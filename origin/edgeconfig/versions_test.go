package edgeconfig_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// state lists a site's rules as "source target".
func (h *house) state(t *testing.T, brand string) []string {
	t.Helper()
	rules, err := h.Redirects(t.Context(), brand)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, r := range rules {
		list = append(list, r.Source+" "+r.Target)
	}
	return list
}

func TestVersionsAreComparedAndGoneBackTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	add := func(source, target string) edgeconfig.Redirect {
		t.Helper()
		r, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: source, Target: target})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a := add("/a", "/one")               // 1
	add("/b", "/two")                    // 2
	a.Target, a.Note = "/three", "a tip" // 3
	if _, err := h.ChangeRedirect(ctx, "mara", a); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RemoveRedirect(ctx, "mara", "lyceum", "", "/b"); err != nil { // 4
		t.Fatal(err)
	}
	list, err := h.Versions(ctx, "lyceum", 0, 10)
	if err != nil || len(list) != 4 || list[0].Number != 4 || list[0].Removed != 1 || list[0].Total != 1 || list[1].Changed != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	diff, total, err := h.Diff(ctx, "lyceum", 2, 4, 10)
	if err != nil || total != 2 {
		t.Fatalf("%+v, %d, %v", diff, total, err)
	}
	kinds := map[string]string{}
	for _, d := range diff {
		switch {
		case d.After == nil:
			kinds[d.Before.Source] = "removed"
		case d.Before == nil:
			kinds[d.After.Source] = "added"
		default:
			kinds[d.After.Source] = d.Before.Target + " to " + d.After.Target
		}
	}
	if kinds["/a"] != "/one to /three" || kinds["/b"] != "removed" {
		t.Errorf("%v", kinds)
	}
	made, err := h.Rollback(ctx, "mara", "lyceum", 2)
	if err != nil || made.Number != 5 {
		t.Fatalf("%+v, %v", made, err)
	}
	if got, want := h.state(t, "lyceum"), []string{"/a /one", "/b /two"}; !slices.Equal(got, want) {
		t.Errorf("rolled back: %q", got)
	}
	h.publish(t)
	if n := len(h.published(t, "lyceum.localhost").Redirects); n != 2 {
		t.Errorf("%d rules are published", n)
	}
	if _, err := h.Undo(ctx, "mara", "lyceum", 5); err != nil {
		t.Fatal(err)
	}
	if got, want := h.state(t, "lyceum"), []string{"/a /three"}; !slices.Equal(got, want) {
		t.Errorf("taken back: %q", got)
	}
	var refused edgeconfig.Refused
	for name, again := range map[string]func() error{
		"the newest":                   func() error { _, err := h.Rollback(ctx, "mara", "lyceum", 6); return err },
		"no version":                   func() error { _, err := h.Rollback(ctx, "mara", "lyceum", 99); return err },
		"what a later version changed": func() error { _, err := h.Undo(ctx, "mara", "lyceum", 1); return err },
	} {
		if err := again(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRulesAreFoundPageByPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	for _, r := range []edgeconfig.Redirect{
		{Site: "lyceum", Source: "/a_b", Target: "/one", Note: "Poster"}, {Site: "lyceum", Source: "/axb", Target: "/two", StartsAt: now.Add(time.Hour)},
		{Site: "lyceum", Source: "/c/*", Target: "/three", Disabled: true}, {Site: "shubert", Source: "/d", Target: "/four"},
	} {
		if _, err := h.AddRedirect(ctx, "mara", r); err != nil {
			t.Fatal(err)
		}
	}
	both := []string{"lyceum", "shubert"}
	for _, tc := range []struct {
		name string
		ask  edgeconfig.RuleQuery
		want string
	}{
		{"all of mine", edgeconfig.RuleQuery{Sites: []string{"lyceum"}}, "/a_b /axb /c/*"},
		{"nobody's", edgeconfig.RuleQuery{}, ""},
		{"a wildcard is a letter", edgeconfig.RuleQuery{Sites: both, Text: "A_B"}, "/a_b"},
		{"by note", edgeconfig.RuleQuery{Sites: both, Text: "poster"}, "/a_b"},
		{"by target", edgeconfig.RuleQuery{Sites: both, Text: "four"}, "/d"},
		{"live", edgeconfig.RuleQuery{Sites: both, State: edgeconfig.StateLive}, "/a_b /d"},
		{"to come", edgeconfig.RuleQuery{Sites: both, State: edgeconfig.StateScheduled}, "/axb"},
		{"off", edgeconfig.RuleQuery{Sites: both, State: edgeconfig.StateOff}, "/c/*"},
		{"patterns", edgeconfig.RuleQuery{Sites: both, Match: "pattern"}, "/c/*"},
		{"a cursor that makes no sense", edgeconfig.RuleQuery{Sites: both, After: "!"}, "/a_b /axb /c/* /d"},
	} {
		for _, order := range []string{edgeconfig.BySource, edgeconfig.ByChange, edgeconfig.ByHits} {
			ask := tc.ask
			ask.Order, ask.Most = order, 1 // so that every page counts
			var got []string
			for range 10 {
				page, err := h.FindRedirects(ctx, ask)
				if err != nil {
					t.Fatalf("%s: %v", tc.name, err)
				}
				for _, r := range page.Rules {
					got = append(got, r.Source)
				}
				if ask.After = page.Next; page.Next == "" {
					break
				}
			}
			slices.Sort(got)
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%s, by %s: %q", tc.name, order, got)
			}
		}
	}
}
