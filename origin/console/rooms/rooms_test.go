package rooms_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// plan is the form of a new room as somebody fills it in.
func plan(change ...string) url.Values {
	form := url.Values{
		"id": {"hamlet"}, "name": {"Hamlet"}, "brand": {"lyceum"}, "paths": {"/shows/hamlet"}, "mode": {"fifo"}, "active": {"500"}, "per_minute": {"300"},
		"pass": {"10"}, "poll": {"15"}, "stay": {"5"}, "status": {"200"}, "network": {"0"},
	}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func contains(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%d, it does not say %q:\n%s", a.status, text, a.body)
			return
		}
	}
}

func TestARoomIsPlannedRunAndTakenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	contains(t, s.get("ops", "/sites/lyceum/rooms"), "No waiting rooms", "Plan a waiting room", `aria-current="page"`)
	contains(t, s.get("ops", "/sites/lyceum/rooms/new"), "Europe/London time", "Hamlet", "Lottery", "Who goes in first")
	made := s.post("ops", "/sites/lyceum/rooms", plan("mode", "lottery", "opens", "2026-11-22T09:00", "sale", "2026-11-22T10:00"))
	contains(t, made, "Visitors pass through it from Sun 22 Nov 2026, 09:00 GMT", "Planned", "has not been told of this room yet", "secret until the sale begins")
	if r := s.room("hamlet"); r.Mode != waiting.Lottery || !r.Event.SaleAt.Equal(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)) || r.CreatedBy != "ops@example.com" {
		t.Errorf("%+v", r)
	}
	s.set(func() { s.status, s.err = running(), nil })
	page := s.get("venue", "/sites/lyceum/rooms/hamlet")
	contains(t, page, "1,234", "of 500 at most", "4 min to 7 min", "6.5 %", "<svg", "limit 500", "Silent", "Reports")
	if strings.Contains(page.body, "Set limits") {
		t.Error("venue staff are offered to change it")
	}
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/limits", url.Values{"active": {"1,200"}, "per_minute": {"0"}}), "Limits set: 1,200 inside, as many a minute as there is room for.", "Undo")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/switch", url.Values{"to": {"pause"}}), "Paused: nobody new comes in", "Let people in again")
	// Turned away for a while, a lottery is one again afterwards.
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/switch", url.Values{"to": {"reject"}}), "New visitors are turned away", "Turning away")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/switch", url.Values{"to": {"queue"}}), "let in again as before")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/message", url.Values{"message": {"Nearly there."}}), "read the message within seconds")
	r := s.room("hamlet")
	if r.Active != 1200 || r.PerMinute != 0 || !r.Paused || r.Message != "Nearly there." || r.Mode != waiting.Lottery || len(s.tended) != 6 {
		t.Errorf("%+v, tended %q", r, s.tended)
	}
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/undo", url.Values{"version": {"6"}}), "Taken back.")
	if r := s.room("hamlet"); r.Message != "" || !r.Paused {
		t.Errorf("%+v", r)
	}
	// The same undo again would take back something else: it is refused.
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/undo", url.Values{"version": {"6"}}), "Nothing was changed")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/delete", url.Values{"version": {"7"}}), "is deleted", "No waiting rooms")
	if a := s.get("ops", "/sites/lyceum/rooms/hamlet"); a.status != http.StatusNotFound {
		t.Errorf("a deleted room: %d", a.status)
	}
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/undo", url.Values{"version": {"8"}}), "Taken back.", "Hamlet")
}

