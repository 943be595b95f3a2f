package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// colleague is somebody who is signed in, without a browser.
type colleague struct {
	t      *testing.T
	h      *openHouse
	client *http.Client
}

// newClient keeps cookies, knows where *.localhost is and comes from an address of its own, as people do: sign-ins are
// limited by it.
func newClient(h *openHouse) *http.Client {
	jar, _ := cookiejar.New(nil) // never fails without options
	number := clients.Add(1)
	return &http.Client{Jar: jar, Timeout: 2 * time.Minute, Transport: from{fmt.Sprintf("198.19.%d.%d", number>>8, number&0xff), &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}}}
}

var clients atomic.Uint32

// from sends requests as if from an address: the local edge believes who tells it one.
type from struct {
	address string
	http.RoundTripper
}

func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("CF-Connecting-IP", f.address)
	return f.RoundTripper.RoundTrip(r)
}

// signIn signs in as one of the practice accounts, through the provider and back.
func signIn(t *testing.T, h *openHouse, account string) *colleague {
	t.Helper()
	c := &colleague{t, h, newClient(h)}
	page, at := c.get(h.at("console", "/sign-in/start"))
	if !strings.Contains(page, "practice-"+account) {
		t.Fatalf("%s shows no account %s:\n%s", at, account, page)
	}
	res, err := c.client.PostForm(at.String(), url.Values{"account": {"practice-" + account}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Host != fmt.Sprintf("console.localhost:%d", h.port) {
		t.Fatalf("after the provider: %s at %s", res.Status, res.Request.URL)
	}
	return c
}

func (c *colleague) get(address string) (body string, at *url.URL) {
	c.t.Helper()
	res, err := c.client.Get(address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s, %v\n%s", address, res.Status, err, text)
	}
	return string(text), res.Request.URL
}

// post sends a form as the console's own page would and returns the page it leads to.
func (c *colleague) post(path string, form url.Values) string {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.h.at("console", path), strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("POST %s: %s, %v\n%s", path, res.Status, err, text)
	}
	return string(text)
}

var windowField = regexp.MustCompile(`name="window" value="([^"]+)"`)

// clickToEdge closes and opens a theatre that visitors keep asking for, and says how long each took: from before the
// click left until the first visitor saw it. Nothing is demanded of the figures here but that there are some.
func clickToEdge(t *testing.T, h *openHouse) {
	const rounds = 6
	c := signIn(t, h, "venue-staff")
	visitor := newClient(h)
	status := func() int {
		res, err := visitor.Get(h.at("lyceum", "/"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	// until asks as visitors do, all the time, so that the edge has the site at hand and must notice by itself.
	until := func(want int, click func()) time.Duration {
		for range 10 {
			status()
			time.Sleep(20 * time.Millisecond)
		}
		began := time.Now()
		clicked := make(chan struct{})
		go func() { defer close(clicked); click() }()
		defer func() { <-clicked }()
		for status() != want {
			if time.Since(began) > time.Minute {
				t.Errorf("a minute after the click visitors still get no %d", want)
				return 0
			}
			time.Sleep(20 * time.Millisecond)
		}
		return time.Since(began)
	}
	var closing, opening []time.Duration
	for range rounds {
		closing = append(closing, until(http.StatusServiceUnavailable, func() {
			c.post("/sites/lyceum/maintenance/close", url.Values{"checkout": {"yes"}, "path": {"/"}})
		}))
		page, _ := c.get(h.at("console", "/sites/lyceum/maintenance"))
		window := windowField.FindStringSubmatch(page)
		if window == nil {
			t.Fatalf("the page shows no window to end:\n%s", page)
		}
		opening = append(opening, until(http.StatusOK, func() { c.post("/sites/lyceum/maintenance/end", url.Values{"window": {window[1]}}) }))
	}
	for _, one := range []struct {
		name string
		list []time.Duration
	}{{"closed", closing}, {"open again", opening}} {
		slices.Sort(one.list)
		t.Logf("%s at the edge, seconds after the click: least %.2f, median %.2f, most %.2f of %d",
			one.name, one.list[0].Seconds(), one.list[rounds/2].Seconds(), one.list[rounds-1].Seconds(), rounds)
	}
}

// forgeRequests sends what another site's page, or somebody with a stolen cookie and a network, might: the edge passes it
// on as it is, and the house refuses.
func forgeRequests(t *testing.T, h *openHouse) {
	c := signIn(t, h, "venue-staff")
	console := fmt.Sprintf("http://console.localhost:%d", h.port)
	around := fmt.Sprintf("http://127.0.0.1:%d", h.port+1)
	lyceum := h.at("lyceum", "")
	const path = "/sites/lyceum/maintenance/close"
	for _, forged := range []struct {
		name, address string
		header        []string
		want          int
	}{
		{"another site's form", console + path, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, http.StatusForbidden},
		{"a theatre's form", console + path, []string{"Sec-Fetch-Site", "same-site", "Origin", lyceum}, http.StatusForbidden},
		{"an old browser's", console + path, []string{"Origin", lyceum}, http.StatusForbidden},
		{"as if from the edge", console + path, []string{"Origin", lyceum, "X-Forwarded-Host", "lyceum.localhost:" + strconv.Itoa(h.port), "X-Stagedoor-Site", "lyceum"}, http.StatusForbidden},
		{"around the edge", around + path, []string{"X-Forwarded-Host", "console.localhost", "X-Stagedoor-Site", "console"}, http.StatusForbidden},
		{"around it, with a hop of one's own", around + path, []string{"X-Stagedoor-Site", "console", "X-Stagedoor-Hop", "t=1,v1=00"}, http.StatusForbidden},
		{"on a theatre's own site", lyceum + path, nil, http.StatusNotFound},
		{"for a site that is not theirs", console + "/sites/stagedoor/maintenance/close", nil, http.StatusForbidden},
		{"for all sites", console + "/sites/all/maintenance/close", nil, http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, forged.address, strings.NewReader("path=/&message=forged"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(forged.header); i += 2 {
			r.Header.Set(forged.header[i], forged.header[i+1])
		}
		at, err := url.Parse(console)
		if err != nil {
			t.Fatal(err)
		}
		for _, cookie := range c.client.Jar.Cookies(at) {
			r.AddCookie(cookie) // wherever it goes
		}
		res, err := (&http.Client{Transport: c.client.Transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != forged.want {
			t.Errorf("%s: %s, want %d", forged.name, res.Status, forged.want)
		}
	}
	if page, _ := c.get(h.at("console", "/sites/lyceum/maintenance")); strings.Contains(page, "forged") {
		t.Error("a forged request closed the theatre")
	}
}
