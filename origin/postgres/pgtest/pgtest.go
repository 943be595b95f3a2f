// Package pgtest gives a test a Postgres database of its own, migrated and empty, on a real server. Tests and test
// binaries may run in parallel.
//
// The server is TEST_DATABASE_URL when that is set (15 or newer; its user must be allowed to create databases). Otherwise the first
// test that needs one starts the npm package's Postgres, or the one on PATH, without fsync, in memory if it can;
// every test binary of the same user shares it, and it is stopped half a minute after the last of them has ended.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// Pool returns a pool of at most ten connections to a migrated database that belongs to this test alone and is dropped
// when the test ends. A connection which the test has not given back by then fails it.
func Pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, URL(t))
}

// URL is like Pool, for code that connects by itself. Sessions still open when the test ends are cut.
func URL(t testing.TB) string {
	t.Helper()
	return database(t, true)
}

// EmptyURL returns the address of a database without any schema.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return database(t, false)
}

// EmptyPool is like Pool, without any schema.
func EmptyPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, EmptyURL(t))
}

var count atomic.Int64

func database(t testing.TB, migrated bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	defer cancel()
	admin, err := server(ctx)
	if errors.Is(err, pgserver.ErrNotFound) {
		t.Skipf("needs Postgres: %v", err)
	}
	if err != nil {
		t.Fatalf("test Postgres: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d_%d", os.Getpid(), count.Add(1), time.Now().UnixNano()%1e6)
	statement := "create database " + name
	if migrated {
		from, err := template(ctx, admin)
		if err != nil {
			t.Fatalf("test Postgres: %v", err)
		}
		// Copied as files: by default Postgres passes every page of the copy through its log, which costs three times as
		// much.
		statement += " template " + from + " strategy file_copy"
	}
	if err := execute(ctx, admin, statement); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := execute(ctx, admin, "drop database if exists "+name+" with (force)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

func open(t testing.TB, address string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), address, postgres.Config{MaxConns: 10, Application: strings.ReplaceAll(t.Name(), "/", " ")})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(func() {
		closed := make(chan struct{})
		go func() { pool.Close(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			t.Errorf("the test ended with %d database connections not given back", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

func execute(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// withDatabase replaces the database in a postgres:// address.
func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address // the server was reached by it, so it parses
	}
	u.Path = "/" + name
	return u.String()
}
