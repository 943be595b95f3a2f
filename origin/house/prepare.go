package house

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/seed"
)

// Progress is told how far something has come.
type Progress func(done, total int, what string)

// Seed fills the database with the house's theatres and season, unless it holds them already.
func Seed(ctx context.Context, databaseURL string, number uint64, logger *slog.Logger, progress Progress) (seed.Report, error) {
	// Some of its statements write a whole season at once.
	pool, err := postgres.Open(ctx, databaseURL, postgres.Config{MaxConns: 4, StatementTimeout: 10 * time.Minute, Application: "stagedoor seed"})
	if err != nil {
		return seed.Report{}, err
	}
	defer pool.Close()
	return seed.Run(ctx, pool, seed.Config{Seed: number, Progress: progress, Logger: logger})
}

// Fill writes every show into the search index.
func (h *House) Fill(ctx context.Context) (written int, err error) {
	written, refused, err := h.feed.Fill(ctx)
	if err == nil && refused > 0 {
		err = fmt.Errorf("search refused %d of %d shows; the log says which and why", refused, refused+written)
	}
	return written, err
}