func TestWhatIsTypedWrongIsMarked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, tc := range []struct {
		name string
		form url.Values
		says []string
	}{
		{"no short name", plan("id", ""), []string{`id="id-fault"`, "lower-case letters"}},
		{"the form's own address", plan("id", "new"), []string{`id="id-fault"`}},
		{"no name", plan("name", ""), []string{`id="name-fault"`, `aria-invalid="true"`}},
		{"no number", plan("active", "many"), []string{`id="active-fault"`, "Please give a number"}},
		{"too long a pass", plan("pass", "2000"), []string{`id="pass-fault"`, "<details class=\"plain-details\" open"}},
		{"a lottery without a pre-queue", plan("mode", "lottery", "sale", "2026-11-22T10:00"), []string{`id="sale-fault"`, "the start of the pre-queue"}},
		{"a time that does not exist", plan("sale", "2027-03-28T01:30"), []string{`id="sale-fault"`, "does not exist"}},
		{"no seat map", plan("seat", "tonight"), []string{`id="seat-fault"`}},
		{"a performance that is not there", plan("seat", "/performances/0190c3a2-5d1e-7c3a-9a51-3f6f2f0f9a11"), []string{"names nothing that is on the programme"}},
		{"a path without a slash", plan("paths", "shows"), []string{`id="paths-fault"`}},
	} {
		a := s.post("ops", "/sites/lyceum/rooms", tc.form)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", tc.name, a.status)
		}
		contains(t, a, tc.says...)
		contains(t, a, "2") // what was typed is still there
	}
	if list, err := s.editor.Rooms(t.Context(), edgeconfig.AllSites); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	both := plan()
	both["brand"] = []string{"lyceum", "shubert"}
	if a := s.post("house-ops", "/sites/lyceum/rooms", both); a.status != http.StatusForbidden {
		t.Errorf("ops of one theatre make a room on two: %d", a.status)
	}
	if a := s.post("ops", "/sites/lyceum/rooms", both); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	const at = "/sites/lyceum/rooms/hamlet"
	for _, tc := range []struct {
		who, method, path string
		want              int
	}{
		{"venue", "GET", at, 200}, {"marketer", "GET", at, 200}, {"nobody", "GET", at, 403}, {"shubert-ops", "GET", at, 403},
		{"shubert-ops", "GET", "/sites/shubert/rooms/hamlet", 200}, {"venue", "GET", "/sites/lyceum/rooms/new", 403},
		{"venue", "POST", at + "/switch", 403}, {"marketer", "POST", at + "/limits", 403},
		{"house-ops", "POST", at + "/switch", 403}, {"house-ops", "POST", at + "/revoke", 403}, {"house-ops", "POST", at + "/delete", 403}, {"house-ops", "POST", at + "/undo", 403},
		{"ops", "POST", "/sites/lyceum/rooms/macbeth/switch", 404}, {"stranger", "GET", at, 303}, {"ops", "GET", "/sites/stagedoor/rooms/hamlet", 404},
	} {
		if a := s.do(tc.who, tc.method, tc.path, url.Values{"to": {"drain"}, "version": {"1"}}); a.status != tc.want {
			t.Errorf("%s %s %s: %d, want %d", tc.who, tc.method, tc.path, a.status, tc.want)
		}
	}
	if r := s.room("hamlet"); r.Version != 1 || r.Drained {
		t.Errorf("%+v", r)
	}
	// For the whole group one shows that it is still them, first.
	s.set(func() { s.fresh = false })
	if a := s.do("ops", "POST", "/sites/all/rooms/hamlet/switch", url.Values{"to": {"pause"}}); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/step-up") {
		t.Errorf("%+v", a)
	}
}

func TestTwoChangeTheSameRoom(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.post("ops", "/sites/lyceum/rooms", plan())
	s.post("ops", "/sites/lyceum/rooms/hamlet/limits", url.Values{"active": {"7"}, "per_minute": {"8"}})
	a := s.post("house-ops", "/sites/lyceum/rooms/hamlet/edit", plan("version", "1", "active", "900"))
	if a.status != http.StatusConflict || s.room("hamlet").Active != 7 {
		t.Errorf("%d, %+v", a.status, s.room("hamlet"))
	}
	contains(t, a, "ops@example.com has changed this room meanwhile", `value="7"`)
	contains(t, s.post("house-ops", "/sites/lyceum/rooms/hamlet/edit", plan("version", "2", "active", "900")), "Saved.")
}

func TestTheEdgeIsAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.set(func() { s.publish, s.err = errors.New("no route"), errors.New("no route") })
	contains(t, s.post("ops", "/sites/lyceum/rooms", plan()), "Saved, but the edge could not be told yet", "does not answer just now")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/revoke", url.Values{"visitor": {strings.Repeat("5F", 16)}}), "could not be told yet and is told as soon as it answers")
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/revoke", url.Values{"visitor": {"5f"}}), "32 digits and letters")
	s.set(func() { s.err = nil })
	contains(t, s.post("ops", "/sites/lyceum/rooms/hamlet/revoke", url.Values{"visitor": {strings.Repeat("5f", 16)}}), "count no more")
}

func TestLiveView(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.post("ops", "/sites/lyceum/rooms", plan())
	s.set(func() { s.status, s.err = running(), nil })
	next := s.follow("venue", "/sites/lyceum/rooms/hamlet/live")
	if now, drawn := next(), next(); !strings.Contains(now, "1,234") || !strings.Contains(drawn, "<svg") || !strings.Contains(drawn, "People waiting over the last") {
		t.Fatalf("%q %q", now, drawn)
	}
	// A silent coordinator is said, and what it said last stays.
	s.set(func() { s.err = errors.New("no route") })
	got := next()
	for got != "" && !strings.Contains(got, "does not answer just now") { // one may have been on its way
		got = next()
	}
	if !strings.Contains(got, "1,234") {
		t.Errorf("%q", got)
	}
	if a := s.get("venue", "/sites/lyceum/rooms/hamlet/live"); a.status != http.StatusSeeOther {
		t.Errorf("without a stream: %d", a.status)
	}
	if a := s.get("nobody", "/sites/lyceum/rooms/hamlet/live"); a.status != http.StatusForbidden {
		t.Errorf("nobody: %d", a.status)
	}
}
