package booking

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/limit"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// How many seats one buyer may have is judged twice: by session and e-mail address when an order is placed, and by card
// when it is paid, for a card is not known before. Both count and decide under locks that every order of the same buyer
// or card takes, so that any number of orders at once never exceeds the limit. Orders of the box office are neither bound
// nor counted.

// rule is a limit and the production it is of.
type rule struct {
	limit.Limit
	production uuid.UUID
}

// withinLimit returns a *limit.ReachedError if an order gives its buyer too many seats. The lock it takes lasts as long as
// the transaction of q.
func (s *Service) withinLimit(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.Order, r rule, seats int) error {
	if r.None() {
		return nil
	}
	address := limit.Address(row.BuyerEmail)
	err := q.LockLimits(ctx, []string{
		"limit:" + r.production.String() + ":session:" + hex.EncodeToString(row.SessionHash),
		"limit:" + r.production.String() + ":email:" + address,
	})
	if err != nil {
		return fmt.Errorf("lock the buyer's limit: %w", err)
	}
	had, err := q.SeatsOfBuyer(ctx, dbsqlc.SeatsOfBuyerParams{
		PerformanceID: row.PerformanceID, ProductionID: r.production, OrderID: row.ID, OpenSince: s.now().Add(-s.grace),
		SessionHash: row.SessionHash, Email: address, Tagged: limit.Tagged(address),
	})
	if err != nil {
		return fmt.Errorf("seats of the buyer: %w", err)
	}
	return r.Check(seats, limit.Had{Performance: int(had.Performance), Production: int(had.Production)})
}

// withinLimits is withinLimit for orders that are written. They need not be in the database yet, what they take in return
// must.
func (s *Service) withinLimits(ctx context.Context, tx pgx.Tx, pending *postgres.Pipeline, drafts []*draft) error {
	for _, d := range drafts {
		if d.order.Channel != string(Web) || d.within.None() {
			continue
		}
		if err := pending.Flush(ctx); err != nil {
			return fmt.Errorf("insert orders: %w", err)
		}
		if err := s.withinLimit(ctx, dbsqlc.New(tx), d.order, d.within, len(d.seats)); err != nil {
			return err
		}
	}
	return nil
}

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
	m, err := decode(event)
	if err != nil {
		return facts, err
	}
	intent, err := s.payments.GetIntent(ctx, m.IntentID)
	switch {
	case err == nil && intent.Card != "":
		facts.card = s.cardMark(intent.Card)
	case err != nil && event.Attempts < mostCardReads:
		return facts, fmt.Errorf("booking: card of %s: %w", m.IntentID, err)
	case err != nil:
		s.logger.WarnContext(ctx, "a payment is accepted without knowing its card", "order", order.Number, "error", err.Error())
	}
	return facts, nil
}

// cardMark is what is kept of a card's fingerprint.
func (s *Service) cardMark(fingerprint string) string {
	mac := hmac.New(sha256.New, s.linkKey)
	mac.Write([]byte("card v1\x00" + fingerprint))
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
