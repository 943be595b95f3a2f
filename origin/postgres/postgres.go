// Package postgres opens the database and brings its schema up to date. The schema is in migrations/, the queries in
// queries/ and the code made from them in dbsqlc; domain packages use dbsqlc directly.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// Config tunes a pool; its zero value is good for one process on one machine.
type Config struct {
	// MaxConns is the most connections the pool opens. 0: 20.
	MaxConns int32
	// StatementTimeout ends a statement that runs longer, so that a stuck one cannot hold its locks for ever.
	// 0: 30 s. Negative: no limit.
	StatementTimeout time.Duration
	// Tracer receives a span for every statement. nil: none is made.
	Tracer trace.TracerProvider
	// Application is shown in pg_stat_activity. "": stagedoor.
	Application string
}

// Open connects to url (postgres://…) and checks that the server answers. The caller closes the pool.
func Open(ctx context.Context, url string, cfg Config) (*pgxpool.Pool, error) {
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres address: %w", err)
	}
	if pc.MaxConns = cfg.MaxConns; pc.MaxConns == 0 {
		pc.MaxConns = 20
	}
	pc.MaxConnIdleTime = 5 * time.Minute
	params := pc.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	if params["application_name"] == "" {
		params["application_name"] = "stagedoor"
		if cfg.Application != "" {
			params["application_name"] = cfg.Application
		}
	}
	timeout := cfg.StatementTimeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	if timeout > 0 {
		params["statement_timeout"] = fmt.Sprint(timeout.Milliseconds())
	}
	params["idle_in_transaction_session_timeout"] = "60000"
	pc.ConnConfig.ConnectTimeout = min(pc.ConnConfig.ConnectTimeout, connectPatience)
	tracers := []pgx.QueryTracer{patience{}}
	if cfg.Tracer != nil {
		tracers = append(tracers, otelpgx.NewTracer(otelpgx.WithTracerProvider(cfg.Tracer), otelpgx.WithTrimSQLInSpanName()))
	}
	pc.ConnConfig.Tracer = multitracer.New(tracers...)
	pc.AfterConnect = nativeUUIDs
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach postgres: %w", err)
	}
	return pool, nil
}
