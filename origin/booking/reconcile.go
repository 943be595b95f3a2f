package booking

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// How often the provider's lists are read, and how far back. The payments of the last two hours, those that somebody may
// be waiting for, are looked at often; all of the last days now and then, for what came late.
const (
	reconcileEvery  = 20 * time.Second
	reconcileFresh  = 2 * time.Hour
	reconcileAll    = 30 * time.Minute
	reconcileWhole  = 7 * 24 * time.Hour
	reconcileSettle = 10 * time.Second // a webhook that is on its way is not lost
)

// Reconcile reads the provider's payments and refunds made since and applies what no webhook told us: money taken, a
// payment called off, money given back, a refund that failed. It returns how many things it found. Webhooks that come
// after all change nothing.
func (s *Service) Reconcile(ctx context.Context, since time.Time) (int, error) {
	found, cursor := 0, ""
	for {
		page, err := s.payments.ListIntents(ctx, since, cursor)
		if err != nil {
			return found, unavailable("list payments", err)
		}
		n, err := s.reconcilePage(ctx, page.Intents)
		if found += n; err != nil {
			return found, err
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for {
		page, err := s.payments.ListRefunds(ctx, since, cursor)
		if err != nil {
			return found, unavailable("list refunds", err)
		}
		n, err := s.reconcileRefunds(ctx, page.Refunds)
		if found += n; err != nil {
			return found, err
		}
		if cursor = page.Next; cursor == "" {
			return found, nil
		}
	}
}

func (s *Service) reconcilePage(ctx context.Context, intents []payment.Intent) (int, error) {
	ids := make([]string, len(intents))
	for i, intent := range intents {
		ids[i] = intent.ID
	}
	rows, err := s.queries().PaymentsUpdatedOrders(ctx, ids)
	if err != nil {
		return 0, fmt.Errorf("booking: payments: %w", err)
	}
	ours := make(map[string]dbsqlc.PaymentsUpdatedOrdersRow, len(rows))
	for _, row := range rows {
		ours[row.IntentID] = row
	}
	if err := s.noteCards(ctx, intents, ours); err != nil {
		return 0, err
	}
	found, failed := 0, []error(nil)
	for _, intent := range intents {
		known := ours[intent.ID] // nothing, if we died before we wrote it down
		if intent.OrderID == "" && known.IntentID == "" || s.now().Sub(intent.CreatedAt) < reconcileSettle {
			continue // not ours, or brand-new
		}
		kind := payment.EventKind("")
		switch {
		case intent.Status == payment.Succeeded && known.Status != string(payment.Succeeded):
			kind = payment.PaymentSucceeded
		case intent.Status == payment.Canceled && known.IntentID != "" && known.Status != string(payment.Canceled):
			kind = payment.PaymentCanceled
		}
		if kind != "" {
			found++
			failed = append(failed, s.tellOurselves(ctx, kind, intent, nil, string(intent.Status)))
		}
		if intent.Refunded > known.Refunded {
			found++
			failed = append(failed, s.tellOurselves(ctx, payment.PaymentRefunded, intent, nil, fmt.Sprintf("refunded:%d", intent.Refunded)))
		}
	}
	return found, errors.Join(failed...)
}

// noteCards keeps the end of the card's number where it is not known yet: people who come to the desk have their card.
func (s *Service) noteCards(ctx context.Context, intents []payment.Intent, ours map[string]dbsqlc.PaymentsUpdatedOrdersRow) error {
	var cards dbsqlc.NoteCardsParams
	for _, intent := range intents {
		if known, ok := ours[intent.ID]; !ok || known.CardLast4 != "" || !fourDigits(intent.CardLast4) {
			continue
		}
		cards.Ids, cards.Brands, cards.Last4s = append(cards.Ids, intent.ID), append(cards.Brands, withoutNUL(intent.CardBrand)), append(cards.Last4s, intent.CardLast4)
	}
	if len(cards.Ids) == 0 {
		return nil
	}
	if err := s.queries().NoteCards(ctx, cards); err != nil {
		return fmt.Errorf("booking: note cards: %w", err)
	}
	return nil
}

func fourDigits(text string) bool {
	return len(text) == 4 && strings.Trim(text, "0123456789") == ""
}

func (s *Service) reconcileRefunds(ctx context.Context, refunds []payment.Refunded) (int, error) {
	found, failed := 0, []error(nil)
	for _, r := range refunds {
		if r.Status != payment.RefundFailed && r.Status != payment.RefundCanceled {
			continue // that it went through is told by its payment
		}
		row, err := s.queries().FindRefund(ctx, r.ID)
		if err != nil || row.State == refundFailed {
			continue // not made by us, or known
		}
		found++
		failed = append(failed, s.tellOurselves(ctx, payment.RefundUpdated, payment.Intent{ID: r.IntentID}, &r, string(r.Status)))
	}
	return found, errors.Join(failed...)
}

// tellOurselves applies the event that a webhook would have brought. Under one name it is applied once.
func (s *Service) tellOurselves(ctx context.Context, kind payment.EventKind, intent payment.Intent, refund *payment.Refunded, what string) error {
	intent.ClientSecret = ""
	name := intent.ID
	if refund != nil {
		name = refund.ID
	}
	event := payment.Event{ID: "reconciled:" + name + ":" + what, Kind: kind, Type: "reconciled", Intent: intent, Refund: refund, CreatedAt: s.now()}
	outcome, err := s.ApplyPayment(ctx, event)
	if err == nil && outcome != OutcomeDuplicate {
		s.metrics.lost.Inc()
		s.logger.WarnContext(ctx, "the provider knew what no webhook had told", "event", event.ID, "kind", string(kind), "outcome", string(outcome))
	}
	return err
}

// reconcileNow is one turn of Run: the latest payments, and every half hour all of the last days.
func (s *Service) reconcileNow(ctx context.Context) error {
	since := s.now().Add(-reconcileFresh)
	if s.wholeAt.IsZero() || s.now().Sub(s.wholeAt) >= reconcileAll {
		since, s.wholeAt = s.now().Add(-reconcileWhole), s.now()
	}
	_, err := s.Reconcile(ctx, since)
	return err
}
