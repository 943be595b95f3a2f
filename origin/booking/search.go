package booking

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// SearchFor is what a colleague looks for.
type SearchFor struct {
	BrandID       string // "": every theatre
	PerformanceID uuid.UUID
	Text          string // part of an order number, a name or an e-mail address, or the last four digits of a card
	Most          int    // 50 when zero
}

// Search finds orders, the newest first, for the box office.
func (s *Service) Search(ctx context.Context, f SearchFor) ([]Order, error) {
	pattern := ""
	if text := strings.TrimSpace(f.Text); text != "" {
		pattern = "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	}
	last4 := ""
	if text := strings.TrimSpace(f.Text); fourDigits(text) {
		last4 = text
	}
	if f.Most <= 0 || f.Most > 200 {
		f.Most = 50
	}
	rows, err := s.queries().SearchOrders(ctx, dbsqlc.SearchOrdersParams{
		BrandID: f.BrandID, PerformanceID: pgtype.UUID{Bytes: f.PerformanceID, Valid: f.PerformanceID != uuid.Nil}, Pattern: pattern, Last4: last4, Most: int32(f.Most),
	})
	if err != nil {
		return nil, fmt.Errorf("booking: search: %w", err)
	}
	orders := make([]Order, 0, len(rows))
	for _, row := range rows {
		order, err := s.load(ctx, row)
		if err != nil {
			return nil, err
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// OrdersOfBuyer lists the orders of an e-mail address on a brand's site, or on all of them with "", the newest first, at
// most so many.
func (s *Service) OrdersOfBuyer(ctx context.Context, email, brandID string, most int) ([]Order, error) {
	if email = strings.ToLower(strings.TrimSpace(email)); email == "" {
		return nil, nil
	}
	rows, err := s.queries().OrdersOfEmail(ctx, dbsqlc.OrdersOfEmailParams{Email: email, BrandID: brandID, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("booking: orders of a buyer: %w", err)
	}
	orders := make([]Order, 0, len(rows))
	for _, row := range rows {
		order, err := s.load(ctx, row)
		if err != nil {
			return nil, err
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// Card is what is known of a card that an order was paid with.
type Card struct {
	Brand string // "visa"
	Last4 string
}

// CardsOf lists the cards whose money backs, or backed, an order.
func (s *Service) CardsOf(ctx context.Context, orderID uuid.UUID) ([]Card, error) {
	rows, err := s.queries().CardsOfOrder(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("booking: cards: %w", err)
	}
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = Card{row.CardBrand, row.CardLast4}
	}
	return cards, nil
}
