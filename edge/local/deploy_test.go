package local_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What wrangler.toml describes can be deployed: wrangler bundles it, finds the
// module and the namespace, and the bundle is within the budget.
func TestWranglerDryRun(t *testing.T) {
	root := config(t).Root
	wrangler := filepath.Join(root, "node_modules", ".bin", "wrangler")
	if _, err := os.Stat(wrangler); err != nil {
		t.Fatal("wrangler is not installed: run npm ci")
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), wrangler, "deploy", "--dry-run", "--outdir", filepath.Join(home, "out"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "WRANGLER_SEND_METRICS=false", "CI=true")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "env.SITES") || strings.Contains(string(out), "WARNING") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestModuleIsWithinItsBudget(t *testing.T) {
	const budget = 250_000 // bytes, gzipped
	file, err := os.Open(filepath.Join(config(t).Root, "build", "edge.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, file); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d bytes gzipped", out.Len()); out.Len() > budget {
		t.Errorf("the module has %d bytes gzipped, more than %d", out.Len(), budget)
	}
}
