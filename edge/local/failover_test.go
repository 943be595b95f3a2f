package local_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/hop"
)

// The clock by which pools are down, in milliseconds; see faulty.mjs. A pool is
// down for 2 s the first time, then 4, 8 ... up to 30, less up to a half of
// jitter.
const (
	clockStart   = "health=1000000"
	clockShortly = "health=1000900" // within the first time down, whatever the jitter
	clockLater   = "health=1002001" // after it
	clockAgain   = "health=1003900" // within the second time down
	clockMuch    = "health=1100000" // after any
)

func (b *brand) from(target, want string) {
	b.t.Helper()
	if status, body := b.get(target); status != 200 || body != want {
		b.t.Errorf("%s: %d %q, want it from %s", target, status, body, want)
	}
}

// A pool that is killed is tried once, then left alone; once its time is up one
// request tries it, and when it is back everybody goes there again.
func TestKilledPoolIsLeftAloneUntilItIsBack(t *testing.T) {
	b, pools := houses(t, "a", "b", "c", "d")
	b.faults(clockStart)
	b.from("/", "a")
	pools[0].kill()
	b.from("/", "b")
	b.eventually("a line about the pool that is down", func() bool { return shared.logs.has("a pool is down", pools[0].url) })

	// Whoever is sent there from now on is heard by what listens in its place.
	visits, close := deadEnd(t, pools[0])
	b.faults(clockShortly)
	for range 10 {
		b.from("/", "b")
	}
	if n := visits(); n != 0 {
		t.Errorf("%d requests went to a pool that is down", n)
	}
	// The next one down is the next in the document's order.
	pools[1].kill()
	b.from("/", "c")

	b.faults(clockLater)
	b.from("/", "c") // tries a and b, in vain, and is answered all the same
	if n := visits(); n != 1 {
		t.Errorf("%d requests tried the pool once its time was up, want 1", n)
	}
	b.faults(clockAgain) // down again, and for longer
	for range 10 {
		b.from("/", "c")
	}
	if n := visits(); n != 1 {
		t.Errorf("%d requests went to a pool that is down again", n-1)
	}

	close()
	startPool(t, "a is back", pools[0])
	b.from("/", "c") // nobody knows yet
	b.faults(clockMuch)
	b.from("/", "a is back")
	b.faults(clockShortly) // and it stays, whatever the clock says
	b.from("/", "a is back")
	b.eventually("a line about the pool that is back", func() bool { return shared.logs.has("a pool is back", pools[0].url) })
}

// deadEnd listens where a killed pool did, hangs up on everyone, and counts them.
func deadEnd(t *testing.T, p *pool) (visits func() int, closeIt func()) {
	t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan struct{}, 1000)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			seen <- struct{}{}
			conn.Close()
		}
	}()
	closeIt = func() { listener.Close() }
	t.Cleanup(closeIt)
	return func() int { return len(seen) }, closeIt
}

// Of many requests at once, one tries a pool whose time is up; the others do
// not wait for it.
func TestOneRequestTriesAPool(t *testing.T) {
	b, pools := houses(t, "a", "b")
	b.faults(clockStart)
	pools[0].kill()
	b.from("/", "b")

	listener, err := net.Listen("tcp", strings.TrimPrefix(pools[0].url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	slow := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = w.Write([]byte("a"))
	})}
	go func() { _ = slow.Serve(listener) }()
	t.Cleanup(func() { slow.Close() })

	b.faults(clockLater)
	tried := make(chan string, 1)
	go func() {
		response, err := b.client.Do(b.request("GET", "/", nil))
		if err != nil {
			tried <- err.Error()
			return
		}
		defer response.Body.Close()
		tried <- b.read(response)
	}()
	<-arrived
	for range 20 {
		b.from("/", "b") // answered while the trial is under way
	}
	if n := len(arrived); n != 0 {
		t.Errorf("%d more requests tried the pool", n)
	}
	close(release)
	if body := <-tried; body != "a" {
		t.Errorf("the trial was answered %q", body)
	}
	b.from("/", "a")
}

