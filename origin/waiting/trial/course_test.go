package trial

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

func TestACourseIsKeptThinner(t *testing.T) {
	t.Parallel()
	const long = 3600
	var c course
	for second := range long + 1 {
		c.note(rehearse.Progress{After: time.Duration(second) * time.Second, Visitors: 100, Arrived: 100, Waiting: 100 - second/36, Admitted: second / 36})
	}
	points := c.points()
	if n := len(points); n < mostPoints/3 || n > mostPoints || points[n-1].Second != long || points[0].Second != 0 {
		t.Fatalf("%d points, from %d to %d", n, points[0].Second, points[n-1].Second)
	}
	for i, p := range points[1:] {
		if p.Second <= points[i].Second {
			t.Errorf("%d after %d", p.Second, points[i].Second)
		}
	}
	// All came at once, so who comes in late waited about as long as it has lasted.
	middle := points[len(points)/2]
	if off := middle.Wait - float64(middle.Second); off < -60 || off > 60 {
		t.Errorf("who came in at %d waited %.0f seconds", middle.Second, middle.Wait)
	}
	var none, quick course
	if got := none.points(); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	quick.note(rehearse.Progress{Arrived: 5, Admitted: 5})
	if got := quick.points(); len(got) != 2 || got[1].Admitted != 5 {
		t.Errorf("of a moment: %+v", got)
	}
}
