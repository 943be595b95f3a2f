package booking

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// How many seats one buyer may have is judged twice: by session and e-mail address when an order is placed, and by card
// when it is paid, for a card is not known before. Both count and decide under locks that every order of the same buyer
// or card takes, so that any number of orders at once never exceeds the limit. Orders of the box office are neither bound
// nor counted. Cards are counted where a site has set its own terms: a limit that nobody chose is no reason to send money back.

// rule is a limit and the production it is of.
type rule struct {
	limit.Limit
	production uuid.UUID
}

// wish is what an order would give its buyer.
type wish struct {
	order dbsqlc.Order
	rule
	seats int
}

// refusals are orders of a bundle that can't be written, by their place in it. The others can.
type refusals map[int]error

func (r refusals) Error() string { return errors.Join(r.Unwrap()...).Error() }

// Unwrap lists them, the first first.
func (r refusals) Unwrap() []error {
	var all []error
	for _, at := range slices.Sorted(maps.Keys(r)) {
		all = append(all, r[at])
	}
	return all
}

// overLimits returns a *limit.ReachedError for each of the wishes that gives a buyer too many seats; each is of another buyer.
// The locks it takes last as long as the transaction of q, and only orders of the same buyers wait for them.
func (s *Service) overLimits(ctx context.Context, q *dbsqlc.Queries, wishes []wish) (refusals, error) {
	var names []string
	p := dbsqlc.SeatsOfBuyersParams{OpenSince: s.now().Add(-s.grace)}
	for i, w := range wishes {
		address := limit.Address(w.order.BuyerEmail)
		from, to := limit.TagRange(address)
		of := "limit:" + w.production.String()
		names = append(names, of+":session:"+hex.EncodeToString(w.order.SessionHash), of+":email:"+address)
		p.At, p.Orders, p.Performances, p.Productions = append(p.At, int32(i)), append(p.Orders, w.order.ID), append(p.Performances, w.order.PerformanceID), append(p.Productions, w.production)
		p.Sessions, p.Emails = append(p.Sessions, w.order.SessionHash), append(p.Emails, address)
		p.TagsFrom, p.TagsTo, p.Tagged = append(p.TagsFrom, from), append(p.TagsTo, to), append(p.Tagged, limit.Tagged(address))
	}
	if err := q.LockLimits(ctx, names); err != nil {
		return nil, fmt.Errorf("lock the limits of buyers: %w", err)
	}
	rows, err := q.SeatsOfBuyers(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("seats of buyers: %w", err)
	}
	had := make([]limit.Had, len(wishes))
	for _, row := range rows {
		had[row.At] = limit.Had{Performance: int(row.Performance), Production: int(row.Production)}
	}
	over := refusals{}
	for i, w := range wishes {
		if err := w.Check(w.seats, had[i]); err != nil {
			over[i] = err
		}
	}
	return over, nil
}

// withinLimit returns a *limit.ReachedError if an order gives its buyer too many seats.
func (s *Service) withinLimit(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.Order, r rule, seats int) error {
	if r.None() {
		return nil
	}
	over, err := s.overLimits(ctx, q, []wish{{row, r, seats}})
	if err != nil {
		return err
	}
	return over[0]
}

// withinLimits returns the refusals of orders that are written, and have their exchanges in the database.
func (s *Service) withinLimits(ctx context.Context, tx pgx.Tx, pending *postgres.Pipeline, drafts []*draft) error {
	var wishes []wish
	var at []int
	for i, d := range drafts {
		if d.limited() {
			wishes, at = append(wishes, wish{d.order, d.within, len(d.seats)}), append(at, i)
		}
	}
	if len(wishes) == 0 {
		return nil
	}
	if err := pending.Flush(ctx); err != nil {
		return fmt.Errorf("insert orders: %w", err)
	}
	over, err := s.overLimits(ctx, dbsqlc.New(tx), wishes)
	if err != nil || len(over) == 0 {
		return err
	}
	refused := refusals{}
	for i, err := range over {
		refused[at[i]] = err
	}
	return refused
}

// limited reports whether an order is bound by a limit for its buyer.
func (d *draft) limited() bool { return d.order.Channel == string(Web) && !d.within.None() }

// cardFacts are what is known outside the transaction about the limit on a payment.
type cardFacts struct {
	rule
	card string // "": the provider names none, or did not say
}

