package ledger

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/journal"
)

// KeepTries is how many attempts to deliver an event are remembered.
const KeepTries = 10

// KeepAnswers is how long a response can be repeated by its idempotency key.
const KeepAnswers = 24 * time.Hour

// Ledger is the state. All methods may be called from several goroutines.
type Ledger struct {
	now  func() time.Time
	rand io.Reader

	mu       sync.RWMutex
	journal  *journal.Journal
	intents  table[*Intent]
	methods  table[*Method]
	charges  table[*Charge]
	refunds  table[*Refund]
	disputes table[*Dispute]
	events   table[*Event]
	domains  table[*Domain]

	challenges map[string]string    // challenge to intent
	answers    map[string]*Answer   // by idempotency key
	aging      []*Answer            // the same, oldest first
	owed       map[string]Attempt   // by event: the latest attempt
	owedOrder  []string             // may name events that are delivered by now
	tries      map[string][]Attempt // by event: the latest KeepTries attempts, the first first

	watch func([]*Event)
}

// Open reads the journal at path, or starts one.
func Open(path string, now func() time.Time, rand io.Reader) (*Ledger, error) {
	l := &Ledger{
		now: now, rand: rand,
		intents: newTable[*Intent](), methods: newTable[*Method](), charges: newTable[*Charge](),
		refunds: newTable[*Refund](), disputes: newTable[*Dispute](), events: newTable[*Event](), domains: newTable[*Domain](),
		challenges: map[string]string{}, answers: map[string]*Answer{}, owed: map[string]Attempt{}, tries: map[string][]Attempt{},
	}
	j, err := journal.Open(path, func(record []byte) error {
		change := &Change{}
		if err := json.Unmarshal(record, change); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		if err := change.link(); err != nil {
			return err
		}
		l.apply(change)
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.journal = j
	return l, nil
}

// Close flushes the journal. The ledger takes no changes afterwards.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.journal.Close()
}

// Watch calls f after each transaction that made events to be delivered, outside the
// lock, in no particular order between transactions. Call it before the first Update.
func (l *Ledger) Watch(f func([]*Event)) { l.watch = f }

// Update runs f as one transaction and keeps what it put, unless it fails or the
// journal can't be written. Transactions run one at a time.
func (l *Ledger) Update(f func(*Tx) error) error {
	tx := &Tx{ledger: l}
	if err := l.run(tx, f); err != nil {
		return err
	}
	if owed := tx.change.owedEvents(); l.watch != nil && len(owed) > 0 {
		l.watch(owed)
	}
	return nil
}

func (l *Ledger) run(tx *Tx, f func(*Tx) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := f(tx); err != nil {
		return err
	}
	return l.commit(&tx.change)
}

func (l *Ledger) commit(change *Change) error {
	if change.empty() {
		return nil
	}
	record, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := l.journal.Append(record); err != nil {
		return err
	}
	l.apply(change)
	return nil
}

func (l *Ledger) apply(c *Change) {
	for _, o := range c.Intents {
		l.intents.put(o)
		if o.Challenge != nil {
			l.challenges[o.Challenge.ID] = o.ID
		}
	}
	for _, o := range c.Methods {
		l.methods.put(o)
	}
	for _, o := range c.Charges {
		l.charges.put(o)
	}
	for _, o := range c.Refunds {
		l.refunds.put(o)
	}
	for _, o := range c.Disputes {
		l.disputes.put(o)
	}
	for _, o := range c.Events {
		l.events.put(o)
	}
	for _, o := range c.Domains {
		l.domains.put(o)
	}
	for _, a := range c.Answers {
		l.answers[a.Key] = a
		l.aging = append(l.aging, a)
	}
	l.forgetAnswers()
	for _, id := range c.Owed {
		l.owed[id] = Attempt{Event: id}
		l.owedOrder = append(l.owedOrder, id)
	}
	for _, b := range c.Backdated {
		l.backdate(b)
	}
	for _, a := range c.Tried {
		l.tries[a.Event] = append(l.tries[a.Event], a)
		if old := len(l.tries[a.Event]) - KeepTries; old > 0 {
			l.tries[a.Event] = slices.Delete(l.tries[a.Event], 0, old)
		}
		if _, owed := l.owed[a.Event]; !owed {
			continue
		}
		if a.Done {
			delete(l.owed, a.Event)
		} else {
			l.owed[a.Event] = a
		}
	}
}

// backdate replaces events by copies that are older: what is in the ledger is never written to.
func (l *Ledger) backdate(b Backdate) {
	if event, ok := clone(l.events.get(b.Event)); ok {
		event.Created = b.Created
		l.events.put(event)
	}
}

func (l *Ledger) forgetAnswers() {
	horizon := l.now().Add(-KeepAnswers)
	for len(l.aging) > 0 && l.aging[0].At.Before(horizon) {
		if l.answers[l.aging[0].Key] == l.aging[0] {
			delete(l.answers, l.aging[0].Key)
		}
		l.aging = l.aging[1:]
	}
}
