package promo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Sale is what codes are wanted for.
type Sale struct {
	BrandID      string
	ProductionID uuid.UUID
	Currency     string
	At           time.Time
}

// Find returns the codes asked for, in that order, if each may be used for the sale; a *RefusedError says which may not
// and why. It counts nothing: whether a use is left is known for certain only by Take.
func Find(ctx context.Context, q *dbsqlc.Queries, asked []string, sale Sale) ([]Code, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	if len(asked) > Most {
		return nil, &RefusedError{At: Most, Code: asked[Most], Why: fmt.Sprintf("is one too many: an order takes %d codes at most", Most)}
	}
	rows, err := q.PromosByCode(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("promo: codes: %w", err)
	}
	known := map[string]Code{}
	for _, row := range rows {
		known[row.Code] = FromRow(row)
	}
	codes := make([]Code, len(asked))
	for i, name := range asked {
		code, ok := known[name]
		why := "is not a code we know"
		if ok {
			why = code.refuses(sale)
		}
		if why == "" && len(asked) > 1 && !code.Stackable {
			why = "can’t be used together with other codes"
		}
		if why != "" {
			return nil, &RefusedError{At: i, Code: name, Why: why}
		}
		codes[i] = code
	}
	return codes, nil
}

// refuses says why the code is no good for a sale; "" when it is.
func (c Code) refuses(sale Sale) string {
	switch {
	case c.Paused:
		return "can’t be used just now"
	case sale.At.Before(c.StartsAt):
		return "can’t be used yet"
	case !c.EndsAt.IsZero() && !sale.At.Before(c.EndsAt):
		return "has run out"
	case c.BrandID != venue.GroupBrand && c.BrandID != sale.BrandID:
		return "is for another theatre"
	case c.ProductionID != uuid.Nil && c.ProductionID != sale.ProductionID:
		return "is for another show"
	case c.Amount > 0 && c.Currency != sale.Currency:
		return "is in another currency"
	}
	return ""
}

// Spent returns the first code of which no use is left, and which it is. It is a look, for showing prices: Take decides.
func Spent(codes []Code) *RefusedError {
	for i, c := range codes {
		if c.MostUses > 0 && c.Uses >= c.MostUses {
			return &RefusedError{At: i, Code: c.Code, Why: usedUp}
		}
	}
	return nil
}

const usedUp = "has been used up"

// Take counts a use of each code by an order, in the caller's transaction, which holds the codes' rows locked from here
// to its end. lines are what the order costs with them. A *RefusedError when another buyer was quicker, or the address
// has had its uses: then the caller must roll back.
func Take(ctx context.Context, q *dbsqlc.Queries, codes []Code, orderID uuid.UUID, email string, lines []pricing.Line, now time.Time) error {
	inOrder := make([]int, len(codes)) // the same for every buyer, so that they queue up and never deadlock
	for i := range codes {
		inOrder[i] = i
	}
	slices.SortFunc(inOrder, func(a, b int) int { return strings.Compare(codes[a].Code, codes[b].Code) })
	for _, i := range inOrder {
		c := codes[i]
		taken, err := q.TakePromo(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("promo: count a use: %w", err)
		}
		if taken == 0 {
			return &RefusedError{At: i, Code: c.Code, Why: usedUp}
		}
		hash := emailHash(email)
		if c.MostPerEmail > 0 {
			had, err := q.CountPromoUses(ctx, dbsqlc.CountPromoUsesParams{PromoID: c.ID, EmailHash: hash})
			if err != nil {
				return fmt.Errorf("promo: uses of an address: %w", err)
			}
			if had >= int64(c.MostPerEmail) {
				return &RefusedError{At: i, Code: c.Code, Why: "has been used with this e-mail address as often as it may be"}
			}
		}
		use := dbsqlc.InsertPromoUseParams{PromoID: c.ID, OrderID: orderID, EmailHash: hash, Discount: off(lines, c.Code), UsedAt: now.Add(time.Duration(i) * time.Microsecond)}
		if err := q.InsertPromoUse(ctx, use); err != nil {
			return fmt.Errorf("promo: keep a use: %w", err)
		}
	}
	return nil
}

// off is what a code takes off in all.
func off(lines []pricing.Line, code string) int64 {
	var sum int64
	for _, l := range lines {
		for _, s := range l.Promos {
			if s.Code == code {
				sum += s.Share
			}
		}
	}
	return sum
}

// Idle returns the first code that takes nothing off the lines, and which of the codes it is; ok is false when all do
// something.
func Idle(codes []Code, lines []pricing.Line) (at int, ok bool) {
	for i, c := range codes {
		if off(lines, c.Code) == 0 {
			return i, true
		}
	}
	return 0, false
}

// GiveBack frees the uses of an order that came to nothing: one that was given up or ran out and can't be paid any more,
// or whose money goes back. Of any other order it frees none. It returns the codes that were given back.
func GiveBack(ctx context.Context, q *dbsqlc.Queries, now time.Time, orders ...uuid.UUID) ([]string, error) {
	if err := q.LockPromosOfOrders(ctx, orders); err != nil {
		return nil, fmt.Errorf("promo: give back: %w", err)
	}
	rows, err := q.GiveBackPromos(ctx, dbsqlc.GiveBackPromosParams{Orders: orders, Now: now})
	if err != nil {
		return nil, fmt.Errorf("promo: give back: %w", err)
	}
	codes := make([]string, len(rows))
	for i, row := range rows {
		codes[i] = row.Code
	}
	return codes, nil
}

// Used returns the codes that an order came with, in the order in which they were applied.
func Used(ctx context.Context, q *dbsqlc.Queries, orderID uuid.UUID) ([]Code, error) {
	rows, err := q.PromosOfOrder(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("promo: codes of an order: %w", err)
	}
	codes := make([]Code, len(rows))
	for i, row := range rows {
		codes[i] = FromRow(row)
	}
	return codes, nil
}
