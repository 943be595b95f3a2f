package edgeconfig_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// The shapes are those of Cloudflare's API reference, "Write multiple key-value pairs" and "Delete multiple".
func TestCloudflareSpeaksTheBulkAPI(t *testing.T) {
	t.Parallel()
	type call struct{ method, path, auth, body string }
	var calls []call
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls = append(calls, call{r.Method, r.URL.Path, r.Header.Get("Authorization"), string(body)})
		w.Header().Set("Content-Type", "application/json")
		if len(calls) == 1 { // the client tries again by itself
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "errors": []any{}, "messages": []any{},
			"result": map[string]any{"successful_key_count": 1, "unsuccessful_keys": []string{"site:b"}}})
	}))
	defer server.Close()
	store := edgeconfig.Cloudflare{BaseURL: server.URL + "/client/v4", Token: "secret", Account: "acc", Namespace: "ns"}
	if err := store.Validate(); err != nil {
		t.Fatal(err)
	}
	failed, err := store.Put(t.Context(), []edgeconfig.Entry{{Key: "site:a", Value: []byte(`{"n":1}`)}, {Key: "site:b", Value: []byte("ü")}})
	if err != nil || !slices.Equal(failed, []string{"site:b"}) {
		t.Errorf("failed %q, %v", failed, err)
	}
	if err := store.Delete(t.Context(), []string{"site:b"}); err == nil {
		t.Error("a key that was not deleted is no error")
	}
	want := []call{
		{"PUT", "/client/v4/accounts/acc/storage/kv/namespaces/ns/bulk", "Bearer secret", `[{"key":"site:a","value":"{\"n\":1}"},{"key":"site:b","value":"ü"}]`},
		{"POST", "/client/v4/accounts/acc/storage/kv/namespaces/ns/bulk/delete", "Bearer secret", `["site:b"]`},
	}
	if !slices.Equal(calls[1:], want) {
		t.Errorf("calls:\n%q\nwant\n%q", calls[1:], want)
	}
	if err := (edgeconfig.Cloudflare{}).Validate(); err == nil {
		t.Error("an empty configuration is valid")
	}
}
