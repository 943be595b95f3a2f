// Package courier delivers the sandbox's events to a webhook URL the way Stripe does:
// signed, at least once, in no particular order, again and again until the receiver
// answers 2xx. What is still owed is known to the ledger, so that a restart loses
// nothing.
package courier

import (
	"bytes"
	"container/heap"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// Config is what a Courier needs.
type Config struct {
	URL string
	// Secrets sign each delivery; usually one, two while a secret is being rolled.
	Secrets func() []string
	// Write renders the body of an event.
	Write  func(*ledger.Event) ([]byte, error)
	Ledger *ledger.Ledger
	Client *http.Client
	Now    func() time.Time
	Logger *slog.Logger
	// Backoff is how long to wait after the n-th failed attempt, n from 1; false gives up.
	Backoff func(n int) (time.Duration, bool)
	// Workers is how many deliveries are under way at once.
	Workers int
}

// Courier delivers in the background until Close.
type Courier struct {
	Config
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	work   chan *parcel
	wake   chan struct{}

	mu      sync.Mutex
	waiting schedule
	moving  int           // parcels handed to workers
	held    []*parcel     // while holding
	holding bool          //
	plan    Plan          //
	changed chan struct{} // closed and replaced when something above changes
}

// parcel is an event on its way.
type parcel struct {
	event   *ledger.Event
	attempt int // attempts made so far
	copies  int // how many more times to deliver once it was accepted
	due     time.Time
}

// Start begins with everything the ledger says is owed.
func Start(c Config) *Courier {
	k := &Courier{Config: c, work: make(chan *parcel), wake: make(chan struct{}, 1), changed: make(chan struct{})}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	owed, attempts := c.Ledger.Owed()
	for i, event := range owed {
		k.waiting = append(k.waiting, &parcel{event: event, attempt: attempts[i].Number, due: c.Now()})
	}
	heap.Init(&k.waiting)
	k.done.Go(k.dispatch)
	for range max(c.Workers, 1) {
		k.done.Go(func() {
			for p := range k.work {
				k.deliver(p)
			}
		})
	}
	return k
}

// Close stops delivering. A delivery under way is cut off and remains owed.
func (k *Courier) Close() {
	k.cancel()
	k.done.Wait()
}

// Send schedules new events.
func (k *Courier) Send(events []*ledger.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range events {
		p := &parcel{event: e, copies: k.plan.Copies, due: k.Now().Add(k.plan.Delay)}
		if k.holding {
			k.held = append(k.held, p)
		} else {
			heap.Push(&k.waiting, p)
		}
	}
	k.change()
}

// change tells the dispatcher and whoever waits for quiet. The lock must be held.
func (k *Courier) change() {
	close(k.changed)
	k.changed = make(chan struct{})
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// dispatch hands parcels that are due to the workers.
func (k *Courier) dispatch() {
	defer close(k.work)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		p, wait := k.next()
		if p != nil {
			select {
			case k.work <- p:
				continue
			case <-k.ctx.Done():
				return
			}
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-k.wake:
		case <-k.ctx.Done():
			return
		}
	}
}

// next takes a parcel that is due, or says how long to wait for one.
func (k *Courier) next() (*parcel, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.waiting) == 0 {
		return nil, time.Hour
	}
	if wait := k.waiting[0].due.Sub(k.Now()); wait > 0 {
		return nil, wait
	}
	k.moving++
	return heap.Pop(&k.waiting).(*parcel), 0
}

// deliver makes one attempt and decides what follows.
func (k *Courier) deliver(p *parcel) {
	fault := k.attempt(p.event)
	again := k.settle(p, fault)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.moving--
	if again {
		heap.Push(&k.waiting, p)
	}
	k.change()
}

// settle records an attempt and reports whether the parcel has to go out again.
func (k *Courier) settle(p *parcel, fault error) (again bool) {
	if k.ctx.Err() != nil {
		return false // cut off by Close; still owed
	}
	p.attempt++
	record := ledger.Attempt{Event: p.event.ID, Number: p.attempt, Done: fault == nil}
	if fault == nil {
		if p.copies--; p.copies >= 0 {
			p.due, again = k.Now(), true
		}
	} else {
		wait, more := k.Backoff(p.attempt)
		record.Fault, record.Done = fault.Error(), !more
		p.due, again = k.Now().Add(wait), more
		level := slog.LevelDebug
		if !more || p.attempt == 1 {
			level = slog.LevelWarn
		}
		k.Logger.Log(k.ctx, level, "a webhook was not delivered", "event", p.event.ID, "type", p.event.Type,
			"attempt", p.attempt, "again", more, "error", fault)
	}
	if err := k.Ledger.Tried(record); err != nil {
		k.Logger.Error("a webhook delivery was not recorded, so it will be repeated", "event", p.event.ID, "error", err)
	}
	return again
}

func (k *Courier) attempt(e *ledger.Event) error {
	body, err := k.Write(e)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(k.ctx, http.MethodPost, k.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("courier: %w", err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (Stagedoor sandbox)")
	r.Header.Set("Stripe-Signature", Sign(body, k.Now(), k.Secrets()...))
	answer, err := k.Client.Do(r)
	if err != nil {
		return fmt.Errorf("courier: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // lets the connection be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("courier: the webhook URL answered %s", answer.Status)
	}
	return nil
}

// schedule is a heap of parcels by the time they are due.
type schedule []*parcel

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)        { *s = append(*s, x.(*parcel)) }
func (s *schedule) Pop() any {
	last := len(*s) - 1
	p := (*s)[last]
	*s = slices.Delete(*s, last, last+1)
	return p
}
