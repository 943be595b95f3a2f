package filter

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/limit"
	"github.com/stagedoor/stagedoor/edge/site"
)

// These tests are about what the golden corpus (edge/testdata) cannot say of
// single cases: properties, distributions and what a filter does by itself.

var (
	testKey = []byte("a key of enough bytes")
	opening = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

// lyceum is a Site with as little as one needs.
func lyceum(t testing.TB, change func(*site.Site)) *site.Site {
	t.Helper()
	s := site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: "lyceum.example", Aliases: []string{"old.example"},
		Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "UTC",
		RedirectHosts: []string{"shop.example"},
		Origin:        site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	}
	if change != nil {
		change(&s)
	}
	s.SetDefaults()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return &s
}

// house is a chain of all filters with one site in its directory.
type house struct {
	chain     *chain.Chain
	directory *chain.Directory
	counters  *limit.Counters
	now       int64 // Unix milliseconds
	x         chain.Exchange
}

func newHouse(t testing.TB, s *site.Site) *house {
	t.Helper()
	directory, counters := chain.NewDirectory(), limit.NewCounters(1)
	filters, err := All(Config{Directory: directory, HopKey: testKey, Counters: counters})
	if err != nil {
		t.Fatal(err)
	}
	c, err := chain.New(filters...)
	if err != nil {
		t.Fatal(err)
	}
	program, err := c.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, hostname := range s.Hostnames() {
		directory.Put(hostname, program, 1, opening.UnixMilli())
	}
	return &house{chain: c, directory: directory, counters: counters, now: opening.UnixMilli()}
}

// ask runs a request for a path on the site's hostname.
func (h *house) ask(method, authority, path, query string, fields ...chain.Field) *chain.Exchange {
	h.x.Request = chain.Request{
		Method: method, Scheme: "http", Authority: authority, Path: path, Query: query, HasQuery: query != "",
		RemoteIP: "203.0.113.7", Fields: fields, FailedPools: h.x.Request.FailedPools,
	}
	return h.run()
}

// askFrom runs a request of a client by its address.
func (h *house) askFrom(ip, path string) *chain.Exchange {
	h.x.Request = chain.Request{Method: "GET", Scheme: "http", Authority: "lyceum.example", Path: path, RemoteIP: ip}
	return h.run()
}

// askOver runs a request of which the network knows something.
func (h *house) askOver(network chain.Network, path string, fields ...chain.Field) *chain.Exchange {
	h.x.Request = chain.Request{Method: "GET", Scheme: "http", Authority: "lyceum.example", Path: path, RemoteIP: "203.0.113.7", Network: network, Fields: fields}
	return h.run()
}

func (h *house) run() *chain.Exchange {
	h.directory.Keep("lyceum.example", h.now)
	h.x.Now = h.now
	h.x.Reset()
	h.chain.Run(&h.x)
	return &h.x
}

func header(ops []chain.Op, name string) (value string, n int) {
	for _, op := range ops {
		if op.Name == name && op.Change != chain.Remove {
			value = op.Value
			n++
		}
	}
	return value, n
}

func lastReason(x *chain.Exchange) chain.Reason { return x.Trace[len(x.Trace)-1].Reason }

// Every filter states how it fails, and what fails closed is what must not be
// skipped.
func TestFailureDirections(t *testing.T) {
	want := map[string]chain.Direction{
		"trace": chain.FailOpen, "site": chain.FailClosed, "applepay": chain.FailClosed, "wellknown": chain.FailOpen,
		"canonical": chain.FailClosed, "staff": chain.FailOpen, "access": chain.FailClosed, "bot": chain.FailOpen,
		"ratelimit": chain.FailOpen, "maintenance": chain.FailClosed, "redirect": chain.FailOpen,
		"rewrite": chain.FailOpen, "locale": chain.FailOpen, "waitingroom": chain.FailOpen, "cache": chain.FailOpen,
		"origin": chain.FailClosed, "headers": chain.FailOpen,
	}
	filters, err := All(Config{Directory: chain.NewDirectory(), HopKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	if len(filters) != len(want) {
		t.Errorf("%d filters, want %d", len(filters), len(want))
	}
	for _, f := range filters {
		if direction, ok := want[f.Name()]; !ok || f.Fails() != direction {
			t.Errorf("%s fails %s", f.Name(), f.Fails())
		}
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	if _, err := All(Config{Directory: chain.NewDirectory(), HopKey: []byte("short")}); err == nil {
		t.Error("no error")
	}
}

// Whatever path is asked for during a closure of everything, only the answers
// that must never be 503 are not.
func TestRobotsIsNever503(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) { s.Maintenance = []site.Window{{ID: "all"}} }))
	for _, path := range []string{robotsPath, securityPath, applePayPath, healthPath} {
		if x := h.ask("GET", "lyceum.example", path, ""); x.Plan.Status == 503 {
			t.Errorf("%s answers 503", path)
		}
	}
	if x := h.ask("GET", "lyceum.example", "/", ""); x.Plan.Status != 503 {
		t.Errorf("the home page answers %d", x.Plan.Status)
	}
}

func TestProblemIsJSON(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) {
		s.Maintenance = []site.Window{{ID: "all", Message: "Line one\nline \"two\" </script> \u2028 é"}}
	}))
	x := h.ask("GET", "lyceum.example", "/", "", chain.Field{Name: "accept", Value: "application/json"})
	var problem struct {
		Status int
		Detail string
	}
	if err := json.Unmarshal(x.Plan.Body, &problem); err != nil {
		t.Fatal(err)
	}
	if problem.Status != 503 || problem.Detail != "Line one\nline \"two\" </script> \u2028 é" {
		t.Errorf("problem = %+v", problem)
	}
}
