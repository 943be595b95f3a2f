package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// script is a walk in Chromium: a file of this folder for node's test runner, which reads PORT, CHROMIUM and FOLDER, an
// empty folder, from its environment, and STAGEDOOR, the program, with DATA, the house's folder, for its commands. SCREENSHOTS=folder keeps a picture of every page.
func script(file string) func(*testing.T, *openHouse) {
	return func(t *testing.T, h *openHouse) {
		inChromium(t, h, "--test", "--test-reporter=spec", file)
	}
}

// buy buys a ticket in Chromium. STAGEDOOR_PICTURES=folder keeps a picture of every page.
func buy(t *testing.T, h *openHouse) {
	inChromium(t, h, "buy.mjs", "--site", h.site(), "--mailbox", h.mailbox())
}

func inChromium(t *testing.T, h *openHouse, args ...string) {
	if _, err := exec.LookPath(chromium()); err != nil {
		t.Skipf("no Chromium at %s: `make setup-test` installs it, or set CHROMIUM", chromium())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	run := exec.CommandContext(ctx, "node", args...)
	run.Env = append(os.Environ(), "CHROMIUM="+chromium(), "PORT="+strconv.Itoa(h.port), "FOLDER="+t.TempDir(), "STAGEDOOR="+h.binary, "DATA="+h.data)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(string(out), 120))
	}
	t.Logf("\n%s", strings.TrimRight(string(out), "\n"))
}

func chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}
