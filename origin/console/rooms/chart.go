package rooms

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// A chart's size, in the units of its viewBox; the plot leaves room for the labels.
const (
	chartWidth, chartHeight = 360.0, 150.0
	plotLeft, plotTop       = 44.0, 10.0
	plotWidth, plotHeight   = chartWidth - plotLeft - 8, chartHeight - plotTop - 24
	mostPoints              = 180
)

// chart is one figure over the last minutes.
type chart struct {
	ID, Title string
	Now       string // the newest value, as people read it
	About     string // what a screen reader says of it
	Top       string // label of the upper end
	From      string // of the left end
	Lines     []line
	Limit     string // y of the limit, "" for none
	LimitName string
	Empty     bool
}

// line is a series as the d of a path.
type line struct{ Class, Name, Path, Area string }

// series is a line before it is drawn.
type series struct {
	class, name string
	value       func(points []waiting.Point, i int) float64
}

// smooth is over how many seconds what happens a minute is counted: second by second it is all spikes.
const smooth = 15

// charts draws what a coordinator remembers.
func charts(s waiting.Status) []chart {
	points := thin(s.History)
	each := func(total func(waiting.Point) int) func([]waiting.Point, int) float64 { // a minute
		return func(points []waiting.Point, i int) float64 {
			from := i - 1
			for from > 0 && points[i].T-points[from].T < smooth {
				from--
			}
			a, b := points[from], points[i]
			if b.T <= a.T {
				return 0
			}
			return math.Max(0, float64(total(b)-total(a))) * 60 / float64(b.T-a.T)
		}
	}
	of := func(value func(waiting.Point) int) func([]waiting.Point, int) float64 {
		return func(points []waiting.Point, i int) float64 { return float64(value(points[i])) }
	}
	people := func(n float64) string { return frame.Number(int(math.Round(n))) }
	wait := func(n float64) string { return duration(int(math.Round(n))) }
	return []chart{
		draw("queue", "People waiting", points, 0, people, series{"main", "waiting", of(func(p waiting.Point) int { return p.Waiting })}),
		draw("inside", "People inside", points, float64(s.Limit), people, series{"main", "inside", of(func(p waiting.Point) int { return p.Active })}),
		draw("flow", "Coming and let in, a minute", points, 0, people,
			series{"other", "arrivals", each(func(p waiting.Point) int { return p.Arrived })}, series{"main", "let in", each(func(p waiting.Point) int { return p.Admitted })}),
		draw("wait", "Wait of who joins", points, 0, wait, series{"main", "half wait at most", of(func(p waiting.Point) int { return p.P50 })}),
	}
}

// thin keeps every so many-th point, the newest always.
func thin(all []waiting.Point) []waiting.Point {
	step := (len(all) + mostPoints - 1) / mostPoints
	if step <= 1 {
		return all
	}
	var kept []waiting.Point
	for i := (len(all) - 1) % step; i < len(all); i += step {
		kept = append(kept, all[i])
	}
	return kept
}

func draw(id, title string, points []waiting.Point, limit float64, say func(float64) string, lines ...series) chart {
	c := chart{ID: id, Title: title, Empty: len(points) < 2}
	if c.Empty {
		c.Now, c.About = "–", title+": nothing to draw yet."
		return c
	}
	values := make([][]float64, len(lines))
	top := limit
	for i, l := range lines {
		for j := 1; j < len(points); j++ {
			n := l.value(points, j)
			values[i] = append(values[i], n)
			top = math.Max(top, n)
		}
	}
	top = roundUp(top)
	first, last := points[1].T, points[len(points)-1].T
	x := func(t int64) float64 {
		if last == first {
			return plotLeft + plotWidth
		}
		return plotLeft + plotWidth*float64(t-first)/float64(last-first)
	}
	y := func(n float64) float64 { return plotTop + plotHeight*(1-n/top) }
	var said, now []string
	for i, l := range lines {
		var d strings.Builder
		for j, n := range values[i] {
			verb := "L"
			if j == 0 {
				verb = "M"
			}
			d.WriteString(verb + point(x(points[j+1].T)) + " " + point(y(n)))
		}
		drawn := line{Class: l.class, Name: l.name, Path: d.String()}
		if len(lines) == 1 {
			drawn.Area = d.String() + "L" + point(x(last)) + " " + point(plotTop+plotHeight) + "L" + point(x(first)) + " " + point(plotTop+plotHeight) + "Z"
		}
		c.Lines = append(c.Lines, drawn)
		newest, most := values[i][len(values[i])-1], 0.0
		for _, n := range values[i] {
			most = math.Max(most, n)
		}
		now = append(now, say(newest))
		said = append(said, fmt.Sprintf("%s: now %s, at most %s", l.name, say(newest), say(most)))
	}
	c.Now, c.Top = strings.Join(now, " / "), say(top)
	span := time.Duration(last-first) * time.Second
	c.From = "−" + duration(int(span.Seconds()))
	c.About = fmt.Sprintf("%s over the last %s; %s.", title, duration(int(span.Seconds())), strings.Join(said, "; "))
	if limit > 0 {
		c.Limit, c.LimitName = point(y(limit)), "limit "+say(limit)
		c.About += " The limit is " + say(limit) + "."
	}
	return c
}

// roundUp is the next number that reads well on an axis.
func roundUp(n float64) float64 {
	if n <= 10 {
		return 10
	}
	scale := math.Pow(10, math.Floor(math.Log10(n)))
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if n <= m*scale {
			return m * scale
		}
	}
	return 10 * scale
}

func point(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
