package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// AllSites stands for every brand where a change may concern several.
const AllSites = "all"

// Editor changes what the edge obeys. Every change is one transaction with its audit record. Publishing is separate:
// call Publisher.Publish afterwards.
type Editor struct {
	DB       *pgxpool.Pool
	Settings Settings
	Now      func() time.Time
	// Notify, when set, is called inside the transaction for every brand that changed, for example to add an event
	// to the outbox.
	Notify func(ctx context.Context, tx pgx.Tx, brandID string) error
}

// change is one decision about one brand, on its way to the audit record.
type change struct {
	action        string // "maintenance.open"
	before, after any    // nil when there was or is nothing
}

// edit applies a change to a brand, or with AllSites to each, and commits when all the Site documents are valid.
func (e *Editor) edit(ctx context.Context, actor, brandID string, apply func(*dbsqlc.Queries, dbsqlc.Brand) ([]change, error)) error {
	return e.editTx(ctx, actor, brandID, func(_ pgx.Tx, q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) { return apply(q, b) })
}

// editTx is edit for changes that need the transaction itself.
func (e *Editor) editTx(ctx context.Context, actor, brandID string, apply func(pgx.Tx, *dbsqlc.Queries, dbsqlc.Brand) ([]change, error)) error {
	if actor == "" {
		return refuse("a change needs somebody who makes it")
	}
	return pgx.BeginFunc(ctx, e.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		brands, err := brandsOf(ctx, q, brandID)
		if err != nil {
			return err
		}
		for _, b := range brands {
			changes, err := apply(tx, q, b)
			if err != nil {
				return err
			}
			if len(changes) == 0 {
				continue
			}
			if err := e.check(ctx, q, b); err != nil {
				return err
			}
			for _, c := range changes {
				if err := e.audit(ctx, q, actor, b.ID, c); err != nil {
					return err
				}
			}
			if e.Notify != nil {
				if err := e.Notify(ctx, tx, b.ID); err != nil {
					return fmt.Errorf("edge configuration: %w", err)
				}
			}
		}
		return nil
	})
}

// check compiles the brand's document as it would be after the change.
func (e *Editor) check(ctx context.Context, q *dbsqlc.Queries, b dbsqlc.Brand) error {
	now := e.Now()
	d, err := load(ctx, q, b.ID, now)
	if err != nil {
		return err
	}
	_, err = e.Settings.compile(b, d, now)
	var faults site.Faults
	if errors.As(err, &faults) {
		return Faults{Site: b.ID, List: faults}
	}
	return err
}

// bare is a brand's Site without its maintenance windows and redirects.
func (e *Editor) bare(ctx context.Context, q *dbsqlc.Queries, b dbsqlc.Brand) (*site.Site, error) {
	settings, err := q.ListSiteSettings(ctx, b.ID)
	if err != nil {
		return nil, fmt.Errorf("edge configuration: %w", err)
	}
	doc, err := e.Settings.assemble(b, decisions{settings: map[string][]dbsqlc.SiteSetting{b.ID: settings}}, e.Now())
	if err != nil {
		return nil, err
	}
	doc.SetDefaults()
	return &doc, nil
}

func (e *Editor) audit(ctx context.Context, q *dbsqlc.Queries, actor, brandID string, c change) error {
	return record.Add(ctx, q, record.Entry{
		At: e.Now(), Actor: actor, Action: c.action, Target: "site:" + brandID, Before: c.before, After: c.after,
	})
}

func brandsOf(ctx context.Context, q *dbsqlc.Queries, brandID string) ([]dbsqlc.Brand, error) {
	if brandID == AllSites {
		brands, err := q.ListBrands(ctx)
		if err != nil {
			return nil, fmt.Errorf("edge configuration: %w", err)
		}
		return brands, nil
	}
	b, err := q.GetBrand(ctx, brandID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, refuse("there is no site %q", brandID)
	}
	if err != nil {
		return nil, fmt.Errorf("edge configuration: %w", err)
	}
	return []dbsqlc.Brand{b}, nil
}

// Zone is a site's time zone, in which its staff think.
func (e *Editor) Zone(ctx context.Context, brandID string) (*time.Location, error) {
	if brandID == AllSites {
		return time.UTC, nil
	}
	brands, err := brandsOf(ctx, dbsqlc.New(e.DB), brandID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(brands[0].TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone of %s: %w", brandID, err)
	}
	return zone, nil
}
