package edgeconfig_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestTheTextsThatProgramsRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	save := func(robots, security string, known int) error {
		_, err := h.SaveSetting(t.Context(), "ana", "lyceum", edgeconfig.SectionWellKnown, &site.WellKnown{RobotsTxt: robots, SecurityTxt: security}, known)
		return err
	}
	for _, tc := range []struct{ name, robots, security, field, says string }{
		{"a web page", "<!doctype html>", "", "robots_txt", "no rule: “<!doctype html>”"},
		{"a path alone", "User-agent: *\n/private", "", "robots_txt", "“/private”"},
		{"a rule for nobody", "Disallow: /private", "", "robots_txt", "before any User-agent"},
		{"half a path", "User-agent: *\nDisallow: private", "", "robots_txt", "begin with /"},
		{"half a sitemap", "Sitemap: /sitemap.xml", "", "robots_txt", "no whole address"},
		{"misspelt", "User-agent: *\nDissallow: /", "", "robots_txt", "do not know"},
		{"nobody to tell", "", "Policy: https://lyceum.example/security", "security_txt", "names no Contact"},
		{"an address without what it is", "", "Contact: security@lyceum.example", "security_txt", "mailto:"},
		{"a contact in clear text", "", "Contact: http://lyceum.example", "security_txt", "https:"},
		{"a policy by e-mail", "", "Contact: mailto:a@b.example\nPolicy: mailto:a@b.example", "security_txt", "Policy"},
		{"expired", "", "Contact: mailto:a@b.example\nExpires: 2026-11-20T00:00:00Z", "security_txt", "has expired"},
		{"some day", "", "Contact: mailto:a@b.example\nExpires: next year", "security_txt", "can be read"},
		{"twice", "", "Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\nExpires: 2027-02-01T00:00:00Z", "security_txt", "twice"},
		{"too long", "User-agent: *\n" + strings.Repeat("Disallow: /private\n", 4000), "", "robots_txt", "larger"},
	} {
		var faults edgeconfig.Faults
		if err := save(tc.robots, tc.security, 0); !errors.As(err, &faults) || len(faults.List) != 1 ||
			faults.List[0].Field != "well_known."+tc.field || !strings.Contains(faults.List[0].Problem, tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	robots := "# for all\nUser-agent: *\nDisallow: /private # not yet\nDisallow:\nAllow: /$\nSitemap: https://lyceum.example/sitemap.xml\n"
	if err := save(robots, "# us\nContact: tel:+44-20-7946-0000\nContact: https://lyceum.example/report\n", 0); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	got := h.published(t, "lyceum.localhost").WellKnown
	if got.RobotsTxt != robots || got.SecurityTxt != "# us\nContact: tel:+44-20-7946-0000\nContact: https://lyceum.example/report\nExpires: 2027-11-01T00:00:00Z\n" {
		t.Errorf("published %+v", got)
	}
	if err := save("", "Contact: mailto:a@b.example\nEXPIRES: 2027-01-01T00:00:00Z", 1); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	got = h.published(t, "lyceum.localhost").WellKnown
	if got.RobotsTxt != site.DefaultRobotsTxt || got.SecurityTxt != "Contact: mailto:a@b.example\nEXPIRES: 2027-01-01T00:00:00Z" {
		t.Errorf("published %+v", got)
	}
	// What the form shows of a site that says nothing is what is served, but for when it expires.
	house, err := h.Setting(t.Context(), "shubert", edgeconfig.SectionWellKnown)
	served := h.published(t, "shubert.localhost").WellKnown
	if shown, ok := house.Value.(*site.WellKnown); err != nil || !ok || shown.RobotsTxt != served.RobotsTxt || !strings.HasPrefix(served.SecurityTxt, shown.SecurityTxt) || shown.SecurityTxt == "" {
		t.Errorf("shown %+v, served %+v, %v", house.Value, served, err)
	}
}

// TestPathsAndHostsMindRedirects: protecting a path, or no longer naming a host, must not quietly stop a redirect, wherever
// its rules are kept.
func TestPathsAndHostsMindRedirects(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"in the document": 0, "in an index": 60} {
		h := newHouse(t)
		ctx := t.Context()
		if _, err := h.SaveSetting(ctx, "ana", "lyceum", edgeconfig.SectionRedirectHosts, &edgeconfig.RedirectHosts{Hosts: []string{"*.partner.example"}}, 0); err != nil {
			t.Fatal(err)
		}
		h.exec(t, `insert into redirects (id, brand_id, match, source, target, status, created_by)
			select gen_random_uuid(), 'lyceum', 'exact', '/other' || n, '/', 302, 'ana' from generate_series(1, $1::integer) as n
			union all values (gen_random_uuid(), 'lyceum', 'exact', '/vip/bar', 'https://shop.partner.example/', 302, 'ana')`, others)
		for _, tc := range []struct {
			section string
			value   any
			known   int
		}{
			{edgeconfig.SectionProtectedPaths, &edgeconfig.ProtectedPaths{Paths: []string{"/gift-cards", "/vip"}}, 0},
			{edgeconfig.SectionRedirectHosts, &edgeconfig.RedirectHosts{Hosts: []string{"other.example"}}, 1},
		} {
			var faults edgeconfig.Faults
			_, err := h.SaveSetting(ctx, "ana", "lyceum", tc.section, tc.value, tc.known)
			if !errors.As(err, &faults) || len(faults.List) != 1 || faults.List[0].Field != tc.section || !strings.Contains(faults.List[0].Problem, "/vip/bar") {
				t.Errorf("%s, %s: %v", name, tc.section, err)
			}
		}
		if _, err := h.ResetSetting(ctx, "ana", "lyceum", edgeconfig.SectionRedirectHosts, 1); err == nil {
			t.Errorf("%s: a redirect leads to a host that nobody names", name)
		}
		if _, err := h.SaveSetting(ctx, "ana", "lyceum", edgeconfig.SectionProtectedPaths, &edgeconfig.ProtectedPaths{Paths: []string{"/gift-cards"}}, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := h.SaveSetting(ctx, "ana", "lyceum", edgeconfig.SectionCheckout, &site.Checkout{Paths: []string{"/buy"}}, 0); err != nil {
			t.Error(err)
		}
		h.publish(t)
		got := h.published(t, "lyceum.localhost")
		if !slices.Equal(got.ProtectedPaths, []string{"/gift-cards"}) || !slices.Equal(got.Checkout.Paths, []string{"/buy"}) ||
			!slices.Equal(got.RedirectHosts, []string{"*.partner.example", "box-office.example"}) {
			t.Errorf("%s: published %v %v %v", name, got.ProtectedPaths, got.Checkout, got.RedirectHosts)
		}
	}
}

func TestWhatASectionWasCanBePutBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	known := 0
	for _, hosts := range [][]string{{"a.example"}, {"b.example"}, nil, {"c.example"}} {
		var err error
		if hosts == nil {
			_, err = h.ResetSetting(ctx, "ana", "lyceum", edgeconfig.SectionRedirectHosts, known)
		} else {
			_, err = h.SaveSetting(ctx, "ana", "lyceum", edgeconfig.SectionRedirectHosts, &edgeconfig.RedirectHosts{Hosts: hosts}, known)
		}
		if err != nil {
			t.Fatal(err)
		}
		known++
	}
	past, err := h.SettingHistory(ctx, "lyceum", edgeconfig.SectionRedirectHosts)
	if err != nil || len(past) != 4 || !past[1].Default || past[2].Value.(*edgeconfig.RedirectHosts).Hosts[0] != "b.example" || past[0].By != "ana" {
		t.Fatalf("%+v, %v", past, err)
	}
	var conflict edgeconfig.Conflict
	if _, err := h.RestoreSetting(ctx, "ben", "lyceum", edgeconfig.SectionRedirectHosts, past[2].ID, known-1); !errors.As(err, &conflict) {
		t.Errorf("over somebody else's change: %v", err)
	}
	for _, wrong := range []struct {
		site, section string
		id            int64
	}{{"lyceum", edgeconfig.SectionCache, past[2].ID}, {"shubert", edgeconfig.SectionRedirectHosts, past[2].ID}, {"lyceum", edgeconfig.SectionRedirectHosts, 0}, {"lyceum", "else", 1}} {
		var refused edgeconfig.Refused
		if _, err := h.RestoreSetting(ctx, "ben", wrong.site, wrong.section, wrong.id, 0); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	for _, step := range []struct {
		id   int64
		want []string
	}{{past[3].ID, []string{"a.example", "box-office.example"}}, {past[1].ID, []string{"box-office.example"}}} {
		if _, err := h.RestoreSetting(ctx, "ben", "lyceum", edgeconfig.SectionRedirectHosts, step.id, known); err != nil {
			t.Fatal(err)
		}
		known++
		h.publish(t)
		if got := h.published(t, "lyceum.localhost").RedirectHosts; !slices.Equal(got, step.want) {
			t.Errorf("published %q, want %q", got, step.want)
		}
	}
}

func TestApplePayOfAllSitesIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	set := func(site, content string) (id [16]byte) {
		t.Helper()
		made, err := h.SetApplePayFile(ctx, "ana", site, []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	files := func(want string) {
		t.Helper()
		list, err := h.ApplePayFiles(ctx, edgeconfig.AllSites)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			got = append(got, f.Site+" "+string(f.Content))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("files %q, want %q", got, want)
		}
	}
	set("lyceum", "own")
	all := set(edgeconfig.AllSites, "everybody's")
	set("shubert", "later")
	files("lyceum everybody's, shubert later, stagedoor everybody's")

	changes, err := h.ApplePayChanges(ctx, edgeconfig.AllSites)
	if err != nil || len(changes) != 3 || changes[1].ID != all || changes[1].Sites != 3 || changes[1].Standing != 2 || changes[1].Replaced != 1 || changes[1].Given != 3 {
		t.Fatalf("%+v, %v", changes, err)
	}
	restored, kept, undo, err := h.UndoApplePay(ctx, "ben", edgeconfig.AllSites, all)
	if err != nil || restored != 2 || kept != 1 {
		t.Errorf("restored %d, kept %d, %v", restored, kept, err)
	}
	files("lyceum own, shubert later")
	if _, _, _, err := h.UndoApplePay(ctx, "ben", edgeconfig.AllSites, undo); err != nil { // an undo can be undone
		t.Fatal(err)
	}
	files("lyceum everybody's, shubert later, stagedoor everybody's")
	var refused edgeconfig.Refused
	if _, _, _, err := h.UndoApplePay(ctx, "ben", edgeconfig.AllSites, [16]byte{1}); !errors.As(err, &refused) {
		t.Errorf("an unknown change: %v", err)
	}
	if got := h.audited(t, "stagedoor"); !slices.Equal(got, []string{"ana applepay.set", "ben applepay.remove", "ben applepay.set"}) {
		t.Errorf("audited %q", got)
	}
}
