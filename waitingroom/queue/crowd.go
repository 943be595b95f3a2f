package queue

// crowd is a bucket that is much larger than those before it: bots that all
// come at the full minute, a coach, a link that was sent round. What share of
// those before it came says nothing about it, so it is learned anew, beginning
// with everybody.
type crowd struct {
	second uint32  // the bucket; 0: none yet
	usual  float64 // places of a bucket, of late
	seen   uint32  // the bucket that usual was last told of
	showUp showUp
}

const (
	// crowdTimes is how many times as large as usual a crowd is.
	crowdTimes = 4
	// usualMemory is over how many buckets the usual is smoothed.
	usualMemory = 4
)

// enter looks at the bucket that is called next, and says whether it is a crowd.
func (c *Controller) enter() (apart bool) {
	next, k := c.frontier.Next(), &c.crowd
	if next == k.seen {
		return next == k.second
	}
	places := float64(c.ledger.Total(next).Arrived)
	if places == 0 || next+settledAfter > c.last {
		return false
	}
	k.seen = next
	if k.usual > 0 && places > crowdTimes*k.usual && places*crowdLeast > float64(c.limits.Active) {
		k.second, k.showUp = next, newShowUp()
	}
	if k.usual == 0 {
		k.usual = places
	}
	k.usual += (places - k.usual) / usualMemory
	return next == k.second
}

// crowdLeast is of how many in a room a crowd is more than one: of fewer it does not
// matter who comes.
const crowdLeast = 50

// learned is what is known of those apart, or of the others.
func (c *Controller) learned(apart bool) *showUp {
	if apart {
		return &c.crowd.showUp
	}
	return &c.showUp
}
