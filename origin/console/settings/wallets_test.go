package settings_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/settings"
	"github.com/stagedoor/stagedoor/origin/payment/domains"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// registered is hostnames that a test says how they stand; trying one again mends it, or what the test says instead.
type registered struct {
	mu    sync.Mutex
	hosts []domains.Hostname
	after map[string]domains.Hostname // by hostname
	tried []string
}

func (r *registered) List(_ context.Context, brandID string) (list []domains.Hostname, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.hosts {
		if brandID == "" || h.BrandID == brandID {
			list = append(list, h)
		}
	}
	return list, nil
}

func (r *registered) Retry(_ context.Context, actor, brandID, hostname string) (domains.Hostname, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, h := range r.hosts {
		if h.Name == hostname && (brandID == "" || h.BrandID == brandID) {
			r.tried = append(r.tried, actor+" "+hostname)
			r.hosts[i] = r.after[hostname]
			return r.hosts[i], nil
		}
	}
	return domains.Hostname{}, fmt.Errorf("payment domains: %w", domains.ErrUnknown)
}

// walletStage is the pages in a real frame.
type walletStage struct {
	t   *testing.T
	web *httptest.Server
}

func openWallets(t *testing.T, r *registered) *walletStage {
	t.Helper()
	f, err := frame.New(frame.Deps{
		Desk: &consoletest.Desk{People: map[string][]staff.Grant{
			"ops": {{Role: staff.Ops, Brand: staff.Group}}, "lyceum-ops": {{Role: staff.Ops, Brand: "lyceum"}},
			"door": {{Role: staff.VenueStaff, Brand: staff.Group}},
		}},
		Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, (&settings.Pages{Domains: r, Logger: slog.New(slog.DiscardHandler)}).Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s := &walletStage{t: t}
	s.web = consoletest.Serve(t, f)
	return s
}

// send gets a page, or posts a form when there is one.
func (s *walletStage) send(who, path string, form url.Values) (int, string) {
	s.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.web.URL+"/sites/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: frame.CookieName(false), Value: who})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// holds fails unless the page has all of these, and none of those after "not ".
func (s *walletStage) holds(who, path string, want ...string) {
	s.t.Helper()
	code, body := s.send(who, path, nil)
	if code != http.StatusOK {
		s.t.Fatalf("%s: %d", path, code)
	}
	for _, text := range want {
		no, absent := strings.CutPrefix(text, "not ")
		if absent == strings.Contains(body, no) {
			s.t.Errorf("%s: %q: wanted it there: %t\n%s", path, no, !absent, body)
		}
	}
}

func TestHostnamesAreTriedAgainFromThePage(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	failed := domains.Hostname{Name: "lyceum.example", BrandID: "lyceum", State: domains.Failed, Problem: "Apple Pay: <b>no file</b>", CheckedAt: at, NextAt: at.Add(time.Hour)}
	active := domains.Hostname{Name: "apollo.example", BrandID: "apollo", State: domains.Active, CheckedAt: at, NextAt: at.Add(time.Hour)}
	mended := failed
	mended.State, mended.Problem = domains.Active, ""
	r := &registered{hosts: []domains.Hostname{active, failed}, after: map[string]domains.Hostname{"lyceum.example": failed}}
	s := openWallets(t, r)

	s.holds("ops", "lyceum/settings/wallets", "lyceum.example", "Not shown", "Apple Pay: &lt;b&gt;no file", "Try again", "not apollo.example")
	s.holds("ops", "apollo/settings/wallets", "apollo.example", "Shown", "not Try again")
	s.holds("ops", staff.Group+"/settings/wallets", "lyceum.example", "apollo.example")

	again := url.Values{"hostname": {"lyceum.example"}}
	for _, tc := range []struct {
		who, site string
		want      int
	}{
		{"door", "lyceum", http.StatusForbidden}, {"lyceum-ops", "apollo", http.StatusForbidden}, {"lyceum-ops", staff.Group, http.StatusForbidden},
	} {
		if code, _ := s.send(tc.who, tc.site+"/settings/wallets/retry", again); code != tc.want {
			t.Errorf("%s at %s: %d", tc.who, tc.site, code)
		}
	}
	if code, _ := s.send("ops", "apollo/settings/wallets/retry", again); code == http.StatusOK || len(r.tried) > 0 { // another site's hostname
		t.Errorf("%d, tried %q", code, r.tried)
	}

	retry := func(want string) {
		t.Helper()
		if code, body := s.send("lyceum-ops", "lyceum/settings/wallets/retry", again); code != http.StatusSeeOther {
			t.Fatalf("%d %s", code, body)
		}
		s.holds("lyceum-ops", "lyceum/settings/wallets", want)
	}
	retry("lyceum.example is not ready. Apple Pay: &lt;b&gt;")
	away := failed
	away.State, away.Problem = domains.Waiting, "The payment provider did not answer."
	r.after["lyceum.example"] = away
	retry("did not answer. The house goes on trying.")
	r.after["lyceum.example"] = mended
	retry("may be shown on lyceum.example.")
	s.holds("lyceum-ops", "lyceum/settings/wallets", "Shown", "not Try again")
	if got := strings.Join(r.tried, ", "); got != strings.Repeat("lyceum-ops@example.com lyceum.example, ", 2)+"lyceum-ops@example.com lyceum.example" {
		t.Errorf("tried %q", got)
	}
}

func TestWithoutHostnamesThePageSaysSo(t *testing.T) {
	t.Parallel()
	openWallets(t, &registered{}).holds("ops", "lyceum/settings/wallets", "No hostnames yet", "not Try again")
}
