package edgeconfig_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// TestARuleThatClosesACircleIsRefused adds rules until one would lead visitors back, on one site or through several.
func TestARuleThatClosesACircleIsRefused(t *testing.T) {
	t.Parallel()
	rule := func(site, source, target string) edgeconfig.Redirect {
		return edgeconfig.Redirect{Site: site, Source: source, Target: target, PreserveSuffix: true}
	}
	match := func(r edgeconfig.Redirect, kind string) edgeconfig.Redirect { r.Match = kind; return r }
	for _, tc := range []struct {
		name  string
		there []edgeconfig.Redirect
		last  edgeconfig.Redirect
		loops bool
	}{
		{"to itself", nil, rule("lyceum", "/a", "/a"), true},
		{"a chain is none", []edgeconfig.Redirect{rule("lyceum", "/b", "/c")}, rule("lyceum", "/a", "/b"), false},
		{"two", []edgeconfig.Redirect{rule("lyceum", "/b", "/a")}, rule("lyceum", "/a", "/b"), true},
		{"three", []edgeconfig.Redirect{rule("lyceum", "/b", "/c"), rule("lyceum", "/c", "/a")}, rule("lyceum", "/a", "/b"), true},
		{"through another site", []edgeconfig.Redirect{rule("shubert", "/b", "http://lyceum.localhost/a")}, rule("lyceum", "/a", "http://shubert.localhost/b"), true},
		{"to another site and no further", nil, rule("lyceum", "/a", "http://shubert.localhost/a"), false},
		{"into a prefix", []edgeconfig.Redirect{match(rule("lyceum", "/old", "/a"), "prefix")}, match(rule("lyceum", "/a", "/old/x"), "exact"), false},
		{"a prefix below itself", nil, match(rule("lyceum", "/a", "/a/b"), "prefix"), true},
		{"by a pattern", []edgeconfig.Redirect{rule("lyceum", "/shows/*", "/a")}, rule("lyceum", "/a", "/shows/cinderella"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.Editor.Settings.RedirectHosts = []string{"shubert.localhost", "lyceum.localhost"}
			for _, r := range tc.there {
				if _, err := h.AddRedirect(t.Context(), "mara", r); err != nil {
					t.Fatal(err)
				}
			}
			_, err := h.AddRedirect(t.Context(), "mara", tc.last)
			var refused edgeconfig.Refused
			if tc.loops != errors.As(err, &refused) || !tc.loops && err != nil {
				t.Fatalf("adding %s → %s: %v", tc.last.Source, tc.last.Target, err)
			}
			if rules, err := h.Redirects(t.Context(), edgeconfig.AllSites); err != nil || tc.loops != (len(rules) == len(tc.there)) {
				t.Errorf("there are %d rules, %v", len(rules), err)
			}
		})
	}
}

func TestAChangeOrARollbackThatClosesACircleIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	a, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/a", Target: "/b"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.RemoveRedirect(ctx, "mara", "lyceum", "", "/a"); err != nil {
		t.Fatal(err)
	}
	b, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/b", Target: "/c"})
	if err != nil {
		t.Fatal(err)
	}
	changed := b
	changed.Target = "/b/?a"
	if _, err := h.ChangeRedirect(ctx, "mara", changed); err == nil || !strings.Contains(err.Error(), "circle") && !strings.Contains(err.Error(), "back to the source") {
		t.Errorf("a change: %v", err)
	}
	b.Target = "/a"
	if _, err := h.ChangeRedirect(ctx, "mara", b); err != nil {
		t.Fatal(err)
	}
	// Undoing the removal would bring /a → /b back, to /b → /a.
	if _, err := h.Undo(ctx, "mara", "lyceum", a.Since+1); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("an undo: %v", err)
	}
	if rules, err := h.Redirects(ctx, "lyceum"); err != nil || len(rules) != 1 {
		t.Errorf("%+v, %v", rules, err)
	}
}

func TestACircleThatBeginsLaterIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	later := now.Add(48 * time.Hour)
	if _, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/b", Target: "/a", StartsAt: later}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/a", Target: "/b", EndsAt: later}); err != nil {
		t.Errorf("one that is over by then: %v", err)
	}
	if _, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/c", Target: "/d", StartsAt: later.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/d", Target: "/c"}); err == nil {
		t.Error("a rule without an end makes a circle with one that begins later, and was taken")
	}
}
