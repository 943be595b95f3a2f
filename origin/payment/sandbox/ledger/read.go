package ledger

import (
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"
)

// What the reading methods return are the ledger's own snapshots: look, don't touch.

// Intent finds an intent.
func (l *Ledger) Intent(id string) (*Intent, bool) { return get(l, &l.intents, id) }

// Method finds a payment method.
func (l *Ledger) Method(id string) (*Method, bool) { return get(l, &l.methods, id) }

// Charge finds a charge.
func (l *Ledger) Charge(id string) (*Charge, bool) { return get(l, &l.charges, id) }

// Refund finds a refund.
func (l *Ledger) Refund(id string) (*Refund, bool) { return get(l, &l.refunds, id) }

// Dispute finds a dispute.
func (l *Ledger) Dispute(id string) (*Dispute, bool) { return get(l, &l.disputes, id) }

// Event finds an event.
func (l *Ledger) Event(id string) (*Event, bool) { return get(l, &l.events, id) }

// Domain finds a payment method domain.
func (l *Ledger) Domain(id string) (*Domain, bool) { return get(l, &l.domains, id) }

// Intents pages through the intents.
func (l *Ledger) Intents(q Query[*Intent]) ([]*Intent, bool) { return page(l, &l.intents, q) }

// Charges pages through the charges.
func (l *Ledger) Charges(q Query[*Charge]) ([]*Charge, bool) { return page(l, &l.charges, q) }

// Refunds pages through the refunds.
func (l *Ledger) Refunds(q Query[*Refund]) ([]*Refund, bool) { return page(l, &l.refunds, q) }

// Disputes pages through the disputes.
func (l *Ledger) Disputes(q Query[*Dispute]) ([]*Dispute, bool) { return page(l, &l.disputes, q) }

// Events pages through the events.
func (l *Ledger) Events(q Query[*Event]) ([]*Event, bool) { return page(l, &l.events, q) }

// Domains pages through the payment method domains.
func (l *Ledger) Domains(q Query[*Domain]) ([]*Domain, bool) { return page(l, &l.domains, q) }

// IntentOfChallenge finds the intent that a 3-D Secure check was made for.
func (l *Ledger) IntentOfChallenge(challenge string) (*Intent, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.intents.get(l.challenges[challenge])
}

// Answer returns what was answered to an idempotency key within KeepAnswers.
func (l *Ledger) Answer(key string) (*Answer, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a, ok := l.answers[key]
	if !ok || a.At.Before(l.now().Add(-KeepAnswers)) {
		return nil, false
	}
	return a, true
}

// Owed returns the events still to be delivered, oldest first, each with its latest
// attempt (Number 0 if there was none).
func (l *Ledger) Owed() ([]*Event, []Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var events []*Event
	var attempts []Attempt
	order := l.owedOrder[:0:0]
	for _, id := range l.owedOrder {
		event, known := l.events.get(id)
		if attempt, owed := l.owed[id]; owed && known {
			events, attempts, order = append(events, event), append(attempts, attempt), append(order, id)
		}
	}
	l.owedOrder = order
	return events, attempts
}

// Delivery tells how the delivery of an event stands: whether it is still owed, after
// how many attempts, and why the last one failed.
func (l *Ledger) Delivery(event string) (owed bool, attempts int, fault string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	attempt, owed := l.owed[event]
	if n := len(l.tries[event]); n > 0 {
		fault = l.tries[event][n-1].Fault
	}
	return owed, attempt.Number, fault
}

// Tries are the latest attempts to deliver an event, the first first.
func (l *Ledger) Tries(event string) []Attempt {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.tries[event])
}

// Backdate makes events older than they are by some seconds, as if word of them came late. Unknown ones are left out.
func (l *Ledger) Backdate(by int64, ids ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var change Change
	for _, id := range ids {
		if event, ok := l.events.get(id); ok {
			change.Backdated = append(change.Backdated, Backdate{Event: id, Created: event.Created - by})
		}
	}
	return l.commit(&change)
}

// Tried records an attempt to deliver.
func (l *Ledger) Tried(a Attempt) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.At = l.now().UTC()
	return l.commit(&Change{Tried: []Attempt{a}})
}

// Size is the length of the journal in bytes.
func (l *Ledger) Size() int64 { return l.journal.Size() }

func get[T row](l *Ledger, t *table[T], id string) (T, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return t.get(id)
}

func page[T row](l *Ledger, t *table[T], q Query[T]) ([]T, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return t.page(q)
}

// NewID makes an ID of the look of Stripe's: a prefix, an underscore and 24 letters
// and digits that carry 120 random bits. It panics if the source of randomness fails.
func NewID(rand io.Reader, prefix string) string {
	var bits [15]byte
	if _, err := io.ReadFull(rand, bits[:]); err != nil {
		panic(fmt.Errorf("ledger: no randomness: %w", err))
	}
	return prefix + "_" + strings.ToLower(base32.HexEncoding.EncodeToString(bits[:]))
}
