package queue

// Tally keeps what each reporter has said, so that what is said again is not
// added again.
type Tally struct {
	reporters map[uint64]*reporter
	changed   map[rowID]bool // rows to be saved; nil: nobody saves
}

type reporter struct {
	seen map[uint32]*Count
	last uint32 // the newest second it spoke of
}

// rowID names what is saved as one row: a reporter's Counts of a cohort.
type rowID struct {
	reporter uint64
	cohort   uint32
}

// NewTally makes an empty one.
func NewTally() *Tally { return &Tally{reporters: map[uint64]*reporter{}} }

// Track notes from now on what is to be saved.
func (t *Tally) Track() {
	if t.changed == nil {
		t.changed = map[rowID]bool{}
	}
}

// Reporters is how many have said something that is still remembered.
func (t *Tally) Reporters() int { return len(t.reporters) }

// Add takes a Count in and returns by how much it is more than what the
// reporter had said before.
func (t *Tally) Add(from uint64, now *Count) (grown Count) {
	r := t.reporters[from]
	if r == nil {
		r = &reporter{seen: map[uint32]*Count{}}
		t.reporters[from] = r
	}
	r.last = max(r.last, now.Second)
	before := r.seen[now.Second]
	if before == nil {
		before = &Count{Second: now.Second}
		r.seen[now.Second] = before
	}
	grown.Second = now.Second
	told, more := before.fields(), grown.fields()
	for i, value := range now.fields() {
		if *value > *told[i] {
			*more[i] = *value - *told[i]
			*told[i] = *value
		}
	}
	// Heartbeats alone are not worth a write: the reporter says them again with
	// the next one, and until then the estimate is a little off.
	if t.changed != nil && !grown.onlyBeats() {
		t.changed[rowID{from, Cohort(now.Second)}] = true
	}
	return grown
}

// Seen is what a reporter has said of a second.
func (t *Tally) Seen(from uint64, second uint32) Count {
	if r := t.reporters[from]; r != nil && r.seen[second] != nil {
		return *r.seen[second]
	}
	return Count{Second: second}
}

// Forget drops what was said of seconds before oldest, and with it reporters
// that spoke of nothing younger.
func (t *Tally) Forget(oldest uint32) {
	for id, r := range t.reporters {
		for second := range r.seen {
			if second < oldest {
				delete(r.seen, second)
				if t.changed != nil {
					t.changed[rowID{id, Cohort(second)}] = true
				}
			}
		}
		if r.last < oldest {
			delete(t.reporters, id)
		}
	}
}

// Sum calls add with everything that is remembered.
func (t *Tally) Sum(add func(*Count)) {
	for _, r := range t.reporters {
		for _, c := range r.seen {
			add(c)
		}
	}
}
