package local_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
)

// poolVariable makes this test binary a server of one pool instead; its value
// is the pool's name. A pool in a process of its own can be killed for real.
const poolVariable = "STAGEDOOR_TEST_POOL"

// servePool prints its address and then a line for each request it gets. What
// it does is in the path.
func servePool(name string) {
	var printing sync.Mutex
	say := func(v any) {
		printing.Lock()
		defer printing.Unlock()
		_ = json.NewEncoder(os.Stdout).Encode(v)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv(poolVariable+"_PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say(map[string]string{"url": "http://" + listener.Addr().String()})
	go func() { // the test holds the other end of standard input
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		trace, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Traceparent"), "00-"), "-")
		say(arrival{Request: r.Method + " " + r.RequestURI, ID: r.Header.Get(hop.HeaderRequestID), Trace: trace, Body: string(body)})
		what, status, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		code, err := strconv.Atoi(status)
		if err != nil {
			code = http.StatusOK
		}
		switch what {
		case "die": // in the middle of a request that has arrived
			if status == "" || status == name {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		case "ours": // the program's own answer
			w.Header().Set(hop.HeaderAnswered, "1")
			w.WriteHeader(code)
		case "gateway": // that of something in front of it
			w.WriteHeader(code)
		}
		_, _ = io.WriteString(w, name)
	}))
}

// arrival is a request as a pool got it.
type arrival struct{ Request, ID, Trace, Body string }

// pool is a running pool.
type pool struct {
	t         *testing.T
	name, url string
	cmd       *exec.Cmd

	mu       sync.Mutex
	requests []arrival
	heard    chan struct{} // one for each request
}

// startPool starts a pool, on the port of one that was killed if again is not nil.
func startPool(t *testing.T, name string, again *pool) *pool {
	t.Helper()
	p := &pool{t: t, name: name, cmd: exec.Command(os.Args[0]), heard: make(chan struct{}, 1000)}
	p.cmd.Env = append(os.Environ(), poolVariable+"="+name)
	if again != nil {
		p.cmd.Env = append(p.cmd.Env, poolVariable+"_PORT="+again.url[strings.LastIndexByte(again.url, ':')+1:])
	}
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	var first struct{ URL string }
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil || first.URL == "" {
		t.Fatalf("pool %s did not start: %q", name, lines.Text())
	}
	p.url = first.URL
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			var line arrival
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				p.mu.Lock()
				p.requests = append(p.requests, line)
				p.mu.Unlock()
				p.heard <- struct{}{}
			}
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		_ = p.cmd.Process.Kill()
		<-read
		_ = p.cmd.Wait()
	})
	return p
}

// kill ends the pool as a crash of its machine would, as far as one machine can show.
func (p *pool) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	for { // until nobody listens
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

// got is the requests that arrived.
func (p *pool) got() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]arrival(nil), p.requests...)
}

// houses starts pools and opens a site that prefers them in that order.
func houses(t *testing.T, names ...string) (*brand, []*pool) {
	t.Helper()
	var pools []*pool
	b := open(t, func(s *site.Site) {
		s.Origin.Pools = nil
		for i, name := range names {
			p := startPool(t, name, nil)
			pools = append(pools, p)
			weight := 0
			if i == 0 {
				weight = 1
			}
			s.Origin.Pools = append(s.Origin.Pools, site.Pool{ID: name, Region: "region-" + name, BaseURL: p.url, Weight: weight})
		}
	})
	return b, pools
}
