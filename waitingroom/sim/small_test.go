package sim

import (
	"fmt"
	"testing"
)

// In a small room one visitor too many is a lot: nobody comes in above the
// limit, and yet everybody's turn comes. While the first of a queue are on their
// way to be counted, somebody may still come in elsewhere on a slot lent before.
func TestSmallRooms(t *testing.T) {
	for _, limit := range []int{1, 2, 5, 20, 99} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%d/%d", limit, seed), func(t *testing.T) {
				t.Parallel()
				s := Scenario{
					Name: "small", Seed: seed, ActiveLimit: limit, Arrivals: []Arrival{{Visitors: 8*limit + 10, Until: 200, Burst: 30}},
					Patience: Spread{7200, 14400}, Stay: Spread{120, 240}, Vanish: 0.2, NoShow: 0.05, PollEvery: 5, PassLife: 300,
					Duration: 6 * 3600, Isolates: 4, LateBy: 1, Lost: 0.01, Twice: 0.01, Page: true,
				}
				r, err := Run(t.Context(), s, nil)
				if err != nil {
					t.Fatal(err)
				}
				if r.OvershootMaxPct > 0 || r.UtilisationPct < 75 || r.Waiting > 0 || r.InversionsBeyondLease > 0 {
					r.Series = nil
					t.Errorf("%+v", r)
				}
			})
		}
	}
}
