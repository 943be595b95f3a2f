package queue

import "math"

const (
	// smallRoom is up to how many free places chance is looked at one by one: in
	// a small room two visitors more are many.
	smallRoom = 64
	// tieSlack is of how many in a room chance may bring in one more, and
	// tieChance how likely it may be that it brings in more than that.
	tieSlack  = 200
	tieChance = 0.002
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
	most := places + max(math.Floor(float64(c.limits.Active)/tieSlack), 1)
	if places >= smallRoom {
		for part+deviations*math.Sqrt(part*(1-part/bucket)) > most {
			part *= 0.995
		}
		return part
	}
	for part > 0.1 && moreThan(most, bucket, part/bucket) > tieChance {
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
