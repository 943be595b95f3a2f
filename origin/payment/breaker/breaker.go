// Package breaker spares a payment provider that is down, and those who wait for it. After a few calls in a row that got
// no answer it lets none through for a while, and says at once that payments are not available; then it lets one through
// at a time until one succeeds. Each time in vain doubles the while.
//
// A refusal by the provider is an answer: declines and requests that are wrong never open it.
package breaker

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// ErrOpen is inside the *payment.Error of a call that was not let through. Nothing was sent.
var ErrOpen = errors.New("the payment provider has not answered lately")

// Config says when to open. The zero values are good ones.
type Config struct {
	Failures int           // in a row that open it; 5 when zero
	Pause    time.Duration // of the first time; 2 seconds when zero, doubling to a minute
	Now      func() time.Time
	// Registerer is told how it stands; may be nil.
	Registerer prometheus.Registerer
}

const longestPause = time.Minute

// Gateway is a payment.Gateway behind a breaker.
type Gateway struct {
	next payment.Gateway
	cfg  Config
	open prometheus.Gauge

	mu      sync.Mutex
	failed  int           // in a row
	pause   time.Duration // the last; zero while closed
	until   time.Time     // nobody is let through before
	probing bool          // one is through
}

var _ payment.Gateway = (*Gateway)(nil)

// New puts a breaker before a gateway.
func New(next payment.Gateway, c Config) *Gateway {
	if c.Failures == 0 {
		c.Failures = 5
	}
	if c.Pause == 0 {
		c.Pause = 2 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	g := &Gateway{next: next, cfg: c, open: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stagedoor_payment_breaker_open", Help: "1 while calls to the payment provider are not let through.",
	})}
	if c.Registerer != nil {
		c.Registerer.MustRegister(g.open)
	}
	return g
}

// enter lets a call through, or refuses it. It says whether the call is the one that tries the provider out.
func (g *Gateway) enter(op string) (probe bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pause == 0 {
		return false, nil
	}
	if g.probing || g.cfg.Now().Before(g.until) {
		return false, &payment.Error{Category: payment.Retryable, Op: op, Code: "breaker_open", Err: ErrOpen}
	}
	g.probing = true
	return true, nil
}

// leave takes note of what became of a call. A caller who went away says nothing about the provider.
func (g *Gateway) leave(probe bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if probe {
		g.probing = false
	} else if g.pause > 0 {
		return // it began before this opened: only the one that tries it out decides
	}
	switch {
	case errors.Is(err, context.Canceled):
	case err == nil || !payment.IsRetryable(err):
		g.failed, g.pause = 0, 0
		g.open.Set(0)
	default:
		if g.failed++; g.failed < g.cfg.Failures {
			return
		}
		g.pause = min(longestPause, max(g.cfg.Pause, 2*g.pause))
		// Several processes that saw the same fault must not all come back in the same moment.
		g.until = g.cfg.Now().Add(g.pause - time.Duration(rand.Int64N(int64(g.pause)/4+1)))
		g.open.Set(1)
	}
}

func through[T any](g *Gateway, op string, call func() (T, error)) (T, error) {
	probe, err := g.enter(op)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := call()
	g.leave(probe, err)
	return answer, err
}

// CreateIntent implements payment.Gateway.
func (g *Gateway) CreateIntent(ctx context.Context, c payment.CreateIntent) (payment.Intent, error) {
	return through(g, "create intent", func() (payment.Intent, error) { return g.next.CreateIntent(ctx, c) })
}

// GetIntent implements payment.Gateway.
func (g *Gateway) GetIntent(ctx context.Context, id string) (payment.Intent, error) {
	return through(g, "get intent", func() (payment.Intent, error) { return g.next.GetIntent(ctx, id) })
}

// CancelIntent implements payment.Gateway.
func (g *Gateway) CancelIntent(ctx context.Context, id, idempotencyKey string) (payment.Intent, error) {
	return through(g, "cancel intent", func() (payment.Intent, error) { return g.next.CancelIntent(ctx, id, idempotencyKey) })
}

// Refund implements payment.Gateway.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.Refunded, error) {
	return through(g, "refund", func() (payment.Refunded, error) { return g.next.Refund(ctx, r) })
}

// ListIntents implements payment.Gateway.
func (g *Gateway) ListIntents(ctx context.Context, since time.Time, cursor string) (payment.Page, error) {
	return through(g, "list intents", func() (payment.Page, error) { return g.next.ListIntents(ctx, since, cursor) })
}

// ListRefunds implements payment.Gateway.
func (g *Gateway) ListRefunds(ctx context.Context, since time.Time, cursor string) (payment.RefundPage, error) {
	return through(g, "list refunds", func() (payment.RefundPage, error) { return g.next.ListRefunds(ctx, since, cursor) })
}
