package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/door"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/home"
	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/console/people"
	"github.com/stagedoor/stagedoor/origin/console/redirects"
	"github.com/stagedoor/stagedoor/origin/console/settings"
	"github.com/stagedoor/stagedoor/origin/console/trail"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// pages are all that a request could be made for by hand.
func pages() []frame.Page {
	var list []frame.Page
	for _, p := range [][]frame.Page{
		(&door.Pages{}).Pages(), (&home.Pages{}).Pages(), (&maintenance.Pages{}).Pages(), (&trail.Pages{}).Pages(), (&people.Pages{}).Pages(), others(),
	} {
		list = append(list, p...)
	}
	return list
}

// others are the pages that the house adds. What they do is tested beside them; here they only say that somebody was
// let in.
func others() []frame.Page {
	list := slices.Concat((&redirects.Pages{}).Pages(), (&settings.Pages{}).Pages())
	for i := range list {
		list[i].Serve = func(v *frame.Visit) error {
			v.Writer().WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	return list
}

var wildcard = regexp.MustCompile(`\{[a-z]+\}`)

// address is a page's method and path, on a site.
func address(p frame.Page, site string) (method, path string) {
	method, path, _ = strings.Cut(p.Route, " ")
	path = strings.NewReplacer("{site}", site, "{$}", "").Replace(path)
	return method, wildcard.ReplaceAllString(path, uuid.Max.String())
}

// Whoever writes a request by hand gets no further than their roles: every page, every role, every site.
func TestHandMadeRequests(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	sites := []string{staff.Group, "stagedoor", "lyceum", "palace", "shubert"}
	for subject, grants := range practice {
		p := s.signIn(subject)
		who := staff.Person{Grants: grants}
		for _, page := range pages() {
			if page.Action == "" {
				continue // for everybody who is signed in
			}
			for _, site := range sites {
				method, path := address(page, site)
				may := who.May(page.Action, site)
				if !strings.Contains(page.Route, "{site}") {
					may = who.MayAnywhere(page.Action)
				}
				if may && method == http.MethodPost {
					continue // what they may change is another test's
				}
				before := s.changes()
				got := p.send(method, path, url.Values{"window": {"lyceum:" + uuid.Max.String()}, "message": {"x"}, "to": {"off"}})
				if may == (got.StatusCode == http.StatusForbidden) {
					t.Errorf("%s, %s %s: %s, though may is %v", subject, method, path, got.Status, may)
				}
				if after := s.changes(); after != before {
					t.Errorf("%s, %s %s: refused, and changed something", subject, method, path)
				}
			}
		}
	}
}

// Who has not signed in, and whose session is over, is led to the sign-in, whatever they ask for.
func TestWithoutSession(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	over, forged := s.signIn("admin"), s.nobody()
	forged.cookies["stagedoor_console"] = &http.Cookie{Name: "stagedoor_console", Value: strings.Repeat("A", 43)}
	s.wait(staff.SessionIdle)
	out := s.signIn("admin")
	left := *out.cookies["stagedoor_console"]
	if got := out.post("/sign-out", nil); got.to() != "/sign-in?left=1" {
		t.Fatalf("signing out leads to %q", got.to())
	}
	out.cookies["stagedoor_console"] = &left // the cookie was copied before
	for name, p := range map[string]*person{"nobody": s.nobody(), "an expired session": over, "a forged cookie": forged, "signed out": out} {
		for _, page := range pages() {
			if page.Public {
				continue
			}
			method, path := address(page, "lyceum")
			before := s.changes()
			got := p.send(method, path, url.Values{"message": {"x"}})
			want := "/sign-in"
			if method == http.MethodGet && path != "/" {
				want += "?return=" + url.QueryEscape(path)
			}
			if got.StatusCode != http.StatusSeeOther || got.to() != want || strings.Contains(got.text, "Lyceum") {
				t.Errorf("%s, %s %s: %s to %q", name, method, path, got.Status, got.to())
			}
			if got := p.send(method, path, nil, "HX-Request", "true"); got.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(got.Header.Get("HX-Redirect"), "/sign-in") {
				t.Errorf("%s, a part of %s: %s %v", name, path, got.Status, got.Header)
			}
			if s.changes() != before {
				t.Errorf("%s, %s %s: changed something", name, method, path)
			}
		}
	}
}

// What is no text is refused before it gets anywhere, with a page that says so.
func TestWhatIsNoText(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	admin := s.signIn("admin")
	before := s.changes()
	for _, broken := range []string{"x\x00y", "\xff\xfe", "x\x1b[31m", "\x7f"} {
		form := url.Values{"path": {"/shop"}, "for": {"15m"}, "message": {broken}}
		if got := admin.post("/sites/lyceum/maintenance/close", form); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a message of %q: %s", broken, got.Status)
		}
		if got := admin.get("/sites/lyceum/audit?q=" + url.QueryEscape(broken)); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("a search for %q: %s", broken, got.Status)
		}
	}
	if got := admin.post("/sites/lyceum/maintenance/close", url.Values{"path": {"/" + strings.Repeat("a", 500)}, "for": {"15m"}}); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a path of 501 bytes: %s", got.Status)
	}
	if after := s.changes(); after != before {
		t.Error("something was changed")
	}
}

