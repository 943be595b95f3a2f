package local_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/corpus"
)

// must makes a request that has to succeed.
func must(t testing.TB, s http.Handler, method, path, body string) []byte {
	t.Helper()
	code, answer := send(s, method, path, []byte(body))
	if code >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, code, answer)
	}
	return answer
}

// TestRestart makes one of everything, changes some of it and asks the same
// questions before and after a restart.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s, err := local.Open(local.Config{Dir: dir, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	c := corpus.New(11)
	fill(t, c, s, 500)
	for _, r := range [][3]string{
		{"PUT", "/aliases/public", `{"collection_name":"shows"}`},
		{"POST", "/collections", `{"name":"people","enable_nested_fields":true,"default_sorting_field":"age","fields":[{"name":"age","type":"int32"},{"name":".*","type":"auto"}]}`},
		{"POST", "/collections/people/documents", `{"id":"w","age":46,"name":"Wilde","born":{"city":"Dublin"},"plays":["Salome"],"at":[53.3,-6.2]}`},
		{"POST", "/collections/people/documents", `{"id":"c","age":44,"name":"Chekhov"}`},
		{"POST", "/collections", `{"name":"gone","fields":[{"name":"title","type":"string"}]}`},
		{"DELETE", "/collections/gone", ``},
		{"PATCH", "/collections/shows", `{"fields":[{"name":"rating","type":"float","optional":true},{"name":"language","drop":true}]}`},
		{"PATCH", "/collections/shows/documents/" + corpus.ID(1), `{"rating":4.5,"title":"The Seagull"}`},
		{"DELETE", "/collections/shows/documents/" + corpus.ID(2), ``},
		{"DELETE", "/collections/shows/documents?filter_by=price_from:<1500", ``},
		{"PUT", "/collections/shows/synonyms/bird", `{"synonyms":["seagull","gull"]}`},
		{"PUT", "/collections/shows/overrides/pin", `{"rule":{"query":"gull","match":"exact"},"includes":[{"id":"show-00000003","position":1}]}`},
		{"PUT", "/presets/few", `{"value":{"per_page":2}}`},
		{"PUT", "/stopwords/en", `{"stopwords":["the","of"]}`},
		{"POST", "/keys", `{"description":"search","actions":["documents:search"],"collections":["*"],"value":"a-key-to-search-with"}`},
	} {
		must(t, s, r[0], r[1], r[2])
	}
	questions := []string{
		"/collections", "/aliases", "/keys", "/presets", "/stopwords", "/collections/shows/synonyms", "/collections/shows/overrides",
		"/collections/shows/documents/export", "/collections/people/documents/export",
		"/collections/public/documents/search?q=gull&query_by=title",
		"/collections/public/documents/search?q=the+seagul&query_by=title&stopwords=en&preset=few",
		"/collections/public/documents/search?q=*&facet_by=city,accessibility&sort_by=price_from:desc",
		"/collections/public/documents/search?q=" + c.Words[25] + "&query_by=title,description&filter_by=rating:>1||price_from:>2000&sort_by=location(51.5,-0.1):asc",
		"/collections/people/documents/search?q=dublin&query_by=born.city",
	}
	before := map[string]string{}
	for _, q := range questions {
		before[q] = timeless(must(t, s, http.MethodGet, q, ""))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	for _, q := range questions {
		if after := timeless(must(t, s, http.MethodGet, q, "")); after != before[q] {
			t.Errorf("%s\nbefore %.500s\nafter  %.500s", q, before[q], after)
		}
	}
	if code, body := send(s, http.MethodGet, "/collections/gone", nil); code != http.StatusNotFound {
		t.Errorf("a deleted collection is back: %d %s", code, body)
	}
}

