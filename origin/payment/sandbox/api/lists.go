package api

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// listing reads what all lists have in common. exists tells whether an ID is known;
// kind is the word for one of its objects.
func listing[T any](p *params, kind string, exists func(string) bool, created func(T) int64) ledger.Query[T] {
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
		if id != "" && !exists(id) {
			problem := missing(kind, id, name)
			problem.Status = 400
			p.fail(problem)
		}
	}
	var bounds []func(int64) bool
	for name, holds := range map[string]func(at, bound int64) bool{
		"created":      func(at, b int64) bool { return at == b },
		"created[gt]":  func(at, b int64) bool { return at > b },
		"created[gte]": func(at, b int64) bool { return at >= b },
		"created[lt]":  func(at, b int64) bool { return at < b },
		"created[lte]": func(at, b int64) bool { return at <= b },
	} {
		if bound, given := p.integer(name); given {
			bounds = append(bounds, func(at int64) bool { return holds(at, bound) })
		}
	}
	q.Keep = func(o T) bool {
		at := created(o)
		return !slices.ContainsFunc(bounds, func(holds func(int64) bool) bool { return !holds(at) })
	}
	return q
}

// and narrows a query.
func and[T any](q *ledger.Query[T], also func(T) bool) {
	keep := q.Keep
	q.Keep = func(o T) bool { return keep(o) && also(o) }
}

// write lists what a query found.
func write[T any](c *call, objects []T, more bool, one func(T) (wire.Object, error)) (any, *Problem) {
	data := make([]wire.Object, 0, len(objects))
	for _, o := range objects {
		written, err := one(o)
		if err != nil {
			return nil, faulty()
		}
		data = append(data, written)
	}
	return wire.List(c.r.URL.Path, data, more), nil
}

func known[T any](find func(string) (T, bool)) func(string) bool {
	return func(id string) bool { _, ok := find(id); return ok }
}

func plain[T any](f func(T) wire.Object) func(T) (wire.Object, error) {
	return func(o T) (wire.Object, error) { return f(o), nil }
}

func (a *API) listIntents(c *call) (any, *Problem) {
	p := c.params()
	q := listing(p, "payment_intent", known(a.Ledger.Intent), func(i *ledger.Intent) int64 { return i.Created })
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := a.Ledger.Intents(q)
	return write(c, found, more, plain(a.Writer.Intent))
}

func (a *API) listCharges(c *call) (any, *Problem) {
	p := c.params()
	q := listing(p, "charge", known(a.Ledger.Charge), func(o *ledger.Charge) int64 { return o.Created })
	if intent := p.text("payment_intent"); intent != "" {
		and(&q, func(o *ledger.Charge) bool { return o.Intent == intent })
	}
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := a.Ledger.Charges(q)
	return write(c, found, more, plain(a.Writer.Charge))
}

func (a *API) listRefunds(c *call) (any, *Problem) {
	p := c.params()
	q := listing(p, "refund", known(a.Ledger.Refund), func(o *ledger.Refund) int64 { return o.Created })
	if charge := p.text("charge"); charge != "" {
		and(&q, func(o *ledger.Refund) bool { return o.Charge == charge })
	}
	if intent := p.text("payment_intent"); intent != "" {
		and(&q, func(o *ledger.Refund) bool { return o.Intent == intent })
	}
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := a.Ledger.Refunds(q)
	return write(c, found, more, plain(a.Writer.Refund))
}

func (a *API) listDisputes(c *call) (any, *Problem) {
	p := c.params()
	q := listing(p, "dispute", known(a.Ledger.Dispute), func(o *ledger.Dispute) int64 { return o.Created })
	if intent := p.text("payment_intent"); intent != "" {
		and(&q, func(o *ledger.Dispute) bool { return o.Intent == intent })
	}
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := a.Ledger.Disputes(q)
	return write(c, found, more, plain(a.Writer.Dispute))
}

func (a *API) listEvents(c *call) (any, *Problem) {
	p := c.params()
	q := listing(p, "event", known(a.Ledger.Event), func(o *ledger.Event) int64 { return o.Created })
	types := p.form.List("types")
	if one := p.text("type"); one != "" {
		types = append(types, one)
	}
	if len(types) > 0 {
		and(&q, func(e *ledger.Event) bool { return slices.Contains(types, e.Type) })
	}
	if p.problem != nil {
		return nil, p.problem
	}
	found, more := a.Ledger.Events(q)
	return write(c, found, more, a.WriteEvent)
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
