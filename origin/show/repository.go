package show

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Repository reads the house from Postgres. It is safe for concurrent use. Seating plans never change, so it
// keeps the most recently used ones; everything else is read anew each time.
type Repository struct {
	db    *pgxpool.Pool
	plans planCache
}

// NewRepository returns a Repository over db.
func NewRepository(db *pgxpool.Pool) *Repository {
	return &Repository{db: db, plans: planCache{most: mostPlans}}
}

// Brand returns one brand, or ErrNotFound.
func (r *Repository) Brand(ctx context.Context, id string) (venue.Brand, error) {
	row, err := dbsqlc.New(r.db).GetBrand(ctx, id)
	if err != nil {
		return venue.Brand{}, reading("brand "+id, err)
	}
	return brand(row)
}

// Brands returns every brand, the group's first, then by name.
func (r *Repository) Brands(ctx context.Context) ([]venue.Brand, error) {
	rows, err := dbsqlc.New(r.db).ListBrands(ctx)
	if err != nil {
		return nil, reading("brands", err)
	}
	return each(rows, brand)
}

// Venue returns the theatre of a brand, or ErrNotFound: the group's brand has none.
func (r *Repository) Venue(ctx context.Context, brandID string) (venue.Venue, error) {
	row, err := dbsqlc.New(r.db).GetVenueOfBrand(ctx, brandID)
	if err != nil {
		return venue.Venue{}, reading("venue of "+brandID, err)
	}
	return theatre(row), nil
}

// Venues returns every theatre, by country, city and name.
func (r *Repository) Venues(ctx context.Context) ([]venue.Venue, error) {
	rows, err := dbsqlc.New(r.db).ListVenues(ctx)
	if err != nil {
		return nil, reading("venues", err)
	}
	venues := make([]venue.Venue, len(rows))
	for i, row := range rows {
		venues[i] = theatre(row)
	}
	return venues, nil
}

// Productions returns the productions of a brand (all of them for AllBrands or the group's brand) that have a
// performance at or after from, soonest first.
func (r *Repository) Productions(ctx context.Context, brandID string, from time.Time) ([]Listing, error) {
	return r.listings(ctx, dbsqlc.ListProductionsParams{BrandID: only(brandID), FromAt: from, OnlyComing: true})
}

// AllBrands asks for the productions of every brand.
const AllBrands = ""

func only(brandID string) string {
	if brandID == venue.GroupBrand {
		return AllBrands
	}
	return brandID
}

// Production returns one production of a brand by slug, over or not, or ErrNotFound. What is still to come is
// counted at or after from.
func (r *Repository) Production(ctx context.Context, brandID, slug string, from time.Time) (Listing, error) {
	if brandID == "" || slug == "" {
		return Listing{}, fmt.Errorf("production %q of %q: %w", slug, brandID, ErrNotFound)
	}
	return r.listing(ctx, dbsqlc.ListProductionsParams{BrandID: brandID, Slug: slug, FromAt: from})
}

// ProductionByID is Production, by ID.
func (r *Repository) ProductionByID(ctx context.Context, id uuid.UUID, from time.Time) (Listing, error) {
	if id == uuid.Nil {
		return Listing{}, fmt.Errorf("production %s: %w", id, ErrNotFound)
	}
	return r.listing(ctx, dbsqlc.ListProductionsParams{ProductionID: id, FromAt: from})
}

func (r *Repository) listing(ctx context.Context, params dbsqlc.ListProductionsParams) (Listing, error) {
	found, err := r.listings(ctx, params)
	if err != nil {
		return Listing{}, err
	}
	if len(found) == 0 {
		return Listing{}, fmt.Errorf("production %s%s: %w", params.BrandID, params.Slug, ErrNotFound)
	}
	return found[0], nil
}

func (r *Repository) listings(ctx context.Context, params dbsqlc.ListProductionsParams) ([]Listing, error) {
	rows, err := dbsqlc.New(r.db).ListProductions(ctx, params)
	if err != nil {
		return nil, reading("productions", err)
	}
	return each(rows, listing)
}

// Performances returns the performances of a production at or after from, cancelled ones included, soonest first.
func (r *Repository) Performances(ctx context.Context, productionID uuid.UUID, from time.Time) ([]Performance, error) {
	rows, err := dbsqlc.New(r.db).ListPerformances(ctx,
		dbsqlc.ListPerformancesParams{ProductionID: productionID, FromAt: from})
	if err != nil {
		return nil, reading("performances", err)
	}
	performances := make([]Performance, len(rows))
	for i, row := range rows {
		performances[i] = performance(row)
	}
	return performances, nil
}

// Performance returns a performance with its production, theatre, brand and prices, or ErrNotFound.
func (r *Repository) Performance(ctx context.Context, id uuid.UUID) (Detail, error) {
	q := dbsqlc.New(r.db)
	row, err := q.GetPerformance(ctx, id)
	if err != nil {
		return Detail{}, reading("performance "+id.String(), err)
	}
	b, err := brand(row.Brand)
	if err != nil {
		return Detail{}, err
	}
	prices, err := q.ListPrices(ctx,
		dbsqlc.ListPricesParams{ProductionID: row.Production.ID, Tier: row.Performance.PriceTier})
	if err != nil {
		return Detail{}, reading("prices", err)
	}
	return Detail{
		Performance: performance(row.Performance),
		Production:  production(row.Production),
		Venue:       theatre(row.Venue),
		Brand:       b,
		Prices:      priceTable(b.Currency, prices),
	}, nil
}

// Plan returns a seating plan, or ErrNotFound. It is shared: callers must not change it.
func (r *Repository) Plan(ctx context.Context, id uuid.UUID) (*venue.Plan, error) {
	return r.plans.get(ctx, id, func(ctx context.Context) (*venue.Plan, error) {
		row, err := dbsqlc.New(r.db).GetPlan(ctx, id)
		if err != nil {
			return nil, reading("plan "+id.String(), err)
		}
		plan := new(venue.Plan)
		if err := json.Unmarshal(row.Layout, plan); err != nil {
			return nil, fmt.Errorf("show: plan %s: %w", id, err)
		}
		plan.ID, plan.VenueID, plan.Version = row.ID, row.VenueID, int(row.Version)
		return plan, nil
	})
}

// reading wraps an error, so that no row becomes ErrNotFound.
func reading(what string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return fmt.Errorf("show: reading %s: %w", what, err)
}
