package scanner_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

func TestWhoMayScan(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, c := range []struct {
		who, method, path string
		want              int
	}{
		{"left", "GET", s.door("lyceum", ""), http.StatusOK},
		{"right", "GET", s.door("lyceum", "/scan"), http.StatusOK},
		{"manager", "GET", s.door("all", "/list"), http.StatusOK},
		{"left", "GET", "/sites/lyceum/door", http.StatusOK},
		{"manager", "GET", "/sites/all/door", http.StatusOK},
		{"marketer", "GET", s.door("lyceum", "/list"), http.StatusForbidden},
		{"apollo", "GET", s.door("lyceum", "/list"), http.StatusForbidden},
		{"apollo", "GET", s.door("apollo", "/list"), http.StatusNotFound}, // another theatre's evening on one's own site
		{"apollo", "POST", s.door("apollo", "/scan"), http.StatusNotFound},
		{"apollo", "POST", s.door("apollo", "/facts"), http.StatusNotFound},
		{"marketer", "POST", s.door("lyceum", "/policy"), http.StatusForbidden},
		{"nobody", "GET", s.door("lyceum", "/list"), http.StatusSeeOther},
		{"nobody", "POST", s.door("lyceum", "/facts"), http.StatusSeeOther},
		{"left", "GET", "/sites/lyceum/door/nonsense", http.StatusNotFound},
		{"left", "GET", "/sites/lyceum/door/" + uuid.NewString(), http.StatusNotFound},
		{"nobody", "GET", "/scan-worker.js", http.StatusOK},
		{"nobody", "GET", "/scan.webmanifest", http.StatusOK},
		{"left", "GET", "/scan", http.StatusSeeOther},
	} {
		var body any
		if c.method == http.MethodPost {
			body = url.Values{}
		}
		if status, text, _ := s.ask(c.who, c.method, c.path, body); status != c.want {
			t.Errorf("%s %s %s: %d, want %d\n%.300s", c.who, c.method, c.path, status, c.want, text)
		}
	}
}

// The list names nobody, comes again only when it has changed, and says what time it is.
func TestTheListOfAPerformance(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.Issue(s.Evening, "stalls-A-1", "1")
	status, text, h := s.ask("left", "GET", s.door("lyceum", "/list"), nil)
	if status != http.StatusOK || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", status, h)
	}
	if strings.Contains(text, "Ada") || strings.Contains(text, "example.org") {
		t.Errorf("it names people: %s", text)
	}
	var list scan.List
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Tickets) != 1 || list.Tickets[0].ID != one.ID || len(list.Keys) != 1 {
		t.Errorf("%v: %s", err, text)
	}
	if now, err := time.Parse(time.RFC3339Nano, h.Get("Stagedoor-Now")); err != nil || now.Location() != time.UTC {
		t.Errorf("the house’s time: %q", h.Get("Stagedoor-Now"))
	}
	tag := h.Get("ETag")
	if status, _, _ := s.ask("left", "GET", s.door("lyceum", "/list"), nil, "If-None-Match", tag); status != http.StatusNotModified {
		t.Errorf("asked again: %d", status)
	}
	s.Issue(s.Evening, "stalls-A-2", "2")
	if status, _, _ := s.ask("left", "GET", s.door("lyceum", "/list"), nil, "If-None-Match", tag); status != http.StatusOK {
		t.Errorf("asked after a sale: %d", status)
	}
}

func TestADeviceTalksToTheHouse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one, other := s.Issue(s.Evening, "stalls-A-1", "1"), s.Issue(s.Evening, "stalls-A-2", "2")
	send := func(code string) map[string]any {
		t.Helper()
		status, text, _ := s.ask("left", "POST", s.door("lyceum", "/scan"), map[string]any{
			"scan": uuid.New(), "code": code, "direction": "in", "device": "d1", "device_name": "Front 1", "door": "Front", "at": time.Now(),
		})
		var answer map[string]any
		if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		return answer
	}
	if a := send(one.Code); a["result"] != "in" || a["seat"] != "Stalls, row A, seat 1" || a["type"] != "adult" || strings.Contains(toText(a), "secret") {
		t.Errorf("%v", a)
	}
	if a := send(one.Code); a["reason"] != "already_in" || a["was"].(map[string]any)["door"] != "Front" || a["was"].(map[string]any)["person"] != "left@example.com" {
		t.Errorf("%v", a)
	}
	fact := map[string]any{"scan": uuid.New(), "result": "in", "ticket": other.ID, "device": "d2", "device_name": "Side", "door": "Side", "at": time.Now(), "person": "somebody@else.example"}
	status, text, _ := s.ask("right", "POST", s.door("lyceum", "/facts"), map[string]any{"facts": []any{fact}})
	if status != http.StatusOK || !strings.Contains(text, `"kept":1`) {
		t.Errorf("%d %s", status, text)
	}
	_, text, _ = s.ask("left", "GET", s.door("lyceum", "/list"), nil)
	if strings.Contains(text, "somebody@else.example") || !strings.Contains(text, "right@example.com") {
		t.Errorf("a device says who holds it: %s", text)
	}
	for name, body := range map[string]any{
		"no JSON": "{", "a list": "[]", "no IDs": map[string]any{"code": "x"}, "a bad ID": `{"scan":"x"}`,
		"a code without end":     map[string]any{"scan": uuid.New(), "direction": "in", "device": "d", "code": strings.Repeat("x", 1000), "at": time.Now()},
		"a direction of its own": map[string]any{"scan": uuid.New(), "direction": "up", "device": "d", "code": "x", "at": time.Now()},
	} {
		if status, text, _ := s.ask("left", "POST", s.door("lyceum", "/scan"), body); status != http.StatusUnprocessableEntity || !strings.Contains(text, `"detail":`) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, _, _ := s.ask("left", "POST", s.door("lyceum", "/facts"), strings.Repeat(" ", 2<<20)+"{}"); status != http.StatusRequestEntityTooLarge {
		t.Errorf("two megabytes: %d", status)
	}
}

func toText(v any) string { text, _ := json.Marshal(v); return string(text) }

func TestTheDoorsAreOpenedByHand(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	post := func(form url.Values) string {
		t.Helper()
		status, text, h := s.ask("left", "POST", s.door("lyceum", "/policy"), form)
		if status != http.StatusSeeOther {
			return text
		}
		_, text, _ = s.ask("left", "GET", h.Get("Location"), nil)
		return text
	}
	if page := post(url.Values{"minutes": {"30"}}); !strings.Contains(page, "Open the doors now") {
		t.Errorf("half an hour before, an hour before it begins:\n%s", page)
	}
	if page := post(url.Values{"do": {"open"}}); !strings.Contains(page, "opened by hand") || strings.Contains(page, "Open the doors now") {
		t.Errorf("opened:\n%s", page)
	}
	for _, minutes := range []string{"", "x", "-1", "5000"} {
		if page := post(url.Values{"minutes": {minutes}}); !strings.Contains(page, "Nothing was changed") {
			t.Errorf("%q minutes:\n%s", minutes, page)
		}
	}
}
