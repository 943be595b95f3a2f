package ledger

import "fmt"

// Tx is a transaction. It sees its own changes. It is valid until Update's function
// returns.
type Tx struct {
	ledger *Ledger
	change Change
}

// Now is the instant of the transaction in Unix seconds.
func (tx *Tx) Now() int64 { return tx.ledger.now().Unix() }

// NewID makes an ID with a prefix such as "pi".
func (tx *Tx) NewID(prefix string) string { return NewID(tx.ledger.rand, prefix) }

// NewSecret makes the client secret of an intent.
func (tx *Tx) NewSecret(intent string) string { return NewID(tx.ledger.rand, intent+"_secret") }

// Intent returns a copy to change, and whether there is such an intent.
func (tx *Tx) Intent(id string) (*Intent, bool) {
	return clone(latest(tx.change.Intents, &tx.ledger.intents, id))
}

// IntentOfChallenge finds the intent that a 3-D Secure check was made for. The check
// may be over: compare Intent.Challenge.
func (tx *Tx) IntentOfChallenge(challenge string) (*Intent, bool) {
	return tx.Intent(tx.ledger.challenges[challenge])
}

// Method returns a copy to change.
func (tx *Tx) Method(id string) (*Method, bool) {
	return clone(latest(tx.change.Methods, &tx.ledger.methods, id))
}

// Charge returns a copy to change.
func (tx *Tx) Charge(id string) (*Charge, bool) {
	return clone(latest(tx.change.Charges, &tx.ledger.charges, id))
}

// Refund returns a copy to change.
func (tx *Tx) Refund(id string) (*Refund, bool) {
	return clone(latest(tx.change.Refunds, &tx.ledger.refunds, id))
}

// Dispute returns a copy to change.
func (tx *Tx) Dispute(id string) (*Dispute, bool) {
	return clone(latest(tx.change.Disputes, &tx.ledger.disputes, id))
}

// Domain returns a copy to change.
func (tx *Tx) Domain(id string) (*Domain, bool) {
	return clone(latest(tx.change.Domains, &tx.ledger.domains, id))
}

// DomainOf returns the domain with a hostname, a copy to change.
func (tx *Tx) DomainOf(hostname string) (*Domain, bool) {
	for _, o := range tx.ledger.domains.rows {
		if o.Hostname == hostname {
			return clone(o, true)
		}
	}
	return nil, false
}

// PutIntent creates or replaces; the intent must not be changed afterwards. The same
// goes for its sisters below.
func (tx *Tx) PutIntent(o *Intent) { tx.change.Intents = append(tx.change.Intents, o) }

// PutMethod creates or replaces.
func (tx *Tx) PutMethod(o *Method) { tx.change.Methods = append(tx.change.Methods, o) }

// PutCharge creates or replaces.
func (tx *Tx) PutCharge(o *Charge) { tx.change.Charges = append(tx.change.Charges, o) }

// PutRefund creates or replaces.
func (tx *Tx) PutRefund(o *Refund) { tx.change.Refunds = append(tx.change.Refunds, o) }

// PutDispute creates or replaces.
func (tx *Tx) PutDispute(o *Dispute) { tx.change.Disputes = append(tx.change.Disputes, o) }

// PutDomain creates or replaces.
func (tx *Tx) PutDomain(o *Domain) { tx.change.Domains = append(tx.change.Domains, o) }

// Origin is the API request an event comes from; zero for what happened by itself.
type Origin struct {
	RequestID      string
	IdempotencyKey string
}

// Emit records an event about an object put in this transaction. If owed, the event
// is to be delivered.
func (tx *Tx) Emit(kind string, object any, from Origin, owed bool) {
	about, ok := tx.change.refer(object)
	if !ok {
		panic(fmt.Sprintf("ledger: event %s about a %T that was not put in this transaction", kind, object))
	}
	event := &Event{
		ID: tx.NewID("evt"), Created: tx.Now(), Type: kind,
		RequestID: from.RequestID, IdempotencyKey: from.IdempotencyKey, About: about, Object: object,
	}
	tx.change.Events = append(tx.change.Events, event)
	if owed {
		tx.change.Owed = append(tx.change.Owed, event.ID)
	}
}

// Remember keeps an answer for its idempotency key. When the answer is an object put
// in this transaction, the object is kept instead of the body.
func (tx *Tx) Remember(a *Answer, object any) {
	if about, ok := tx.change.refer(object); ok {
		a.About, a.Object, a.Body = &about, object, nil
	}
	a.At = tx.ledger.now()
	tx.change.Answers = append(tx.change.Answers, a)
}

func latest[T row](staged []T, in *table[T], id string) (T, bool) {
	for i := len(staged) - 1; i >= 0; i-- {
		if staged[i].identity() == id {
			return staged[i], true
		}
	}
	return in.get(id)
}

func clone[T any](o *T, ok bool) (*T, bool) {
	if !ok {
		return nil, false
	}
	copied := *o
	return &copied, true
}
