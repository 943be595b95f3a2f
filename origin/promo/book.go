package promo

import (
	"context"
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
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Book is where codes are made and looked after. Every change is in the audit log of the code's site, in the transaction
// that makes it.
type Book struct {
	DB  *pgxpool.Pool
	Now func() time.Time
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
		ID: c.ID, Code: c.Code, About: c.About, BrandID: c.BrandID, ProductionID: production(c),
		Currency: c.Currency, StartsAt: c.StartsAt, Stackable: c.Stackable, CreatedAt: c.CreatedAt, CreatedBy: by,
		Percent: optional(int32(c.Rate)), Amount: optional(c.Amount), MostUses: optional(int32(c.MostUses)), MostPerEmail: optional(int32(c.MostPerEmail)),
	}
	if !c.EndsAt.IsZero() {
		row.EndsAt = &c.EndsAt
	}
	err = b.change(ctx, change{"promo.create", c.BrandID, by, nil, c.record()}, func(q *dbsqlc.Queries) error { return q.InsertPromo(ctx, row) })
	return c, refused(err)
}

// refused puts what the database refuses into words.
func refused(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "23505":
		return ErrExists
	case "23503":
		return &InvalidError{map[string]string{"production": "is not one of that site's"}}
	}
	return err
}

// Update changes what a code takes off, for what, when and how often; its name and site stay. Orders that came with it
// keep their prices. It returns the code as it was before. *InvalidError, ErrNotFound.
func (b Book) Update(ctx context.Context, c Code, by string) (before Code, err error) {
	return b.update(ctx, nil, c, by)
}

// ErrChanged: somebody has changed the code since it was looked at.
var ErrChanged = errors.New("promo: the code has been changed since")

// UpdateSince is Update by somebody who knows the code as it was: ErrChanged, and nothing else, when anything but its uses
// is not so any more.
func (b Book) UpdateSince(ctx context.Context, known, c Code, by string) (before Code, err error) {
	return b.update(ctx, &known, c, by)
}

func (b Book) update(ctx context.Context, known *Code, c Code, by string) (before Code, err error) {
	c.About = strings.TrimSpace(c.About)
	err = b.locked(ctx, "promo.change", c.Code, by, func(q *dbsqlc.Queries, was Code) (*Code, error) {
		before = was
		if known != nil {
			if known.Uses = was.Uses; *known != was {
				return nil, ErrChanged
			}
		}
		c.ID, c.Code, c.BrandID, c.Uses, c.CreatedAt, c.CreatedBy = was.ID, was.Code, was.BrandID, was.Uses, was.CreatedAt, was.CreatedBy
		c.Paused = was.Paused
		if err := c.Validate(); err != nil {
			return nil, err
		}
		if c.MostUses > 0 && c.MostUses < was.Uses {
			return nil, &InvalidError{map[string]string{"most_uses": fmt.Sprintf("must be at least %d: so often it has been used", was.Uses)}}
		}
		if c == was {
			return nil, nil
		}
		return &c, q.UpdatePromo(ctx, updated(c))
	})
	return before, refused(err)
}

func updated(c Code) dbsqlc.UpdatePromoParams {
	row := dbsqlc.UpdatePromoParams{
		ID: c.ID, About: c.About, ProductionID: production(c), Percent: optional(int32(c.Rate)), Amount: optional(c.Amount), Currency: c.Currency,
		StartsAt: c.StartsAt, MostUses: optional(int32(c.MostUses)), MostPerEmail: optional(int32(c.MostPerEmail)), Stackable: c.Stackable, Paused: c.Paused,
	}
	if !c.EndsAt.IsZero() {
		row.EndsAt = &c.EndsAt
	}
	return row
}

func production(c Code) pgtype.UUID {
	return pgtype.UUID{Bytes: c.ProductionID, Valid: c.ProductionID != uuid.Nil}
}

// ErrUsed: an order came with the code, so it can be paused but not deleted.
var ErrUsed = errors.New("promo: the code has been used")

// Delete takes back a code that nobody has used. ErrNotFound, ErrUsed.
func (b Book) Delete(ctx context.Context, code, by string) error {
	return b.locked(ctx, "promo.delete", code, by, func(q *dbsqlc.Queries, was Code) (*Code, error) {
		n, err := q.DeletePromo(ctx, was.ID)
		if err == nil && n == 0 {
			err = ErrUsed
		}
		return &Code{}, err
	})
}

