package console_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

const lyceum = "/sites/lyceum/maintenance"

func newID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func (s *stage) windows() []edgeconfig.Window {
	s.t.Helper()
	list, err := s.editor.Windows(s.t.Context(), edgeconfig.AllSites)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *stage) last() staff.Record {
	s.t.Helper()
	list, err := s.desk.Records(s.t.Context(), staff.Filter{Most: 1})
	if err != nil || len(list) == 0 {
		s.t.Fatal(err)
	}
	return list[0]
}

// visitorsGet sets what the edge does with visitors.
func (s *stage) visitorsGet(seen maintenance.Seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edge = func(string, string) maintenance.Seen { return seen }
}

// part is how far a click has come.
func (p *person) part(from string) string {
	p.s.t.Helper()
	return p.get(strings.Replace(from, "?", "/progress?", 1), "HX-Request", "true").text
}

// untilPart asks as the page does until it says something.
func (p *person) untilPart(from, want string) string {
	p.s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if text := p.part(from); strings.Contains(text, want) {
			return text
		}
	}
	p.s.t.Fatalf("after a minute the page still does not say %q: %s", want, p.part(from))
	return ""
}

func TestCloseAndOpen(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	if page := p.get(lyceum).text; !strings.Contains(page, "Lyceum Theatre is open") || !strings.Contains(page, "3 people are holding seats; 1 order is waiting for payment.") {
		t.Errorf("the page says neither that it is open nor who is buying:\n%s", page)
	}
	form := url.Values{"id": {newID(t)}, "for": {"1h"}, "message": {"The curtain <stuck>.\r\nSorry."}, "path": {"/"}, "checkout": {"yes"}}
	closed := p.post(lyceum+"/close", form, "X-Request-Id", "the-request")
	if closed.StatusCode != http.StatusSeeOther || !strings.HasPrefix(closed.to(), lyceum+"?change=") {
		t.Fatalf("%s to %q\n%s", closed.Status, closed.to(), closed.text)
	}
	list := s.windows()
	if len(list) != 1 || list[0].Site != "lyceum" || !list[0].StartsAt.Equal(afternoon) || !list[0].EndsAt.Equal(afternoon.Add(time.Hour)) ||
		list[0].Message != "The curtain <stuck>.\nSorry." || !list[0].AllowCheckout || list[0].CreatedBy != "venue-staff@stagedoor.example" {
		t.Fatalf("the windows are %+v", list)
	}
	record := s.last()
	var after edgeconfig.Window
	if err := json.Unmarshal(record.After, &after); err != nil || len(record.Before) != 0 || after.ID != list[0].ID || after.Message != list[0].Message {
		t.Errorf("the log holds %s, then %s (%v)", record.Before, record.After, err)
	}
	if record.Action != "maintenance.open" || record.Target != "site:lyceum" || record.Actor != "venue-staff@stagedoor.example" || record.IP != "192.0.2.7" || record.RequestID != "the-request" {
		t.Errorf("the log says %+v", record)
	}

	page := p.get(closed.to()).text
	for _, want := range []string{"Lyceum Theatre is closed", "The curtain &lt;stuck&gt;.", "Sat 21 Nov 2026, 15:00 to 16:00 GMT", "Telling the edge…", "Undo: open again"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(p.get(closed.to()).text, "Undo: open again") {
		t.Error("a message is shown twice")
	}
	// The same form again, by a second click or a reload, closes nothing twice.
	if again := p.post(lyceum+"/close", form); again.StatusCode != http.StatusSeeOther || len(s.windows()) != 1 || s.last().ID != record.ID {
		t.Errorf("again: %s, %d windows", again.Status, len(s.windows()))
	}

	// It is in force when the edge was seen to obey, and not before.
	s.wait(2 * time.Second)
	s.visitorsGet(maintenance.SeenClosed)
	if part := p.untilPart(closed.to(), "In force at the edge since 15:00:02 GMT"); !strings.Contains(part, "2.0 s") {
		t.Errorf("the page says %s", part)
	}

	s.wait(time.Minute)
	ended := p.post(lyceum+"/end", url.Values{"window": {"lyceum:" + list[0].ID.String()}})
	if ended.StatusCode != http.StatusSeeOther || len(s.windows()) != 0 {
		t.Fatalf("%s, %d windows are left", ended.Status, len(s.windows()))
	}
	record = s.last()
	var was, is edgeconfig.Window
	if err := errors.Join(json.Unmarshal(record.Before, &was), json.Unmarshal(record.After, &is)); err != nil || !was.EndsAt.Equal(afternoon.Add(time.Hour)) || !is.EndsAt.Equal(s.now()) {
		t.Errorf("the log holds %s, then %s (%v)", record.Before, record.After, err)
	}
	if strings.Contains(p.part(ended.to()), "Open again at the edge") {
		t.Error("the page says that it is open while the edge says closed")
	}
	s.visitorsGet(maintenance.SeenOpen)
	p.untilPart(ended.to(), "Open again at the edge since")

	// And back.
	undo := regexp.MustCompile(`change=([0-9a-f-]+)`).FindStringSubmatch(ended.to())
	if got := p.post(lyceum+"/undo", url.Values{"change": {undo[1]}}); got.StatusCode != http.StatusSeeOther || len(s.windows()) != 1 || s.last().Action != "maintenance.resume" {
		t.Errorf("undo: %s, %d windows, %s", got.Status, len(s.windows()), s.last().Action)
	}
}

// A site that another window keeps closed is not waited for.
func TestOpenedButKeptClosed(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	p.post(lyceum+"/close", url.Values{"path": {"/"}, "id": {newID(t)}})
	p.post(lyceum+"/close", url.Values{"path": {"/shows"}, "id": {newID(t)}})
	s.wait(time.Second)
	for _, w := range s.windows() {
		if w.PathPrefix == "/shows" {
			ended := p.post(lyceum+"/end", url.Values{"window": {"lyceum:" + w.ID.String()}})
			if part := p.part(ended.to()); !strings.Contains(part, "another one keeps Lyceum Theatre closed") {
				t.Errorf("the page says %s", part)
			}
		}
	}
}

// When the edge can't be told the click is not lost, and the page does not say that it was done.
func TestPublishingFails(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	s.mu.Lock()
	s.publish, s.buyers = errors.New("KV is away"), errors.New("Redis is away")
	s.mu.Unlock()
	closed := p.post(lyceum+"/close", url.Values{"path": {"/"}})
	page := p.get(closed.to()).text
	if !strings.Contains(page, "Saved, but the edge could not be told yet.") || strings.Contains(page, "In force at the edge") || len(s.windows()) != 1 {
		t.Errorf("%d windows, and the page says:\n%s", len(s.windows()), page)
	}
	if !strings.Contains(page, "can’t be counted just now") {
		t.Error("the page does not say that buyers can't be counted")
	}
}

// What was typed comes back with the reason, and nothing is changed.
func TestFaultsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	long := strings.Repeat("é", 300)
	got := p.post(lyceum+"/close", url.Values{"message": {long}, "for": {"2h"}, "path": {"/shows"}})
	if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.text, "The message is too long") || !strings.Contains(got.text, long) ||
		!strings.Contains(got.text, `<option value="2h" selected>`) || !strings.Contains(got.text, `value="/shows"`) || len(s.windows()) != 0 {
		t.Errorf("%s, %d windows\n%s", got.Status, len(s.windows()), got.text)
	}
}

