package bus

import (
	"math"
	"slices"
	"strings"
)

// unseen is which numbers of the outbox a relay has not come across yet: spans that rise and leave gaps between them, the
// last of which never ends. A number is taken before the transaction that took it ends, so that higher ones may be seen
// first. What was passed over is looked for at every look, until it is known that nobody can write it any more.
type unseen struct {
	spans []span
	watch *watch
}

// span is the numbers from first to last.
type span struct{ first, last int64 }

// watch is a list of those who may still write what has been passed over up to a number. Each of them had the outbox
// locked for writing, as whoever takes a number does before that.
type watch struct {
	upTo    int64
	writers map[string]bool
	over    bool // none of them is left: what a look from now on does not find will never be
}

// unseenAbove leaves out what was relayed already.
func unseenAbove(floor int64, relayed []span) unseen {
	u := unseen{}
	next := floor + 1
	for _, r := range relayed {
		if next < r.first {
			u.spans = append(u.spans, span{next, r.first - 1})
		}
		next = r.last + 1
	}
	u.spans = append(u.spans, span{next, math.MaxInt64})
	return u
}

// floor is the number up to which there is nothing left to be seen.
func (u *unseen) floor() int64 { return u.spans[0].first - 1 }

// bounds are the spans for a query.
func (u *unseen) bounds() (firsts, lasts []int64) {
	for _, s := range u.spans {
		firsts, lasts = append(firsts, s.first), append(lasts, s.last)
	}
	return firsts, lasts
}

// saw takes note of a look that found these numbers, in order, and read all spans, or those up to the last number alone.
func (u *unseen) saw(ids []int64, all bool) {
	at := 0
	kept := make([]span, 0, len(u.spans))
	for _, s := range u.spans {
		for ; at < len(ids) && ids[at] <= s.last; at++ {
			if s.first < ids[at] {
				kept = append(kept, span{s.first, ids[at] - 1})
			}
			s.first = ids[at] + 1
		}
		if s.first <= s.last {
			kept = append(kept, s)
		}
	}
	u.spans = kept
	if u.watch == nil || !u.watch.over {
		return
	}
	read := u.watch.upTo
	if !all {
		read = min(read, ids[len(ids)-1])
	}
	u.spans = slices.DeleteFunc(u.spans, func(s span) bool { return s.last <= read })
	if read == u.watch.upTo {
		u.watch = nil
	}
}

// wrote takes note of who may be writing now, which was asked after the last look.
func (u *unseen) wrote(writers []string) {
	if u.watch == nil {
		if len(u.spans) == 1 {
			return // nothing was passed over
		}
		u.watch = &watch{upTo: u.spans[len(u.spans)-1].first - 1, writers: map[string]bool{}}
		for _, w := range writers {
			u.watch.writers[w] = true
		}
		u.watch.over = len(writers) == 0
		return
	}
	u.watch.over = u.watch.over || !slices.ContainsFunc(writers, func(w string) bool { return u.watch.writers[w] || strings.HasPrefix(w, prepared) })
}

// prepared is what the names of prepared transactions begin with. Until it was prepared, one had another name, which may
// be in the list: it is waited for whenever it began.
const prepared = "-1/"
