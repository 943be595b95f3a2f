package local_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func config(t *testing.T) local.Config {
	t.Helper()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	return local.Config{Root: root, DataDir: t.TempDir(), HopKey: hopKey, APIToken: token}
}

// The entry that is deployed, without faults, runs; KV outlives it; and
// nothing of it is left after Close.
func TestStartStopStart(t *testing.T) {
	t.Parallel()
	c := config(t)
	for round := range 2 {
		edge, err := local.Start(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		namespace := namespaces(edge.APIURL, token)
		if round == 0 {
			if _, err := namespace.BulkUpdate(t.Context(), edge.NamespaceID, bulk(put("site:kept.localhost", "not a site"))); err != nil {
				t.Fatal(err)
			}
		}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", edge.URL+"/__faults", nil)
		r.Host = "kept.localhost"
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable { // there, and not a site
			t.Errorf("round %d: %d", round, response.StatusCode)
		}
		if err := edge.Close(); err != nil {
			t.Error(err)
		}
		if err := edge.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
		for _, url := range []string{edge.URL, edge.APIURL} {
			address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/client/v4/")
			if conn, err := net.Dial("tcp", address); err == nil {
				conn.Close()
				t.Errorf("%s still listens", address)
			}
		}
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() }) // after the parallel subtests
	taken := listener.Addr().(*net.TCPAddr).Port
	tests := []struct {
		name   string
		change func(*local.Config)
		want   string
	}{
		{"port taken", func(c *local.Config) { c.Port = taken }, "port " + strconv.Itoa(taken)},
		{"API port taken", func(c *local.Config) { c.APIPort = taken }, strconv.Itoa(taken)},
		{"no module", func(c *local.Config) { c.Wasm = filepath.Join(c.DataDir, "none.wasm") }, "none.wasm is missing"},
		{"short hop key", func(c *local.Config) { c.HopKey = "short" }, "STAGEDOOR_HOP_KEY"},
		{"no API token", func(c *local.Config) { c.APIToken = "" }, "STAGEDOOR_CLOUDFLARE_TOKEN"},
		{"data is a file", func(c *local.Config) {
			c.DataDir = filepath.Join(c.DataDir, "file")
			if err := os.WriteFile(c.DataDir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			test.change(&c)
			edge, err := local.Start(t.Context(), c)
			if err == nil {
				edge.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestStartIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if edge, err := local.Start(ctx, config(t)); err == nil {
		edge.Close()
		t.Error("no error")
	}
}

// Whoever supervises the edge hears when it dies.
func TestDeathIsNoticed(t *testing.T) {
	t.Parallel()
	edge, err := local.Start(t.Context(), config(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := edge.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-edge.Done():
	case <-time.After(patience):
		t.Fatal("not noticed")
	}
	if err := edge.Close(); err == nil {
		t.Error("Close says all was well")
	}
}
