package e2e_test

import (
	"testing"
)

// walk is one way through the open house. It fails its test; it leaves the house open and clean for those that follow.
type walk struct {
	name string
	take func(t *testing.T, h *openHouse)
}

// quarters are groups of walks that are taken side by side, one after the other within each: those that change the
// same theatre's site stand in one. Each quarter keeps to theatres of its own.
var quarters = []struct {
	name  string
	walks []walk
}{
	{"foyer", []walk{ // the Lyceum and the Shubert, which the practice account of venue staff may close
		{"click to edge", clickToEdge},
		{"buyers", closeOnBuyers},
		{"forged", forgeRequests},
		{"console", script("console.mjs")},
	}},
	{"stalls", []walk{ // the Savoy, which nobody closes
		{"trace", traceOneSale},
		{"inside", keepInside},
		{"purchase", buy},
		{"race", raceForSeats},
	}},
	{"office", []walk{ // the Palladium, and all sites at once
		{"redirects", script("redirects.mjs")},
		{"imports", script("imports.mjs")},
		{"settings", script("settings.mjs")},
	}},
	{"archive", []walk{ // the Gielgud and the Lyric, which share their pages
		{"purge", purgeWhatChanged},
		{"pages", script("pages.mjs")},
	}},
	{"gallery", []walk{ // the Haymarket, whose editors change what plays
		{"content", script("content.mjs")},
	}},
	{"queue", []walk{ // the Novello; nobody rehearses while people are in a waiting room
		{"waiting room", waitingRoom},
		{"rooms", script("rooms.mjs")},
		{"lottery", script("lottery.mjs")},
		{"rehearsals", script("rehearsals.mjs")},
		{"rehearsal that is ended", endRehearsal},
	}},
	{"stage door", []walk{ // Wyndham’s, whose customers change their minds, and the Bristol Old Vic, where people stand
		{"customers", script("customers.mjs")},
		{"terms", script("terms.mjs")},
	}},
}

// TestHouse opens one house for all walks: the smoke walk first, which waits until the house is open, and the audit last.
func TestHouse(t *testing.T) {
	h := start(t)
	command := func(name string) bool {
		return t.Run(name, func(t *testing.T) {
			out, err := h.run(t.Context(), name)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("\n%s", out)
		})
	}
	h.untilOpen(t)
	if !command("smoke") {
		return
	}
	t.Run("walks", func(t *testing.T) {
		for _, q := range quarters {
			t.Run(q.name, func(t *testing.T) {
				t.Parallel()
				for _, w := range q.walks {
					t.Run(w.name, func(t *testing.T) { w.take(t, h) })
				}
			})
		}
	})
	command("audit")
}
