package local_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }

func TestMaintenanceComesAndGoesWithAKVWrite(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", hello)
	if status, body := b.get("/"); status != 200 || body != "hello" {
		t.Fatalf("open: %d %s", status, body)
	}
	b.site.Maintenance = []site.Window{{ID: "now", Message: "The safety curtain is down.", EndsAt: time.Now().Add(time.Hour)}}
	b.publish()
	b.eventually("closing", func() bool { status, _ := b.get("/"); return status == 503 })
	status, body := b.get("/")
	if status != 503 || !strings.Contains(body, "The safety curtain is down.") || !strings.Contains(body, b.site.Name) {
		t.Errorf("closed: %d %s", status, body)
	}
	if status, _ := b.get("/robots.txt"); status != 200 {
		t.Errorf("robots.txt answers %d", status)
	}
	b.site.Maintenance = nil
	b.publish()
	b.eventually("opening", func() bool { status, _ := b.get("/"); return status == 200 })
}

func TestKVOutageServesTheLastGoodSite(t *testing.T) {
	for _, fault := range []string{"down", "hangs"} {
		t.Run(fault, func(t *testing.T) {
			b := open(t, nil)
			b.handle("GET /", hello)
			if status, _ := b.get("/"); status != 200 {
				t.Fatalf("before: %d", status)
			}
			b.faults("kv=" + fault)
			b.eventually("the outage being noticed", func() bool {
				if status, _ := b.get("/"); status != 200 {
					t.Fatalf("during: %d", status)
				}
				return shared.logs.has("could not be fetched", b.site.Hostname, "has_last_good=true")
			})
			// Past the age at which a request waits for KV rather than use
			// what there is.
			time.Sleep((chain.Stale + 500) * time.Millisecond)
			if status, _ := b.get("/"); status != 200 {
				t.Errorf("long into it: %d", status)
			}

			never := open(t, nil)
			if status, body := never.get("/"); status != 503 || strings.Contains(body, b.site.Name) {
				t.Errorf("a site never seen: %d %s", status, body)
			}
			if status, _ := never.get("/robots.txt"); status != 200 {
				t.Errorf("its robots.txt: %d", status)
			}
			never.faults("kv=up")
			never.eventually("recovering", func() bool { status, _ := never.get("/robots.txt"); return status == 200 })
		})
	}
}

func TestTrappedInstanceIsReplaced(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", hello)
	b.handle("POST /", hello)
	b.get("/")
	b.faults("trap=1")
	if status, _ := b.get("/"); status != 200 {
		t.Errorf("after one trap: %d", status)
	}
	b.eventually("the log of a real trap", func() bool {
		return shared.logs.has("trapped and was replaced", "unreachable") || shared.logs.has("trapped and was replaced", "bounds")
	})
	b.faults("trap=1")
	if status := b.do(b.request("POST", "/", strings.NewReader("x"))).StatusCode; status != 200 {
		t.Errorf("a POST: %d", status)
	}
	b.faults("trap=2")
	response := b.do(b.request("GET", "/", nil))
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
		t.Errorf("after two traps: %d", response.StatusCode)
	}
	if status, _ := b.get("/"); status != 200 {
		t.Errorf("and then: %d", status)
	}
	// The new instance knows no site, and KV cannot tell it.
	b.faults("trap=1&kv=down")
	if status, _ := b.get("/"); status != 200 {
		t.Errorf("after a trap without KV: %d", status)
	}
}

// A document that traps the module costs nobody their site, and is not loaded
// over and over.
func TestTrapWhileLoading(t *testing.T) {
	b, other := open(t, nil), open(t, nil)
	b.handle("GET /", hello)
	other.handle("GET /", hello)
	b.get("/")
	other.get("/")
	b.faults("trap_load=renamed")
	b.site.Name = "The " + b.site.ID + ", renamed"
	b.publish()
	b.eventually("the document that traps", func() bool {
		for _, each := range []*brand{b, other} {
			if status, _ := each.get("/"); status != 200 {
				t.Fatalf("%s: %d", each.site.ID, status)
			}
		}
		return shared.logs.has("cannot be used", b.site.Hostname, "it traps the instance")
	})
	b.eventually("knowing it again", func() bool {
		if status, _ := b.get("/"); status != 200 {
			t.Fatalf("status %d", status)
		}
		return shared.logs.has("cannot be used", b.site.Hostname, "trapped the instance before")
	})
	b.site.Name = "The " + b.site.ID + ", once more"
	b.publish()
	b.eventually("a better document", func() bool {
		b.site.Maintenance = []site.Window{{ID: "now"}}
		b.publish()
		status, body := b.get("/")
		return status == 503 && strings.Contains(body, "once more")
	})
}

// A site that is taken from KV is gone, and comes back; until then nobody sees
// another brand's.
func TestSiteThatIsTakenAway(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", hello)
	b.get("/")
	if _, err := b.kv.Values.Delete(t.Context(), b.edge.NamespaceID, site.Key(b.site.Hostname), with(kv.NamespaceValueDeleteParams{}, map[string]any{"AccountID": "local"})); err != nil {
		t.Fatal(err)
	}
	b.eventually("going", func() bool { status, _ := b.get("/"); return status == 421 })
	b.publish()
	b.eventually("coming back", func() bool { status, body := b.get("/"); return status == 200 && body == "hello" })
}

