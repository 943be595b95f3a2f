package local_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/local"
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

// kinds are searches as the storefront makes them. Each query is made of words
// of the corpus, which differ from one to the next.
var kinds = []struct {
	name   string
	params func(c *corpus, i int) url.Values
}{
	{"plain", func(c *corpus, i int) url.Values { return words(c, i, "") }},
	{"prefix", func(c *corpus, i int) url.Values {
		v := words(c, i, "")
		w := v.Get("q")
		v.Set("q", w[:max(2, len(w)/2)])
		return v
	}},
	{"two-words", func(c *corpus, i int) url.Values {
		v := words(c, i, "")
		v.Set("q", c.words[i%400]+" "+c.words[(i*7)%400])
		return v
	}},
	{"typo", func(c *corpus, i int) url.Values {
		v := words(c, i, "")
		w := c.words[100+i%2000]
		v.Set("q", w[:1]+"x"+w[2:])
		return v
	}},
	{"filtered", func(c *corpus, i int) url.Values {
		v := words(c, i, "")
		v.Set("filter_by", fmt.Sprintf("brand_id:=`house-%d` && price_from:<=5000 && last_at:>=1770000000", i%44))
		return v
	}},
	{"faceted", func(c *corpus, i int) url.Values {
		return words(c, i, "genre,city,brand,venue,availability,accessibility,language")
	}},
	{"browse", func(c *corpus, i int) url.Values {
		v := words(c, i, "genre,city,brand,venue,availability,accessibility,language")
		v.Set("q", "*")
		v.Set("sort_by", "next_at:asc")
		return v
	}},
	{"geo", func(c *corpus, i int) url.Values {
		v := words(c, i, "")
		v.Set("q", "*")
		v.Set("filter_by", "location:(51.5, -0.12, 200 km)")
		v.Set("sort_by", "location(51.5, -0.12):asc")
		return v
	}},
}

func words(c *corpus, i int, facets string) url.Values {
	v := url.Values{
		"q": {c.words[(i*31)%3000]}, "query_by": {"title,author,brand,venue,city,genre,description"},
		"query_by_weights": {"10,8,5,5,4,3,1"}, "sort_by": {"_text_match:desc,next_at:asc"}, "per_page": {"20"}, "max_facet_values": {"50"},
		"highlight_full_fields": {"title,author,brand,venue,city,genre"},
	}
	if facets != "" {
		v.Set("facet_by", facets)
	}
	return v
}

func BenchmarkSearch(b *testing.B) {
	for name, n := range sizes() {
		b.Run(name, func(b *testing.B) {
			c, s := filled(b, n)
			for _, k := range kinds {
				b.Run(k.name, func(b *testing.B) {
					i, begin := 0, processor()
					for b.Loop() {
						i++
						search(b, s, k.params(c, i))
					}
					// What other programs do at the same time does not change this.
					b.ReportMetric(float64((processor()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				})
				b.Run(k.name+"-32c", func(b *testing.B) { together(b, s, c, k.params) })
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
func together(b *testing.B, s *local.Server, c *corpus, params func(*corpus, int) url.Values) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	b.ResetTimer()
	for client := range 32 {
		wg.Go(func() {
			var own []time.Duration
			for i := client; i < b.N; i += 32 {
				begin := time.Now()
				search(b, s, params(c, i))
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
func filled(b *testing.B, n int) (*corpus, *local.Server) {
	b.Helper()
	dir := b.TempDir()
	if kept := os.Getenv("STAGEDOOR_BENCH_DIR"); kept != "" {
		dir = kept + fmt.Sprintf("/%d", n)
	}
	c, s := newCorpus(7), open(b, dir)
	if code, _ := send(s, http.MethodGet, "/collections/shows", nil); code != http.StatusOK {
		begin := time.Now()
		c.fill(b, s, n)
		b.Logf("%d documents imported, %.0f a second", n, float64(n)/time.Since(begin).Seconds())
	}
	return c, s
}

func BenchmarkImport(b *testing.B) {
	c, s := newCorpus(7), open(b, b.TempDir())
	c.fill(b, s, 0)
	const batch = 1000
	lines := make([][]byte, 20)
	for i := range lines {
		lines[i] = c.lines(b, i*batch, (i+1)*batch)
	}
	i := 0
	for b.Loop() {
		send(s, http.MethodPost, "/collections/shows/documents/import?action=upsert", lines[i%len(lines)])
		i++
	}
	b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "docs/s")
}

func TestCorpusIsStable(t *testing.T) {
	a, b := newCorpus(3).show(1), newCorpus(3).show(1)
	if a.Title != b.Title || !strings.Contains(a.Venue, "Theatre") {
		t.Fatalf("%v and %v", a, b)
	}
}
