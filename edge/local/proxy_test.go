package local_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
)

func TestOriginGetsWhatTheEdgePromises(t *testing.T) {
	b := open(t, nil)
	var got http.Header
	b.handle("GET /whats-on", func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	r := b.request("GET", "/whats-on?day=2", nil)
	for name, value := range map[string]string{
		"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Stagedoor-Site": "apollo", "X-Stagedoor-Staff": "admin",
		"Forwarded": "for=1.2.3.4", "X-Real-Ip": "1.2.3.4",
		"Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "X-Request-Id": "request-0001", "User-Agent": "a, b; c",
	} {
		r.Header.Set(name, value)
	}
	response := b.do(r)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", response.StatusCode, b.read(response))
	}
	for name, want := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": r.Host, "X-Forwarded-Proto": "http", "X-Stagedoor-Site": b.site.ID,
		"X-Stagedoor-Staff": "", "Forwarded": "", "X-Real-Ip": "", "X-Request-Id": "request-0001", "User-Agent": "a, b; c",
	} {
		if want == r.Host {
			want = r.URL.Host
		}
		if value := strings.Join(got.Values(name), "|"); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	trace := got.Get("Traceparent")
	if !strings.HasPrefix(trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-") || strings.Contains(trace, "00f067aa0ba902b7") {
		t.Errorf("traceparent %q does not join the visitor's as a span of its own", trace)
	}
	if response.Header.Get("X-Request-Id") != "request-0001" {
		t.Errorf("the answer's request ID is %q", response.Header.Get("X-Request-Id"))
	}
}

// Every byte that can stand in a request's path or query reaches the origin
// under a signature that verifies, or is answered by the edge.
func TestSignatureVerifiesForEveryByte(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) })
	proxied := 0
	for c := 0x21; c < 0x100; c++ {
		for _, target := range []string{"/p" + string([]byte{byte(c)}) + "q", fmt.Sprintf("/p%%%02Xq", c), "/s?q=" + string([]byte{byte(c)}), fmt.Sprintf("/s?q=%%%02x", c)} {
			response := b.raw("GET " + target + " HTTP/1.1\r\nHost: " + b.site.Hostname + "\r\nConnection: close\r\n\r\n")
			switch response.status {
			case http.StatusOK:
				proxied++
			case http.StatusBadRequest, http.StatusMovedPermanently:
			default:
				t.Errorf("%q: %d %s", target, response.status, response.body)
			}
		}
	}
	if proxied < 400 {
		t.Errorf("only %d of the requests reached the origin", proxied)
	}
}

func TestTwoCookiesWithExpiresSurvive(t *testing.T) {
	b := open(t, nil)
	cookies := []string{
		"session=a; Path=/; Expires=Wed, 25 Nov 2026 10:00:00 GMT; HttpOnly; SameSite=Lax",
		"basket=b; Path=/; Expires=Thu, 26 Nov 2026 10:00:00 GMT",
	}
	b.handle("GET /", func(w http.ResponseWriter, r *http.Request) {
		for _, cookie := range cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
	})
	got := b.do(b.request("GET", "/", nil)).Header.Values("Set-Cookie")
	if len(got) != 2 || got[0] != cookies[0] || got[1] != cookies[1] {
		t.Errorf("got %q", got)
	}
}

func TestServerSentEventsArriveOneByOne(t *testing.T) {
	b := open(t, nil)
	next := make(chan struct{})
	gone := make(chan struct{})
	b.handle("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; ; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				close(gone)
				return
			}
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	response := b.do(b.request("GET", "/events", nil).WithContext(ctx))
	lines := bufio.NewScanner(response.Body)
	for i := range 3 {
		// The origin sends event i+1 only after event i has arrived.
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) {
			t.Fatalf("event %d: %q, %v", i, lines.Text(), lines.Err())
		}
		lines.Scan()
		next <- struct{}{}
	}
	leave()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the origin was not told that the visitor left")
	}
}

func TestBodiesStreamBothWays(t *testing.T) {
	b := open(t, nil)
	b.handle("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(http.StatusOK)
		buffer := make([]byte, 64)
		for {
			n, err := r.Body.Read(buffer)
			if _, werr := w.Write(buffer[:n]); werr != nil || err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	})
	reader, writer := io.Pipe()
	r := b.request("POST", "/echo", reader)
	go func() { _, _ = writer.Write([]byte("first")) }()
	response := b.do(r)
	got := make([]byte, 64)
	// What comes back has gone all the way while the request is still open.
	n, err := io.ReadFull(response.Body, got[:5])
	if err != nil || string(got[:n]) != "first" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	_, _ = writer.Write([]byte("second"))
	if n, err = io.ReadFull(response.Body, got[:6]); err != nil || string(got[:n]) != "second" {
		t.Fatalf("%q, %v", got[:n], err)
	}
	writer.Close()
	if rest := b.read(response); rest != "" {
		t.Errorf("and then %q", rest)
	}
}

