package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/corpus"
)

// sizes are the numbers of documents that are measured; a million only where it
// is asked for, since it takes minutes and gigabytes.
func sizes() map[string]int {
	all := map[string]int{"10k": 10_000, "100k": 100_000}
	if os.Getenv("STAGEDOOR_BENCH_1M") != "" {
		all["1M"] = 1_000_000
	}
	return all
}

// query is the i-th search of a kind, as it stands in an address.
func query(tb testing.TB, c *corpus.Corpus, k corpus.Kind, i int) url.Values {
	body, err := json.Marshal(k.Params(c, i))
	if err != nil {
		tb.Fatal(err)
	}
	var params map[string]any
	if err := json.Unmarshal(body, &params); err != nil {
		tb.Fatal(err)
	}
	v := url.Values{}
	for name, one := range params {
		v.Set(name, fmt.Sprint(one))
	}
	return v
}

func BenchmarkSearch(b *testing.B) {
	for name, n := range sizes() {
		b.Run(name, func(b *testing.B) {
			c, s := filled(b, n)
			for _, k := range corpus.Kinds() {
				b.Run(k.Name, func(b *testing.B) {
					i, begin := 0, processor()
					for b.Loop() {
						i++
						search(b, s, query(b, c, k, i))
					}
					// What other programs do at the same time does not change this.
					b.ReportMetric(float64((processor()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				})
				b.Run(k.Name+"-32c", func(b *testing.B) { together(b, s, c, k) })
			}
		})
	}
}

func search(b *testing.B, s *local.Server, v url.Values) {
	if code, body := send(s, http.MethodGet, "/collections/shows/documents/search?"+v.Encode(), nil); code != http.StatusOK {
		b.Fatalf("%d %s", code, body)
	}
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// together searches from 32 clients at once and reports how long they waited.
func together(b *testing.B, s *local.Server, c *corpus.Corpus, k corpus.Kind) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	b.ResetTimer()
	for client := range 32 {
		wg.Go(func() {
			var own []time.Duration
			for i := client; i < b.N; i += 32 {
				begin := time.Now()
				search(b, s, query(b, c, k, i))
				own = append(own, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	wg.Wait()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
}

// filled is a server with n documents. The data are made once.
func filled(b *testing.B, n int) (*corpus.Corpus, *local.Server) {
	b.Helper()
	dir := b.TempDir()
	if kept := os.Getenv("STAGEDOOR_BENCH_DIR"); kept != "" {
		dir = kept + fmt.Sprintf("/%d", n)
	}
	c, s := corpus.New(7), open(b, dir)
	if code, _ := send(s, http.MethodGet, "/collections/shows", nil); code != http.StatusOK {
		begin := time.Now()
		fill(b, c, s, n)
		b.Logf("%d documents imported, %.0f a second", n, float64(n)/time.Since(begin).Seconds())
	}
	return c, s
}

func BenchmarkImport(b *testing.B) {
	c, s := corpus.New(7), open(b, b.TempDir())
	fill(b, c, s, 0)
	const batch = 1000
	all := make([][]byte, 20)
	for i := range all {
		all[i] = lines(b, c, i*batch, (i+1)*batch)
	}
	i := 0
	for b.Loop() {
		send(s, http.MethodPost, "/collections/shows/documents/import?action=upsert", all[i%len(all)])
		i++
	}
	b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "docs/s")
}

func TestCorpusIsStable(t *testing.T) {
	one := corpus.New(3)
	a, b := one.Show(1), corpus.New(3).Show(1)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, one.Show(2)) || a.Validate() != nil {
		t.Fatalf("%v and %v", a, b)
	}
	for _, k := range corpus.Kinds() {
		if q := query(t, one, k, 1); q.Get("q") == "" || (q.Get("facet_by") != "") != k.Facets {
			t.Errorf("%s asks %v", k.Name, q)
		}
	}
}
