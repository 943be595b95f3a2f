package house

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stagedoor/stagedoor/origin/session"
)

// What another site's page makes a browser send is refused, also one of our own theatres'; the Host header is the
// origin's, not the site's, and says nothing.
func TestSameSite(t *testing.T) {
	t.Parallel()
	const here = "https://console.stagedoor.example"
	for _, c := range []struct {
		name, method, fetchSite, origin string
		want                            bool
	}{
		{"the page's own form", http.MethodPost, "same-origin", here, true},
		{"an old browser's own form", http.MethodPost, "", here, true},
		{"a program", http.MethodPost, "", "", true},
		{"a link from elsewhere", http.MethodGet, "cross-site", "", true},
		{"another site's form", http.MethodPost, "cross-site", "https://evil.example", false},
		{"a theatre's form", http.MethodPost, "same-site", "https://lyceum.stagedoor.example", false},
		{"an old browser with another site's form", http.MethodPost, "", "https://evil.example", false},
		{"an old browser with a theatre's form", http.MethodPost, "", "https://lyceum.stagedoor.example", false},
		{"a page without an origin", http.MethodPost, "", "null", false},
		{"the origin's own name", http.MethodPost, "", "https://origin.example", false},
		{"another port", http.MethodPost, "", here + ":8443", false},
		{"another method", http.MethodDelete, "cross-site", "", false},
	} {
		reached := false
		handler := sameSite(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		r := httptest.NewRequest(c.method, "https://origin.example/sites/lyceum/maintenance/close", nil)
		for name, value := range map[string]string{"Sec-Fetch-Site": c.fetchSite, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", here)))
		if reached != c.want || !c.want && w.Code != http.StatusForbidden {
			t.Errorf("%s: reached is %v, status %d", c.name, reached, w.Code)
		}
	}
}
