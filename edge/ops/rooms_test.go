package ops_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// rooms remembers what it was asked, and answers.
type rooms struct {
	asked  string
	status int
	answer string
	err    error
}

func (r *rooms) Ask(_ context.Context, room, method, path string, body []byte) (int, []byte, error) {
	r.asked = room + " " + method + " " + path + " " + string(body)
	return r.status, []byte(r.answer), r.err
}

func TestRooms(t *testing.T) {
	tests := []struct {
		name, method, target, kind, body string
		told                             int // what the coordinator answers
		fault                            error
		asked, says                      string
		status                           int
	}{
		{"status", "GET", "/rooms/romeo", "", "", 200, nil, "romeo GET /status ", `{"a":"b"}`, 200},
		{"config", "PUT", "/rooms/romeo", "application/json", `{"id":"romeo","revision":3}`, 200, nil, `romeo PUT /config {"id":"romeo","revision":3}`, `{"a":"b"}`, 200},
		{"a config that the room refuses", "PUT", "/rooms/romeo", "application/json; charset=utf-8", `{"id":"romeo"}`, 422, nil, `romeo PUT /config {"id":"romeo"}`, `{"a":"b"}`, 422},
		{"revoke", "POST", "/rooms/romeo/revoke", "application/json", `{"session":"00"}`, 200, nil, `romeo POST /revoke {"session":"00"}`, `{"a":"b"}`, 200},
		{"of another room", "PUT", "/rooms/romeo", "application/json", `{"id":"juliet"}`, 200, nil, "", "id: must be", 422},
		{"a form", "POST", "/rooms/romeo/revoke", "application/x-www-form-urlencoded", "session=00", 200, nil, "", "application/json", 415},
		{"no JSON", "PUT", "/rooms/romeo", "application/json", "{", 200, nil, "", "not JSON", 400},
		{"too large", "PUT", "/rooms/romeo", "application/json", `"` + strings.Repeat("x", 64<<10) + `"`, 200, nil, "", "larger", 413},
		{"no such ID", "GET", "/rooms/Romeo", "", "", 200, nil, "", "A room's ID", 404},
		{"a long ID", "GET", "/rooms/" + strings.Repeat("r", 41), "", "", 200, nil, "", "A room's ID", 404},
		{"the coordinator is away", "GET", "/rooms/romeo", "", "", 0, errors.New("injected: secret detail"), "romeo GET /status ", "cannot be reached", 502},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, http.NotFound)
			r := &rooms{status: test.told, answer: `{"a":"b"}`, err: test.fault}
			s.Rooms = r
			request := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
			request.Header.Set("Authorization", "Bearer "+token)
			request.Header.Set("Content-Type", test.kind)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, request)
			body := w.Body.String()
			if w.Code != test.status || r.asked != test.asked || !strings.Contains(body, test.says) || strings.Contains(body, "secret") {
				t.Errorf("%d %s; asked %q", w.Code, body, r.asked)
			}
			if kind := w.Header().Get("Content-Type"); (test.status < 400) != (kind == "application/json") {
				t.Errorf("it is %s", kind)
			}
		})
	}
	s := open(t, http.NotFound)
	if status, body := s.get("/rooms/romeo"); status != 502 {
		t.Errorf("not bound: %d %s", status, body)
	}
	if status, body := s.get("/rooms/romeo", "Authorization", ""); status != 401 {
		t.Errorf("no token: %d %s", status, body)
	}
}