// timeless takes the time that a search took out of its answer.
func timeless(body []byte) string {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil || v["search_time_ms"] == nil {
		return string(body)
	}
	delete(v, "search_time_ms")
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// TestAtOnce writes, searches, changes the schema and swaps the alias at the same
// time. No request fails for a reason that lies with the server, no search sees
// half a document, and in the end all that was written is there.
func TestAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	c := corpus.New(5)
	fill(t, c, s, 150)
	must(t, s, http.MethodPut, "/aliases/public", `{"collection_name":"shows"}`)
	var wg sync.WaitGroup
	var written, searched atomic.Int64
	for w := range 3 {
		batch := bytes.Split(bytes.TrimSpace(lines(t, corpus.New(uint64(20+w)), 1000*(w+1), 1000*(w+1)+100)), []byte("\n"))
		wg.Go(func() {
			for from := 0; from < len(batch); from += 20 {
				code, body := send(s, http.MethodPost, "/collections/public/documents/import?action=upsert", bytes.Join(batch[from:from+20], []byte("\n")))
				if n := bytes.Count(body, []byte(`"success":true`)); code != http.StatusOK || n != 20 {
					t.Errorf("import: %d %.300s", code, body)
				}
				written.Add(20)
				id := corpus.ID(10*w + from/20)
				if code, body := send(s, http.MethodDelete, "/collections/public/documents/"+id, nil); code != http.StatusOK {
					t.Errorf("delete %s: %d %s", id, code, body)
				}
				if code, body := send(s, http.MethodPatch, "/collections/public/documents/"+corpus.ID(100+w), []byte(`{"title":"Changed again"}`)); code >= 300 {
					t.Errorf("patch: %d %s", code, body)
				}
			}
		})
	}
	done, kinds := make(chan struct{}), corpus.Kinds()
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				v := query(t, c, kinds[i%len(kinds)], i)
				code, body := send(s, http.MethodGet, "/collections/public/documents/search?"+v.Encode(), nil)
				if code != http.StatusOK {
					t.Errorf("search %v: %d %.300s", v, code, body)
					return
				}
				for _, hit := range parseHits(t, body) {
					if hit.Document.ID == "" || hit.Document.Title == "" {
						t.Errorf("half a document: %+v", hit)
					}
				}
				searched.Add(1)
			}
		})
	}
	wg.Go(func() {
		for i := range 4 {
			body := `{"fields":[{"name":"rating","type":"float","optional":true}]}`
			if i%2 == 1 {
				body = `{"fields":[{"name":"rating","drop":true}]}`
			}
			if code, answer := send(s, http.MethodPatch, "/collections/shows", []byte(body)); code != http.StatusOK {
				t.Errorf("change the schema: %d %s", code, answer)
			}
			if code, answer := send(s, http.MethodPut, "/aliases/public", []byte(`{"collection_name":"shows"}`)); code != http.StatusOK {
				t.Errorf("set the alias: %d %s", code, answer)
			}
			if code, answer := send(s, http.MethodPut, "/collections/shows/synonyms/x", []byte(`{"synonyms":["gull","bird"]}`)); code != http.StatusOK {
				t.Errorf("set a synonym: %d %s", code, answer)
			}
			time.Sleep(time.Millisecond) // others are to come in between
		}
	})
	wg.Wait()
	close(done)
	readers.Wait()
	if want := 150 + int(written.Load()) - 15; numDocuments(t, s) != want {
		t.Errorf("%d documents, want %d", numDocuments(t, s), want)
	}
	t.Logf("%d searches meanwhile", searched.Load())
}

type hit struct {
	Document index.Show
}

func parseHits(t *testing.T, body []byte) []hit {
	t.Helper()
	var result struct{ Hits []hit }
	if err := json.Unmarshal(body, &result); err != nil {
		t.Error(err)
	}
	return result.Hits
}

func numDocuments(t *testing.T, s http.Handler) int {
	t.Helper()
	var c struct {
		N int `json:"num_documents"`
	}
	if err := json.Unmarshal(must(t, s, http.MethodGet, "/collections/shows", ""), &c); err != nil {
		t.Fatal(err)
	}
	return c.N
}

func TestConfigIsChecked(t *testing.T) {
	_, err := local.Open(local.Config{})
	if err == nil || !strings.Contains(err.Error(), "folder") || !strings.Contains(err.Error(), "key") {
		t.Errorf("opened without a configuration: %v", err)
	}
}