// Whoever asked first for a site may leave while KV is slow; those who wait for
// the same answer get theirs.
func TestVisitorWhoLeavesWhileKVHangs(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", hello)
	b.faults("kv=hangs")
	ctx, leave := context.WithCancel(t.Context())
	first, others := make(chan struct{}), make(chan int, 5)
	go func() {
		if response, err := b.client.Do(b.request("GET", "/", nil).WithContext(ctx)); err == nil {
			response.Body.Close()
		}
		close(first)
	}()
	time.Sleep(200 * time.Millisecond) // let it be the first; either way the others must be answered
	for range cap(others) {
		go func() {
			response, err := b.client.Do(b.request("GET", "/", nil))
			if err != nil {
				t.Error(err)
				others <- 0
				return
			}
			response.Body.Close()
			others <- response.StatusCode
		}()
	}
	time.Sleep(200 * time.Millisecond)
	leave()
	<-first
	for range cap(others) {
		if status := <-others; status != 503 {
			t.Errorf("a site that cannot be fetched answers %d", status)
		}
	}
	b.faults("kv=up")
	b.eventually("recovering", func() bool { status, _ := b.get("/"); return status == 200 })
}

func TestUnusableDocumentKeepsTheLastGoodSite(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /", hello)
	b.get("/")
	b.put(`{"version":99,"from":"the future"}`)
	b.eventually("the new document being refused", func() bool {
		if status, _ := b.get("/"); status != 200 {
			t.Fatalf("status %d", status)
		}
		return shared.logs.has("cannot be used", b.site.Hostname, "schema version")
	})
}

func TestOriginDownShowsTheBrandsPage(t *testing.T) {
	b := open(t, func(s *site.Site) {
		s.Origin.Pools[0].BaseURL = freeAddress(t)
		s.Theme = site.Theme{Background: "#123456", Ink: "#fedcba", Accent: "#abcdef"}
	})
	r := b.request("GET", "/shows", nil)
	r.Header.Set("Accept", "text/html")
	response := b.do(r)
	body := b.read(response)
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	for _, part := range []string{b.site.Name, "#123456", "#fedcba", "#abcdef", response.Header.Get("X-Request-Id")} {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	r.Header.Set("Accept", "application/json")
	response = b.do(r)
	if body := b.read(response); response.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"status":503`) {
		t.Errorf("%s: %s", response.Header.Get("Content-Type"), body)
	}
}

// Reads go to another pool, writes that may have arrived do not. What a read
// finds out spares the writes after it.
func TestReadsGoToAnotherPoolAndWritesDoNot(t *testing.T) {
	b := open(t, func(s *site.Site) {
		s.Origin.Pools = []site.Pool{
			{ID: "dead", BaseURL: freeAddress(t), Weight: 1}, {ID: "dead-too", BaseURL: freeAddress(t)},
			{ID: "alive", BaseURL: shared.origin.URL},
		}
	})
	posts := 0
	b.handle("GET /", hello)
	b.handle("POST /", func(http.ResponseWriter, *http.Request) { posts++ })
	b.faults(clockStart)
	post := func() int { return b.do(b.request("POST", "/", strings.NewReader("x"))).StatusCode }
	if status := post(); status != 503 || posts != 0 {
		t.Errorf("POST to a pool that is dead: %d, arrived elsewhere %d times", status, posts)
	}
	if status, body := b.get("/"); status != 200 || body != "hello" {
		t.Errorf("GET: %d %s", status, body)
	}
	if status := post(); status != 200 || posts != 1 {
		t.Errorf("POST once it is known: %d, arrived %d times", status, posts)
	}
}

// freeAddress is one where nothing listens. Each test has its own: the edge
// remembers which were dead.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func TestCanonicalAndRedirectsThroughTheWorker(t *testing.T) {
	b := open(t, func(s *site.Site) {
		s.Aliases = []string{"www." + s.Hostname}
		s.Redirects = []site.Redirect{{ID: "a", Match: "prefix", Source: "/old", Target: "/new", Status: 301, PreserveSuffix: true}}
	})
	port := strings.TrimPrefix(b.edge.URL, "http://127.0.0.1")
	for _, test := range []struct{ host, target, want string }{
		{"www." + b.site.Hostname, "//evil.example/..//a?b=c", "/a?b=c"},
		{b.site.Hostname, "//evil.example", "/evil.example"},
		{b.site.Hostname, "/\\evil.example", "/evil.example"},
		{b.site.Hostname, "/old/x?utm_source=y", "/new/x?utm_source=y"},
		{strings.ToUpper(b.site.Hostname) + ".", "/a", "/a"},
	} {
		got := b.raw("GET " + test.target + " HTTP/1.1\r\nHost: " + test.host + port + "\r\nConnection: close\r\n\r\n")
		if want := "http://" + b.site.Hostname + port + test.want; got.status != 301 || got.header.Get("Location") != want {
			t.Errorf("%s%s: %d %q, want %q", test.host, test.target, got.status, got.header.Get("Location"), want)
		}
	}
}