// What concerns every site needs somebody who shows that it is still them; a request by hand does not get around it.
func TestStepUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	admin := s.signIn("admin")
	s.wait(staff.StepUpLife)
	before := s.changes()
	somebody := "/people/" + uuid.Max.String()
	for _, c := range []struct {
		path string
		form url.Values
	}{
		{"/sites/all/maintenance/close", url.Values{"path": {"/"}}}, {"/sites/all/maintenance/plan", url.Values{"from_date": {"2027-01-01"}}},
		{"/sites/all/maintenance/end", url.Values{"window": {"lyceum:" + uuid.Max.String()}}}, {"/sites/all/maintenance/undo", url.Values{"change": {uuid.Max.String()}}},
		{"/people", url.Values{"email": {"ada@example.org"}, "name": {"Ada"}}}, {somebody + "/grants", url.Values{"role": {"admin"}, "site": {"all"}}}, {somebody + "/access", url.Values{"to": {"off"}}},
	} {
		got := admin.post(c.path, c.form, "Referer", "http://console.localhost:8787/sites/all/maintenance")
		if got.StatusCode != http.StatusSeeOther || got.to() != "/step-up?return=%2Fsites%2Fall%2Fmaintenance" {
			t.Errorf("%s: %s to %q", c.path, got.Status, got.to())
		}
	}
	if s.changes() != before {
		t.Error("something was changed without the proof")
	}
	if got := admin.post("/sites/lyceum/maintenance/close", url.Values{"path": {"/"}}); !strings.HasPrefix(got.to(), "/sites/lyceum/maintenance?change=") {
		t.Errorf("one site needs no proof, and was led to %q", got.to())
	}

	// As somebody else nothing is unlocked.
	if got := admin.prove("/step-up?return=/sites/all/maintenance", "ops"); got.StatusCode != http.StatusForbidden || !strings.Contains(got.text, "another account") {
		t.Errorf("another account: %s\n%s", got.Status, got.text)
	}
	if got := admin.post("/sites/all/maintenance/close", url.Values{"path": {"/"}}); !strings.HasPrefix(got.to(), "/step-up") {
		t.Errorf("after another account's proof: %s to %q", got.Status, got.to())
	}
	old := *admin.cookies["stagedoor_console"]
	if got := admin.prove("/step-up?return=/sites/all/maintenance", "admin"); got.to() != "/sites/all/maintenance" {
		t.Fatalf("%s to %q\n%s", got.Status, got.to(), got.text)
	}
	if got := admin.post("/sites/all/maintenance/close", url.Values{"path": {"/shows"}}); !strings.HasPrefix(got.to(), "/sites/all/maintenance?change=") {
		t.Errorf("after the proof: %s to %q\n%s", got.Status, got.to(), got.text)
	}
	if n := s.count("select count(distinct brand_id) from maintenance_windows where path_prefix = '/shows'"); n != len(brands) {
		t.Errorf("closed on %d sites", n)
	}
	thief := s.nobody()
	thief.cookies[old.Name] = &old
	if got := thief.get("/"); got.to() != "/sign-in" {
		t.Errorf("the cookie from before the proof still opens: %s to %q", got.Status, got.to())
	}
}

// Wherever a link says to go afterwards, it is a page of the console.
func TestNoOpenRedirect(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	for _, evil := range []string{
		"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)", "http:evil.example", `\\evil.example`, "///evil.example", "/%0d%0aLocation:%20https://evil.example",
	} {
		local := func(where, to string) {
			t.Helper()
			u, err := url.Parse(to)
			if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
				t.Errorf("%s with %q leads to %q", where, evil, to)
			}
		}
		q := "?return=" + url.QueryEscape(evil)
		p := s.nobody()
		if page := p.get("/sign-in" + q).text; strings.Contains(page, `href="`+evil) || strings.Contains(page, "href=\"https://evil") {
			t.Errorf("the page links to %q", evil)
		}
		local("signing in", p.prove("/sign-in/start"+q, "ops").to())
		local("being signed in", p.get("/sign-in"+q).to())
		local("step-up", p.prove("/step-up"+q, "ops").to())
		local("the switcher", p.get("/switch?site=lyceum&from="+url.QueryEscape(evil)).to())
		local("the referrer", p.post("/sites/nowhere/maintenance/close", nil, "Referer", evil).to()+"/")
		s.wait(10 * time.Minute) // there is a limit to sign-ins
	}
}

