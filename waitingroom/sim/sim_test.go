package sim

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func onSale() Scenario {
	return Scenario{
		Name: "on-sale", Seed: 1, ActiveLimit: 5000, Arrivals: []Arrival{{Visitors: 60_000, Until: 1800, Burst: 120}},
		Patience: Spread{1800, 5400}, Stay: Spread{240, 480}, Vanish: 0.2, NoShow: 0.05, PollEvery: 10, PassLife: 600,
		Duration: 3 * 3600, Isolates: 50, LateBy: 2, Lost: 0.01, Twice: 0.01,
	}
}

func TestOnSale(t *testing.T) {
	s := onSale()
	r, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Admitted+r.GaveUp != s.Visitors() || r.Waiting != 0 {
		t.Errorf("%d admitted and %d gave up of %d, %d wait", r.Admitted, r.GaveUp, s.Visitors(), r.Waiting)
	}
	if r.InversionsBeyondBucket != 0 || r.OvershootMaxPct > 0.5 || r.UtilisationPct < 98 || r.UtilisationMinPct < 97 {
		r.Series = nil
		t.Errorf("%+v", r)
	}
}

// While there is room nine of ten come in as soon as they arrive, and when a queue forms the limit is not crossed by more than was lent.
func TestSlotsBeforeAQueueForms(t *testing.T) {
	s := onSale()
	s.ActiveLimit = 1000
	s.Arrivals = []Arrival{{Visitors: 1200, Until: 600}, {Visitors: 10_000, From: 600, Until: 900}}
	r, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.OvershootMaxPct > 0.5 {
		t.Errorf("%.2f %% above the limit", r.OvershootMaxPct)
	}
	at := func(second uint32) Point {
		for _, p := range r.Series {
			if p.Second == second {
				return p
			}
		}
		return Point{}
	}
	if p := at(540); p.Admitted < p.Arrived*9/10 {
		t.Errorf("%d of %d were in after nine minutes without a queue", p.Admitted, p.Arrived)
	}
}

func TestSameSeedSameResult(t *testing.T) {
	s := onSale()
	s.Arrivals[0].Visitors = 5000
	s.ActiveLimit = 300
	first, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, again) {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestRunStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, onSale(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	err := (&Scenario{Name: "none"}).Check()
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) < 6 {
		t.Errorf("error = %v", err)
	}
}

func TestShippedScenarios(t *testing.T) {
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Errorf("%d scenarios", len(all))
	}
	for _, s := range all {
		if s.About == "" || s.Visitors() > 65_000 {
			continue // the large ones are for `stagedoor room simulate`
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.InversionsBeyondBucket != 0 {
				t.Errorf("%d were let in out of turn", r.InversionsBeyondBucket)
			}
			if r.OvershootMaxPct > 0.5 {
				t.Errorf("%.2f %% above the limit", r.OvershootMaxPct)
			}
			if r.Admitted+r.GaveUp+r.Closed+r.Waiting != r.Visitors {
				t.Errorf("somebody got lost: %+v", r)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a misspelt field": `{"name":"x","activ_limit":3}`, "what follows": `{"name":"x"} {}`, "no JSON": `on-sale`, "nothing to play": `{"name":"x"}`,
	} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
