package queue

import "math"

const (
	// smallRoom is up to how many free places chance is looked at one by one: in
	// a small room two visitors more are many.
	smallRoom = 64
	// strictBelow is the limit below which one visitor too many is too much.
	strictBelow = 100
	// tieSlack is of how many in other rooms chance may bring in one more, and
	// tieChance how likely it may be that it brings in more than that. With fewer
	// than tieFew to come that would take all day.
	tieSlack  = 200
	tieChance = 0.002
	tieFew    = 20
	tieLikely = 0.02
	// fewTogether is up to how many wait until all of them fit in.
	fewTogether = 4
)

// portion is how many to call, on average, of a bucket of which called is the
// share called before. A tie-break is a draw: how many lie in a part of the
// bucket is known only of the whole of it.
func (c *Controller) portion(places, bucket, called float64) float64 {
	left := bucket * (1 - called)
	if called == 0 && left <= places || bucket-float64(c.ledger.Total(c.frontier.Next()).Claimed) <= places {
		return min(places, left)
	}
	part := min(places, left)
	if called == 0 && c.waitsWhole(bucket) {
		return 0
	}
	most := places
	if !c.isSmall() {
		most += max(math.Floor(float64(c.limits.Active)/tieSlack), 1)
	}
	if places >= smallRoom {
		for part+deviations*math.Sqrt(part*(1-part/bucket)) > most {
			part *= 0.995
		}
		return part
	}
	chance := min(tieChance*max(tieFew/float64(max(c.limits.Active, 1)), 1), tieLikely)
	for part > 0.1 && moreThan(most, bucket, part/bucket) > chance {
		part *= 0.9
	}
	return part
}

// moreThan is how likely it is that of n draws, each with chance p, more than
// most succeed.
func moreThan(most, n, p float64) float64 {
	if p >= 1 {
		if n > most {
			return 1
		}
		return 0
	}
	term := math.Exp(n * math.Log1p(-p))
	none := 1 - term
	for k := 1.0; k <= most && k <= n; k++ {
		term *= (n - k + 1) / k * p / (1 - p)
		none -= term
	}
	return max(none, 0)
}

// isSmall says whether one visitor above the limit is too much.
func (c *Controller) isSmall() bool { return c.limits.Active < strictBelow }

// waitsWhole says whether a bucket is called as a whole or not yet: one that is
// small beside the limit of a small room. Of a part nobody knows how many it
// is, and to find out takes a round of polls; that everybody fits in takes less.
func (c *Controller) waitsWhole(bucket float64) bool {
	if c.limits.PerMinute > 0 && bucket > math.Floor(c.bucket()) {
		return false // so many are never let in at once
	}
	return c.isSmall() && bucket <= max(float64(c.limits.Active)/4, min(float64(c.limits.Active), fewTogether))
}
