package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// lockNotAvailable is the code of a wait for a lock that took longer than lock_timeout.
const lockNotAvailable = "55P03"

// Refused reports whether Postgres answered, and would not do what was asked for what was in it, or for what it would have
// had to wait for. When it could not be reached, had no room, or is on its way down, something else might be refused
// just as well: that is not Refused.
func Refused(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || len(refused.Code) != 5 {
		return false
	}
	for _, down := range []string{"57", "53", "08"} {
		if strings.HasPrefix(refused.Code, down) {
			return false
		}
	}
	return true
}

// Locked reports whether lock_timeout ended a wait for what somebody else has locked.
func Locked(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == lockNotAvailable
}