// Pause stops a code from being used, or lets it be used again. Orders that came with it keep their prices. ErrNotFound.
func (b Book) Pause(ctx context.Context, code string, paused bool, by string) error {
	action := "promo.pause"
	if !paused {
		action = "promo.resume"
	}
	return b.locked(ctx, action, code, by, func(q *dbsqlc.Queries, was Code) (*Code, error) {
		if was.Paused == paused {
			return nil, nil
		}
		now := was
		now.Paused = paused
		return &now, q.UpdatePromo(ctx, updated(now))
	})
}

// locked changes a code that nobody else changes meanwhile. work returns the code as it is now: zero when it is gone, nil
// when nothing changed.
func (b Book) locked(ctx context.Context, action, code, by string, work func(q *dbsqlc.Queries, was Code) (*Code, error)) error {
	err := pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		row, err := q.LockPromo(ctx, Normalise(code))
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		was := FromRow(row)
		now, err := work(q, was)
		if err != nil || now == nil {
			return err
		}
		entry := change{action, was.BrandID, by, was.record(), nil}
		if now.Code != "" {
			entry.after = now.record()
		}
		return b.record(ctx, q, entry)
	})
	if err != nil {
		return fmt.Errorf("promo: %s: %w", action, err)
	}
	return nil
}

// change is an entry of the audit log.
type change struct {
	action, brandID, by string
	before, after       any
}

func (b Book) record(ctx context.Context, q *dbsqlc.Queries, c change) error {
	return record.Add(ctx, q, record.Entry{At: b.Now(), Actor: c.by, Action: c.action, Target: "site:" + c.brandID, Before: c.before, After: c.after})
}

func (b Book) change(ctx context.Context, c change, work func(*dbsqlc.Queries) error) error {
	err := pgx.BeginFunc(ctx, b.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := work(q); err != nil {
			return err
		}
		return b.record(ctx, q, c)
	})
	if err != nil {
		return fmt.Errorf("promo: %s: %w", c.action, err)
	}
	return nil
}

// recorded is a code as the audit log shows it.
type recorded struct {
	Code         string    `json:"code"`
	About        string    `json:"about,omitempty"`
	Production   uuid.UUID `json:"production,omitzero"`
	Percent      float64   `json:"percent,omitempty"`
	Amount       int64     `json:"amount,omitempty"` // minor units
	Currency     string    `json:"currency,omitempty"`
	StartsAt     time.Time `json:"starts_at"`
	EndsAt       time.Time `json:"ends_at,omitzero"`
	MostUses     int       `json:"most_uses,omitempty"`
	MostPerEmail int       `json:"most_per_email,omitempty"`
	Stackable    bool      `json:"stackable,omitempty"`
	Paused       bool      `json:"paused,omitempty"`
}

func (c Code) record() recorded {
	return recorded{
		c.Code, c.About, c.ProductionID, float64(c.Rate) / 10_000, c.Amount, c.Currency, c.StartsAt, c.EndsAt, c.MostUses, c.MostPerEmail, c.Stackable, c.Paused,
	}
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

// Listed is a code and what came of it.
type Listed struct {
	Code
	Given map[string]int64 // minor units by currency: what it took off orders that stand
}

// List returns the codes of a site, or all of them for "", the newest first, at most 500.
func (b Book) List(ctx context.Context, brandID string) ([]Listed, error) {
	rows, err := dbsqlc.New(b.DB).ListPromosUsed(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("promo: codes: %w", err)
	}
	codes := make([]Listed, len(rows))
	for i, row := range rows {
		codes[i].Code = FromRow(dbsqlc.PromoCode{
			ID: row.ID, Code: row.Code, About: row.About, BrandID: row.BrandID, ProductionID: row.ProductionID, Percent: row.Percent, Amount: row.Amount,
			Currency: row.Currency, StartsAt: row.StartsAt, EndsAt: row.EndsAt, MostUses: row.MostUses, MostPerEmail: row.MostPerEmail,
			Stackable: row.Stackable, Paused: row.Paused, Uses: row.Uses, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedBy,
		})
		codes[i].Production = row.Production
		codes[i].Given = map[string]int64{}
		for currency, sum := range map[string]int64{"GBP": row.GivenGbp, "USD": row.GivenUsd} {
			if sum > 0 {
				codes[i].Given[currency] = sum
			}
		}
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
