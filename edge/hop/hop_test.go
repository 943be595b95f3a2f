package hop_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
)

var (
	key = []byte("0123456789abcdef0123456789abcdef")
	now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

func signed(t *testing.T, target string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, nil)
	r.Host = "lyceum.localhost:8787"
	if err := hop.Sign(key, r, "lyceum", now); err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return r
}

func TestVerify(t *testing.T) {
	tests := []struct {
		name   string
		change func(*http.Request)
		at     time.Duration
		want   error
	}{
		{name: "as signed", change: func(*http.Request) {}},
		{name: "a minute old", change: func(*http.Request) {}, at: time.Minute},
		{name: "a minute ahead", change: func(*http.Request) {}, at: -time.Minute},
		{name: "unsigned", change: func(r *http.Request) { r.Header.Del(hop.HeaderHop) }, want: hop.ErrUnsigned},
		{name: "older", change: func(*http.Request) {}, at: 61 * time.Second, want: hop.ErrStale},
		{name: "further ahead", change: func(*http.Request) {}, at: -61 * time.Second, want: hop.ErrStale},
		{name: "another site", change: func(r *http.Request) { r.Header.Set(hop.HeaderSite, "apollo") }, want: hop.ErrForged},
		{name: "another host", change: func(r *http.Request) { r.Header.Set(hop.HeaderForwardedHost, "apollo.localhost") }, want: hop.ErrForged},
		{name: "another method", change: func(r *http.Request) { r.Method = http.MethodGet }, want: hop.ErrForged},
		{name: "another query", change: func(r *http.Request) { r.RequestURI = "/orders?a=2" }, want: hop.ErrForged},
		{name: "two sites", change: func(r *http.Request) { r.Header.Add(hop.HeaderSite, "apollo") }, want: hop.ErrMalformed},
		{name: "two signatures", change: func(r *http.Request) { r.Header.Add(hop.HeaderHop, "t=1,v1=00") }, want: hop.ErrMalformed},
		{name: "no time", change: func(r *http.Request) { r.Header.Set(hop.HeaderHop, "v1=00") }, want: hop.ErrMalformed},
		{name: "no number", change: func(r *http.Request) { r.Header.Set(hop.HeaderHop, "t=soon,v1=00") }, want: hop.ErrMalformed},
		{name: "cut short", change: func(r *http.Request) {
			v := r.Header.Get(hop.HeaderHop)
			r.Header.Set(hop.HeaderHop, v[:len(v)-2])
		}, want: hop.ErrForged},
		{name: "upper-case hex", change: func(r *http.Request) {
			at, mac, _ := strings.Cut(r.Header.Get(hop.HeaderHop), ",v1=")
			r.Header.Set(hop.HeaderHop, at+",v1="+strings.ToUpper(mac)+"A")
		}, want: hop.ErrForged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := signed(t, "/orders?a=1")
			test.change(r)
			siteID, err := hop.Verify(key, r, now.Add(test.at))
			if !errors.Is(err, test.want) {
				t.Fatalf("error = %v, want %v", err, test.want)
			}
			if err == nil && siteID != "lyceum" {
				t.Errorf("site = %q, want lyceum", siteID)
			}
			if err != nil && siteID != "" {
				t.Errorf("site = %q beside an error", siteID)
			}
		})
	}
}

func TestVerifyWithAnotherKey(t *testing.T) {
	_, err := hop.Verify([]byte("another key, long enough"), signed(t, "/"), now)
	if !errors.Is(err, hop.ErrForged) {
		t.Fatalf("error = %v, want ErrForged", err)
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	if _, err := hop.Verify([]byte("short"), signed(t, "/"), now); !errors.Is(err, hop.ErrShortKey) {
		t.Fatalf("error = %v, want ErrShortKey", err)
	}
}

// The signature covers the path as it crossed the wire, so a middleware that
// strips a prefix before Verify runs does not break it.
func TestVerifyAfterStripPrefix(t *testing.T) {
	var got error
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, got = hop.Verify(key, r, now) })
	http.StripPrefix("/api", inner).ServeHTTP(httptest.NewRecorder(), signed(t, "/api/v1/shows?q=a%20b"))
	if got != nil {
		t.Fatalf("Verify: %v", got)
	}
}

func ExampleSign() {
	r := httptest.NewRequest(http.MethodGet, "/whats-on", nil)
	r.Host = "lyceum.localhost:8787"
	if err := hop.Sign(key, r, "lyceum", now); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(hop.Verify(key, r, now))
	// Output: lyceum <nil>
}
