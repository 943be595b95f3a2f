package local_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
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
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
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

// A body that turns out too large, or whose sender leaves in the middle, must
// not look to the origin like a shorter one that is complete.
func TestBrokenBodiesDoNotLookComplete(t *testing.T) {
	b := open(t, nil)
	began, ended := make(chan struct{}, 2), make(chan error, 2)
	upload := func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	}
	b.handle("POST /upload", upload)
	b.handle("POST /api/upload", upload)
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
	t.Run("too large for the API", func(t *testing.T) {
		response, err := b.client.Do(b.request("POST", "/api/upload", io.MultiReader(bytes.NewReader(make([]byte, 11<<20)))))
		if err == nil {
			response.Body.Close()
			if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusRequestEntityTooLarge || kind != "application/problem+json" {
				t.Errorf("status %d, %s", response.StatusCode, kind)
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
