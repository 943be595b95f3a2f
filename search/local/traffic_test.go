package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/local"
)

// Stats tell of the ten seconds before: how many requests there were, of which kind, and how long they took.
func TestStats(t *testing.T) {
	var mu sync.Mutex
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond) // so long does every look at the clock take, and with it every request
		return now
	}
	s, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: testKey, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must := func(method, path, body string, want int) []byte {
		code, answer := send(s, method, path, []byte(body))
		if code != want {
			t.Fatalf("%s %s: %d %s", method, path, code, answer)
		}
		return answer
	}
	stats := func() map[string]any {
		var out map[string]any
		if err := json.Unmarshal(must(http.MethodGet, "/stats.json", "", http.StatusOK), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	must(http.MethodPost, "/collections", `{"name":"shows","fields":[{"name":"title","type":"string"}]}`, http.StatusCreated)
	for i := range 20 {
		must(http.MethodPost, "/collections/shows/documents", fmt.Sprintf(`{"title":"Hamlet %d"}`, i), http.StatusCreated)
	}
	for range 30 {
		must(http.MethodGet, "/collections/shows/documents/search?q=hamlet&query_by=title", "", http.StatusOK)
	}
	must(http.MethodDelete, "/collections/shows/documents/3", "", http.StatusOK)
	if early := stats(); early["search_requests_per_second"] != 0.0 {
		t.Errorf("before the ten seconds are over: %v", early)
	}
	mu.Lock()
	now = now.Add(10 * time.Second)
	mu.Unlock()
	got := stats()
	for key, want := range map[string]float64{
		"search_requests_per_second": 3, "write_requests_per_second": 2, "delete_requests_per_second": 0.1,
		"import_requests_per_second": 0, "total_requests_per_second": 5.3,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	path := "GET /collections/shows/documents/search"
	rates, _ := got["requests_per_second"].(map[string]any)
	times, _ := got["latency_ms"].(map[string]any)
	if took, _ := times[path].(float64); rates[path] != 3.0 || took < 1 || got["search_latency_ms"] != took {
		t.Errorf("%s: %v a second, %v ms, and %v ms for all searches", path, rates[path], times[path], got["search_latency_ms"])
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	if quiet := stats(); quiet["total_requests_per_second"] != 0.0 || len(quiet["latency_ms"].(map[string]any)) != 0 {
		t.Errorf("after a quiet minute: %v", quiet)
	}
}

// A path that is too long to be one that anybody watches is counted, and not kept.
func TestStatsKeepNoLongPaths(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 10 {
		send(s, http.MethodGet, "/collections/"+strings.Repeat("x", 5000)+strconv.Itoa(i)+"/documents/search", nil)
	}
	now = now.Add(11 * time.Second)
	_, answer := send(s, http.MethodGet, "/stats.json", nil)
	var got map[string]any
	if err := json.Unmarshal(answer, &got); err != nil || got["total_requests_per_second"] != 1.0 || len(answer) > 5000 {
		t.Errorf("%d bytes that begin with %.200s: %v", len(answer), answer, err)
	}
}

// Metrics tell of this machine where the system does.
func TestMetrics(t *testing.T) {
	s := open(t, t.TempDir())
	code, answer := send(s, http.MethodGet, "/metrics.json", nil)
	var got map[string]string
	if err := json.Unmarshal(answer, &got); code != http.StatusOK || err != nil {
		t.Fatalf("%d %s: %v", code, answer, err)
	}
	for _, name := range []string{"system_disk_total_bytes", "typesense_memory_allocated_bytes"} {
		if n, err := strconv.ParseUint(got[name], 10, 64); err != nil || n == 0 {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		return
	}
	total, _ := strconv.ParseUint(got["system_memory_total_bytes"], 10, 64)
	used, _ := strconv.ParseUint(got["system_memory_used_bytes"], 10, 64)
	if used == 0 || used > total {
		t.Errorf("%d of %d bytes of memory are used", used, total)
	}
	if busy, err := strconv.ParseFloat(got["system_cpu_active_percentage"], 64); err != nil || busy < 0 || busy > 100 {
		t.Errorf("the processors are %q%% busy", got["system_cpu_active_percentage"])
	}
}
