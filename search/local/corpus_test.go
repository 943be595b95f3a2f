package local_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/corpus"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// fill makes the collection shows with n documents of c.
func fill(t testing.TB, c *corpus.Corpus, s http.Handler, n int) {
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
		lines := lines(t, c, from, min(from+batch, n))
		if code, body := send(s, http.MethodPost, "/collections/shows/documents/import?action=upsert", lines); code != http.StatusOK || bytes.Contains(body, []byte(`"success":false`)) {
			t.Fatalf("import: %d %.300s", code, body)
		}
	}
}

func lines(t testing.TB, c *corpus.Corpus, from, to int) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for id := from; id < to; id++ {
		if err := enc.Encode(c.Show(id)); err != nil {
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
