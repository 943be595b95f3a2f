// Package bundle has many callers' work done together. Whoever comes while nothing is at work is served at once and
// alone; those who come meanwhile are the next bundle. So nobody ever waits for company, and the busier it is the more
// callers share one transaction, one flush to disk, one round trip.
//
// A second bundle goes beside the first only when a full one waits, or when somebody has waited so long that what is at work
// must be stuck. Were it to go at once, as it does where Eager was asked for, there would always be two at work, each of half the
// callers, for twice the cost.
package bundle

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Result is what came of one caller's question.
type Result[A any] struct {
	Answer A
	Err    error
}

// Unpack returns both.
func (r Result[A]) Unpack() (A, error) { return r.Answer, r.Err }

// Work answers questions, as many results as there are questions and in their order. Its context is not that of any one
// caller: it ends after the Bundler's patience.
type Work[Q, A any] func(ctx context.Context, questions []Q) []Result[A]

// stuck is how long a caller waits before another bundle may go beside those at work: much longer than one takes, and
// much shorter than anybody would wait for an answer.
const stuck = 250 * time.Millisecond

// Bundler gathers the callers of one kind of work. It is safe for concurrent use.
type Bundler[Q, A any] struct {
	work     Work[Q, A]
	most     int
	atOnce   int
	eager    bool
	patience time.Duration

	mu      sync.Mutex
	waiting []*caller[Q, A]
	running int
	begun   int // bundles, so far
	served  int
	stuck   int // of those begun up to known, that were at work so long that nobody waits for them any more
	known   int
}

// caller waits for an answer.
type caller[Q, A any] struct {
	ctx      context.Context
	question Q
	result   Result[A]
	done     chan struct{}
	nudge    *time.Timer // when what is at work must be stuck
}

// New makes a Bundler: at most so many questions in a bundle, so many bundles at work at a time, and so long for each.
func New[Q, A any](most, atOnce int, patience time.Duration, work Work[Q, A]) *Bundler[Q, A] {
	return &Bundler[Q, A]{work: work, most: most, atOnce: atOnce, patience: patience}
}

// Eager has other bundles go beside the first at once, as many as may: for work that costs hardly more in parts.
func (b *Bundler[Q, A]) Eager() *Bundler[Q, A] {
	b.eager = true
	return b
}

// Do asks a question and waits for its answer. A caller whose context ends before the work began is gone, and nothing was
// done for them: the error is that of the context. Once the work has begun the answer is waited for, so that it is known
// what was done.
func (b *Bundler[Q, A]) Do(ctx context.Context, question Q) (A, error) {
	c := b.join(ctx, question)
	defer c.nudge.Stop()
	select {
	case <-c.done:
	case <-ctx.Done():
		if b.leave(c) {
			return c.result.Answer, context.Cause(ctx)
		}
		<-c.done
	}
	return c.result.Answer, c.result.Err
}

// Ask is Do for work that may as well be done unseen: the answer is waited for until ctx ends, and no longer.
func (b *Bundler[Q, A]) Ask(ctx context.Context, question Q) (answer A, err error) {
	c := b.join(ctx, question)
	defer c.nudge.Stop()
	select {
	case <-c.done:
		return c.result.Answer, c.result.Err
	case <-ctx.Done():
		b.leave(c)
		return answer, context.Cause(ctx)
	}
}

func (b *Bundler[Q, A]) join(ctx context.Context, question Q) *caller[Q, A] {
	c := &caller[Q, A]{ctx: ctx, question: question, done: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, c)
	if b.running <= b.stuck || b.eager || len(b.waiting) >= b.most {
		b.another()
	}
	c.nudge = time.AfterFunc(stuck, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if slices.Contains(b.waiting, c) {
			b.stuck, b.known = b.begun-b.served, b.begun
			b.another()
			c.nudge.Reset(stuck) // where none may go now, one may soon
		}
	})
	return c
}

// another has one more bundle at work, where one more may be. The lock is held.
func (b *Bundler[Q, A]) another() {
	if b.running < b.atOnce {
		b.running++
		go b.run()
	}
}

// leave takes a caller out of those who wait. It is false when the work has begun.
func (b *Bundler[Q, A]) leave(c *caller[Q, A]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.waiting {
		if other == c {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// run serves bundle after bundle until nobody waits; and, where others are at work and get on, while a full one does.
func (b *Bundler[Q, A]) run() {
	seen := -1
	for {
		b.mu.Lock()
		n := min(len(b.waiting), b.most)
		othersGetOn := !b.eager && seen >= 0 && b.running > 1 && b.served > seen+1
		if n == 0 || othersGetOn && n < b.most {
			b.running--
			b.mu.Unlock()
			return
		}
		callers := b.waiting[:n:n]
		b.waiting = b.waiting[n:]
		seen = b.served
		b.begun++
		mine := b.begun
		b.mu.Unlock()
		b.serve(callers)
		b.mu.Lock()
		b.served++
		if mine <= b.known {
			b.stuck--
		}
		b.mu.Unlock()
	}
}

func (b *Bundler[Q, A]) serve(callers []*caller[Q, A]) {
	// Values, a request's patience with the database say, are the first one's; when each of them ends is not the others' matter.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(callers[0].ctx), b.patience)
	defer cancel()
	questions := make([]Q, len(callers))
	for i, c := range callers {
		questions[i] = c.question
	}
	results := b.guarded(ctx, questions)
	for i, c := range callers {
		c.result = results[i]
		close(c.done)
	}
}

// guarded is the work, a panic of which is every caller's error: nobody else is there to catch it.
func (b *Bundler[Q, A]) guarded(ctx context.Context, questions []Q) (results []Result[A]) {
	defer func() {
		if problem := recover(); problem != nil {
			results = Fail[A](len(questions), fmt.Errorf("bundle: panic: %v", problem))
		}
	}()
	results = b.work(ctx, questions)
	if len(results) != len(questions) {
		return Fail[A](len(questions), fmt.Errorf("bundle: %d results of %d questions", len(results), len(questions)))
	}
	return results
}

// Fail is the same error for all of n questions.
func Fail[A any](n int, err error) []Result[A] {
	results := make([]Result[A], n)
	for i := range results {
		results[i].Err = err
	}
	return results
}
