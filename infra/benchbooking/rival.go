package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// scale is pgbench's: 100,000 accounts each.
const scale = 10

// rival is pgbench -N, the simplest writing transaction there is: one row updated, read and logged. Where there is no
// pgbench the same transaction is driven from here, and the numbers say so.
type rival struct {
	binary  string
	address string
	db      *pgxpool.Pool // where there is no pgbench
}

// openRival makes pgbench's tables in a database of their own.
func openRival(ctx context.Context, server *pgserver.Server) (*rival, error) {
	r := &rival{binary: findPgbench(), address: server.URL("bench")}
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "create database bench"); err != nil {
		return nil, err
	}
	if r.binary != "" {
		if out, err := exec.CommandContext(ctx, r.binary, "-i", "-q", "-s", strconv.Itoa(scale), r.address).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("pgbench -i: %w: %s", err, out)
		}
		return r, nil
	}
	config, err := pgxpool.ParseConfig(r.address)
	if err != nil {
		return nil, err
	}
	config.MaxConns = orderers
	if r.db, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	_, err = r.db.Exec(ctx, `
		create table pgbench_accounts (aid int not null primary key, bid int, abalance int, filler char(84)) with (fillfactor = 100);
		create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
		insert into pgbench_accounts select n, 1, 0, '' from generate_series(1, 1000000) n;
		vacuum analyze`)
	return r, err
}

// findPgbench looks on PATH and where Debian puts it; "" when there is none.
func findPgbench() string {
	if found, err := exec.LookPath("pgbench"); err == nil {
		return found
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

// genuine is 1 when it is pgbench itself.
func (r *rival) genuine() float64 {
	if r.binary != "" {
		return 1
	}
	return 0
}

var tpsLine = regexp.MustCompile(`tps = ([0-9.]+)`)

// run lets it work for so long, and returns transactions a second.
func (r *rival) run(ctx context.Context, turn time.Duration) (float64, time.Duration, error) {
	turn = max(turn, time.Second)
	if r.binary == "" {
		return r.drive(ctx, turn)
	}
	out, err := exec.CommandContext(ctx, r.binary, "-N", "-n", "-M", "prepared", "-c", strconv.Itoa(orderers), "-j", "2",
		"-T", strconv.Itoa(int(turn.Seconds())), r.address).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("pgbench -N: %w: %s", err, out)
	}
	found := tpsLine.FindSubmatch(out)
	if found == nil {
		return 0, 0, fmt.Errorf("pgbench said no rate: %s", out)
	}
	tps, err := strconv.ParseFloat(string(found[1]), 64)
	return tps, turn, err
}

// drive does what pgbench -N does.
func (r *rival) drive(ctx context.Context, turn time.Duration) (float64, time.Duration, error) {
	began := time.Now()
	var done atomic.Int64
	var failed [orderers]error
	var group sync.WaitGroup
	for caller := range orderers {
		group.Go(func() {
			for time.Since(began) < turn && failed[caller] == nil {
				failed[caller] = pgx.BeginFunc(ctx, r.db, func(tx pgx.Tx) error {
					account, delta := rand.IntN(scale*100_000)+1, rand.IntN(10_000)-5000
					if _, err := tx.Exec(ctx, "update pgbench_accounts set abalance = abalance + $1 where aid = $2", delta, account); err != nil {
						return err
					}
					var balance int
					if err := tx.QueryRow(ctx, "select abalance from pgbench_accounts where aid = $1", account).Scan(&balance); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "insert into pgbench_history (tid, bid, aid, delta, mtime) values (1, 1, $1, $2, current_timestamp)", account, delta)
					return err
				})
				done.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	return float64(done.Load()) / took.Seconds(), took, errors.Join(failed[:]...)
}
