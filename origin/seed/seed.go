// Package seed fills a migrated database with the house Stagedoor opens on: real theatres with drawn seating plans,
// and half a year of productions of works in the public domain.
//
// It may run at every start. What it writes depends only on the data files, the seed and the week, and its
// identifiers are derived from what they stand for, so that running it again changes nothing and running it next
// week adds a week. A performance that has an order is never changed or removed.
package seed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/seed/season"
)

// Config says what to fill the database with.
type Config struct {
	// Seed decides what plays where and how posters look. Another seed is another season.
	Seed uint64
	// Start is the Monday on which the season begins, midnight UTC. Zero: the Monday of the week Now falls in.
	Start time.Time
	// Now tells the time; it is asked once, and only when Start is zero. Nil: time.Now.
	Now func() time.Time
	// Files holds the data files. Nil: the committed ones.
	Files fs.FS
	// Progress is told what is being done and how far it has come, from 0 to total. Nil: nobody is told.
	Progress func(done, total int, what string)
	// Logger is told the outcome. Nil: nobody is told.
	Logger *slog.Logger
}

// Report says what a seeding came to.
type Report struct {
	Skipped      bool // the database held all of it already; the counts are of what it holds
	Start        time.Time
	Theatres     int
	Seats        int // in all plans
	Productions  int
	Performances int
	Kept         int // performances outside this season left alone because they have orders
	Took         time.Duration
}

// steps of progress besides drawing one plan a theatre.
const steps = 5

// Run seeds the database behind pool, in one transaction: on any error nothing has changed. Faulty data files are
// a *data.Error that names file, record and field.
func Run(ctx context.Context, pool *pgxpool.Pool, c Config) (Report, error) {
	began := time.Now()
	c = c.withDefaults()
	done, total := 0, steps
	step := func(what string) {
		c.Progress(done, total, what)
		done++
	}
	step("reading the data files")
	house, err := data.Load(c.Files)
	if err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	total += len(house.Theatres)
	rows, err := compose(ctx, house, c, step)
	if err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	report := rows.report(c.Start)
	step("comparing with the database")
	known, err := dbsqlc.New(pool).GetSeedingDigest(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Report{}, fmt.Errorf("seed: reading what was seeded before: %w", err)
	}
	if known == rows.digest {
		report.Skipped = true
	} else if report.Kept, err = rows.write(ctx, pool, step); err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	c.Progress(total, total, "seeded")
	report.Took = time.Since(began)
	c.Logger.InfoContext(ctx, "seeded", "skipped", report.Skipped, "start", report.Start.Format(time.DateOnly),
		"theatres", report.Theatres, "seats", report.Seats, "productions", report.Productions,
		"performances", report.Performances, "kept", report.Kept, "took", report.Took)
	return report, nil
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Start.IsZero() {
		c.Start = season.WeekOf(c.Now())
	}
	if c.Files == nil {
		c.Files = data.Files()
	}
	if c.Progress == nil {
		c.Progress = func(int, int, string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
