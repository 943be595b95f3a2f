package local

import (
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/search/local/access"
)

// spell is how long requests are gathered before they are reported, and
// manyPaths how many different ones are told apart in that time. A longer one
// than longPath bytes is not told apart: anybody may ask for it.
const (
	spell     = 10 * time.Second
	manyPaths = 1000
	longPath  = 300
)

// traffic counts requests and how long they took, for /stats.json. It is safe
// for concurrent use.
type traffic struct {
	mu        sync.Mutex
	since     time.Time
	now, last map[string]*tally // by method and path, and by kind
}

type tally struct {
	requests int
	took     time.Duration // all together
}

// kinds of requests that are counted together; a path begins with a method.
const (
	kindSearch = "search"
	kindImport = "import"
	kindWrite  = "write"
	kindDelete = "delete"
	kindTotal  = "total"
)

// kind is what a route's requests are counted under, "" for nothing.
func (r *route) kind() string {
	documents := len(r.path) > 2 && r.path[2] == "documents"
	switch {
	case r.action == access.Search, r.action == multiSearch:
		return kindSearch
	case !documents:
		return ""
	case r.path[len(r.path)-1] == "import":
		return kindImport
	case r.method == http.MethodDelete:
		return kindDelete
	case r.method == http.MethodPost, r.method == http.MethodPatch:
		return kindWrite
	}
	return ""
}

// note counts a request that was answered at an instant.
func (t *traffic) note(r *route, path string, at time.Time, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(at)
	add := func(key string) {
		if t.now[key] == nil {
			t.now[key] = &tally{}
		}
		t.now[key].requests++
		t.now[key].took += took
	}
	add(kindTotal)
	if k := r.kind(); k != "" {
		add(k)
	}
	if len(path) > longPath {
		return
	}
	if key := r.method + " " + path; t.now[key] != nil || len(t.now) < manyPaths {
		add(key)
	}
}

// turn begins a new spell when the old one is over.
func (t *traffic) turn(at time.Time) {
	past := at.Sub(t.since)
	if t.now != nil && past < spell {
		return
	}
	if t.last = t.now; past >= 2*spell {
		t.last = nil
	}
	t.since, t.now = at, map[string]*tally{}
}

// report returns what /stats.json says of the spell that is over.
func (t *traffic) report(at time.Time) map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(at)
	latency, rate := map[string]any{}, map[string]any{}
	// Nothing is cached, refused for being too much, or waiting to be written.
	out := map[string]any{
		"latency_ms": latency, "requests_per_second": rate,
		"cache_hit_ratio": 0, "overloaded_requests_per_second": 0, "pending_write_batches": 0,
	}
	for _, kind := range []string{kindSearch, kindImport, kindWrite, kindDelete} {
		out[kind+"_latency_ms"], out[kind+"_requests_per_second"] = t.last[kind].latency(), t.last[kind].rate()
	}
	out["total_requests_per_second"] = t.last[kindTotal].rate()
	for key, one := range t.last {
		if strings.Contains(key, " ") {
			latency[key], rate[key] = one.latency(), one.rate()
		}
	}
	return out
}

// latency is the mean in milliseconds.
func (t *tally) latency() float64 {
	if t == nil {
		return 0
	}
	return round(float64(t.took.Microseconds()) / 1000 / float64(t.requests))
}

// rate is requests a second.
func (t *tally) rate() float64 {
	if t == nil {
		return 0
	}
	return round(float64(t.requests) / spell.Seconds())
}

func round(f float64) float64 { return math.Round(f*10) / 10 }
