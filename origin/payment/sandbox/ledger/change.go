package ledger

import (
	"fmt"
	"slices"
	"time"
)

// Change is one transaction: one line of the journal. It happens whole or not at all.
type Change struct {
	Intents  []*Intent  `json:"intents,omitempty"`
	Methods  []*Method  `json:"methods,omitempty"`
	Charges  []*Charge  `json:"charges,omitempty"`
	Refunds  []*Refund  `json:"refunds,omitempty"`
	Disputes []*Dispute `json:"disputes,omitempty"`
	Events   []*Event   `json:"events,omitempty"`
	Domains  []*Domain  `json:"domains,omitempty"`
	Answers  []*Answer  `json:"answers,omitempty"`
	// Owed are events to be delivered to the webhook URL.
	Owed []string `json:"owed,omitempty"`
	// Tried are attempts to deliver one.
	Tried []Attempt `json:"tried,omitempty"`
	// Backdated are events that are said to be older than they are.
	Backdated []Backdate `json:"backdated,omitempty"`
}

// Backdate gives an event another time at which it happened.
type Backdate struct {
	Event   string `json:"event"`
	Created int64  `json:"created"`
}

// Attempt is one try at delivering an event.
type Attempt struct {
	Event string `json:"event"`
	// Number counts from 1.
	Number int `json:"number"`
	// Done is true when no more tries are needed, or allowed.
	Done bool `json:"done,omitempty"`
	// Fault is why it failed, for people to read.
	Fault string `json:"fault,omitempty"`
	// At is when it ended.
	At time.Time `json:"at,omitzero"`
}

func (c *Change) empty() bool {
	return len(c.Intents)+len(c.Methods)+len(c.Charges)+len(c.Refunds)+len(c.Disputes)+
		len(c.Events)+len(c.Domains)+len(c.Answers)+len(c.Owed)+len(c.Tried)+len(c.Backdated) == 0
}

// owedEvents are the change's events that are to be delivered.
func (c *Change) owedEvents() []*Event {
	var owed []*Event
	for _, e := range c.Events {
		if slices.Contains(c.Owed, e.ID) {
			owed = append(owed, e)
		}
	}
	return owed
}

// refer finds an object that was put in this change.
func (c *Change) refer(object any) (Ref, bool) {
	switch o := object.(type) {
	case *Intent:
		return find("intent", c.Intents, o)
	case *Method:
		return find("method", c.Methods, o)
	case *Charge:
		return find("charge", c.Charges, o)
	case *Refund:
		return find("refund", c.Refunds, o)
	case *Dispute:
		return find("dispute", c.Disputes, o)
	case *Domain:
		return find("domain", c.Domains, o)
	}
	return Ref{}, false
}

func find[T comparable](kind string, in []T, object T) (Ref, bool) {
	for i, o := range in {
		if o == object {
			return Ref{Kind: kind, Index: i}, true
		}
	}
	return Ref{}, false
}

// resolve is refer's inverse.
func (c *Change) resolve(r Ref) (any, error) {
	switch r.Kind {
	case "intent":
		return pick(c.Intents, r)
	case "method":
		return pick(c.Methods, r)
	case "charge":
		return pick(c.Charges, r)
	case "refund":
		return pick(c.Refunds, r)
	case "dispute":
		return pick(c.Disputes, r)
	case "domain":
		return pick(c.Domains, r)
	}
	return nil, fmt.Errorf("ledger: a reference to a %q", r.Kind)
}

func pick[T any](from []T, r Ref) (any, error) {
	if r.Index < 0 || r.Index >= len(from) {
		return nil, fmt.Errorf("ledger: a reference to %s %d of %d", r.Kind, r.Index, len(from))
	}
	return from[r.Index], nil
}

// link fills in the snapshots that events and answers point to.
func (c *Change) link() error {
	for _, e := range c.Events {
		object, err := c.resolve(e.About)
		if err != nil {
			return err
		}
		e.Object = object
	}
	for _, a := range c.Answers {
		if a.About == nil {
			continue
		}
		object, err := c.resolve(*a.About)
		if err != nil {
			return err
		}
		a.Object = object
	}
	return nil
}
