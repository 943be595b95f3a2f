package local_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
)

const sharedPage = "public, max-age=0, must-revalidate"

// sharing opens a site whose pages are shared for an hour.
func sharing(t *testing.T) *brand {
	return open(t, func(s *site.Site) { s.Cache.PageTTL, s.Cache.Stale = 3600, 3600 })
}

// counting makes the origin answer a path, each time differently.
func (b *brand) counting(path string, head http.Header) *atomic.Int64 {
	var n atomic.Int64
	b.handle("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range head {
			w.Header()[name] = values
		}
		_, _ = io.WriteString(w, "answer "+strconv.FormatInt(n.Add(1), 10))
	})
	return &n
}

// isKept waits until a path is answered from what is kept.
func (b *brand) isKept(path string) {
	b.t.Helper()
	b.eventually(path+" is kept", func() bool {
		response := b.do(b.request("GET", path, nil))
		b.read(response)
		return response.Header.Get("Age") != ""
	})
}

func TestSharedPageIsFetchedOnceForEverybody(t *testing.T) {
	b := sharing(t)
	var mu sync.Mutex
	var asked []http.Header
	b.handle("GET /shows/hamlet", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Header.Clone())
		w.Header().Set("Cache-Control", sharedPage)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("ETag", `"one"`)
		_, _ = io.WriteString(w, "<p>"+r.Header.Get("X-Stagedoor-Nonce")+" "+r.URL.RawQuery+"</p>")
	})

	first := b.request("GET", "/shows/hamlet?utm_source=mail&seats=2&fbclid=x", nil)
	for name, value := range map[string]string{
		"User-Agent": "Evil/1", "Accept-Language": "fr", "X-Original-Url": "/evil", "X-Forwarded-Host": "evil.example", "X-Host": "evil.example",
	} {
		first.Header.Set(name, value)
	}
	filled := b.do(first)
	b.read(filled)
	b.isKept("/shows/hamlet?seats=2")
	times := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(asked)
	}
	before := times()

	response := b.do(b.request("GET", "/shows/hamlet?fbclid=y&seats=2&utm_campaign=z", nil))
	page := b.read(response)
	nonce, query, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(page, "<p>"), "</p>"), " ")
	if response.StatusCode != 200 || query != "seats=2" {
		t.Errorf("the second visitor got %d %q", response.StatusCode, page)
	}
	if n := times(); n != before {
		t.Errorf("the origin was asked %d times for what is kept", n-before)
	}
	if policy := response.Header.Get("Content-Security-Policy"); nonce == "" || !strings.Contains(policy, "'nonce-"+nonce+"'") {
		t.Errorf("the policy %q does not fit the nonce in the page, %q", policy, nonce)
	}
	if response.Header.Get("X-Request-Id") == filled.Header.Get("X-Request-Id") {
		t.Error("the second visitor got the first one's request ID")
	}
	for _, name := range []string{"Accept-Language", "X-Original-Url", "X-Host", "Cookie"} {
		if v := asked[0].Get(name); v != "" {
			t.Errorf("the origin was told %s: %s of the visitor who asked first", name, v)
		}
	}
	if ua := asked[0].Get("User-Agent"); ua == "Evil/1" {
		t.Error("the origin was told the first visitor's browser")
	}
	if got := response.Header.Get("Cache-Control"); got != sharedPage {
		t.Errorf("browsers are told %q", got)
	}
	for name := range response.Header {
		switch name {
		case "Stagedoor-Kept", "Stagedoor-Said", "Cache-Tag":
			t.Errorf("%s reaches the visitor", name)
		}
	}

	again := b.request("GET", "/shows/hamlet?seats=2", nil)
	again.Header.Set("If-None-Match", `W/"other", W/"one"`)
	if response := b.do(again); response.StatusCode != http.StatusNotModified {
		t.Errorf("who has it already gets %s", response.Status)
	}
	if response := b.do(b.request("HEAD", "/shows/hamlet?seats=2", nil)); response.StatusCode != 200 || response.Header.Get("Age") == "" {
		t.Errorf("HEAD: %s, not from what is kept", response.Status)
	}
	if _, other := b.get("/shows/hamlet?seats=3"); !strings.Contains(other, "seats=3") || times() != before+1 {
		t.Errorf("another query got %q", other)
	}
}

func TestWhatIsNotEverybodysIsNotKept(t *testing.T) {
	b := sharing(t)
	for name, head := range map[string]http.Header{
		"private":  {"Cache-Control": {"private"}},
		"no-store": {"Cache-Control": {"public, No-Store"}},
		"no-cache": {"Cache-Control": {"no-cache"}},
		"cookie":   {"Set-Cookie": {"a=b"}, "Cache-Control": {"public, max-age=60"}},
		"vary":     {"Vary": {"Accept-Encoding, Cookie"}, "Cache-Control": {sharedPage}},
		"vary-all": {"Vary": {"*"}},
		"events":   {"Content-Type": {"text/event-stream"}},
	} {
		n := b.counting("/"+name, head)
		for range 3 {
			b.get("/" + name)
		}
		if n.Load() != 3 {
			t.Errorf("%s: the origin was asked %d times, want 3", name, n.Load())
		}
	}
	for _, status := range []int{301, 404, 500, 503} {
		var n atomic.Int64
		path := "/status" + strconv.Itoa(status)
		b.handle("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.Header().Set("X-Stagedoor-Answered", "1")
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.WriteHeader(status)
		})
		for range 3 {
			b.get(path)
		}
		if n.Load() != 3 {
			t.Errorf("%d: the origin was asked %d times, want 3", status, n.Load())
		}
	}
}

