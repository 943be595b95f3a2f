package sim

import "testing"

// Nine of ten places are of nobody: programs that take one and never ask. Those
// who do ask are let in all the same, soon, and the limit holds.
func TestGhosts(t *testing.T) {
	for _, limit := range []int{50, 500} {
		r, err := Run(t.Context(), Scenario{
			Name: "ghosts", Seed: 1, ActiveLimit: limit, Arrivals: []Arrival{{Visitors: 100 * limit, Until: 60}},
			Patience: Spread{7200, 14400}, Stay: Spread{60, 90}, NoShow: 0.9, PollEvery: 5, PassLife: 300,
			Duration: 3600, Isolates: 4, Page: true,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if in := r.Series[4].Admitted; in < limit {
			t.Errorf("%d are in after four minutes, %d may be at once", in, limit)
		}
		if r.OvershootMaxPct > 0.5 || r.UtilisationPct < 60 || r.Waiting > 0 || r.InversionsBeyondLease > 0 {
			r.Series = nil
			t.Errorf("%+v", r)
		}
	}
}
