package local_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
)

// limited opens a site that answers /api/v1/shows and allows so many requests
// an hour, of which none comes back while a test runs.
func limited(t *testing.T, requests int) *brand {
	t.Helper()
	b := open(t, func(s *site.Site) { s.Limits = []site.Limit{{Class: site.ClassAPI, Requests: requests, Period: 3600}} })
	b.handle("GET /api/v1/shows", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) })
	return b
}

// pass asks so many times and fails the test unless every request goes through.
func (b *brand) pass(times int, what string) {
	b.t.Helper()
	for i := range times {
		if status, body := b.get("/api/v1/shows"); status != http.StatusOK {
			b.t.Fatalf("%s: request %d: %d %s", what, i+1, status, body)
		}
	}
}

func TestLimitOfOneIsolate(t *testing.T) {
	b := limited(t, 3)
	for i := range 3 {
		response := b.do(b.request("GET", "/api/v1/shows", nil))
		if response.StatusCode != http.StatusOK || response.Header.Get("RateLimit-Policy") != `"api";q=3;w=3600` ||
			!strings.HasPrefix(response.Header.Get("RateLimit"), `"api";r=`+strconv.Itoa(2-i)+";t=") {
			t.Fatalf("request %d: %d %v", i+1, response.StatusCode, response.Header)
		}
	}
	response := b.do(b.request("GET", "/api/v1/shows", nil))
	var problem struct {
		Type       string
		Status     int
		RetryAfter int `json:"retry_after"`
	}
	if err := json.Unmarshal([]byte(b.read(response)), &problem); err != nil {
		t.Fatal(err)
	}
	wait, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || response.StatusCode != http.StatusTooManyRequests || wait < 1100 || wait > 1200 || problem.RetryAfter != wait ||
		problem.Type != "urn:stagedoor:problem:too-many-requests" || response.Header.Get("RateLimit") != `"api";r=0;t=`+strconv.Itoa(wait) {
		t.Errorf("one too many: %d %v %+v", response.StatusCode, response.Header, problem)
	}
	if status, _ := b.get("/webhooks/x"); status != http.StatusNotFound { // from the origin
		t.Errorf("a webhook: %d", status)
	}
}

func TestStaffAreNotCounted(t *testing.T) {
	b := limited(t, 2)
	cookie, err := staffpass.Cookie([]byte(hopKey), staffpass.Pass{Name: "Box office", Sites: []string{b.site.ID}, Expires: time.Now().Add(time.Hour)}, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		r := b.request("GET", "/api/v1/shows", nil)
		r.AddCookie(cookie)
		if response := b.do(r); response.StatusCode != http.StatusOK {
			t.Fatalf("request %d: %d", i+1, response.StatusCode)
		}
	}
	b.pass(2, "a visitor after them")
}

// The counter that isolates share is asked after the answer; its refusal is
// for the requests that follow.
func TestSharedLimit(t *testing.T) {
	b := limited(t, 100_000)
	refused := 0
	for i := 0; i < 10*sharedLimit && refused == 0; i++ {
		if status, _ := b.get("/api/v1/shows"); status == http.StatusTooManyRequests {
			refused = i + 1
		}
	}
	if refused <= sharedLimit {
		t.Fatalf("request %d was refused, with %d allowed", refused, sharedLimit)
	}
	response := b.do(b.request("GET", "/api/v1/shows", nil))
	if wait, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 || response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the next: %d %v", response.StatusCode, response.Header)
	}
	if status, _ := b.get("/"); status == http.StatusTooManyRequests {
		t.Error("other routes are refused too")
	}
	limited(t, 100_000).pass(1, "another site")
}

func TestSharedLimiterDown(t *testing.T) {
	for _, fault := range []string{"down", "hangs"} {
		t.Run(fault, func(t *testing.T) {
			b := limited(t, 100_000)
			b.faults("limiter=" + fault)
			b.pass(2*sharedLimit, "with a counter that "+fault)
			b.eventually("a line in the log", func() bool { return b.logs.has("a shared rate limit was not counted") })
		})
	}
}

func TestSharedLimiterComesBack(t *testing.T) {
	b := limited(t, 100_000)
	b.faults("limiter=refuses")
	b.pass(1, "the first")
	b.eventually("a refusal", func() bool {
		status, _ := b.get("/api/v1/shows")
		return status == http.StatusTooManyRequests
	})
}

// A request that is sent to a second pool is counted once.
func TestFailoverIsCountedOnce(t *testing.T) {
	b := open(t, func(s *site.Site) {
		s.Limits = []site.Limit{{Class: site.ClassAPI, Requests: 4, Period: 3600}}
		s.Origin.Pools = []site.Pool{{ID: "away", BaseURL: "http://127.0.0.1:1", Weight: 1}, {ID: "main", BaseURL: shared.origin.URL}}
	})
	b.handle("GET /api/v1/shows", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) })
	b.pass(4, "with one pool away")
	if status, _ := b.get("/api/v1/shows"); status != http.StatusTooManyRequests {
		t.Errorf("the fifth: %d", status)
	}
}
