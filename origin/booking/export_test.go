package booking

import (
	"context"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Probe calls f at every place between two steps where the process may die. For tests.
func (s *Service) Probe(f func(step string)) { s.probe = f }

// SettleTogether settles stored events in one bundle, and says which orders are paid now.
func (s *Service) SettleTogether(ctx context.Context, events ...payment.Event) (paid []bool, errs []error) {
	all := make([]settling, len(events))
	for i, e := range events {
		id, _ := uuid.Parse(e.Intent.OrderID)
		all[i] = settling{e.ID, id, newMessage(e)}
	}
	for _, r := range s.settleTogether(ctx, all) {
		paid, errs = append(paid, r.Answer != nil), append(errs, r.Err)
	}
	return paid, errs
}

// WriteTogether writes the orders that requests ask for in one bundle, and says what became of each.
func (s *Service) WriteTogether(ctx context.Context, requests ...PlaceOrder) ([]uuid.UUID, []error) {
	drafts, errs := make([]*draft, len(requests)), make([]error, len(requests))
	ids := make([]uuid.UUID, len(requests))
	for i, p := range requests {
		d, err := s.draft(ctx, p)
		if err != nil {
			errs[i] = err
			return ids, errs
		}
		d.order.ID, d.order.CreatedAt = uuid.Must(uuid.NewV7()), s.now()
		d.order.Number, _ = newNumber(s.random, d.order.BrandID)
		drafts[i], ids[i] = &d, d.order.ID
	}
	for i, r := range s.writeTogether(ctx, drafts) {
		errs[i] = r.Err
	}
	return ids, errs
}

// LookTogether looks in one bundle for the orders that are there of holds, and says what became of each.
func (s *Service) LookTogether(ctx context.Context, holds ...string) (found []bool, errs []error) {
	asked := make([]asking, len(holds))
	for i, id := range holds {
		asked[i] = asking{id, "ada"}
	}
	for _, r := range s.lookTogether(ctx, asked) {
		found, errs = append(found, r.Answer.ofHold != nil), append(errs, r.Err)
	}
	return found, errs
}

// KeepTogether writes down in one bundle that orders have intents, and says what became of each.
func (s *Service) KeepTogether(ctx context.Context, orders []uuid.UUID, intents []payment.Intent) (errs []error) {
	all := make([]intended, len(orders))
	for i, id := range orders {
		all[i] = intended{dbsqlc.Order{ID: id, Number: id.String()}, intents[i]}
	}
	for _, r := range s.keepIntents(ctx, all) {
		errs = append(errs, r.Err)
	}
	return errs
}