// Forms name windows and clicks. Those of other sites are refused, under whatever address.
func TestForgedForms(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	palace, err := s.editor.OpenWindow(t.Context(), "ops@stagedoor.example", edgeconfig.Window{Site: "palace", StartsAt: afternoon.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	p := s.signIn("venue-staff")
	id := palace[0].ID.String()
	before := s.changes()
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
	}{
		{"another site's window", "/sites/lyceum/maintenance/end", url.Values{"window": {"palace:" + id}}, http.StatusForbidden},
		{"its ID as their own", "/sites/lyceum/maintenance/end", url.Values{"window": {"lyceum:" + id}}, http.StatusUnprocessableEntity},
		{"under the other of their sites", "/sites/lyceum/maintenance/end", url.Values{"window": {"shubert:" + id}}, http.StatusForbidden},
		{"no window", "/sites/lyceum/maintenance/end", nil, http.StatusUnprocessableEntity},
		{"too many windows", "/sites/lyceum/maintenance/end", url.Values{"window": make([]string, 501)}, http.StatusUnprocessableEntity},
		{"a click that is not there", "/sites/lyceum/maintenance/undo", url.Values{"change": {uuid.Max.String()}}, http.StatusUnprocessableEntity},
		{"no click", "/sites/lyceum/maintenance/undo", nil, http.StatusNotFound},
		{"that window's ID for a new one", "/sites/lyceum/maintenance/close", url.Values{"id": {id}, "path": {"/"}}, http.StatusUnprocessableEntity},
		{"an ID that is none", "/sites/lyceum/maintenance/close", url.Values{"id": {"1"}}, http.StatusUnprocessableEntity},
		{"a time from nowhere", "/sites/lyceum/maintenance/close", url.Values{"for": {"999999h"}}, http.StatusUnprocessableEntity},
		{"a path that is none", "/sites/lyceum/maintenance/close", url.Values{"path": {"shows"}}, http.StatusUnprocessableEntity},
		{"a path with dots", "/sites/lyceum/maintenance/close", url.Values{"path": {"/../"}}, http.StatusUnprocessableEntity},
		{"not UTF-8", "/sites/lyceum/maintenance/close", url.Values{"message": {"\xff"}}, http.StatusUnprocessableEntity},
		{"a site that is none", "/sites/nowhere/maintenance/close", nil, http.StatusNotFound},
		{"a group that is not theirs", "/sites/all/maintenance/close", nil, http.StatusForbidden},
		{"more than a form", "/sites/lyceum/maintenance/close", url.Values{"message": {strings.Repeat("x", 2<<20)}}, http.StatusRequestEntityTooLarge},
	} {
		if got := p.post(c.path, c.form); got.StatusCode != c.status {
			t.Errorf("%s: %s, want %d\n%s", c.name, got.Status, c.status, got.text)
		}
		if s.changes() != before {
			t.Fatalf("%s: changed something", c.name)
		}
	}
	if n := s.count("select count(*) from maintenance_windows where ends_at is null"); n != 1 {
		t.Error("the window has ended")
	}
}

// A page of trouble leads to where somebody was, or to another try; not to itself.
func TestTroubleLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	const here = "http://console.localhost:8787"
	for _, c := range []struct {
		name, path, referer, want, lacks string
	}{
		{"typed", "/nowhere", "", `href="/">Home`, ">Back<"},
		{"from a page", "/nowhere", here + lyceum, `href="` + lyceum + `">Back`, ""},
		{"from itself", "/nowhere", here + "/nowhere", `href="/">Home`, ">Back<"},
		{"from another site", "/nowhere", "https://evil.example/x", `href="/">Home`, ">Back<"},
		{"not theirs", "/people", here + lyceum, `href="` + lyceum + `">Back`, ""},
	} {
		page := p.get(c.path, "Referer", c.referer).text
		if !strings.Contains(page, c.want) || c.lacks != "" && strings.Contains(page, c.lacks) || strings.Contains(page, "evil.example") {
			t.Errorf("%s:\n%s", c.name, page)
		}
	}
	if _, err := s.db.Exec(t.Context(), "alter table maintenance_windows rename to gone"); err != nil {
		t.Fatal(err)
	}
	if got := p.get(lyceum); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.text, `href="`+lyceum+`">Try again`) || strings.Contains(got.text, "relation") {
		t.Errorf("%s\n%s", got.Status, got.text)
	}
}

// Whoever begins to sign in again and again waits; whom the provider leaves waiting is told.
func TestSignInIsBounded(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	for range 20 {
		if got := s.nobody().get("/sign-in/start"); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s\n%s", got.Status, got.text)
		}
	}
	if got := s.nobody().get("/sign-in/start"); got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" || got.to() != "" {
		t.Errorf("the 21st: %s to %q", got.Status, got.to())
	}
	away := newStage(t, "http")
	away.provider.Close()
	if got := away.nobody().get("/sign-in/start"); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.text, "does not answer") {
		t.Errorf("without a provider: %s\n%s", got.Status, got.text)
	}
}
