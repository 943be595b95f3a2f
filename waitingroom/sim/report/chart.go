package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// chart is a drawing of one quantity over time, a line for each run. It never
// has two scales.
type chart struct {
	Title, Unit string
	Lines       []line
	X, Y        []tick
	Limits      []tick // rules across
}

// line is one run's course.
type line struct {
	Name string
	Nth  int // its colour: 1 to 4
	Path string
	EndX float64 // where it ends, for its label
	EndY float64
}

// tick is a mark on an axis, at a place in the drawing.
type tick struct {
	At    float64
	Label string
}

// The drawing, in units of its viewBox; the axes' labels lie outside of it.
const (
	chartWidth  = 640.0
	chartHeight = 180.0
)

// quantity is what a chart shows of each moment.
type quantity struct {
	title, unit string
	of          func(r *sim.Result, i int) float64
	label       func(v float64) string
	limit       bool // draw the room's limit
}

func count(v float64) string {
	switch {
	case v >= 1e6:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v/1e6), ".0") + " M"
	case v >= 10_000:
		return fmt.Sprintf("%.0f k", v/1e3)
	}
	return Thousands(int(v))
}

var quantities = []quantity{
	{title: "People waiting", unit: "people", of: func(r *sim.Result, i int) float64 { return float64(r.Series[i].Waiting) }, label: count},
	{title: "People in the room", unit: "people", of: func(r *sim.Result, i int) float64 { return float64(r.Series[i].Active) }, label: count, limit: true},
	{title: "Admissions", unit: "people a minute", of: admissions, label: count},
	{title: "Wait of those who came in", unit: "minutes", of: wait, label: minutes},
}

// minutes are whole ones, unless they are few.
func minutes(v float64) string {
	if v >= 10 || v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return strings.TrimRight(fmt.Sprintf("%.2f", v), "0")
}

// wait is of those who came in: there may be none.
func wait(r *sim.Result, i int) float64 {
	if n := admissions(r, i); n == 0 || math.IsNaN(n) {
		return math.NaN()
	}
	return r.Series[i].Wait / 60
}

func admissions(r *sim.Result, i int) float64 {
	if i+1 >= len(r.Series) {
		return math.NaN()
	}
	from, to := r.Series[i], r.Series[i+1]
	if to.Second == from.Second {
		return math.NaN()
	}
	return float64(to.Admitted-from.Admitted) * 60 / float64(to.Second-from.Second)
}

// charts draws runs together. They share their axes.
func charts(names []string, results []*sim.Result) []chart {
	var all []chart
	var end float64
	for _, r := range results {
		if n := len(r.Series); n > 0 {
			end = max(end, float64(r.Series[n-1].Second))
		}
	}
	if end == 0 {
		return nil
	}
	quarter := 60.0 // marks are at whole minutes
	if end < 240 {
		quarter = 5
	}
	end = 4 * quarter * math.Ceil(end/4/quarter)
	for _, q := range quantities {
		c := chart{Title: q.title, Unit: q.unit}
		var most float64
		for _, r := range results {
			for i := range r.Series {
				if v := q.of(r, i); v > most {
					most = v
				}
			}
		}
		if q.limit {
			for _, r := range results {
				most = max(most, float64(r.ActiveLimit))
			}
		}
		top := nice(most)
		for i := range 3 {
			v := top * float64(i) / 2
			c.Y = append(c.Y, tick{chartHeight - chartHeight*float64(i)/2, q.label(v)})
		}
		for _, part := range []float64{0, 0.25, 0.5, 0.75, 1} {
			c.X = append(c.X, tick{chartWidth * part, Clock(int(end * part))})
		}
		if q.limit {
			c.Limits = limits(results, q, top)
		}
		for i, r := range results {
			c.Lines = append(c.Lines, draw(names[i], i+1, r, q, end, top))
		}
		all = append(all, c)
	}
	return all
}

// limits are the runs' limits, each once.
func limits(results []*sim.Result, q quantity, top float64) (list []tick) {
	seen := map[int]bool{}
	for _, r := range results {
		if !seen[r.ActiveLimit] {
			seen[r.ActiveLimit] = true
			limit := float64(r.ActiveLimit)
			list = append(list, tick{chartHeight * (1 - limit/top), "limit " + q.label(limit)})
		}
	}
	return list
}

// draw makes a line of at most 300 points.
func draw(name string, nth int, r *sim.Result, q quantity, end, top float64) line {
	l := line{Name: name, Nth: (nth-1)%4 + 1}
	var b strings.Builder
	step := max(len(r.Series)/300, 1)
	for i := 0; i < len(r.Series); i += step {
		v := q.of(r, i)
		if math.IsNaN(v) {
			continue
		}
		l.EndX, l.EndY = chartWidth*float64(r.Series[i].Second)/end, chartHeight*(1-v/top)
		command := byte('L')
		if b.Len() == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, l.EndX, l.EndY)
	}
	l.Path = b.String()
	return l
}

// nice is the next round number above v.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if m*unit >= v {
			return m * unit
		}
	}
	return 10 * unit
}
