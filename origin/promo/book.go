package promo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Book is where codes are made and looked after.
type Book struct {
	DB  *pgxpool.Pool
	Now func() time.Time
	// Record writes a change to the audit log, in the transaction that makes it; nil: nobody does.
	Record func(ctx context.Context, tx pgx.Tx, action, brandID string, about json.RawMessage) error
}

// Create makes a code. *InvalidError, ErrExists.
func (b Book) Create(ctx context.Context, c Code, by string) (Code, error) {
	c.Code = Normalise(c.Code)
	c.About = strings.TrimSpace(c.About)
	if err := c.Validate(); err != nil {
		return c, err
	}
	var err error
	if c.ID, err = uuid.NewV7(); err != nil {
		return c, fmt.Errorf("promo: %w", err)
	}
	c.CreatedAt, c.CreatedBy = b.Now().UTC(), by
	row := dbsqlc.InsertPromoParams{
		ID: c.ID, Code: c.Code, About: c.About, BrandID: c.BrandID, ProductionID: pgtype.UUID{Bytes: c.ProductionID, Valid: c.ProductionID != uuid.Nil},
		Currency: c.Currency, StartsAt: c.StartsAt, Stackable: c.Stackable, CreatedAt: c.CreatedAt, CreatedBy: by,
		Percent: optional(int32(c.Rate)), Amount: optional(c.Amount), MostUses: optional(int32(c.MostUses)), MostPerEmail: optional(int32(c.MostPerEmail)),
	}
	if !c.EndsAt.IsZero() {
		row.EndsAt = &c.EndsAt
	}
	err = b.change(ctx, "promo.create", c.BrandID, c, func(q *dbsqlc.Queries) error { return q.InsertPromo(ctx, row) })
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505":
			return c, ErrExists
		case "23503":
			return c, &InvalidError{map[string]string{"production": "is not one of that site's"}}
		}
	}
	return c, err
}

// Pause stops a code from being used, or lets it be used again. Orders that came with it keep their prices. ErrNotFound.
func (b Book) Pause(ctx context.Context, code string, paused bool) error {
	found, err := b.Get(ctx, code)
	if err != nil || found.Paused == paused {
		return err
	}
	action := "promo.pause"
	if !paused {
		action = "promo.resume"
	}
	return b.change(ctx, action, found.BrandID, map[string]string{"code": found.Code}, func(q *dbsqlc.Queries) error {
		_, err := q.PausePromo(ctx, dbsqlc.PausePromoParams{Code: found.Code, Paused: paused})
		return err
	})
}

func (b Book) change(ctx context.Context, action, brandID string, about any, work func(*dbsqlc.Queries) error) error {
	err := pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		if err := work(dbsqlc.New(tx)); err != nil || b.Record == nil {
			return err
		}
		text, err := json.Marshal(about)
		if err != nil {
			return err
		}
		return b.Record(ctx, tx, action, brandID, text)
	})
	if err != nil {
		return fmt.Errorf("promo: %s: %w", action, err)
	}
	return nil
}

// Get returns a code, or ErrNotFound.
func (b Book) Get(ctx context.Context, code string) (Code, error) {
	row, err := dbsqlc.New(b.DB).GetPromo(ctx, Normalise(code))
	if errors.Is(err, pgx.ErrNoRows) {
		return Code{}, ErrNotFound
	}
	if err != nil {
		return Code{}, fmt.Errorf("promo: code: %w", err)
	}
	return FromRow(row), nil
}

// List returns the codes of a site, or all of them for "", the newest first.
func (b Book) List(ctx context.Context, brandID string) ([]Code, error) {
	rows, err := dbsqlc.New(b.DB).ListPromos(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("promo: codes: %w", err)
	}
	codes := make([]Code, len(rows))
	for i, row := range rows {
		codes[i] = FromRow(dbsqlc.PromoCode{
			ID: row.ID, Code: row.Code, About: row.About, BrandID: row.BrandID, ProductionID: row.ProductionID, Percent: row.Percent, Amount: row.Amount,
			Currency: row.Currency, StartsAt: row.StartsAt, EndsAt: row.EndsAt, MostUses: row.MostUses, MostPerEmail: row.MostPerEmail,
			Stackable: row.Stackable, Paused: row.Paused, Uses: row.Uses, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy,
		})
		codes[i].Production = row.Production
	}
	return codes, nil
}

// Use is one order that came with a code.
type Use struct {
	Number, State, Currency string
	Discount                int64
	At                      time.Time
	GivenBack               bool // the order came to nothing
}

// Uses lists the last orders that came with a code, at most 200.
func (b Book) Uses(ctx context.Context, id uuid.UUID) ([]Use, error) {
	rows, err := dbsqlc.New(b.DB).PromoUses(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("promo: uses: %w", err)
	}
	uses := make([]Use, len(rows))
	for i, row := range rows {
		uses[i] = Use{row.Number, row.State, row.Currency, row.Discount, row.UsedAt.UTC(), row.GivenBackAt != nil}
	}
	return uses, nil
}

// optional is nil for nothing.
func optional[T int32 | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}
