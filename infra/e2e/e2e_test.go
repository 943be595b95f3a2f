package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestHouse opens one house and takes every walk through it, the audit last.
func TestHouse(t *testing.T) {
	spans := collect(t)
	h := start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+spans.URL)
	// The walk waits until the house is open.
	if !t.Run("smoke", func(t *testing.T) {
		out, err := h.run(t.Context(), "smoke")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("\n%s", out)
	}) {
		t.FailNow()
	}
	t.Run("trace", func(t *testing.T) { traceOneSale(t, h, spans) })
	t.Run("inside", func(t *testing.T) { keepInside(t, h) })
	t.Run("browser", func(t *testing.T) { browse(t, h) })
	t.Run("race", func(t *testing.T) { raceForSeats(t, h) })
	t.Run("audit", func(t *testing.T) {
		out, err := h.run(t.Context(), "audit")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("\n%s", out)
	})
}

// browse buys a ticket in Chromium. Set STAGEDOOR_PICTURES to a folder to keep a picture of every page.
func browse(t *testing.T, h *openHouse) {
	if _, err := exec.LookPath(chromium()); err != nil {
		t.Skipf("no Chromium at %s: `make setup-test` installs it, or set CHROMIUM", chromium())
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", "buy.mjs", "--site", h.site(), "--mailbox", h.mailbox()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(string(out), 40))
	}
	t.Logf("\n%s", strings.TrimRight(string(out), "\n"))
}

func chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}
