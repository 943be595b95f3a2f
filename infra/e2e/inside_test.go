package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// keepInside asks a theatre's site for what only those who run the house may see, and for what anyone may see but
// nobody may share.
func keepInside(t *testing.T, h *openHouse) {
	client := newClient(h) // not every resolver knows where *.localhost is
	get := func(address string, header ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	for _, path := range []string{"/metrics", "/readyz", "/dev/mail", "/dev/mail/1", "/healthz"} {
		if answer := get(h.site() + path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d on a theatre's site", path, answer.StatusCode)
		}
		inside := fmt.Sprintf("http://127.0.0.1:%d%s", h.port+1, strings.TrimSuffix(path, "/1"))
		if answer := get(inside); answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d to whoever runs the house", path, answer.StatusCode)
		}
	}
	var list struct{ Shows []struct{ Slug string } }
	if status, code, err := newShopper(h, "savoy").call(http.MethodGet, "/api/v1/shows", nil, &list); err != nil || status != http.StatusOK || len(list.Shows) == 0 {
		t.Fatalf("the shows: %d %s %v", status, code, err)
	}
	show := list.Shows[0].Slug
	for _, path := range []string{"/api/v1/shows", "/posters/" + show + ".svg", "/sitemap.xml"} {
		answer := get(h.site() + path)
		if shared := answer.Header.Get("Cache-Control"); !strings.Contains(shared, "public") || answer.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: Cache-Control %q with Set-Cookie %q", path, shared, answer.Header.Get("Set-Cookie"))
		}
	}
	if answer := get(h.site() + "/shows/" + show + "/"); answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/shows/"+show {
		t.Errorf("a slash too many leads to %s: %s", answer.Request.URL, answer.Status)
	}
	for _, site := range []string{"savoy", "stagedoor", "console"} {
		if answer := get(h.at(site, "/favicon.ico")); answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "image/") {
			t.Errorf("the icon of %s: %s %s", site, answer.Status, answer.Header.Get("Content-Type"))
		}
	}
}
