package e2e_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// closeOnBuyers closes a theatre on two people who are buying: staff see that there are some, the one may finish and the
// other, when staff say so, may not.
func closeOnBuyers(t *testing.T, h *openHouse) {
	c := signIn(t, h, "venue-staff")
	const maintenance = "/sites/lyceum/maintenance"
	performance, seats := scarce(t, h, "lyceum", 1)
	first, second := newShopper(h, "lyceum"), newShopper(h, "lyceum")
	held := [2]string{first.toCheckout(t, performance, seats[0]), second.toCheckout(t, performance, seats[1])}
	c.until(maintenance, "2 people are holding seats")

	stranger := newShopper(h, "lyceum")
	c.post(maintenance+"/close", url.Values{"checkout": {"yes"}, "path": {"/"}})
	stranger.until(t, "/", http.StatusServiceUnavailable)
	if _, err := first.pay(held[0], seats[0]); err != nil {
		t.Errorf("the one who was paying can't finish: %v", err)
	}
	c.endAll(maintenance)
	stranger.until(t, "/", http.StatusOK)

	c.post(maintenance+"/close", url.Values{"path": {"/"}})
	stranger.until(t, "/", http.StatusServiceUnavailable)
	if status := second.see(t, "/checkout/"+held[1]); status != http.StatusServiceUnavailable {
		t.Errorf("nobody may finish, and the checkout answers %d", status)
	}
	c.endAll(maintenance)
	stranger.until(t, "/", http.StatusOK)
	if _, err := second.pay(held[1], seats[1]); err != nil {
		t.Errorf("open again, the seat is not for its holder: %v", err)
	}
}

// toCheckout holds a seat and goes on to pay for it.
func (s *shopper) toCheckout(t *testing.T, performance, seat string) string {
	t.Helper()
	var held struct{ ID string }
	status, code, err := s.call(http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": performance, "seats": []string{seat}}, &held)
	if err != nil || status != http.StatusCreated {
		t.Fatalf("hold: %d %s %v", status, code, err)
	}
	if status := s.see(t, "/checkout/"+held.ID); status != http.StatusOK {
		t.Fatalf("the checkout answers %d", status)
	}
	return held.ID
}

// see opens a page and returns its status.
func (s *shopper) see(t *testing.T, path string) int {
	t.Helper()
	res, err := s.client.Get(s.site + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// until opens a page until it has a status.
func (s *shopper) until(t *testing.T, path string, status int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if s.see(t, path) == status {
			return
		}
	}
	t.Fatalf("%s never answers %d", path, status)
}

// until opens a page of the console until it says something.
func (c *colleague) until(path, want string) string {
	c.t.Helper()
	var page string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if page, _ = c.get(c.h.at("console", path)); strings.Contains(page, want) {
			return page
		}
	}
	c.t.Fatalf("%s never says %q:\n%s", path, want, page)
	return ""
}

// endAll ends every window that a page shows.
func (c *colleague) endAll(path string) {
	c.t.Helper()
	page, _ := c.get(c.h.at("console", path))
	windows := windowField.FindAllStringSubmatch(page, -1)
	if len(windows) == 0 {
		c.t.Fatalf("%s shows no window to end", path)
	}
	for _, w := range windows {
		c.post(path+"/end", url.Values{"window": {w[1]}})
	}
}
