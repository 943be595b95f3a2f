// Package domains keeps the hostnames of the sites registered with the payment
// provider, which shows Apple Pay and Google Pay on no other.
//
// The rule: each hostname that a site has is registered, enabled and validated there;
// one that no site has any more is disabled. How each stands, and what went wrong, is
// in a table. The hostnames are compared with the sites when a process starts, every
// few hours, and when a site has changed. What fails is tried again, ever more slowly.
// No sale waits for any of it: cards work on every hostname.
package domains

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// State is how a hostname stands.
type State string

// The states.
const (
	Waiting State = "waiting" // not looked at yet, or the provider did not answer
	Active  State = "active"  // Apple Pay and Google Pay are shown
	Failed  State = "failed"  // one of them is not, or the provider refuses the hostname
)

// Recheck is how long a hostname that is well is left alone.
const Recheck = 6 * time.Hour

// Backoff is how long to wait after the n-th failure in a row, n from 1: a minute, then
// twice as long each time, at most Recheck.
func Backoff(n int) time.Duration {
	return min(time.Minute<<min(max(n, 1)-1, 12), Recheck)
}

// finding is what came of looking at a hostname.
type finding struct {
	id      string // the provider's; "" when it has none
	state   State
	problem string // in words for staff
	away    bool   // the provider did not answer, or was busy
}

// register makes a hostname what the rule wants and says how it stands. was is what was
// known before: it stays when the provider does not answer.
func register(ctx context.Context, registry payment.Registry, hostname string, was finding) finding {
	d, err := registry.FindDomain(ctx, hostname)
	if errors.Is(err, payment.ErrNotFound) {
		d, err = registry.RegisterDomain(ctx, hostname)
		if payment.IsPermanent(err) { // somebody else may have been first
			if found, again := registry.FindDomain(ctx, hostname); again == nil {
				d, err = found, nil
			}
		}
	}
	if err == nil && !d.Enabled {
		d, err = registry.EnableDomain(ctx, d.ID, true)
	}
	if err == nil && problemOf(d) != "" {
		d, err = registry.ValidateDomain(ctx, d.ID)
	}
	switch {
	case err != nil:
		return failed(err, was)
	case problemOf(d) != "":
		return finding{id: d.ID, state: Failed, problem: problemOf(d)}
	}
	return finding{id: d.ID, state: Active}
}

// disable has no wallets shown on a hostname any more.
func disable(ctx context.Context, registry payment.Registry, was finding) finding {
	_, err := registry.EnableDomain(ctx, was.id, false)
	if err == nil || errors.Is(err, payment.ErrNotFound) {
		return finding{state: Waiting}
	}
	return failed(err, was)
}

// problemOf says which wallets are not shown, "" when all are. Link is not one: whether
// it is offered is a setting of the account.
func problemOf(d payment.Domain) string {
	var problems []string
	for _, w := range []struct {
		name string
		payment.Wallet
	}{{"Apple Pay", d.ApplePay}, {"Google Pay", d.GooglePay}} {
		if w.Active {
			continue
		}
		why := strings.TrimSpace(w.Problem)
		if why == "" {
			why = "the payment provider does not say why it is not active."
		}
		problems = append(problems, w.name+": "+why)
	}
	return clip(strings.Join(problems, " "))
}

func failed(err error, was finding) finding {
	if !payment.IsPermanent(err) {
		was.problem, was.away = "The payment provider did not answer.", true
		return was
	}
	why := err
	if inner := errors.Unwrap(err); inner != nil { // without the words for logs
		why = inner
	}
	return finding{id: was.id, state: Failed, problem: clip("The payment provider refuses: " + strings.TrimSuffix(why.Error(), ".") + ".")}
}

// mostWords is how much of a provider's message is kept, in characters.
const mostWords = 500

func clip(text string) string {
	if runes := []rune(text); len(runes) > mostWords {
		return string(runes[:mostWords]) + "…"
	}
	return text
}
