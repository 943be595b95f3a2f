package rivals

import (
	"reflect"
	"testing"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

func evening() sim.Scenario {
	return sim.Scenario{
		Name: "evening", Seed: 3, ActiveLimit: 1000, Arrivals: []sim.Arrival{{Visitors: 10_000, Until: 600, Burst: 120}},
		Patience: sim.Spread{Median: 1800, P90: 5400}, Stay: sim.Spread{Median: 240, P90: 480}, Vanish: 0.2, NoShow: 0.05,
		PollEvery: 10, PassLife: 600, Duration: 3 * 3600, Isolates: 50, LateBy: 1,
	}
}

// Whatever the room: nobody gets lost, nobody comes in twice, and the visitors
// are the same ones.
func TestEveryRoomAccountsForEverybody(t *testing.T) {
	for _, m := range Models() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			s := evening()
			r, err := sim.RunAt(t.Context(), s, m.Make, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Visitors != s.Visitors() || r.Admitted+r.GaveUp+r.Waiting != r.Visitors || r.Admitted == 0 {
				t.Errorf("%d visitors: %d came in, %d gave up, %d wait", r.Visitors, r.Admitted, r.GaveUp, r.Waiting)
			}
			again, err := sim.RunAt(t.Context(), s, m.Make, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r, again) {
				t.Error("the same seed gave another result")
			}
			if m.About == "" || m.Not == "" {
				t.Error("the model does not say what it is and what it is not")
			}
		})
	}
}

// Patient visitors who say when they go: every room should then do well, or the
// model is a straw man.
func TestRivalsDoWellWhenNobodyGivesUp(t *testing.T) {
	s := evening()
	s.Patience, s.NoShow, s.Vanish = sim.Spread{}, 0, 0
	for _, m := range Models() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			r, err := sim.RunAt(t.Context(), s, m.Make, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.UtilisationPct < 93 || r.OvershootMaxPct > 10 || r.Admitted != r.Visitors {
				t.Errorf("%.1f %% in use, %.1f %% over the limit, %d of %d came in", r.UtilisationPct, r.OvershootMaxPct, r.Admitted, r.Visitors)
			}
		})
	}
}

// The order within each model's own bucket.
func TestOrder(t *testing.T) {
	s := evening()
	for _, m := range Models() {
		r, err := sim.RunAt(t.Context(), s, m.Make, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != "Minute buckets" && r.InversionsBeyondBucket != 0 {
			t.Errorf("%s: %d came in after somebody who came later", m.Name, r.InversionsBeyondBucket)
		}
	}
}

func TestMinuteBucketsHaveAFloor(t *testing.T) {
	s := evening()
	s.ActiveLimit = 20
	r, err := sim.RunAt(t.Context(), s, MinuteBuckets, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.OvershootMaxPct < 100 {
		t.Errorf("%.0f %% over a limit of 20, although fewer than %d cannot be set", r.OvershootMaxPct, fewest)
	}
}