// The preview is the edge's own page, and as strict.
func TestPreview(t *testing.T) {
	t.Parallel()
	s := newStage(t, "http")
	p := s.signIn("venue-staff")
	got := p.get(lyceum + "/preview?" + url.Values{"message": {"<script>alert(1)</script> Back soon."}, "for": {"1h"}, "path": {"/"}}.Encode())
	if got.StatusCode != http.StatusOK || strings.Contains(got.text, "<script>alert") || !strings.Contains(got.text, "Back soon.") || !strings.Contains(got.text, "16:00") {
		t.Errorf("%s\n%s", got.Status, got.text)
	}
	for range 60 { // one in eighteen failed when its key was no text
		if again := p.get(lyceum + "/preview?message=Back+soon."); again.StatusCode != http.StatusOK {
			t.Fatalf("looked at once more: %s", again.Status)
		}
	}
	policy := got.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	if len(s.windows()) != 0 {
		t.Error("a preview closes the site")
	}
}

// Cookies and headers, over http on this machine and over https elsewhere.
func TestCookiesAndHeaders(t *testing.T) {
	t.Parallel()
	s := newStage(t, "https")
	p := s.signIn("ops")
	for _, name := range []string{"__Host-stagedoor_console", "stagedoor_signin"} {
		if c := p.cookies[name]; c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/" {
			t.Errorf("%s: %v", name, c)
		}
	}
	plain := newStage(t, "http").signIn("ops").cookies["stagedoor_console"]
	if plain == nil || plain.Secure || !plain.HttpOnly {
		t.Errorf("over http: %v", plain)
	}
	for _, path := range []string{"/", lyceum, "/nowhere", "/people"} {
		h := p.get(path).Header
		policy := h.Get("Content-Security-Policy")
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") ||
			!strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %v", path, h)
		}
	}
}
