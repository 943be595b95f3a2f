package edgeconfig_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// The shapes are those of Cloudflare's API reference, "Read key-value pair" and "List a Namespace's Keys".
func TestCloudflareReadsWhatTheEdgeHas(t *testing.T) {
	t.Parallel()
	const namespace = "/client/v4/accounts/acc/storage/kv/namespaces/ns"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem := func(status, code int, message string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"success":false,"errors":[{"code":%d,"message":%q}],"messages":[],"result":null}`, code, message)
		}
		switch path, query := r.URL.Path, r.URL.Query(); {
		case r.Header.Get("Authorization") != "Bearer secret":
			problem(http.StatusForbidden, 10000, "Authentication error")
		case !strings.HasPrefix(path, namespace):
			problem(http.StatusNotFound, 10013, "namespace not found")
		case path == namespace+"/values/site:a":
			fmt.Fprint(w, `{"version":1}`)
		case path == namespace+"/keys" && query.Get("prefix") == "site:" && query.Get("cursor") == "":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"success":true,"errors":[],"messages":[],"result":[{"name":"site:a"}],"result_info":{"count":1,"cursor":"c"}}`)
		case path == namespace+"/keys" && query.Get("cursor") == "c":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"success":true,"errors":[],"messages":[],"result":[{"name":"site:b"}],"result_info":{"count":1,"cursor":""}}`)
		default:
			problem(http.StatusNotFound, 10009, "get: 'key not found'")
		}
	}))
	defer server.Close()
	store := edgeconfig.Cloudflare{BaseURL: server.URL + "/client/v4", Token: "secret", Account: "acc", Namespace: "ns"}
	if value, found, err := store.Get(t.Context(), "site:a"); string(value) != `{"version":1}` || !found || err != nil {
		t.Errorf("Get: %q, %v, %v", value, found, err)
	}
	if value, found, err := store.Get(t.Context(), "site:zzz"); value != nil || found || err != nil {
		t.Errorf("Get of nothing: %q, %v, %v", value, found, err)
	}
	if keys, err := store.Keys(t.Context(), "site:"); !slices.Equal(keys, []string{"site:a", "site:b"}) || err != nil {
		t.Errorf("Keys: %q, %v", keys, err)
	}
	elsewhere := store
	elsewhere.Namespace = "other"
	if _, _, err := elsewhere.Get(t.Context(), "site:a"); err == nil {
		t.Error("a namespace that is not there reads as a key that is not")
	}
	stranger := store
	stranger.Token = "guess"
	if _, err := stranger.Keys(t.Context(), "site:"); err == nil {
		t.Error("a wrong token is no error")
	}
}
