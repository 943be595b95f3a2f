package queue

import "math"

// Outlook is what a room publishes of how long its queue is, small enough to
// send to every isolate every second. The zero Outlook knows nothing.
type Outlook struct {
	Rate   float64 // visitors who come in, a second; 0: nobody can tell
	Spread float64 // mean deviation of that, second by second
	// Curve tells of some seconds of arrival, the earliest first. Between
	// them it is read as a straight line.
	Curve []Point
}

// Point is one of a Curve: for whoever stands at At, how many who still wait
// are ahead, and after how long, in seconds, half of those in this position
// are called.
type Point struct {
	// At is a second of arrival and, as its fraction, how far through the ties of
	// that second: a lottery puts everybody into one.
	At    float64
	Ahead float64
	Wait  float64
}

// curvePoints bounds a Curve.
const curvePoints = 64

// Outlook sums up who waits at now. Those ahead are called at the room's pace;
// until their turn some of them give up.
func (c *Controller) Outlook(now uint32) Outlook {
	o := Outlook{Rate: c.pace.claims, Spread: c.pace.drift}
	var all float64
	for second := c.frontier.Next(); second <= now; second++ {
		all += c.notCalled(second)
	}
	// A point for every so many places, and for every so many seconds.
	places := max(all/(curvePoints/2), 1)
	seconds := float64(now-c.frontier.Next()+1) / (curvePoints/2 - 2)
	last := float64(c.frontier.Next()) + shareOf(c.frontier.Below)
	o.Curve = append(o.Curve, Point{At: last})
	var ahead, wait, since float64
	for second := c.frontier.Next(); second <= now; second++ {
		left := c.notCalled(second)
		from := float64(second)
		if second == c.frontier.Next() {
			from = last
		}
		parts := math.Ceil(left / places)
		for part := 1.0; part <= max(parts, 1); part++ {
			if left > 0 { // mostly nobody: a pre-queue is open for hours
				alive := left / max(parts, 1) * c.beats.waits(second, now)
				ahead += alive
				since += left / max(parts, 1)
				if o.Rate > 0 {
					wait += alive * c.beats.fit.after(float64(now-second), wait) / o.Rate
				}
			}
			at := from + (float64(second+1)-from)*part/max(parts, 1)
			if since >= places || at-last >= seconds || at == float64(now+1) {
				o.Curve = append(o.Curve, Point{at, ahead, wait})
				last, since = at, 0
			}
		}
	}
	return o
}

// Look is what a place can be told: how many who still wait are ahead, and
// how long that takes.
func (o *Outlook) Look(arrived uint32, tie uint64) (ahead float64, e Estimate) {
	at := float64(arrived) + shareOf(tie)
	for i := 1; i < len(o.Curve); i++ {
		from, to := o.Curve[i-1], o.Curve[i]
		if at > to.At && i < len(o.Curve)-1 {
			continue
		}
		if at <= from.At {
			break // called already
		}
		part := min((at-from.At)/(to.At-from.At), 1)
		return from.Ahead + part*(to.Ahead-from.Ahead), o.estimate(from.Wait + part*(to.Wait-from.Wait))
	}
	return 0, o.estimate(0)
}

// Estimate is how long a visitor still waits, in seconds: half of those in
// this position wait at most P50, nine of ten at most P90. Unknown says that
// the room can't tell.
type Estimate struct {
	P50, P90 float64
	Unknown  bool
}

// modelError is how far off, relatively, the pace is taken to be even when it
// has been perfectly even.
const modelError = 0.08

func (o *Outlook) estimate(wait float64) Estimate {
	if o.Rate <= 0 {
		return Estimate{Unknown: true}
	}
	// A second's deviations even out over a longer wait. 1.25 makes a
	// standard deviation of a mean one; 1.28 of those hold nine of ten.
	slower := 1.28 * (modelError + 1.25*o.Spread/o.Rate/math.Sqrt(max(wait, 1)))
	return Estimate{P50: wait, P90: wait * (1 + min(slower, 3))}
}
