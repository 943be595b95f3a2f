package intake

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const bodiesPatience = 2 * time.Minute

// crowd is the listener on a real port, where a request may say from where it comes.
type crowd struct {
	*stage
	web *httptest.Server
}

// newCrowd gives a body so long before it must keep coming. Nobody's turn is over before turnsEnd.
func newCrowd(t *testing.T, grace time.Duration) *crowd {
	c := &crowd{stage: newStage(t, nil)}
	c.bodies.grace, c.bodies.turn = grace, time.Hour
	listener := c.Listener(c.contentful)
	c.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = r.Header.Get("X-From") + ":1234"
		listener.ServeHTTP(w, r)
	}))
	t.Cleanup(c.web.Close)
	return c
}

// begin sends the headers of a webhook that only its body could show to be forged, and says what comes of it. The body
// never comes, but for what is sent with the headers.
func (c *crowd) begin(from, some string) <-chan int {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.web.Listener.Addr().String())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	r, _ := http.NewRequest(http.MethodPost, c.web.URL+"/webhooks/contentful", nil)
	r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
	sign(r, "another body", strings.Repeat("e", 64), time.Now())
	var head strings.Builder
	_ = r.Header.Write(&head)
	if _, err := fmt.Fprintf(conn, "POST /webhooks/contentful HTTP/1.1\r\nHost: it\r\nX-From: %s\r\nContent-Length: 2000000\r\n%s\r\n%s", from, head.String(), some); err != nil {
		c.t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() {
		answer, err := http.ReadResponse(bufio.NewReader(conn), r)
		if err != nil {
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	return status
}

// turnsEnd ends everybody's turn.
func (c *crowd) turnsEnd() {
	c.bodies.mu.Lock()
	defer c.bodies.mu.Unlock()
	c.bodies.turn = 0
}

// hold fills all places, each from an address.
func (c *crowd) hold(from func(i int) string) []<-chan int {
	c.t.Helper()
	var ends []<-chan int
	for i := range mostBodies {
		ends = append(ends, c.begin(from(i), "{"))
		for deadline := time.Now().Add(bodiesPatience); c.bodies.count() <= i; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				c.t.Fatalf("%d bodies are being read", c.bodies.count())
			}
		}
	}
	return ends
}

// publish sends a true webhook.
func (c *crowd) publish(from, id string) *http.Response {
	c.t.Helper()
	body := entry(id, "production", "Hamlet", at(1), 1, "")
	r, _ := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.web.URL+"/webhooks/contentful", strings.NewReader(body))
	r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
	r.Header.Set("X-From", from)
	sign(r, body, secret, time.Now())
	answer, err := c.web.Client().Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

func (c *crowd) ended(status <-chan int, want int) {
	c.t.Helper()
	select {
	case got := <-status:
		if got != want {
			c.t.Errorf("answered %d, want %d", got, want)
		}
	case <-time.After(bodiesPatience):
		c.t.Fatal("no answer")
	}
}

// TestForgersKeepNobodyOut: sixteen bodies that do not go on fill all places, and what the system tells comes through.
func TestForgersKeepNobodyOut(t *testing.T) {
	t.Parallel()
	t.Run("from one address", func(t *testing.T) {
		t.Parallel()
		c := newCrowd(t, time.Hour)
		ends := c.hold(func(int) string { return "203.0.113.9" })
		if got := c.publish("198.51.100.7", "hamlet"); got.StatusCode != http.StatusAccepted {
			t.Errorf("answered %d", got.StatusCode)
		}
		c.ended(ends[0], http.StatusTooManyRequests) // it held its place longest
	})
	t.Run("from as many as there are places", func(t *testing.T) {
		t.Parallel()
		c := newCrowd(t, time.Hour)
		ends := c.hold(func(i int) string { return fmt.Sprintf("203.0.113.%d", i) })
		if got := c.publish("198.51.100.7", "hamlet"); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("while it is everybody's turn: answered %d", got.StatusCode)
		}
		c.turnsEnd()
		if got := c.publish("198.51.100.7", "hamlet"); got.StatusCode != http.StatusAccepted {
			t.Errorf("when their turn is over: answered %d", got.StatusCode)
		}
		c.ended(ends[0], http.StatusTooManyRequests)
	})
	t.Run("from where the system is: behind a proxy", func(t *testing.T) {
		t.Parallel()
		c := newCrowd(t, time.Hour)
		ends := c.hold(func(int) string { return "10.0.0.1" })
		c.turnsEnd()
		if got := c.publish("10.0.0.1", "hamlet"); got.StatusCode != http.StatusAccepted {
			t.Errorf("answered %d", got.StatusCode)
		}
		c.ended(ends[0], http.StatusTooManyRequests)
	})
}

// TestABodyKeepsComing: one that stands still ends, whether all of it was to come or it was going to be refused unread.
func TestABodyKeepsComing(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 50*time.Millisecond)
	c.ended(c.begin("203.0.113.9", "{"), http.StatusRequestTimeout)
	if n := c.bodies.count(); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
	in := &reading{bodies: newBodies(), began: at(0)}
	for _, one := range []struct {
		got  int64
		want time.Duration
	}{
		{0, bodyGrace}, {1, bodyGrace}, {slowestBody, bodyGrace + time.Second}, {MostBody, bodyPatience},
	} {
		if due := in.due(one.got).Sub(in.began).Truncate(time.Millisecond); due != one.want {
			t.Errorf("after %d bytes the next are due after %v, want %v", one.got, due, one.want)
		}
	}
}

// TestRefusedUnreadIsNotWaitedFor: a stranger who sends headers, and then nothing, is answered.
func TestRefusedUnreadIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 50*time.Millisecond)
	conn, err := net.Dial("tcp", c.web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(bodiesPatience))
	fmt.Fprintf(conn, "POST /webhooks/contentful HTTP/1.1\r\nHost: it\r\nContent-Length: 1000\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != http.StatusUnauthorized {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
}

func TestSender(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:1234": "192.0.2.1", "[::ffff:192.0.2.1]:1234": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1": "fe80::/64", "@": "@", "": "",
	} {
		if got := sender(remote); got != want {
			t.Errorf("%q is %q, want %q", remote, got, want)
		}
	}
}
