package boxoffice_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestTheBoxOfficeInABrowser walks through browser_test.mjs: a sale by keyboard alone, a reservation, an exchange, a refund,
// and the new ticket scanned at the door. SCREENSHOTS=folder keeps pictures.
func TestTheBoxOfficeInABrowser(t *testing.T) {
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "chromium"
	}
	chromium, err := exec.LookPath(chromium)
	if err != nil {
		t.Skip("the box office was not tried in a browser: no chromium on PATH (set CHROMIUM to another)")
	}
	s := newStage(t)
	run := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=spec", "browser_test.mjs")
	run.Env = append(os.Environ(), "CHROMIUM="+chromium, "HOUSE="+s.server.URL, "EVENING="+s.Evening.String(), "PORT=0")
	out, err := run.CombinedOutput()
	if strings.Contains(string(out), "ERR_MODULE_NOT_FOUND") {
		t.Skip("the box office was not tried in a browser: playwright-core and axe-core are not installed (npm ci)")
	}
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.count(`select count(*) from ticket_scans where result = 'in'`); n != 1 {
		t.Errorf("%d people are in", n)
	}
}
