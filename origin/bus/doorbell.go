package bus

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// wakeChannel is the Postgres notification channel that the relay listens on.
const wakeChannel = "stagedoor_outbox"

// restAfterRing keeps one process from notifying more often than this; a relay takes in all that waits anyway.
const restAfterRing = 10 * time.Millisecond

// Doorbell tells the relay, in whichever process it runs, that events were committed. It only saves time: an
// event nobody rang for is found when the relay next looks. The nil Doorbell is silent.
type Doorbell struct {
	db     *pgxpool.Pool
	logger *slog.Logger
	rung   chan struct{}
}

// NewDoorbell makes a doorbell; it sounds while Run runs.
func NewDoorbell(db *pgxpool.Pool, logger *slog.Logger) *Doorbell {
	return &Doorbell{db: db, logger: logger, rung: make(chan struct{}, 1)}
}

// Ring asks for the relay's attention and returns at once. Call it after the commit.
func (d *Doorbell) Ring() {
	if d == nil {
		return
	}
	select {
	case d.rung <- struct{}{}:
	default: // a ring is under way and covers this one
	}
}

// Run passes rings on until ctx ends, many at a time as one notification.
func (d *Doorbell) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.rung:
		}
		if err := dbsqlc.New(d.db).WakeRelay(ctx, wakeChannel); err != nil && ctx.Err() == nil {
			d.logger.DebugContext(ctx, "the relay could not be woken; it will look by itself", "error", err)
		}
		if sleep(ctx, restAfterRing) != nil {
			return
		}
	}
}

// sleep waits for d, or until ctx ends and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
