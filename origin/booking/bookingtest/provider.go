package bookingtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// Provider is a payment provider in memory, by the contract of payment.Gateway. Its webhooks wait in Outbox until a
// test delivers them: late, twice, in any order, or never.
type Provider struct {
	Now func() time.Time

	name string // makes IDs that no other provider in the process gives

	mu      sync.Mutex
	serial  int
	intents map[string]*payment.Intent
	byKey   map[string]string // idempotency key -> intent or refund
	refunds map[string]payment.Refunded
	outbox  []payment.Event
	down    bool
	mute    bool // the answer is lost, the effect is not
}

// NewProvider makes a provider that knows nobody.
func NewProvider(now func() time.Time) *Provider {
	return &Provider{Now: now, name: uuid.NewString()[:8], intents: map[string]*payment.Intent{}, byKey: map[string]string{}, refunds: map[string]payment.Refunded{}}
}

// Down makes every call fail without effect until it is called with false.
func (p *Provider) Down(down bool) { p.mu.Lock(); defer p.mu.Unlock(); p.down = down }

// Mute lets calls take effect but loses their answers until it is called with false.
func (p *Provider) Mute(mute bool) { p.mu.Lock(); defer p.mu.Unlock(); p.mute = mute }

// Intents lists every intent, by ID.
func (p *Provider) Intents() []payment.Intent {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []payment.Intent
	for _, i := range p.intents {
		all = append(all, *i)
	}
	slices.SortFunc(all, func(a, b payment.Intent) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Events takes the webhooks that wait to be delivered.
func (p *Provider) Events() []payment.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	events := p.outbox
	p.outbox = nil
	return events
}

// Pay charges a good card. It reports whether money was taken.
func (p *Provider) Pay(intentID string) bool {
	return p.card(intentID, func(i *payment.Intent) payment.EventKind {
		i.Status, i.Received, i.LastError = payment.Succeeded, i.Amount, nil
		return payment.PaymentSucceeded
	})
}

// PayWith charges a card that the provider knows again.
func (p *Provider) PayWith(intentID, card string) bool {
	return p.card(intentID, func(i *payment.Intent) payment.EventKind {
		i.Status, i.Received, i.LastError, i.Card = payment.Succeeded, i.Amount, nil, card
		return payment.PaymentSucceeded
	})
}

// PayByCard charges a good card, of which the provider tells the kind and the end of its number to whoever asks.
func (p *Provider) PayByCard(intentID, brand, last4 string) bool {
	return p.card(intentID, func(i *payment.Intent) payment.EventKind {
		i.Status, i.Received, i.LastError, i.CardBrand, i.CardLast4 = payment.Succeeded, i.Amount, nil, brand, last4
		return payment.PaymentSucceeded
	})
}

// Decline tries a card without money on it.
func (p *Provider) Decline(intentID string) bool {
	return p.card(intentID, func(i *payment.Intent) payment.EventKind {
		i.Status, i.LastError = payment.RequiresPaymentMethod, payment.NewDecline("card_declined", "insufficient_funds")
		return payment.PaymentFailed
	})
}

// Process leaves a card with its bank, which has not decided.
func (p *Provider) Process(intentID string) bool {
	return p.card(intentID, func(i *payment.Intent) payment.EventKind {
		i.Status, i.LastError = payment.Processing, nil
		return payment.PaymentProcessing
	})
}

func (p *Provider) card(intentID string, use func(*payment.Intent) payment.EventKind) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	intent, ok := p.intents[intentID]
	if !ok || intent.Status.Final() {
		return false
	}
	p.say(use(intent), *intent, nil)
	return true
}

// GiveBack refunds all of a payment at the provider, as staff can in its dashboard.
func (p *Provider) GiveBack(intentID string) bool {
	_, err := p.Refund(context.Background(), payment.Refund{IntentID: intentID, IdempotencyKey: "dashboard-" + intentID})
	return err == nil
}

// SendBack makes a refund fail after all, as a buyer's bank can.
func (p *Provider) SendBack(refundID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	refund, ok := p.refunds[refundID]
	if !ok || refund.Status == payment.RefundFailed {
		return false
	}
	refund.Status = payment.RefundFailed
	p.refunds[refundID] = refund
	p.intents[refund.IntentID].Refunded -= refund.Amount
	p.say(payment.RefundUpdated, payment.Intent{ID: refund.IntentID}, &refund)
	return true
}

// Refunds lists every refund.
func (p *Provider) Refunds() []payment.Refunded {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []payment.Refunded
	for _, r := range p.refunds {
		all = append(all, r)
	}
	return all
}

// say queues a webhook. The lock is held.
func (p *Provider) say(kind payment.EventKind, intent payment.Intent, refund *payment.Refunded) {
	p.serial++
	intent.ClientSecret, intent.Card, intent.CardBrand, intent.CardLast4 = "", "", "", "" // a webhook does not say them
	p.outbox = append(p.outbox, payment.Event{
		ID: fmt.Sprintf("evt_%s_%d", p.name, p.serial), Kind: kind, Type: string(kind), Intent: intent, Refund: refund, CreatedAt: p.Now(),
	})
}

// call begins a call: it fails without effect while the provider is down.
func (p *Provider) call(op string) error {
	p.mu.Lock()
	if p.down {
		p.mu.Unlock()
		return &payment.Error{Category: payment.Retryable, Op: op}
	}
	return nil
}

