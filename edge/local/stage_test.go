package local_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

const (
	hopKey = "a hop key for tests, no secret"
	token  = "an API token for tests"
	// roomKeys is a ring whose first key is newer than its second.
	roomKeys = "2:the second room key for tests is no secret,1:the first room key for tests is no secret either"

	// sharedLimit is what the counters that isolates share allow a client in
	// a minute, on each site that has limits.
	sharedLimit = 30

	// patience bounds a wait for what must come; how soon it does is not what
	// is tested.
	patience = 2 * time.Minute
)

// stage is one edge, with faults to be switched on, in front of one origin.
// The tests of the package share it; each has a hostname of its own.
type stage struct {
	config local.Config
	edge   *local.Edge
	origin *httptest.Server
	mux    *http.ServeMux
	logs   *logBook
	kv     *kv.NamespaceService
	client *http.Client
}

var (
	shared    *stage
	hostnames atomic.Int64
)

func TestMain(m *testing.M) {
	if name := os.Getenv(poolVariable); name != "" {
		servePool(name)
		return
	}
	var err error
	if shared, err = newStage(nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Most of the time tests wait, those that may run beside others more than
	// all: for workerd to start, for alarms, for hearts to beat.
	flag.Parse()
	if err := flag.Set("test.parallel", "5"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := errors.Join(shared.close(), closeRooms()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// newStage opens an edge, after changing how it is run.
func newStage(change func(*local.Config)) (*stage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	if _, err := (tinygo.Builder{Root: root, Progress: os.Stderr}).EdgeWasm(ctx); err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "edge")
	if err != nil {
		return nil, err
	}
	s := &stage{mux: http.NewServeMux(), logs: &logBook{}}
	s.config = local.Config{
		Root: root, DataDir: data, HopKey: hopKey, RoomKeys: roomKeys, APIToken: token, Faults: true, SharedLimit: sharedLimit, Log: slog.New(s.logs),
	}
	if change != nil {
		change(&s.config)
	}
	s.origin = httptest.NewServer(http.HandlerFunc(s.serveOrigin))
	if err := s.start(ctx); err != nil {
		s.origin.Close()
		return nil, errors.Join(err, os.RemoveAll(data))
	}
	return s, nil
}

// start runs the edge, for the first time or again over the same data.
func (s *stage) start(ctx context.Context) (err error) {
	if s.edge, err = local.Start(ctx, s.config); err != nil {
		return err
	}
	s.kv = namespaces(s.edge.APIURL, token)
	address := strings.TrimPrefix(s.edge.URL, "http://")
	s.client = &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableCompression: true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			},
		},
	}
	return nil
}

func (s *stage) close() (err error) {
	s.client.CloseIdleConnections()
	if s.edge != nil { // it may not have come back
		err = s.edge.Close()
	}
	s.origin.Close()
	return errors.Join(err, os.RemoveAll(s.config.DataDir))
}

// serveOrigin is the origin: it believes only the edge. Handlers are
// registered in mux as "METHOD site-id.test/path".
func (s *stage) serveOrigin(w http.ResponseWriter, r *http.Request) {
	siteID, err := hop.Verify([]byte(hopKey), r, time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	r.Host = siteID + ".test"
	s.mux.ServeHTTP(w, r)
}

// brand is a site of one test.
type brand struct {
	*stage
	t    testing.TB
	site site.Site
}

// open publishes a new site whose origin is the stage's.
func open(t testing.TB, change func(*site.Site)) *brand {
	t.Helper()
	return shared.open(t, change)
}

func (s *stage) open(t testing.TB, change func(*site.Site)) *brand {
	t.Helper()
	id := fmt.Sprintf("site%d", hostnames.Add(1))
	b := &brand{stage: s, t: t, site: site.Site{
		ID: id, Name: "The " + id, Hostname: id + ".localhost", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: s.origin.URL}}},
	}}
	if change != nil {
		change(&b.site)
	}
	b.publish()
	return b
}

// publish writes the site to KV as the origin does.
func (b *brand) publish() {
	b.t.Helper()
	doc, err := site.Encode(b.site)
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(string(doc))
}

func (b *brand) put(document string) {
	b.t.Helper()
	var pairs []kv.NamespaceBulkUpdateParamsBody
	for _, hostname := range b.site.Hostnames() {
		pairs = append(pairs, put(site.Key(hostname), document))
	}
	result, err := b.kv.BulkUpdate(b.t.Context(), b.edge.NamespaceID, bulk(pairs...))
	if err != nil {
		b.t.Fatalf("publish: %v", err)
	}
	if int(result.SuccessfulKeyCount) != len(pairs) {
		b.t.Fatalf("published %v of %d keys", result.SuccessfulKeyCount, len(pairs))
	}
}

// handle registers what the origin does for the site; the pattern has a
// method and a path.
func (b *brand) handle(pattern string, f http.HandlerFunc) {
	method, path, _ := strings.Cut(pattern, " ")
	b.mux.HandleFunc(method+" "+b.site.ID+".test"+path, f)
}

// request makes a request for the site to the edge.
func (b *brand) request(method, target string, body io.Reader) *http.Request {
	b.t.Helper()
	port := strings.TrimPrefix(b.edge.URL, "http://127.0.0.1")
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.site.Hostname+port+target, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *brand) do(r *http.Request) *http.Response {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { response.Body.Close() })
	return response
}

// get asks for a path and returns the status and the whole body.
func (b *brand) get(target string) (int, string) {
	b.t.Helper()
	response := b.do(b.request("GET", target, nil))
	return response.StatusCode, b.read(response)
}

func (b *brand) read(response *http.Response) string {
	b.t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(body)
}

// faults switches faults in the edge on, and off again when the test ends.
func (b *brand) faults(query string) {
	b.t.Helper()
	set := func(query string) error {
		response, err := http.Get(b.edge.URL + "/__faults?" + query)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	}
	if err := set(query); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := set(""); err != nil {
			b.t.Error(err)
		}
	})
}

// eventually asks again until the answer is as wanted; how long that takes is
// not what is tested.
func (b *brand) eventually(what string, wanted func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if wanted() {
			return
		}
	}
	b.t.Fatalf("%s: not within %s", what, patience)
}

// logBook is a slog.Handler that remembers messages.
type logBook struct {
	mu       sync.Mutex
	messages []string
}

func (l *logBook) Enabled(context.Context, slog.Level) bool { return true }
func (l *logBook) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logBook) WithGroup(string) slog.Handler            { return l }
func (l *logBook) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, text)
	return nil
}

func (l *logBook) has(parts ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, message := range l.messages {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(message, part)
		}
		if all {
			return true
		}
	}
	return false
}

// hostPort is where the edge listens.
func (s *stage) hostPort() string {
	u, err := url.Parse(s.edge.URL)
	if err != nil {
		panic(err)
	}
	return u.Host
}