// A POST is not sent again, wherever the first one got to, and is never the
// one that tries a pool.
func TestPostNeverGoesTwice(t *testing.T) {
	b, pools := houses(t, "a", "b")
	b.faults(clockStart)
	// It arrives, and the pool dies before it answers.
	response := b.do(b.request("POST", "/die", strings.NewReader("order")))
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(b.read(response), b.site.Name) {
		t.Errorf("%d", response.StatusCode)
	}
	<-pools[0].heard
	if got := pools[0].got(); len(got) != 1 || got[0].Request != "POST /die" || got[0].Body != "order" {
		t.Errorf("the pool that died got %+v", got)
	}
	if got := pools[1].got(); len(got) != 0 {
		t.Errorf("the other pool got %+v", got)
	}
	b.from("/", "b") // a read finds out that a is gone
	b.faults(clockLater)
	visits, _ := deadEnd(t, pools[0])
	response = b.do(b.request("POST", "/", strings.NewReader("order")))
	if body := b.read(response); response.StatusCode != 200 || body != "b" {
		t.Errorf("a POST while a pool may be tried: %d %s", response.StatusCode, body)
	}
	if n := visits(); n != 0 {
		t.Error("a POST tried a pool")
	}
}

// A read that goes on to another pool is one request in one trace.
func TestFailoverStaysOneRequest(t *testing.T) {
	b, pools := houses(t, "a", "b")
	b.faults(clockStart)
	response := b.do(b.request("GET", "/die/a", nil))
	if body := b.read(response); response.StatusCode != 200 || body != "b" {
		t.Fatalf("%d %s", response.StatusCode, body)
	}
	<-pools[0].heard
	<-pools[1].heard
	first, second := pools[0].got()[0], pools[1].got()[0]
	if first.ID == "" || first.ID != second.ID || first.Trace == "" || first.Trace != second.Trace || response.Header.Get(hop.HeaderRequestID) != first.ID {
		t.Errorf("a got %+v, b got %+v, the visitor %s", first, second, response.Header.Get(hop.HeaderRequestID))
	}
}

// Gateway errors count when they are not the origin's own: three in a row.
func TestGatewayErrorsTakeAPoolDown(t *testing.T) {
	for _, status := range []string{"502", "503", "504"} {
		t.Run(status, func(t *testing.T) {
			b, _ := houses(t, "a", "b")
			b.faults(clockStart)
			for range 2 {
				b.get("/gateway/" + status)
			}
			b.from("/", "a") // in between it answered: not in a row
			for range 10 {
				if got, _ := b.get("/ours/" + status); http.StatusText(got) == "" || got < 502 {
					t.Errorf("the origin's own %s arrives as %d", status, got)
				}
			}
			b.from("/", "a") // the origin's own errors are no sign of death
			for range 3 {
				b.get("/gateway/" + status)
			}
			b.from("/", "b")
		})
	}
}

// What Cloudflare answers in the place of an origin it cannot reach is no
// answer, and nothing of it is shown.
func TestCloudflaresOwnErrorsFailOver(t *testing.T) {
	for _, status := range []string{"520", "521", "522", "530"} {
		t.Run(status, func(t *testing.T) {
			b, pools := houses(t, "a", "b")
			b.faults(clockStart)
			response := b.do(b.request("GET", "/gateway/"+status, nil))
			// b answers the same path the same way, and is the last.
			if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
				t.Errorf("%d", response.StatusCode)
			}
			<-pools[0].heard
			<-pools[1].heard
			if len(pools[0].got()) != 1 || len(pools[1].got()) != 1 {
				t.Errorf("a got %+v, b got %+v", pools[0].got(), pools[1].got())
			}
		})
	}
}

// With every pool dead the visitor gets the brand's page, and the first pool
// that is back is found at once: what is down is tried last, not never.
func TestAllPoolsKilled(t *testing.T) {
	b, pools := houses(t, "a", "b", "c", "d")
	b.faults(clockStart)
	for _, p := range pools {
		p.kill()
	}
	for range 3 {
		response := b.do(b.request("GET", "/", nil))
		if body := b.read(response); response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, b.site.Name) {
			t.Errorf("%d %s", response.StatusCode, body)
		}
	}
	startPool(t, "c is back", pools[2])
	b.from("/", "c is back")
}

// A visitor never sees the mark by which the edge knows the origin's answers.
func TestTheMarkStaysInside(t *testing.T) {
	b, _ := houses(t, "a")
	response := b.do(b.request("GET", "/ours/200", nil))
	for name := range response.Header {
		if strings.HasPrefix(name, "X-Stagedoor-") {
			t.Errorf("%s reaches the visitor", name)
		}
	}
}