// mostCardReads is how often a payment is put off because the provider does not say which card it came from. Then the
// buyer gets their tickets without.
const mostCardReads = 3

// cardFacts asks which card paid, where that matters: a webhook does not say it.
func (s *Service) cardFacts(ctx context.Context, order dbsqlc.Order, event dbsqlc.PaymentEvent) (cardFacts, error) {
	var facts cardFacts
	if order.ID == uuid.Nil || order.Channel != string(Web) {
		return facts, nil
	}
	detail, err := s.shows.Performance(ctx, order.PerformanceID)
	if err != nil {
		return facts, fmt.Errorf("booking: performance: %w", err)
	}
	terms, err := s.Terms(ctx, detail)
	if err != nil || terms.Limit.None() {
		return facts, err
	}
	facts.rule = rule{terms.Limit, detail.Production.ID}
	if !terms.ByCard {
		return facts, nil
	}
	m, err := decode(event)
	if err != nil {
		return facts, err
	}
	intent, err := s.payments.GetIntent(ctx, m.IntentID)
	switch {
	case err == nil && intent.Card != "":
		facts.card = s.cardMark(intent.Card, order)
	case err != nil && event.Attempts < mostCardReads:
		return facts, fmt.Errorf("booking: card of %s: %w", m.IntentID, err)
	case err != nil:
		s.logger.WarnContext(ctx, "a payment is accepted without knowing its card", "order", order.Number, "error", err.Error())
	}
	return facts, nil
}

// cardMark is what is kept of a card's fingerprint. The provider's test cards are everybody's: there a card is the same only for
// the same address.
func (s *Service) cardMark(fingerprint string, order dbsqlc.Order) string {
	mac := hmac.New(sha256.New, s.linkKey)
	mac.Write([]byte("card v1\x00" + fingerprint))
	if s.testCards {
		mac.Write([]byte("\x00" + limit.Address(order.BuyerEmail)))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// limitDecision is the record of money that goes back because of a limit.
type limitDecision struct {
	Decision string `json:"decision"` // "refund"
	By       string `json:"by"`       // "card" or "buyer"
	Most     int    `json:"most"`
	Had      int    `json:"had"`
	Wanted   int    `json:"wanted"`
	Why      string `json:"why"`
}

// overReason begins the reason of such a refund.
const overReason = "above the limit for one buyer: "

// overLimit decides whether the money of a locked order goes back because one card, or one buyer who paid late, would have
// too many seats; nil: it does not. It notes which card paid.
func (s *Service) overLimit(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, intentID string, facts cardFacts) (*limitDecision, error) {
	if facts.None() {
		return nil, nil
	}
	seats, err := s.seatsOf(ctx, q, order)
	if err != nil {
		return nil, err
	}
	by := "buyer"
	if !keeps(State(order.State), order.ExpiresAt, s.now(), s.grace) { // while it waited it did not count
		err = s.withinLimit(ctx, q, order, facts.rule, len(seats))
	}
	if err == nil && facts.card != "" {
		by, err = "card", s.withinCard(ctx, q, order, intentID, facts, len(seats))
	}
	var reached *limit.ReachedError
	switch {
	case errors.As(err, &reached):
		return &limitDecision{Decision: "refund", By: by, Most: reached.Most, Had: reached.Had, Wanted: reached.Wanted, Why: reached.Error()}, nil
	case err != nil:
		return nil, err
	}
	return nil, nil
}

func (s *Service) withinCard(ctx context.Context, q *dbsqlc.Queries, order dbsqlc.Order, intentID string, facts cardFacts, seats int) error {
	if err := q.LockLimits(ctx, []string{"limit:" + facts.production.String() + ":card:" + facts.card}); err != nil {
		return fmt.Errorf("lock the card's limit: %w", err)
	}
	if err := q.SetPaymentCard(ctx, dbsqlc.SetPaymentCardParams{Card: facts.card, IntentID: intentID}); err != nil {
		return fmt.Errorf("note the card: %w", err)
	}
	had, err := q.SeatsOfCard(ctx, dbsqlc.SeatsOfCardParams{PerformanceID: order.PerformanceID, Card: facts.card, ProductionID: facts.production, OrderID: order.ID})
	if err != nil {
		return fmt.Errorf("seats of the card: %w", err)
	}
	return facts.Check(seats, limit.Had{Performance: int(had.Performance), Production: int(had.Production)})
}
