package filter

import (
	"strconv"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// Whoever comes back when Retry-After says so finds the house open, and no
// more than a minute after it opened.
func TestRetryAfterLeadsToAnOpenHouse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		windows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) site.Window {
			starts := opening.Add(time.Duration(rapid.IntRange(-600, 600).Draw(t, "start")) * time.Second)
			return site.Window{
				PathPrefix: rapid.SampledFrom([]string{"", "/shows", "/shows/hamlet", "/shop"}).Draw(t, "path"),
				StartsAt:   starts, EndsAt: starts.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "length")) * time.Second),
			}
		}), 1, 6).Draw(rt, "windows")
		for i := range windows {
			windows[i].ID = strconv.Itoa(i)
		}
		h := newHouse(t, lyceum(t, func(s *site.Site) { s.Maintenance = windows }))
		copy(h.x.Random[:], rapid.SliceOfN(rapid.Byte(), len(h.x.Random), len(h.x.Random)).Draw(rt, "random"))

		closed := func(at time.Time) bool {
			for _, w := range windows {
				if site.Under("/shows/hamlet", w.PathPrefix) || w.PathPrefix == "" {
					if !at.Before(w.StartsAt) && at.Before(w.EndsAt) {
						return true
					}
				}
			}
			return false
		}
		x := h.ask("GET", "lyceum.example", "/shows/hamlet", "")
		if got := lastReason(x) == maintenanceClosed; got != closed(opening) {
			rt.Fatalf("closed = %v", got)
		}
		if !closed(opening) {
			return
		}
		text, _ := header(x.Plan.Response, "retry-after")
		seconds, err := strconv.Atoi(text)
		if err != nil {
			rt.Fatal(err)
		}
		opens := opening
		for closed(opens) {
			opens = opens.Add(time.Second)
		}
		wait := int(opens.Sub(opening) / time.Second)
		if seconds < wait || seconds > wait+retryJitter {
			rt.Fatalf("Retry-After is %d s, the house opens in %d s", seconds, wait)
		}
	})
}
