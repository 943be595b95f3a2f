package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// watched are the settings of a Postgres that says where its time goes. Keeping count costs it some percent, so it is asked for.
var watched = map[string]string{
	"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "all", "pg_stat_statements.track_planning": "on", "track_io_timing": "on",
}

// statements says what Postgres did for so many sales: the dearest first, with the time, the calls and the rows of a sale.
func statements(ctx context.Context, db *pgxpool.Pool, sales float64, w io.Writer) error {
	rows, err := db.Query(ctx, `select query, toplevel, calls, rows, total_exec_time, total_plan_time, wal_bytes::float8 from pg_stat_statements
		where dbid = (select oid from pg_database where datname = current_database()) order by total_exec_time + total_plan_time desc limit 45`)
	if err != nil {
		return fmt.Errorf("what Postgres did: %w", err)
	}
	defer rows.Close()
	fmt.Fprintf(w, "\n%9s %9s %7s %7s %8s  %s\n", "µs", "planning", "calls", "rows", "WAL", "of a sale")
	for rows.Next() {
		var text string
		var top bool
		var calls, count, exec, plan, wal float64
		if err := rows.Scan(&text, &top, &calls, &count, &exec, &plan, &wal); err != nil {
			return err
		}
		text = strings.Join(strings.Fields(text), " ")
		if !top {
			text = "+ " + text // for another statement: a foreign key, say
		}
		fmt.Fprintf(w, "%9.1f %9.1f %7.3f %7.3f %8.0f  %.120s\n", 1000*exec/sales, 1000*plan/sales, calls/sales, count/sales, wal/sales, text)
	}
	return rows.Err()
}
