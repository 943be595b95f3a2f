package api

import (
	"net/http"
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// listing is one list of the API.
type listing[T any] struct {
	kind    string // the word for one of its objects
	find    func(id string) (T, bool)
	page    func(ledger.Query[T]) ([]T, bool)
	created func(T) int64
	write   func(T) (wire.Object, error)
	// filters are parameters that select, each with whether an object has its value.
	filters map[string]func(object T, value string) bool
	// keep selects as well; nil keeps all.
	keep func(T) bool
}

// list answers one page, newest first.
func list[T any](c *call, l listing[T]) (any, *Problem) {
	p := c.params()
	limit, given := p.integer("limit")
	if !given {
		limit = 10
	}
	if limit < 1 || limit > 100 {
		p.fail(invalid("parameter_invalid_integer", "limit", "This value must be between 1 and 100 (inclusive)."))
	}
	q := ledger.Query[T]{Limit: int(limit), After: p.text("starting_after"), Before: p.text("ending_before")}
	if q.After != "" && q.Before != "" {
		p.fail(invalid("", "ending_before", "You may only specify one of these parameters: ending_before, starting_after."))
	}
	for name, id := range map[string]string{"starting_after": q.After, "ending_before": q.Before} {
		if _, known := l.find(id); id != "" && !known {
			problem := missing(l.kind, id, name)
			problem.Status = http.StatusBadRequest
			p.fail(problem)
		}
	}
	keep := l.selection(p)
	q.Keep = func(o T) bool {
		return !slices.ContainsFunc(keep, func(holds func(T) bool) bool { return !holds(o) })
	}
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := l.page(q)
	data := make([]wire.Object, 0, len(found))
	for _, o := range found {
		written, err := l.write(o)
		if err != nil {
			return nil, faulty()
		}
		data = append(data, written)
	}
	return wire.List(c.r.URL.Path, data, more), nil
}

// selection reads the parameters that select: when it was created, and the filters.
func (l listing[T]) selection(p *params) []func(T) bool {
	var keep []func(T) bool
	if l.keep != nil {
		keep = append(keep, l.keep)
	}
	for name, holds := range map[string]func(at, bound int64) bool{
		"created":      func(at, b int64) bool { return at == b },
		"created[gt]":  func(at, b int64) bool { return at > b },
		"created[gte]": func(at, b int64) bool { return at >= b },
		"created[lt]":  func(at, b int64) bool { return at < b },
		"created[lte]": func(at, b int64) bool { return at <= b },
	} {
		if bound, given := p.integer(name); given {
			keep = append(keep, func(o T) bool { return holds(l.created(o), bound) })
		}
	}
	for name, has := range l.filters {
		if value := p.text(name); value != "" {
			keep = append(keep, func(o T) bool { return has(o, value) })
		}
	}
	return keep
}

func plain[T any](f func(T) wire.Object) func(T) (wire.Object, error) {
	return func(o T) (wire.Object, error) { return f(o), nil }
}

func (a *API) listIntents(c *call) (any, *Problem) {
	return list(c, listing[*ledger.Intent]{
		kind: "payment_intent", find: a.Ledger.Intent, page: a.Ledger.Intents, write: plain(a.Writer.Intent),
		created: func(o *ledger.Intent) int64 { return o.Created },
	})
}

func (a *API) listCharges(c *call) (any, *Problem) {
	return list(c, listing[*ledger.Charge]{
		kind: "charge", find: a.Ledger.Charge, page: a.Ledger.Charges, write: plain(a.Writer.Charge),
		created: func(o *ledger.Charge) int64 { return o.Created },
		filters: map[string]func(*ledger.Charge, string) bool{
			"payment_intent": func(o *ledger.Charge, id string) bool { return o.Intent == id },
		},
	})
}

func (a *API) listRefunds(c *call) (any, *Problem) {
	return list(c, listing[*ledger.Refund]{
		kind: "refund", find: a.Ledger.Refund, page: a.Ledger.Refunds, write: plain(a.Writer.Refund),
		created: func(o *ledger.Refund) int64 { return o.Created },
		filters: map[string]func(*ledger.Refund, string) bool{
			"payment_intent": func(o *ledger.Refund, id string) bool { return o.Intent == id },
			"charge":         func(o *ledger.Refund, id string) bool { return o.Charge == id },
		},
	})
}

func (a *API) listDisputes(c *call) (any, *Problem) {
	return list(c, listing[*ledger.Dispute]{
		kind: "dispute", find: a.Ledger.Dispute, page: a.Ledger.Disputes, write: plain(a.Writer.Dispute),
		created: func(o *ledger.Dispute) int64 { return o.Created },
		filters: map[string]func(*ledger.Dispute, string) bool{
			"payment_intent": func(o *ledger.Dispute, id string) bool { return o.Intent == id },
			"charge":         func(o *ledger.Dispute, id string) bool { return o.Charge == id },
		},
	})
}

func (a *API) listEvents(c *call) (any, *Problem) {
	types := c.form.List("types")
	return list(c, listing[*ledger.Event]{
		kind: "event", find: a.Ledger.Event, page: a.Ledger.Events, write: a.WriteEvent,
		created: func(o *ledger.Event) int64 { return o.Created },
		filters: map[string]func(*ledger.Event, string) bool{
			"type": func(o *ledger.Event, kind string) bool { return o.Type == kind },
		},
		keep: func(o *ledger.Event) bool { return len(types) == 0 || slices.Contains(types, o.Type) },
	})
}

// WriteEvent writes an event as it stands: with its delivery pending or not.
func (a *API) WriteEvent(e *ledger.Event) (wire.Object, error) {
	pending := 0
	if owed, _, _ := a.Ledger.Delivery(e.ID); owed {
		pending = 1
	}
	return a.Writer.Event(e, pending)
}

func (a *API) getCharge(c *call) (any, *Problem) {
	return one(c, "charge", a.Ledger.Charge)
}

func (a *API) getRefund(c *call) (any, *Problem) {
	return one(c, "refund", a.Ledger.Refund)
}

func (a *API) getDispute(c *call) (any, *Problem) {
	return one(c, "dispute", a.Ledger.Dispute)
}

func (a *API) getEvent(c *call) (any, *Problem) {
	event, problem := one(c, "event", a.Ledger.Event)
	if problem != nil {
		return nil, problem
	}
	written, err := a.WriteEvent(event.(*ledger.Event))
	if err != nil {
		return nil, faulty()
	}
	return written, nil
}

func one[T any](c *call, kind string, find func(string) (T, bool)) (any, *Problem) {
	object, ok := find(c.id())
	if !ok {
		return nil, missing(kind, c.id(), kind)
	}
	return object, nil
}
