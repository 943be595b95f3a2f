package panel

import (
	"net/http"
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/courier"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

const day = 24 * 60 * 60 // seconds

// mostCopies keeps a mistyped number from flooding a shop.
const mostCopies = 10

var errNoReceiver = &refusal{"No webhook URL is set, so no webhooks are sent."}

func (p *Panel) hold(*form) (done, error) {
	if p.Courier == nil {
		return done{}, errNoReceiver
	}
	p.Courier.Hold()
	return done{Back: "/webhooks", Said: "holding"}, nil
}

func (p *Panel) release(f *form) (done, error) {
	reversed, copies := f.choice("order", "happened", "reversed") == "reversed", f.number("copies", 1, mostCopies)
	switch {
	case p.Courier == nil:
		return done{}, errNoReceiver
	case f.err != nil:
		return done{}, f.err
	}
	if f.ticked("late") {
		if err := p.backdate(p.Courier.State().Held...); err != nil {
			return done{}, err
		}
	}
	p.Courier.ReleaseSoon(func(held []*ledger.Event) {
		if reversed {
			slices.Reverse(held)
		}
	}, copies-1)
	return done{Back: "/webhooks", Said: "released"}, nil
}

// backdate makes events a day older: what a shop gets of them is what it would get tomorrow, signed anew.
func (p *Panel) backdate(events ...*ledger.Event) error {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return p.Ledger.Backdate(day, ids...)
}

func (p *Panel) plan(f *form) (done, error) {
	plan := courier.Plan{Delay: f.seconds("delay"), Copies: f.number("copies", 1, mostCopies) - 1}
	switch {
	case p.Courier == nil:
		return done{}, errNoReceiver
	case f.err != nil:
		return done{}, f.err
	}
	p.Courier.SetPlan(plan)
	return done{Back: "/webhooks", Said: "planned"}, nil
}

func (p *Panel) retry(*form) (done, error) {
	if p.Courier == nil {
		return done{}, errNoReceiver
	}
	p.Courier.Retry()
	return done{Back: "/webhooks", Said: "retried"}, nil
}

func (p *Panel) deliver(f *form) (done, error) {
	copies := f.number("copies", 1, mostCopies)
	event, ok := p.Ledger.Event(f.id())
	switch {
	case p.Courier == nil:
		return done{}, errNoReceiver
	case f.err != nil:
		return done{}, f.err
	case !ok:
		return done{}, &api.Problem{Status: http.StatusNotFound, Message: "There is no such event."}
	}
	if f.ticked("late") {
		if err := p.backdate(event); err != nil {
			return done{}, err
		}
		event, _ = p.Ledger.Event(event.ID)
	}
	if copies > 1 || !p.Courier.DeliverHeld(event.ID) {
		p.Courier.RepeatTimes(event, copies)
	}
	return done{ID: event.ID, Back: "/webhooks", Said: "delivered"}, nil
}
