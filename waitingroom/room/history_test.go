package room_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// A restart in the middle of a sale leaves no hole in what the console draws,
// wherever in a row of points it falls, and the rows stay few however long the
// sale lasts.
func TestHistorySurvivesRestarts(t *testing.T) {
	h := newHouse(t, 1, configured(1, ""))
	for second := range 1900 {
		if second%7 == 0 {
			h.isolates[0].Arrive(uint32(h.now/1000), h.now)
		}
		h.now += 1000
		h.ask(0, faults{})
		if second%100 != 41 && second%100 != 59 && second != 1899 {
			continue
		}
		before := h.status()
		h.restartRoom()
		after := h.status()
		if !slices.Equal(before.History, after.History) {
			t.Fatalf("after %d s: %d points, then %d", second, len(before.History), len(after.History))
		}
		if want := min(second+1, 900); len(after.History) < want || after.History[len(after.History)-1].T != h.now/1000 {
			t.Fatalf("after %d s: %d points", second, len(after.History))
		}
	}
	rows := 0
	for key := range h.store {
		if strings.HasPrefix(key, "history/") {
			rows++
		}
	}
	if rows != 30 {
		t.Errorf("%d rows of history", rows)
	}
}

// What cannot be read of the history is left out; the room runs.
func TestHistoryOfAnotherMake(t *testing.T) {
	h := newHouse(t, 1, configured(1, ""))
	for range 130 {
		h.now += 1000
		h.ask(0, faults{})
	}
	whole := len(h.status().History)
	h.store["history/B"] = []byte{99, 1}
	h.store["history/C"] = h.store["history/C"][:20]
	h.store["history/X"] = []byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}
	h.store["estimates"] = []byte{1, 255}
	h.restartRoom()
	if s := h.status(); len(s.History) != whole-60 {
		t.Errorf("%d points of %d", len(s.History), whole)
	}
}

// A room that an earlier release stored has no history, and goes on.
func TestRoomRowBeforeHistory(t *testing.T) {
	h := newHouse(t, 1, configured(1, ""))
	for range 40 {
		h.now += 1000
		h.ask(0, faults{})
	}
	// opens, last, heard, completed, overshoot, ceiling; one moment
	h.store["room"] = []byte{1, 0, 0xd1, 0xe2, 0xcf, 0xaa, 6, 0xd1, 0xe2, 0xcf, 0xaa, 6, 3, 0, 20, 0x80, 0xe2, 0xcf, 0xaa, 6, 0x80, 0xe2, 0xcf, 0xaa, 6, 9}
	h.restartRoom()
	if s := h.status(); s.Completed != 3 || s.Arrived != 0 {
		t.Errorf("%+v", s)
	}
}

// How far estimates are off is not said before enough of them came due.
func TestEstimateErrorOfAFew(t *testing.T) {
	h := newHouse(t, 1, configured(1, `,"active":1`))
	for second := range 60 {
		if second < 3 {
			h.isolates[0].Arrive(uint32(h.now/1000), h.now)
		}
		h.now += 1000
		h.ask(0, faults{})
	}
	var fields map[string]json.RawMessage
	text := h.room.Status(h.now)
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if off, said := fields["estimate_error_p50_pct"]; said {
		t.Errorf("it says %s", off)
	}
}
