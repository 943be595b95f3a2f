package local_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

// compile makes an index of some rules that lead to a path.
func compile(t *testing.T, n int, target string) []byte {
	t.Helper()
	rules := make([]site.Redirect, n)
	for i := range rules {
		rules[i] = site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/offers/%d", i), Target: target, Status: 302}
	}
	index, err := redirect.Build(rules)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// store puts bytes under the key of the index with a sum, as base64, which is
// how the API takes what is no text.
func (b *brand) store(sum string, index []byte) {
	b.t.Helper()
	pair := with(put(site.RedirectIndexKey(sum), base64.StdEncoding.EncodeToString(index)), map[string]any{"Base64": true})
	result, err := b.kv.BulkUpdate(b.t.Context(), b.edge.NamespaceID, bulk(pair))
	if err != nil || int(result.SuccessfulKeyCount) != 1 {
		b.t.Fatalf("store: %v", err)
	}
}

// where asks for a path and returns where that redirects to, "" if nowhere.
func (b *brand) where(target string) string {
	b.t.Helper()
	return b.do(b.request("GET", target, nil)).Header.Get("Location")
}

func TestRedirectIndexIsLoadedByItsSum(t *testing.T) {
	first, second := compile(t, 10_000, "/first"), compile(t, 10_000, "/second")
	b := open(t, func(s *site.Site) { s.RedirectIndex = redirect.Sum(first) })
	b.handle("GET /offers/{n}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the origin's page") })
	base := "http://" + b.site.Hostname + strings.TrimPrefix(b.edge.URL, "http://127.0.0.1")

	// The index is not there yet: the page is shown.
	if status, body := b.get("/offers/9999"); status != 200 || body != "the origin's page" {
		t.Fatalf("before the index is there: %d %q", status, body)
	}
	b.eventually("the missing index is logged", func() bool {
		b.where("/offers/9999")
		return b.logs.has("the redirect index could not be loaded", redirect.Sum(first), "not in KV")
	})
	b.store(redirect.Sum(first), first)
	b.eventually("the index is in use", func() bool { return b.where("/offers/9999") == base+"/first" })

	// Another is named that is damaged, then one that is good: the first stays
	// in use until then.
	b.site.RedirectIndex = redirect.Sum(second)
	b.store(redirect.Sum(second), first)
	b.publish()
	b.eventually("the damage is logged", func() bool {
		if got := b.where("/offers/0"); got != base+"/first" {
			t.Fatalf("with a damaged index: %q", got)
		}
		return b.logs.has("the redirect index could not be loaded", redirect.Sum(second), "another sum")
	})
	b.store(redirect.Sum(second), second)
	b.eventually("the second index is in use", func() bool { return b.where("/offers/0") == base+"/second" })

	// A new instance fetches it again.
	b.faults("trap=1")
	b.eventually("the index is back after a trap", func() bool { return b.where("/offers/7") == base+"/second" })
}
