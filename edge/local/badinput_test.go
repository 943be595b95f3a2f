package local_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Who gives an answer.
const (
	byEdge    = "edge"
	byWorkerd = "workerd" // its HTTP server, before the Worker is asked
	byOrigin  = "origin"  // the request was passed on
)

// badInput is a request that no browser makes, and what becomes of it. Each is
// a line of docs/edge-answers.md.
type badInput struct {
	name    string
	request string // %s is the site's Host line
	status  int
	by      string
	// seen is what the origin gets to see; "" is nothing.
	seen string
}

const (
	get  = "GET / HTTP/1.1\r\n%s"
	post = "POST / HTTP/1.1\r\n%s"
	// A body that breaks off may reach the origin, as one that breaks off.
	broken = "POST /broken HTTP/1.1\r\n%s"
)

var badInputs = []badInput{
	// Size.
	{"64 KB in the path", "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\n%s\r\n", 414, byEdge, ""},
	{"17 KB in the query", "GET /?" + strings.Repeat("a", 17<<10) + " HTTP/1.1\r\n%s\r\n", 414, byEdge, ""},
	{"40 KB in one header", get + "X-A: " + strings.Repeat("v", 40<<10) + "\r\n\r\n", 431, byEdge, ""},
	{"1 MB in one header", get + "X-A: " + strings.Repeat("v", 1<<20) + "\r\n\r\n", 431, byWorkerd, ""},
	{"500 headers", get + lines(500, "X-%d: v") + "\r\n", 431, byEdge, ""},
	{"200 cookies of 200 bytes", get + lines(200, "Cookie: c%d="+strings.Repeat("v", 200)) + "\r\n", 431, byEdge, ""},
	{"a method of 5,000 letters", strings.Repeat("A", 5000) + " / HTTP/1.1\r\n%s\r\n", 501, byWorkerd, ""},
	{"a body announced with 20 MB", post + "Content-Length: 20000000\r\n\r\n", 413, byEdge, ""},

	// Bytes that are no text.
	{"invalid UTF-8 in the path", "GET /\xff\xfe HTTP/1.1\r\n%s\r\n", 400, byEdge, ""},
	{"invalid UTF-8 in the path, encoded", "GET /%%FF%%FE HTTP/1.1\r\n%s\r\n", 200, byOrigin, "GET /%FF%FE"},
	{"dots as overlong UTF-8 in the path", "GET /%%C0%%AE%%C0%%AE/x HTTP/1.1\r\n%s\r\n", 200, byOrigin, "GET /%C0%AE%C0%AE/x"},
	{"invalid UTF-8 in the query", "GET /?q=\xff HTTP/1.1\r\n%s\r\n", 200, byOrigin, "GET /?q=%EF%BF%BD"},
	{"invalid UTF-8 in the query, encoded", "GET /?q=%%ff HTTP/1.1\r\n%s\r\n", 200, byOrigin, "GET /?q=%ff"},
	{"invalid UTF-8 in a header", get + "X-A: \xff\xfe\r\n\r\n", 200, byOrigin, "GET / X-A=\xff\xfe"},
	{"invalid UTF-8 in a header's name", get + "X-\xff: v\r\n\r\n", 400, byOrigin, ""},
	{"NUL in the path", "GET /a\x00b HTTP/1.1\r\n%s\r\n", 400, byWorkerd, ""},
	{"NUL in the path, encoded", "GET /a%%00b HTTP/1.1\r\n%s\r\n", 400, byEdge, ""},
	{"a line break in the path, encoded", "GET /a%%0d%%0aX-A:b HTTP/1.1\r\n%s\r\n", 400, byEdge, ""},
	{"broken percent encoding in the path", "GET /%%zz HTTP/1.1\r\n%s\r\n", 400, byEdge, ""},
	{"broken percent encoding in the query", "GET /?q=%%zz HTTP/1.1\r\n%s\r\n", 200, byOrigin, "GET /?q=%zz"},
	{"NUL in a header", get + "X-A: a\x00b\r\n\r\n", 400, byWorkerd, ""},
	{"another control character in a header", get + "X-A: a\x01b\r\n\r\n", 400, byOrigin, ""},
	{"a fragment", "GET /a#b HTTP/1.1\r\n%s\r\n", 400, byEdge, ""},

	// Whose site is it?
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, byWorkerd, ""},
	{"an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400, byWorkerd, ""},
	{"a Host nobody has", "GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n", 421, byEdge, ""},
	{"an address as Host", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421, byEdge, ""},
	{"a Host of 409 bytes", "GET / HTTP/1.1\r\nHost: " + strings.Repeat("a.", 200) + "localhost\r\n\r\n", 421, byEdge, ""},
	{"two Hosts", get + "Host: evil.example\r\n\r\n", 500, byWorkerd, ""},
	{"two Hosts, the other first", "GET / HTTP/1.1\r\nHost: evil.example\r\n%s\r\n", 500, byWorkerd, ""},
	{"the same Host twice", "GET / HTTP/1.1\r\n%[1]s%[1]s\r\n", 500, byWorkerd, ""},
	{"a Host with a user name", "GET / HTTP/1.1\r\nHost: a@$HOST\r\n\r\n", 500, byWorkerd, ""},
	{"a Host with a path", "GET / HTTP/1.1\r\nHost: $HOST/x\r\n\r\n", 500, byWorkerd, ""},
	{"a Host with a port that is no number", "GET / HTTP/1.1\r\nHost: $HOST:80x\r\n\r\n", 500, byWorkerd, ""},
	{"a Host with a port beyond the highest", "GET / HTTP/1.1\r\nHost: $HOST:99999\r\n\r\n", 500, byWorkerd, ""},
	{"a Host of invalid UTF-8", "GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n", 500, byWorkerd, ""},
	{"NUL in Host", "GET / HTTP/1.1\r\nHost: $HOST\x00.evil.example\r\n\r\n", 400, byWorkerd, ""},

	// Targets that are not a path.
	{"absolute form, another host", "GET http://evil.example/ HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"absolute form, the site's own", "GET http://$HOST/ HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"absolute form, a file", "GET file:///etc/passwd HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"a target without a slash", "GET a HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"backslashes and a host", "GET \\\\evil.example HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"slashes and a host", "GET //evil.example/ HTTP/1.1\r\n%s\r\n", 301, byEdge, ""},
	{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"OPTIONS *", "OPTIONS * HTTP/1.1\r\n%s\r\n", 500, byWorkerd, ""},
	{"TRACE", "TRACE / HTTP/1.1\r\n%s\r\n", 405, byEdge, ""},
	{"PROPFIND", "PROPFIND / HTTP/1.1\r\n%s\r\n", 405, byEdge, ""},
	{"an unknown method", "BREW / HTTP/1.1\r\n%s\r\n", 501, byWorkerd, ""},
	{"a method in small letters", "get / HTTP/1.1\r\n%s\r\n", 501, byWorkerd, ""},
	{"a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 501, byWorkerd, ""},
	{"an HTTP/2 greeting", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 501, byWorkerd, ""},

	// Where does it end? Shapes by which requests are smuggled.
	{"Content-Length and chunks", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"chunks and Content-Length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"two Content-Lengths", post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 500, byWorkerd, ""},
	{"the same Content-Length twice", post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 500, byWorkerd, ""},
	{"a list of Content-Lengths", post + "Content-Length: 4, 4\r\n\r\nabcd", 500, byWorkerd, ""},
	{"Content-Length with a sign", post + "Content-Length: +4\r\n\r\nabcd", 500, byWorkerd, ""},
	{"a negative Content-Length", post + "Content-Length: -1\r\n\r\n", 500, byWorkerd, ""},
	{"Content-Length in hexadecimal", post + "Content-Length: 0x4\r\n\r\nabcd", 500, byWorkerd, ""},
	{"Content-Length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\nabcd", 400, byEdge, ""},
	{"Transfer-Encoding twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"Transfer-Encoding: identity, chunked", post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 500, byWorkerd, ""},
	{"Transfer-Encoding: xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 500, byWorkerd, ""},
	{"Transfer-Encoding: Chunked", post + "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"Transfer-Encoding after a vertical tab", post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 500, byWorkerd, ""},
	{"Transfer-Encoding on the next line", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 500, byWorkerd, ""},
	{"Content-Length, and chunks with a space before the colon", post + "Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"GET with a body", get + "Content-Length: 4\r\n\r\nabcd", 400, byEdge, ""},
	{"GET with chunks", get + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, byEdge, ""},
	{"a chunk larger than 64 bits can say", broken + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n", 400, byEdge, ""},
	{"a chunk of a negative size", broken + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n", 400, byEdge, ""},
	{"a chunk that does not end", broken + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n", 400, byEdge, ""},
	{"a chunk with an extension", broken + "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 400, byEdge, ""},
	{"a trailer that looks like a header", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n", 200, byOrigin, "POST / body="},

	// Lines.
	{"a header folded over two lines", get + "X-A: a\r\n b\r\n\r\n", 200, byOrigin, "GET / X-A=a   b"},
	{"a Host in a folded line", "GET / HTTP/1.1\r\nX-A: a\r\n Host: evil.example\r\n%s\r\n", 200, byOrigin, "GET / X-A=a   Host: evil.example"},
	{"lines that end with LF only", "GET / HTTP/1.1\nHost: $HOST\nX-A: a\n\n", 200, byOrigin, "GET / X-A=a"},
	{"a line that ends with CR only", get + "X-A: a\rX-B: b\r\n\r\n", 200, byOrigin, "GET / X-A=a"},
	{"CR CR LF", "GET / HTTP/1.1\r\r\n%s\r\n", 400, byWorkerd, ""},
	{"a space in a header's name", get + "X A: b\r\n\r\n", 400, byWorkerd, ""},
	{"a header without a colon", get + "nocolon\r\n\r\n", 400, byWorkerd, ""},
	{"a header without a name", get + ": v\r\n\r\n", 400, byWorkerd, ""},
	{"HTTP/1.0", "GET / HTTP/1.0\r\n%s\r\n", 200, byOrigin, "GET /"},
	{"Expect: 100-continue", post + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\nabcd", 200, byOrigin, "POST / body=abcd"},
	{"an upgrade to h2c", get + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", 200, byOrigin, "GET /"},
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\r\n", i)
	}
	return b.String()
}

// witness is an origin that writes down what arrives whole.
type witness struct {
	mu   sync.Mutex
	seen []string
}

func (w *witness) handle(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("X-Origin", "yes")
	said := r.Method + " " + r.RequestURI
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return // the server takes it for a connection that was lost
	case r.Method == http.MethodPost:
		said += " body=" + string(body)
	case r.Header.Get("X-A") != "":
		said += " X-A=" + r.Header.Get("X-A")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, said)
}

func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// Each is sent as it is, over a connection of its own to workerd's own socket.
func TestBadInputHasADefinedAnswer(t *testing.T) {
	b := open(t, nil)
	var w witness
	for _, method := range []string{"GET", "POST"} {
		b.handle(method+" /", w.handle)
	}
	table, err := os.ReadFile(filepath.Join(config(t).Root, "docs", "edge-answers.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range badInputs {
		t.Run(test.name, func(t *testing.T) {
			request := strings.ReplaceAll(test.request, "$HOST", b.site.Hostname)
			got := b.raw(fill(request, "Host: "+b.site.Hostname+"\r\n"))
			if got.err != nil || got.status != test.status || got.by() != test.by {
				t.Errorf("%d by %s %.60q %v, want %d by %s", got.status, got.by(), got.body, got.err, test.status, test.by)
			}
			if seen := strings.Join(w.take(), ", "); seen != test.seen {
				t.Errorf("the origin saw %q, want %q", seen, test.seen)
			}
			if row := fmt.Sprintf("| %s | %d | %s |", test.name, test.status, test.by); !strings.Contains(string(table), row) {
				t.Errorf("docs/edge-answers.md lacks %s", row)
			}
		})
	}
	if status, _ := b.get("/robots.txt"); status != 200 {
		t.Errorf("after all that, robots.txt answers %d", status)
	}
}

// fill puts the Host line where the request has a place for it.
func fill(request, host string) string {
	request = strings.NewReplacer("%[1]s", host, "%s", host, "%%", "%").Replace(request)
	return request
}

// by says who answered: the edge marks all its answers, the witness its own,
// and what Go's server refuses by itself has a text of its own.
func (r rawResponse) by() string {
	switch {
	case r.header.Get("X-Content-Type-Options") == "":
		return byWorkerd
	case r.header.Get("X-Origin") != "" || strings.HasPrefix(r.body, "400 Bad Request"):
		return byOrigin
	default:
		return byEdge
	}
}

// A request that is cut off or ambiguous does not leave anything on the edge's
// connections to the origin that another visitor's request could be glued to:
// after each shape, the others get their own answers, and the origin sees
// nothing but requests that the edge has signed.
func TestNothingIsSmuggled(t *testing.T) {
	b := open(t, nil)
	var w witness
	b.handle("GET /", w.handle)
	b.handle("POST /", w.handle)
	host := "Host: " + b.site.Hostname + "\r\n"
	hidden := "GET /hidden HTTP/1.1\r\n" + host + "X-Stagedoor-Site: " + b.site.ID + "\r\n\r\n"
	for _, framing := range []string{
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + hidden,
		fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n%s", 5+len(hidden), hidden),
		"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + hidden,
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + hidden,
	} {
		b.raw("POST /a HTTP/1.1\r\n" + host + framing)
		for range 5 {
			if status, _ := b.get("/mine"); status != 200 {
				t.Errorf("%.40q: another visitor is answered %d", framing, status)
			}
		}
		// On its own connection the sender may go on with another request;
		// that is theirs, signed and answered as such.
		for _, seen := range w.take() {
			if seen != "GET /mine" && seen != "GET /hidden" {
				t.Errorf("%.40q: the origin saw %q", framing, seen)
			}
		}
	}
	// A body that holds a request is a body.
	b.raw(fmt.Sprintf("POST /a HTTP/1.1\r\n%sConnection: close\r\nContent-Length: %d\r\n\r\n%s", host, len(hidden), hidden))
	if seen := w.take(); len(seen) != 1 || seen[0] != "POST /a body="+hidden {
		t.Errorf("the origin saw %q", seen)
	}
}

// What a visitor says about the way a request came is not believed.
func TestPoisonedHeadersAreReplaced(t *testing.T) {
	b := open(t, nil)
	var got http.Header
	b.handle("GET /", func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	answer := b.raw("GET / HTTP/1.1\r\nHost: " + b.site.Hostname + "\r\nConnection: X-Stagedoor-Hop, X-Forwarded-For\r\n" +
		"X-Forwarded-For: 203.0.113.9\r\nx-forwarded-for: 203.0.113.10\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n" +
		"X-Forwarded-Port: 1\r\nX-Forwarded-Server: evil\r\nForwarded: for=203.0.113.9;host=evil.example\r\nX-Real-IP: 203.0.113.9\r\n" +
		"True-Client-IP: 203.0.113.9\r\nX-Stagedoor-Site: apollo\r\nX-Stagedoor-Hop: t=1,v1=00\r\nX-Stagedoor-Staff: everyone\r\n" +
		"X-Stagedoor-Nonce: mine\r\nX-Stagedoor-Answered: 1\r\nX-Request-Id: ../../etc\r\nTraceparent: 00-0-0-00\r\nTracestate: evil=1\r\n\r\n")
	if answer.status != 200 {
		t.Fatalf("%d %s", answer.status, answer.body)
	}
	for name, values := range got {
		text := strings.Join(values, "|")
		if strings.Contains(text, "evil") || strings.Contains(text, "203.0.113") || strings.Contains(text, "..") || text == "mine" || text == "apollo" || text == "everyone" {
			t.Errorf("%s: %q reaches the origin", name, text)
		}
		if (strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Stagedoor-")) && len(values) != 1 {
			t.Errorf("%s comes %d times", name, len(values))
		}
	}
	for name, want := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": b.site.Hostname, "X-Forwarded-Proto": "http", "X-Stagedoor-Site": b.site.ID,
		"X-Forwarded-Port": "", "X-Stagedoor-Staff": "", "X-Stagedoor-Answered": "", "Tracestate": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
}

// Cookies that were tampered with open nothing and break nothing.
func TestTamperedCookies(t *testing.T) {
	closed := open(t, func(s *site.Site) { s.Maintenance = []site.Window{{ID: "now", AllowCheckout: true}} })
	reached := false
	closed.handle("GET /", func(http.ResponseWriter, *http.Request) { reached = true })
	forged := strings.Repeat("A", 40) + "." + strings.Repeat("0", 32)
	for _, cookie := range []string{
		"stagedoor_checkout=" + forged, "stagedoor_checkout=", "stagedoor_checkout=.", "stagedoor_checkout=" + strings.Repeat("x", 8000),
		"stagedoor_staff=" + forged, "stagedoor_staff=", "stagedoor_staff=..", "stagedoor_staff=\xff\xfe.\x80",
		"stagedoor_staff=" + forged + "; stagedoor_staff=" + forged, "stagedoor_room=" + forged, "sd_session=../../..; sd_session=x", "=; ;;=", "a",
	} {
		for _, path := range []string{"/", "/checkout", "/checkout/1"} {
			got := closed.raw("GET " + path + " HTTP/1.1\r\nHost: " + closed.site.Hostname + "\r\nCookie: " + cookie + "\r\n\r\n")
			if got.status != 503 || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%.40q %s: %d", cookie, path, got.status)
			}
		}
	}
	if reached {
		t.Error("a forged cookie got through maintenance")
	}
	opened := open(t, nil)
	var got string
	opened.handle("GET /", func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Cookie") })
	const odd = "sd_session=../../..; b=\xff; c"
	if answer := opened.raw("GET / HTTP/1.1\r\nHost: " + opened.site.Hostname + "\r\nCookie: " + odd + "\r\n\r\n"); answer.status != 200 || got != odd {
		t.Errorf("%d, the origin got %q", answer.status, got)
	}
}

// A Site document from a version to come is not guessed at: the last good one
// stays, and where there never was one nobody's page is shown.
func TestSiteDocumentFromTheFuture(t *testing.T) {
	b := open(t, nil)
	b.put(`{"version":99,"hostname":"` + b.site.Hostname + `","shape":{"of":"things to come"}}`)
	for _, path := range []string{"/", "/checkout"} {
		status, body := b.get(path)
		if status != 503 || !strings.HasPrefix(body, "This") {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if status, _ := b.get("/robots.txt"); status != 200 {
		t.Errorf("robots.txt: %d", status)
	}
	b.handle("GET /", hello)
	b.publish()
	b.eventually("a document that can be read", func() bool { status, _ := b.get("/"); return status == 200 })
}
