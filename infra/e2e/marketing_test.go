package e2e_test

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// TestMarketing opens a house and keeps its redirects and settings in a browser, with the real Worker in front.
// SCREENSHOTS=folder keeps a picture of every page.
func TestMarketing(t *testing.T) {
	if _, err := exec.LookPath(chromium()); err != nil {
		t.Skipf("no Chromium at %s: `make setup-test` installs it, or set CHROMIUM", chromium())
	}
	h := start(t)
	untilOpen(t, h)
	for _, walk := range []string{"redirects.mjs", "imports.mjs", "settings.mjs"} {
		t.Run(walk, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=spec", walk)
			run.Env = append(os.Environ(), "CHROMIUM="+chromium(), "PORT="+strconv.Itoa(h.port), "FOLDER="+t.TempDir())
			out, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, tail(string(out), 120))
			}
			t.Logf("\n%s", out)
		})
	}
}