// A page that breaks off must not be everybody's from then on.
func TestHalfAPageIsNotKept(t *testing.T) {
	b := sharing(t)
	var n atomic.Int64
	b.handle("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		if n.Add(1) > 1 {
			_, _ = w.Write(make([]byte, 1000))
			return
		}
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if response, err := b.client.Do(b.request("GET", "/half", nil)); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	b.isKept("/half")
	if _, body := b.get("/half"); len(body) != 1000 {
		t.Errorf("half a page of %d bytes is kept", len(body))
	}
}

func TestOwnAnswersAreNeitherKeptNorFromWhatIsKept(t *testing.T) {
	b := sharing(t)
	n := b.counting("/whats-on", nil)
	ask := func(cookie *http.Cookie, name, value string) (string, bool) {
		r := b.request("GET", "/whats-on", nil)
		if cookie != nil {
			r.AddCookie(cookie)
		}
		if name != "" {
			r.Header.Set(name, value)
		}
		response := b.do(r)
		return b.read(response), response.Header.Get("Age") != ""
	}
	staff, err := staffpass.Cookie([]byte(hopKey), staffpass.Pass{Name: "ana", Sites: []string{b.site.ID}, Expires: time.Now().Add(time.Hour)}, false)
	if err != nil {
		t.Fatal(err)
	}
	foreign := &http.Cookie{Name: "experiment", Value: "b"}
	// Before anything is kept: a foreign cookie must leave nothing behind.
	for range 2 {
		if _, kept := ask(foreign, "", ""); kept {
			t.Error("what was fetched with a foreign cookie is kept")
		}
	}
	b.isKept("/whats-on")
	before := n.Load()
	if _, kept := ask(foreign, "", ""); !kept || n.Load() != before {
		t.Error("a visitor with a foreign cookie does not get what is kept")
	}
	for _, own := range []struct {
		what, name, value string
		cookie            *http.Cookie
	}{
		{what: "staff", cookie: staff},
		{what: "a basket", cookie: &http.Cookie{Name: "sd_checkout", Value: "x"}},
		{what: "a checkout", cookie: &http.Cookie{Name: checkout.CookieName, Value: "x"}},
		{what: "a forged staff pass", cookie: &http.Cookie{Name: staffpass.CookieName, Value: "x"}},
		{what: "authorization", name: "Authorization", value: "Bearer x"},
		{what: "a part of a page", name: "HX-Request", value: "true"},
		{what: "a range", name: "Range", value: "bytes=0-1"},
		{what: "JSON", name: "Accept", value: "application/json"},
	} {
		before := n.Load()
		if _, kept := ask(own.cookie, own.name, own.value); kept || n.Load() != before+1 {
			t.Errorf("%s: answered from what is kept", own.what)
		}
	}
}

func TestBrandsShareNothing(t *testing.T) {
	a, b := sharing(t), sharing(t)
	for _, each := range []*brand{a, b} {
		each.handle("GET /about", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, each.site.Name) })
		each.get("/about")
		each.isKept("/about")
	}
	for _, each := range []*brand{a, b} {
		if _, body := each.get("/about"); body != each.site.Name {
			t.Errorf("%s shows %q", each.site.Name, body)
		}
	}
}

// What is stale goes on being served, is renewed meanwhile, and stays when the
// origin is away.
func TestStalePages(t *testing.T) {
	b, pools := houses(t, "a")
	b.site.Cache.PageTTL, b.site.Cache.Stale = 1, 3600
	b.publish()
	b.isKept("/")
	pools[0].kill()
	b.eventually("the page is stale", func() bool {
		response := b.do(b.request("GET", "/", nil))
		if body := b.read(response); response.StatusCode != 200 || body != "a" {
			t.Fatalf("with the origin away: %s %q", response.Status, body)
		}
		age, _ := strconv.Atoi(response.Header.Get("Age"))
		return age >= 3
	})
	if status, _ := b.get("/never-seen"); status != http.StatusServiceUnavailable {
		t.Errorf("a page that is not kept: %d", status)
	}

	c := open(t, func(s *site.Site) { s.Cache.PageTTL, s.Cache.Stale = 1, 3600 })
	n := c.counting("/", nil)
	c.isKept("/")
	c.eventually("the page is renewed", func() bool {
		response := c.do(c.request("GET", "/", nil))
		c.read(response)
		if response.Header.Get("Age") == "" {
			t.Fatal("a visitor waited for the origin while there was a stale page")
		}
		return n.Load() > 3
	})
}

func TestCacheAway(t *testing.T) {
	for _, fault := range []string{"cache=down", "cache=hangs"} {
		b := sharing(t)
		n := b.counting("/", nil)
		b.faults(fault)
		for range 2 {
			if status, _ := b.get("/"); status != 200 {
				t.Errorf("%s: %d", fault, status)
			}
		}
		if n.Load() != 2 {
			t.Errorf("%s: the origin was asked %d times", fault, n.Load())
		}
	}
}

// An asset of a site without a time for assets is kept as long as the origin says.
func TestAssetsAreKeptAsLongAsTheOriginSays(t *testing.T) {
	b := open(t, nil)
	kept := b.counting("/assets/a.css", http.Header{"Cache-Control": {"public, max-age=31536000, immutable"}})
	own := b.counting("/assets/b.css", http.Header{"Cache-Control": {"max-age=0"}})
	silent := b.counting("/assets/c.css", nil)
	b.isKept("/assets/a.css")
	before := kept.Load()
	for range 3 {
		b.get("/assets/a.css")
		b.get("/assets/b.css")
		b.get("/assets/c.css")
	}
	if kept.Load() != before || own.Load() != 3 || silent.Load() != 3 {
		t.Errorf("the origin was asked %d, %d and %d times more, want 0, 3 and 3", kept.Load()-before, own.Load(), silent.Load())
	}
}