func TestLargeBodiesArriveWhole(t *testing.T) {
	b := open(t, nil)
	b.handle("POST /sum", func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		n, _ := io.Copy(h, r.Body)
		fmt.Fprintf(w, "%d %d %x", r.ContentLength, n, h.Sum(nil))
	})
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	want := fmt.Sprintf("%d %d %x", len(body), len(body), sha256.Sum256(body))
	if got := b.read(b.do(b.request("POST", "/sum", bytes.NewReader(body)))); got != want {
		t.Errorf("with its length: %s, want %s", got, want)
	}
	want = fmt.Sprintf("-1 %d %x", len(body), sha256.Sum256(body))
	if got := b.read(b.do(b.request("POST", "/sum", io.MultiReader(bytes.NewReader(body))))); got != want {
		t.Errorf("in chunks: %s, want %s", got, want)
	}
}

func TestResponsesPassThrough(t *testing.T) {
	b := open(t, nil)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, strings.Repeat("curtain ", 1000))
	z.Close()
	b.handle("GET /zipped", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(zipped.Bytes())
	})
	b.handle("GET /part", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1, 0), strings.NewReader("0123456789"))
	})
	b.handle("GET /moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusSeeOther) })
	b.handle("DELETE /none", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	b.handle("GET /error", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "the origin's own words", http.StatusBadGateway)
	})

	r := b.request("GET", "/zipped", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	response := b.do(r)
	if body := b.read(response); response.Header.Get("Content-Encoding") != "gzip" || body != zipped.String() {
		t.Errorf("zipped: %s, %d bytes of %d", response.Header.Get("Content-Encoding"), len(body), zipped.Len())
	}

	r = b.request("GET", "/part", nil)
	r.Header.Set("Range", "bytes=2-4")
	response = b.do(r)
	if body := b.read(response); response.StatusCode != http.StatusPartialContent || body != "234" || response.Header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("range: %d %q %s", response.StatusCode, body, response.Header.Get("Content-Range"))
	}
	r = b.request("GET", "/part", nil)
	r.Header.Set("If-Modified-Since", time.Unix(1, 0).UTC().Format(http.TimeFormat))
	if response = b.do(r); response.StatusCode != http.StatusNotModified {
		t.Errorf("conditional: %d", response.StatusCode)
	}
	if response = b.do(b.request("HEAD", "/part", nil)); response.StatusCode != http.StatusOK || response.ContentLength != 10 {
		t.Errorf("HEAD: %d, %d bytes", response.StatusCode, response.ContentLength)
	}
	if response = b.do(b.request("GET", "/moved", nil)); response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/elsewhere" {
		t.Errorf("redirect: %d %s", response.StatusCode, response.Header.Get("Location"))
	}
	if response = b.do(b.request("DELETE", "/none", nil)); response.StatusCode != http.StatusNoContent {
		t.Errorf("no content: %d", response.StatusCode)
	}
	if response = b.do(b.request("GET", "/error", nil)); response.StatusCode != http.StatusBadGateway || !strings.Contains(b.read(response), "own words") {
		t.Errorf("error: %d", response.StatusCode)
	}
}

func TestSecurityHeadersAreAddedToPages(t *testing.T) {
	b := open(t, nil)
	var nonce string
	b.handle("GET /page", func(w http.ResponseWriter, r *http.Request) {
		nonce = r.Header.Get(hop.HeaderNonce)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Server", "elsinore/1.0")
	})
	b.handle("GET /own", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
	})
	b.handle("GET /data", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Type", "application/json") })
	h := b.do(b.request("GET", "/page", nil)).Header
	if policy := h.Get("Content-Security-Policy"); nonce == "" || !strings.Contains(policy, "'nonce-"+nonce+"'") {
		t.Errorf("policy %q, nonce %q", policy, nonce)
	}
	if h.Get("Server") != "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" {
		t.Errorf("headers: %v", h)
	}
	if policy := b.do(b.request("GET", "/own", nil)).Header.Values("Content-Security-Policy"); len(policy) != 1 || policy[0] != "default-src 'none'" {
		t.Errorf("own policy: %q", policy)
	}
	if policy := b.do(b.request("GET", "/data", nil)).Header.Get("Content-Security-Policy"); policy != "" {
		t.Errorf("a policy on data: %q", policy)
	}
}
