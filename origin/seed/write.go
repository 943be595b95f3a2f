package seed

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

//go:embed merge.sql
var mergeSQL string

// prepareSQL lets one seeding in at a time, makes new orders wait for the second or two it takes (those being
// placed finish first), and makes room for the season beside the tables it goes into.
const prepareSQL = `
select pg_advisory_xact_lock(hashtextextended('stagedoor seed', 0));
lock table orders in share row exclusive mode;
create temp table seed_productions (like productions including defaults) on commit drop;
create temp table seed_prices (like prices including defaults) on commit drop;
create temp table seed_performances (like performances including defaults) on commit drop;`

// analyzeSQL gives the planner numbers to go by: everything was empty a moment ago.
const analyzeSQL = `analyze seed_productions; analyze seed_prices; analyze seed_performances;`

var (
	productionColumns = []string{
		"id", "brand_id", "venue_id", "slug", "title", "author", "genre", "language", "summary", "description",
		"first_staged", "age_guidance", "running_minutes", "interval_count", "poster_seed", "opens_on", "closes_on",
	}
	priceColumns       = []string{"production_id", "tier", "band", "price_type", "amount"}
	performanceColumns = []string{
		"id", "production_id", "venue_id", "plan_id", "starts_at", "on_sale_at", "price_tier", "access",
	}
)

// write brings the database in line, in one transaction, and returns how many performances outside the season it
// kept for their orders.
func (out *composed) write(ctx context.Context, pool *pgxpool.Pool, step func(string)) (kept int, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, prepareSQL); err != nil {
			return fmt.Errorf("preparing: %w", err)
		}
		step("writing theatres and seats")
		if err := out.writeHouse(ctx, dbsqlc.New(tx)); err != nil {
			return err
		}
		step("writing the season")
		for _, copied := range []struct {
			table   string
			columns []string
			rows    [][]any
		}{
			{"seed_productions", productionColumns, plain(out.productions)},
			{"seed_prices", priceColumns, plain(out.prices)},
			{"seed_performances", performanceColumns, plain(out.performances)},
		} {
			source := pgx.CopyFromRows(copied.rows)
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{copied.table}, copied.columns, source); err != nil {
				return fmt.Errorf("copying into %s: %w", copied.table, err)
			}
		}
		if _, err := tx.Exec(ctx, analyzeSQL+mergeSQL); err != nil {
			return fmt.Errorf("merging the season: %w", err)
		}
		const keptSQL = `select count(*) from performances f
			where f.seeded and not exists (select from seed_performances s where s.id = f.id)`
		if err := tx.QueryRow(ctx, keptSQL).Scan(&kept); err != nil {
			return fmt.Errorf("counting what was kept: %w", err)
		}
		return dbsqlc.New(tx).SetSeedingDigest(ctx, out.digest)
	})
	return kept, err
}

func plain[R ~[]any](rows []R) [][]any {
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = row
	}
	return out
}

// writeHouse writes what a season needs to stand on.
func (out *composed) writeHouse(ctx context.Context, q *dbsqlc.Queries) error {
	known, err := q.ListPlanIDs(ctx)
	if err != nil {
		return fmt.Errorf("listing plans: %w", err)
	}
	fresh := slices.DeleteFunc(slices.Clone(out.plans), func(p dbsqlc.InsertPlanParams) bool {
		return slices.ContainsFunc(known, func(id uuid.UUID) bool { return id == p.ID })
	})
	var faults []error
	note := func(table string) func(int, error) {
		return func(_ int, err error) {
			if err != nil {
				faults = append(faults, fmt.Errorf("writing %s: %w", table, err))
			}
		}
	}
	q.UpsertPriceType(ctx, out.priceTypes).Exec(note("price types"))
	q.UpsertBrand(ctx, out.brands).Exec(note("brands"))
	q.UpsertVenue(ctx, out.venues).Exec(note("venues"))
	q.InsertPlan(ctx, fresh).Exec(note("plans"))
	return errors.Join(faults...)
}
