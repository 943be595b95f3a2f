package swap

import (
	"context"
	"fmt"
	"time"
)

// behind counts shows whose changes are on their way, to see whether they become fewer.
type behind struct {
	least int  // so few waited at some time
	looks int  // since then
	given bool // it was not worth while
	asked int
}

// askEvery is how many looks at documents there are for each question which of them wait.
const askEvery = 8

// goesOn says that waiting for n is worth while: they became fewer within that many looks.
func (b *behind) goesOn(n, looks int) bool {
	switch {
	case n == 0:
		b.least, b.looks = 0, 0
		return false
	case b.least == 0 || n < b.least:
		b.least, b.looks = n, 0
	default:
		b.looks++
	}
	b.given = b.looks >= looks
	return !b.given
}

// catchUpLooks is how many looks, a step apart, may pass without there being fewer.
func (r *run) catchUpLooks(step time.Duration) int { return max(int(r.CatchUp/step), 1) }

// waiting are those of the shows whose changes have not reached the writers. It is kept with the state for people to see.
func (r *run) waiting(ctx context.Context, ids []string) ([]string, error) {
	if r.Waiting == nil || len(ids) == 0 {
		r.state.Check.Waiting = 0
		return nil, nil
	}
	wait, err := r.Waiting(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("swap: which shows wait to be written: %w", err)
	}
	r.state.Check.Waiting = len(wait)
	return wait, nil
}

// stillWaiting are those of the shows in doubt that the writers were not told of yet, where some differ for long; asked is
// that it is known now.
func (r *run) stillWaiting(ctx context.Context, late *behind, doubted, overdue []string) (wait map[string]bool, asked bool, err error) {
	if len(overdue) == 0 || r.Waiting == nil || late.given {
		return nil, true, nil
	}
	if late.asked++; late.asked%askEvery != 1 {
		return nil, false, nil // it was asked just now
	}
	ids, err := r.waiting(ctx, doubted)
	if err != nil {
		return nil, false, err
	}
	if !late.goesOn(len(ids), r.catchUpLooks(askEvery*settleStep)) {
		r.tooLate(len(ids))
		return nil, true, nil
	}
	return set(ids), true, nil
}

// fewWait waits until so few of the shows wait to be written that they can be looked at one by one, or until they become
// no fewer.
func (r *run) fewWait(ctx context.Context, ids []string) error {
	var late behind
	for step := r.Settle; ; {
		wait, err := r.waiting(ctx, ids)
		if err != nil || len(wait) <= r.Doubts {
			return err
		}
		if !late.goesOn(len(wait), r.catchUpLooks(step)) {
			r.tooLate(len(wait))
			return nil
		}
		if err := r.save(ctx); err != nil {
			return err
		}
		if err := r.Pause(ctx, step); err != nil {
			return err
		}
	}
}

// tooLate notes that it was not waited for longer.
func (r *run) tooLate(n int) {
	if n > 0 {
		r.state.Notes = append(r.state.Notes, fmt.Sprintf("%d of the shows that differ wait for the catalogue, which did not catch up in %s", n, r.CatchUp))
	}
}
