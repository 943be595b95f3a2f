package sim

import "testing"

// Five thousand people come in one second, and half of them may be in: with
// pages that ask in step, and with an edge that is late to answer, or to tell.
func TestAllAtOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		slow Slow
	}{
		{"in time", Slow{}},
		{"answers forty seconds late", Slow{Until: 60, Answers: 40}},
		{"half a minute's silence", Slow{From: 8, Until: 38, Silent: true}},
		{"three quarters of a minute's silence", Slow{From: 8, Until: 53, Silent: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), Scenario{
				Name: "all at once", Seed: 1, ActiveLimit: 2500, Arrivals: []Arrival{{Visitors: 5000, Until: 1}},
				Patience: Spread{1800, 5400}, Stay: Spread{240, 480}, Vanish: 0.2, PollEvery: 5, Page: true, PassLife: 300,
				Duration: 7200, Isolates: 4, LateBy: 1, Lost: 0.01, Twice: 0.01, Slow: test.slow,
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.InversionsBeyondBucket != 0 || r.OvershootMaxPct > 1 || r.UtilisationPct < 98.5 || r.Waiting != 0 {
				r.Series = nil
				t.Errorf("%+v", r)
			}
		})
	}
}

// However chance falls, a studio of twenty is not overrun, and everyone who
// stays comes in.
func TestStudio(t *testing.T) {
	for seed := range uint64(10) {
		r, err := Run(t.Context(), Scenario{
			Name: "studio", Seed: seed, ActiveLimit: 20, Arrivals: []Arrival{{Visitors: 200, Until: 300, Burst: 60}},
			Patience: Spread{3600, 7200}, Stay: Spread{120, 240}, Vanish: 0.2, NoShow: 0.05, PollEvery: 5, Page: true, PassLife: 300,
			Duration: 10_800, Isolates: 4, LateBy: 1, Lost: 0.01, Twice: 0.01,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.InversionsBeyondLease != 0 || r.OvershootMaxPct > 0 || r.UtilisationPct < 88 || r.Waiting != 0 {
			r.Series = nil
			t.Errorf("seed %d: %+v", seed, r)
		}
	}
}
