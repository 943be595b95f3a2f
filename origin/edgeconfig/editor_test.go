package edgeconfig_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestMaintenance(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	if _, err := h.OpenWindow(ctx, "ana", edgeconfig.Window{Site: "lyceum", StartsAt: now.Add(-time.Hour), AllowCheckout: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenWindow(ctx, "ana", edgeconfig.Window{Site: "lyceum", StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if all, err := h.OpenWindow(ctx, "ana", edgeconfig.Window{Site: edgeconfig.AllSites, PathPrefix: "/shows"}); err != nil || len(all) != 3 {
		t.Fatalf("all: %d windows, %v", len(all), err)
	}
	ended, err := h.EndWindows(ctx, "ben", "lyceum", "/", false)
	if err != nil || len(ended) != 1 || !ended[0].AllowCheckout {
		t.Fatalf("ended %+v, %v", ended, err)
	}
	left, err := h.Windows(ctx, "lyceum")
	if err != nil || len(left) != 2 || left[0].PathPrefix != "/shows" || left[1].Active(now) {
		t.Errorf("left: %+v, %v", left, err)
	}
	if ended, err := h.EndWindows(ctx, "ben", "lyceum", "", true); err != nil || len(ended) != 1 {
		t.Errorf("withdrew %+v, %v", ended, err)
	}
	if ended, err := h.EndWindows(ctx, "ben", "lyceum", "/", true); err != nil || len(ended) != 0 {
		t.Errorf("nothing to end: %+v, %v", ended, err)
	}
	want := []string{"ana maintenance.open", "ana maintenance.open", "ana maintenance.open", "ben maintenance.end", "ben maintenance.withdraw"}
	if got := h.audited(t, "lyceum"); !slices.Equal(got, want) {
		t.Errorf("audit: %q", got)
	}
}

func TestChangesThatMakeNoSenseChangeNothing(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	window := func(w edgeconfig.Window) func() error {
		return func() error { _, err := h.OpenWindow(ctx, "ana", w); return err }
	}
	redirect := func(r edgeconfig.Redirect) func() error {
		return func() error { _, err := h.AddRedirect(ctx, "ana", r); return err }
	}
	for _, tc := range []struct {
		name string
		do   func() error
		says string
	}{
		{"no such site", window(edgeconfig.Window{Site: "globe"}), `no site "globe"`},
		{"ends before it starts", window(edgeconfig.Window{Site: "lyceum", StartsAt: now, EndsAt: now.Add(-time.Minute)}), "before it starts"},
		{"already over", window(edgeconfig.Window{Site: "lyceum", StartsAt: now.Add(-2 * time.Hour), EndsAt: now.Add(-time.Hour)}), "already be over"},
		{"path without slash", window(edgeconfig.Window{Site: "lyceum", PathPrefix: "shows"}), "path_prefix"},
		{"endless message", window(edgeconfig.Window{Site: "lyceum", Message: strings.Repeat("x", 501)}), "message"},
		{"nobody", func() error { _, err := h.OpenWindow(ctx, "", edgeconfig.Window{Site: "lyceum"}); return err }, "somebody"},
		{"protected path", redirect(edgeconfig.Redirect{Site: "lyceum", Source: "/checkout", Target: "/panto"}), "protected"},
		{"foreign host", redirect(edgeconfig.Redirect{Site: "lyceum", Source: "/panto", Target: "https://evil.example/"}), "not among the hosts"},
		{"odd status", redirect(edgeconfig.Redirect{Site: "lyceum", Source: "/panto", Target: "/", Status: 200}), "status"},
		{"every site", redirect(edgeconfig.Redirect{Site: edgeconfig.AllSites, Source: "/panto", Target: "/"}), "one site"},
		{"nothing to remove", func() error { _, err := h.RemoveRedirect(ctx, "ana", "lyceum", "", "/none"); return err }, "no redirect"},
		{"huge file", func() error {
			_, err := h.SetApplePayFile(ctx, "ana", "lyceum", make([]byte, edgeconfig.MaxApplePayFile+1))
			return err
		}, "at most"},
	} {
		err := tc.do()
		var refused edgeconfig.Refused
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if audit := h.audited(t, "lyceum"); len(audit) > 0 {
		t.Errorf("audit: %q", audit)
	}
	if windows, err := h.Windows(ctx, edgeconfig.AllSites); err != nil || len(windows) > 0 {
		t.Errorf("windows: %+v, %v", windows, err)
	}
	if rules, err := h.Redirects(ctx, edgeconfig.AllSites); err != nil || len(rules) > 0 {
		t.Errorf("redirects: %+v, %v", rules, err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	rule := edgeconfig.Redirect{Site: "lyceum", Source: "/panto", Target: "https://box-office.example/panto", PreserveQuery: true, EndsAt: now.Add(time.Hour)}
	made, err := h.AddRedirect(ctx, "ana", rule)
	if err != nil || made.Status != 302 || made.Match != "exact" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := h.AddRedirect(ctx, "ana", rule); err == nil || !strings.Contains(err.Error(), "already has") {
		t.Errorf("again: %v", err)
	}
	if made, err := h.AddRedirect(ctx, "ana", edgeconfig.Redirect{Site: "lyceum", Source: "/old/*", Target: "/shows/$1", Status: 301}); err != nil || made.Match != "pattern" {
		t.Errorf("pattern: %+v, %v", made, err)
	}
	h.publish(t)
	if s := h.published(t, "lyceum.localhost"); len(s.Redirects) != 2 || s.Redirects[0].Target != rule.Target || !s.Redirects[0].PreserveQuery {
		t.Errorf("document: %+v", s.Redirects)
	}
	h.Editor.Now = func() time.Time { return now.Add(2 * time.Hour) }
	rule.EndsAt, rule.Target = time.Time{}, "/shows/cinderella"
	if _, err := h.AddRedirect(ctx, "ben", rule); err != nil {
		t.Errorf("in the place of one that is over: %v", err)
	}
	if removed, err := h.RemoveRedirect(ctx, "ben", "lyceum", "", "/panto"); err != nil || removed.Target != rule.Target {
		t.Errorf("removed %+v, %v", removed, err)
	}
}

func TestApplePayFileIsServedByteForByte(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	content := bytes.Repeat([]byte{0, 255, '\n', '{'}, 2000)
	for range 2 { // the second time it is the same file, and no change
		if _, err := h.SetApplePayFile(ctx, "ana", "lyceum", content); err != nil {
			t.Fatal(err)
		}
	}
	h.publish(t)
	got, err := base64.StdEncoding.DecodeString(h.published(t, "lyceum.localhost").ApplePay.Association)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := h.SetApplePayFile(ctx, "ana", "lyceum", nil); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	if h.published(t, "lyceum.localhost").ApplePay.Association != "" {
		t.Error("a removed file is still published")
	}
	if audit := h.audited(t, "lyceum"); !slices.Equal(audit, []string{"ana applepay.set", "ana applepay.remove"}) {
		t.Errorf("audit: %q", audit)
	}
}
