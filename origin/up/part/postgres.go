// Package part holds the parts of the house that `stagedoor up` runs on this machine when no real one is named: Postgres
// and Redis as children, NATS and HTTP servers in this process, the edge through edge/local. Each is a keep.Part and
// listens on 127.0.0.1 alone.
package part

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// database is the one the house keeps its tables in.
const database = "stagedoor"

// Postgres is a running server with the house's database in it.
type Postgres struct{ *pgserver.Server }

var _ keep.Part = Postgres{}

// URL is the address of the house's database.
func (p Postgres) URL() string { return p.Server.URL(database) }

// StartPostgres starts a server and makes the database the first time.
func StartPostgres(ctx context.Context, cfg pgserver.Config) (Postgres, error) {
	s, err := pgserver.Start(ctx, cfg)
	if err != nil {
		return Postgres{}, err
	}
	if err := makeDatabase(ctx, s.URL("postgres")); err != nil {
		return Postgres{}, errors.Join(err, s.Stop(ctx))
	}
	return Postgres{s}, nil
}

func makeDatabase(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "create database "+database)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42P04" { // it is there
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}
