package earth

import (
	"math"
	"testing"
)

func TestDistance(t *testing.T) {
	globe, garnier := At(51.5081, -0.0972), At(48.872, 2.3316)
	if d := Distance(globe, garnier); math.Abs(d-340_500) > 1000 {
		t.Errorf("London to Paris = %.0f m", d)
	}
	if d := Distance(At(-17.5, 179.9), At(-16.8, -179.95)); d > 90_000 {
		t.Errorf("across the date line = %.0f m", d)
	}
	if d := Distance(globe, globe); d != 0 {
		t.Errorf("to itself = %g m", d)
	}
}

func TestPolygon(t *testing.T) {
	europe := [][2]float64{{60, -10}, {60, 10}, {40, 10}, {40, -10}}
	tests := map[string]struct {
		corners  [][2]float64
		lat, lon float64
		want     bool
	}{
		"inside":             {europe, 51.5, -0.1, true},
		"outside":            {europe, 40.7, -74, false},
		"the other way":      {[][2]float64{{40, -10}, {40, 10}, {60, 10}, {60, -10}}, 51.5, -0.1, true},
		"on the far side":    {europe, -51.5, 179.9, false},
		"over the date line": {[][2]float64{{-10, 170}, {-10, -170}, {-25, -170}, {-25, 170}}, -17, 179.9, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := NewPolygon(tt.corners)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Contains(At(tt.lat, tt.lon)); got != tt.want {
				t.Errorf("Contains = %v", got)
			}
		})
	}
}

func TestPolygonFaults(t *testing.T) {
	tests := map[string]struct {
		corners [][2]float64
		want    string
	}{
		"edges cross":     {[][2]float64{{51.6, -0.2}, {51.4, 0}, {51.6, 0}, {51.4, -0.2}}, "Edge 0 crosses edge 2"},
		"a corner twice":  {[][2]float64{{1, 1}, {1, 1}, {2, 2}}, "Edge 0 is degenerate (duplicate vertex)"},
		"only two corner": {[][2]float64{{1, 1}, {2, 2}}, "Non-empty, non-full loops must have at least 3 vertices"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := NewPolygon(tt.corners); err == nil || err.Error() != tt.want {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
		})
	}
}
