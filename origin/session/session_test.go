package session_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/session"
)

func TestVisitor(t *testing.T) {
	t.Parallel()
	known := strings.Repeat("0a", 16)
	cases := []struct {
		name   string
		cookie string
		kept   bool
	}{
		{name: "first visit", cookie: ""},
		{name: "a known browser", cookie: known, kept: true},
		{name: "too short", cookie: "abc"},
		{name: "upper case is not ours", cookie: strings.Repeat("0A", 16)},
		{name: "not hexadecimal", cookie: strings.Repeat("zz", 16)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var seen string
			handler := session.Visitor(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				seen = session.ID(r.Context())
			}))
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Header.Set("X-Forwarded-Proto", "https")
			if c.cookie != "" {
				request.AddCookie(&http.Cookie{Name: session.CookieName, Value: c.cookie})
			}
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			set := recorder.Result().Cookies()
			if c.kept {
				if seen != c.cookie || len(set) != 0 {
					t.Fatalf("saw %q and set %v, want the cookie kept", seen, set)
				}
				return
			}
			if len(set) != 1 || set[0].Value != seen || len(seen) != 32 || seen == c.cookie {
				t.Fatalf("saw %q and set %v, want a fresh session", seen, set)
			}
			if !set[0].HttpOnly || !set[0].Secure || set[0].SameSite != http.SameSiteLaxMode {
				t.Errorf("cookie %v: want HttpOnly, Secure and SameSite=Lax", set[0])
			}
		})
	}
}

// What is the same for everyone may be kept by caches, and one visitor's session must not be handed to others there.
func TestOnlyWhoAsksForTheSessionSetsIt(t *testing.T) {
	t.Parallel()
	answer := func(handler http.HandlerFunc) *http.Response {
		recorder := httptest.NewRecorder()
		session.Visitor(nil, handler).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
		return recorder.Result()
	}
	if set := answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("everyone's")) }).Cookies(); len(set) != 0 {
		t.Errorf("a page for everyone set %v", set)
	}
	streamed := answer(func(w http.ResponseWriter, r *http.Request) {
		_ = session.ID(r.Context())
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	if len(streamed.Cookies()) != 1 {
		t.Errorf("a stream for one visitor set %v", streamed.Cookies())
	}
}