// answer ends a call: it loses the answer while the provider is mute.
func (p *Provider) answer(op string) error {
	if p.mute {
		return &payment.Error{Category: payment.Retryable, Op: op, OutcomeUnknown: true}
	}
	return nil
}

// CreateIntent implements payment.Gateway.
func (p *Provider) CreateIntent(_ context.Context, c payment.CreateIntent) (payment.Intent, error) {
	if err := c.Validate(); err != nil {
		return payment.Intent{}, &payment.Error{Category: payment.Permanent, Op: "create intent", Err: err}
	}
	if err := p.call("create intent"); err != nil {
		return payment.Intent{}, err
	}
	defer p.mu.Unlock()
	id, known := p.byKey[c.IdempotencyKey]
	if !known {
		p.serial++
		id = fmt.Sprintf("pi_%s_%d", p.name, p.serial)
		p.byKey[c.IdempotencyKey] = id
		p.intents[id] = &payment.Intent{
			ID: id, ClientSecret: id + "_secret", Status: payment.RequiresPaymentMethod, Amount: c.Amount, Currency: c.Currency,
			OrderID: c.OrderID, BrandID: c.BrandID, CreatedAt: p.Now(),
		}
	}
	if err := p.answer("create intent"); err != nil {
		return payment.Intent{}, err
	}
	return *p.intents[id], nil
}

// GetIntent implements payment.Gateway.
func (p *Provider) GetIntent(_ context.Context, id string) (payment.Intent, error) {
	if err := p.call("get intent"); err != nil {
		return payment.Intent{}, err
	}
	defer p.mu.Unlock()
	intent, ok := p.intents[id]
	if !ok {
		return payment.Intent{}, &payment.Error{Category: payment.Permanent, Op: "get intent", Err: payment.ErrNotFound}
	}
	return *intent, nil
}

// CancelIntent implements payment.Gateway.
func (p *Provider) CancelIntent(_ context.Context, id, _ string) (payment.Intent, error) {
	if err := p.call("cancel intent"); err != nil {
		return payment.Intent{}, err
	}
	defer p.mu.Unlock()
	intent, ok := p.intents[id]
	switch {
	case !ok:
		return payment.Intent{}, &payment.Error{Category: payment.Permanent, Op: "cancel intent", Err: payment.ErrNotFound}
	case intent.Status == payment.Succeeded || intent.Status == payment.Processing:
		return *intent, &payment.Error{Category: payment.Permanent, Op: "cancel intent", Err: payment.ErrUnexpectedState}
	case intent.Status != payment.Canceled:
		intent.Status = payment.Canceled
		p.say(payment.PaymentCanceled, *intent, nil)
	}
	if err := p.answer("cancel intent"); err != nil {
		return payment.Intent{}, err
	}
	return *intent, nil
}

// Refund implements payment.Gateway.
func (p *Provider) Refund(_ context.Context, r payment.Refund) (payment.Refunded, error) {
	if err := p.call("refund"); err != nil {
		return payment.Refunded{}, err
	}
	defer p.mu.Unlock()
	if id, known := p.byKey[r.IdempotencyKey]; known {
		return p.refunds[id], p.answer("refund")
	}
	intent, ok := p.intents[r.IntentID]
	if !ok || intent.Received == 0 {
		return payment.Refunded{}, &payment.Error{Category: payment.Permanent, Op: "refund", Err: payment.ErrNotFound}
	}
	amount := r.Amount
	if amount == 0 {
		amount = intent.Outstanding()
	}
	if amount == 0 || amount > intent.Outstanding() {
		return payment.Refunded{}, &payment.Error{Category: payment.Permanent, Op: "refund", Err: payment.ErrAlreadyRefunded}
	}
	p.serial++
	refund := payment.Refunded{
		ID: fmt.Sprintf("re_%s_%d", p.name, p.serial), IntentID: r.IntentID, Amount: amount, Currency: intent.Currency,
		Status: payment.RefundSucceeded, CreatedAt: p.Now(),
	}
	p.refunds[refund.ID], p.byKey[r.IdempotencyKey] = refund, refund.ID
	intent.Refunded += amount
	p.say(payment.PaymentRefunded, *intent, nil)
	return refund, p.answer("refund")
}

// ListIntents implements payment.Gateway: one page of everything.
func (p *Provider) ListIntents(_ context.Context, since time.Time, _ string) (payment.Page, error) {
	if err := p.call("list intents"); err != nil {
		return payment.Page{}, err
	}
	p.mu.Unlock()
	all := slices.DeleteFunc(p.Intents(), func(i payment.Intent) bool { return i.CreatedAt.Before(since) })
	slices.Reverse(all)
	return payment.Page{Intents: all}, nil
}

// ListRefunds implements payment.Gateway: one page of everything.
func (p *Provider) ListRefunds(_ context.Context, since time.Time, _ string) (payment.RefundPage, error) {
	if err := p.call("list refunds"); err != nil {
		return payment.RefundPage{}, err
	}
	p.mu.Unlock()
	all := slices.DeleteFunc(p.Refunds(), func(r payment.Refunded) bool { return r.CreatedAt.Before(since) })
	return payment.RefundPage{Refunds: all}, nil
}

var _ payment.Gateway = (*Provider)(nil)
