package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres"
)

// template returns the name of a migrated database to copy, made once per server and set of migrations. An advisory
// lock keeps other test binaries waiting while one makes it.
func template(ctx context.Context, admin string) (string, error) {
	name := "stagedoor_template_" + postgres.SchemaDigest()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if ready, err := exists(ctx, conn, name); ready || err != nil {
		return name, err
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	if ready, err := exists(ctx, conn, name); ready || err != nil {
		return name, err
	}
	draft := name + "_draft"
	for _, statement := range []string{"drop database if exists " + draft + " with (force)", "create database " + draft} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("make the template: %w", err)
		}
	}
	if err := postgres.Migrate(ctx, withDatabase(admin, draft), slog.New(slog.DiscardHandler)); err != nil {
		return "", fmt.Errorf("make the template: %w", err)
	}
	_, err1 := conn.Exec(ctx, "alter database "+draft+" with allow_connections false")
	_, err2 := conn.Exec(ctx, "alter database "+draft+" rename to "+name)
	return name, errors.Join(err1, err2)
}

func exists(ctx context.Context, conn *pgx.Conn, name string) (bool, error) {
	var found bool
	err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&found)
	return found, err
}
