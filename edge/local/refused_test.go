package local_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

type rawResponse struct {
	status int
	header http.Header
	body   string
	err    error
}

// raw sends bytes as they are and reads one response.
func (b *brand) raw(request string) rawResponse {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.hostPort())
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		b.t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the answer may come before all is written
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return rawResponse{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return rawResponse{response.StatusCode, response.Header, string(body), err}
}

// What is malformed, ambiguous or too large is refused and never reaches the
// origin. Where workerd's own HTTP parser refuses first, the status is its
// choice (on Cloudflare, the network's front refuses such requests with 400);
// what counts is that it is an error and nothing gets through.
func TestBadRequestsAreRefused(t *testing.T) {
	b := open(t, nil)
	reached := make(chan string, 100)
	for _, method := range []string{"GET", "POST"} {
		b.handle(method+" /", func(w http.ResponseWriter, r *http.Request) { reached <- r.RequestURI })
	}
	host := "Host: " + b.site.Hostname + "\r\n"
	var flood strings.Builder
	for i := range 500 {
		fmt.Fprintf(&flood, "X-%d: %s\r\n", i, strings.Repeat("v", 20))
	}
	const byWorkerd = 0 // any error will do
	tests := []struct {
		name, request string
		status        int
	}{
		{"64 KB URL", "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\n" + host + "\r\n", 414},
		{"17 KB URL", "GET /" + strings.Repeat("a", 17<<10) + " HTTP/1.1\r\n" + host + "\r\n", 414},
		{"17 KB query", "GET /?" + strings.Repeat("a", 17<<10) + " HTTP/1.1\r\n" + host + "\r\n", 414},
		{"40 KB of headers", "GET / HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("v", 40<<10) + "\r\n\r\n", 431},
		{"500 headers", "GET / HTTP/1.1\r\n" + host + flood.String() + "\r\n", 431},
		{"1 MB of headers", "GET / HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("v", 1<<20) + "\r\n\r\n", 431},
		{"NUL in the path", "GET /a%00b HTTP/1.1\r\n" + host + "\r\n", 400},
		{"invalid UTF-8 in the path", "GET /\xff HTTP/1.1\r\n" + host + "\r\n", 400},
		{"broken encoding", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
		{"fragment", "GET /a#b HTTP/1.1\r\n" + host + "\r\n", 400},
		{"length and chunks", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"GET with a body", "GET / HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\nabcd", 400},
		{"TRACE", "TRACE / HTTP/1.1\r\n" + host + "\r\n", 405},
		{"body announced too large", "POST / HTTP/1.1\r\n" + host + "Content-Length: 20000000\r\n\r\n", 413},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"unknown host", "GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n", 421},
		{"address as host", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421},
		{"two hosts", "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n", byWorkerd},
		{"the same host twice", "GET / HTTP/1.1\r\n" + host + host + "\r\n", byWorkerd},
		{"absolute form, another host", "GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", byWorkerd},
		{"absolute form", "GET http://" + b.site.Hostname + "/ HTTP/1.1\r\n" + host + "\r\n", byWorkerd},
		{"no slash", "GET a HTTP/1.1\r\n" + host + "\r\n", byWorkerd},
		{"host with user name", "GET / HTTP/1.1\r\nHost: a@" + b.site.Hostname + "\r\n\r\n", byWorkerd},
		{"host with path", "GET / HTTP/1.1\r\nHost: " + b.site.Hostname + "/x\r\n\r\n", byWorkerd},
		{"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", byWorkerd},
		{"unknown method", "BREW / HTTP/1.1\r\n" + host + "\r\n", byWorkerd},
		{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n" + host + "\r\n", byWorkerd},
		{"NUL in a header", "GET / HTTP/1.1\r\n" + host + "X-A: a\x00b\r\n\r\n", byWorkerd},
		{"chunks with a space before the colon", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", byWorkerd},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := b.raw(test.request)
			switch {
			case got.err != nil:
				t.Errorf("no answer: %v", got.err)
			case test.status == byWorkerd && (got.status < 400 || got.status > 599):
				t.Errorf("status %d", got.status)
			case test.status != byWorkerd && got.status != test.status:
				t.Errorf("status %d %q, want %d", got.status, got.body, test.status)
			}
		})
	}
	select {
	case target := <-reached:
		t.Errorf("%q reached the origin", target)
	default:
	}
	if status, _ := b.get("/robots.txt"); status != 200 {
		t.Errorf("after all that, robots.txt answers %d", status)
	}
}

func TestInvalidHeaderBytesDoNoHarm(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", func(w http.ResponseWriter, r *http.Request) {})
	got := b.raw("GET / HTTP/1.1\r\nHost: " + b.site.Hostname + "\r\nCookie: a=\xff\xfe; stagedoor_checkout=\xc3\x28\r\nAccept: \xf0\x28\r\nConnection: close\r\n\r\n")
	if got.status != 200 {
		t.Errorf("%d %s %v", got.status, got.body, got.err)
	}
}

// A body that turns out too large, or whose sender leaves in the middle, must
// not look to the origin like a shorter one that is complete.
func TestBrokenBodiesDoNotLookComplete(t *testing.T) {
	b := open(t, nil)
	began, ended := make(chan struct{}, 2), make(chan error, 2)
	b.handle("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	})
	t.Run("too large", func(t *testing.T) {
		body := io.MultiReader(bytes.NewReader(make([]byte, 11<<20))) // its length is not announced
		response, err := b.client.Do(b.request("POST", "/upload", body))
		if err == nil { // the connection may also break before the answer is read
			response.Body.Close()
			if response.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("status %d", response.StatusCode)
			}
		}
		<-began
		if err := <-ended; err == nil {
			t.Error("the origin takes it for complete")
		}
	})
	for name, head := range map[string]string{
		"sender leaves, in chunks":        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"sender leaves, announced length": "Content-Length: 100\r\n\r\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", b.hostPort())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "POST /upload HTTP/1.1\r\nHost: "+b.site.Hostname+"\r\n"+head); err != nil {
				t.Fatal(err)
			}
			<-began
			conn.Close()
			if err := <-ended; err == nil {
				t.Error("the origin takes it for complete")
			}
		})
	}
}
