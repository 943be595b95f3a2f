package local_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/infra/opsworker"
)

// What each wrangler.toml describes can be deployed: wrangler bundles it, and
// finds the module, the namespace and the rest it names.
func TestWranglerDryRun(t *testing.T) {
	t.Parallel()
	root := config(t).Root
	if _, err := (opsworker.Builder{Root: root, Progress: os.Stderr}).Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("the edge", func(t *testing.T) {
		dryRun(t, root, "wrangler.toml", "env.SITES", "env.ROOMS", "env.GATES", "env.ORIGIN_URL", "env.LIMITER_PAGE", "env.LIMITER_ASSET", "env.LIMITER_API", "env.LIMITER_SEARCH", "env.LIMITER_CHECKOUT", "env.LIMITER_ROOM")
	})
	t.Run("the ops Worker", func(t *testing.T) {
		dryRun(t, root, "edge/ops/wrangler.toml", "env.SITES", "env.ROOMS", "env.ORIGIN_URL")
	})
}

func dryRun(t *testing.T, root, file string, names ...string) {
	wrangler := filepath.Join(root, "node_modules", ".bin", "wrangler")
	if _, err := os.Stat(wrangler); err != nil {
		t.Fatal("wrangler is not installed: run npm ci")
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), wrangler, "deploy", "--dry-run", "--config", file, "--outdir", filepath.Join(home, "out"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "WRANGLER_SEND_METRICS=false", "CI=true")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "WARNING") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range names {
		if !strings.Contains(string(out), name) {
			t.Errorf("no %s in\n%s", name, out)
		}
	}
}

func TestModuleIsWithinItsBudget(t *testing.T) {
	const budget = 250_000 // bytes, gzipped
	// What everyone can repeat: gzip -9c build/edge.wasm | wc -c
	out, err := exec.CommandContext(t.Context(), "gzip", "-9c", filepath.Join(config(t).Root, "build", "edge.wasm")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d bytes gzipped", len(out)); len(out) > budget {
		t.Errorf("the module has %d bytes gzipped, more than %d", len(out), budget)
	}
}
