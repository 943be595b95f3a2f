package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// corpus makes shows, always the same for a seed: words follow Zipf's law, as
// those of a language do, venues are few and their shows many.
type corpus struct {
	r      *rand.Rand
	words  []string
	titles *rand.Zipf
	prose  *rand.Zipf
	venues []venue
}

type venue struct {
	brand, name, city, country string
	at                         index.Point
}

func newCorpus(seed uint64) *corpus {
	c := &corpus{r: rand.New(rand.NewPCG(seed, 1))}
	parts := strings.Fields("ba be bri ca cor da do el fa fen ga gor ha hol in ja ka lan lo ma mer mi na nor o pa per qui ra ro sa sto ta ter u va wen y za")
	known := map[string]bool{}
	for len(c.words) < 30000 {
		var b strings.Builder
		for range 2 + c.r.IntN(3) {
			b.WriteString(parts[c.r.IntN(len(parts))])
		}
		if w := b.String(); !known[w] {
			known[w] = true
			c.words = append(c.words, w)
		}
	}
	c.titles = rand.NewZipf(c.r, 1.1, 20, 8000)
	c.prose = rand.NewZipf(c.r, 1.1, 5, uint64(len(c.words)-1))
	for i := range 60 {
		c.venues = append(c.venues, venue{
			brand: fmt.Sprintf("house-%d", i%44), name: c.title(2) + " Theatre", city: c.words[200+i%30], country: []string{"GB", "US"}[i%2],
			at: index.Point{Lat: 50 + c.r.Float64()*8, Lon: -5 + c.r.Float64()*6},
		})
	}
	return c
}

func (c *corpus) text(n int, of *rand.Zipf) string {
	list := make([]string, n)
	for i := range list {
		list[i] = c.words[of.Uint64()]
	}
	return strings.Join(list, " ")
}

func (c *corpus) title(n int) string {
	return strings.ToUpper(c.text(n, c.titles)[:1]) + c.text(n, c.titles)
}

func (c *corpus) show(id int) index.Show {
	v := c.venues[c.r.IntN(len(c.venues))]
	first := 1_760_000_000 + c.r.Int64N(365)*86400
	price := 1000 + 50*c.r.Int64N(200)
	return index.Show{
		ID: fmt.Sprintf("show-%d", id), BrandID: v.brand, Brand: v.name, Title: c.title(2 + c.r.IntN(3)), Author: c.title(2),
		Genre: []string{"play", "musical", "opera", "comedy", "dance", "family"}[c.r.IntN(6)], Venue: v.name, City: v.city, Country: v.country,
		Location: &v.at, Description: c.text(12+c.r.IntN(12), c.prose), Hostname: v.brand + ".test", URLPath: fmt.Sprintf("/shows/%d", id),
		FirstAt: first, LastAt: first + 60*86400, NextAt: first + c.r.Int64N(60)*86400, PriceFrom: price, PriceTo: 2 * price, Currency: "GBP",
		Availability:  []index.Availability{index.AvailabilityGood, index.AvailabilityFew, index.AvailabilityNone}[c.r.IntN(3)],
		Accessibility: [][]string{nil, {"captioned"}, {"captioned", "relaxed"}, {"audio_described"}}[c.r.IntN(4)], Language: "en",
	}
}

// fill makes the collection shows with n documents.
func (c *corpus) fill(t testing.TB, s http.Handler, n int) {
	t.Helper()
	schema, err := json.Marshal(index.Schema("shows"))
	if err != nil {
		t.Fatal(err)
	}
	if code, body := send(s, http.MethodPost, "/collections", schema); code != http.StatusCreated {
		t.Fatalf("create the collection: %d %s", code, body)
	}
	const batch = 20000
	for from := 0; from < n; from += batch {
		lines := c.lines(t, from, min(from+batch, n))
		if code, body := send(s, http.MethodPost, "/collections/shows/documents/import?action=upsert", lines); code != http.StatusOK || bytes.Contains(body, []byte(`"success":false`)) {
			t.Fatalf("import: %d %.300s", code, body)
		}
	}
}

func (c *corpus) lines(t testing.TB, from, to int) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for id := from; id < to; id++ {
		if err := enc.Encode(c.show(id)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

const testKey = "key-of-the-tests"

// send makes a request with the admin key.
func send(s http.Handler, method, path string, body []byte) (int, []byte) {
	req := httptest.NewRequest(method, path, bytes.NewReader(body))
	req.Header.Set("X-Typesense-Api-Key", testKey)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w.Code, w.Body.Bytes()
}

// open opens a server whose data are in dir; the test closes it.
func open(t testing.TB, dir string) *local.Server {
	t.Helper()
	s, err := local.Open(local.Config{Dir: dir, APIKey: testKey, Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
