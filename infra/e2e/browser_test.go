package e2e_test

import (
	"strconv"
	"testing"

	"github.com/stagedoor/stagedoor/origin/browsertest"
)

// script is a walk in Chromium: a file of this folder for node's test runner, which reads PORT, CHROMIUM and FOLDER, an
// empty folder, from its environment, and STAGEDOOR, the program, with DATA, the house's folder, for its commands. SCREENSHOTS=folder keeps a picture of every page.
func script(file string) func(*testing.T, *openHouse) {
	return func(t *testing.T, h *openHouse) { browsertest.Walk(t, file, h.environ(t)...) }
}

// buy buys a ticket in Chromium. STAGEDOOR_PICTURES=folder keeps a picture of every page.
func buy(t *testing.T, h *openHouse) {
	browsertest.Program(t, []string{"buy.mjs", "--site", h.site(), "--mailbox", h.mailbox()}, h.environ(t)...)
}

func (h *openHouse) environ(t *testing.T) []string {
	return []string{"PORT=" + strconv.Itoa(h.port), "FOLDER=" + t.TempDir(), "STAGEDOOR=" + h.binary, "DATA=" + h.data}
}
