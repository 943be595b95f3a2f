package up

import (
	"path/filepath"

	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
	"github.com/stagedoor/stagedoor/origin/up/part"
)

// Reset empties a data folder, wherever Postgres had to keep its part. It refuses while a house runs there, and ends
// what a killed one left.
func Reset(data string) error {
	return datadir.Reset(data, func(path string) error {
		pg := filepath.Join(path, "pg")
		if err := pgserver.Reap(pg); err != nil {
			return err
		}
		if err := part.EndLeftover(filepath.Join(path, "redis")); err != nil {
			return err
		}
		return pgserver.Remove(pg)
	})
}
