// Package catalogue turns what is played into what can be found: it folds the performances of a production into one
// show document and keeps the search index up to date with it.
//
// Whatever changes a show is told on the bus, once for each performance. Handle writes down which show it was, in the
// transaction that the bus remembers the fact with. Run folds what was written down into one piece of work a show,
// reads each show that is due once, and writes those whose documents differ in one import. A show is looked at when
// something is told of it, and then not again before its window is over: a thousand sales within a window are one look,
// and one write if they change what is shown.
//
// Two documents of a show never pass each other. Whoever writes a show holds its lock in Postgres, from before reading
// it until the index has answered, and gives up long before a silent process loses that lock. Each reading has a version
// of its own (index.Show.Version), which grows with every reading under the lock. Should a lock be lost all the same,
// with the connection in the middle of a write, the shows of that write are put in doubt and written anew; and Agree
// compares what the index holds with what was written, at the start and every few minutes.
package catalogue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/search/index"
)

// Index is the part of index.Indexer that the feed writes to and compares with.
type Index interface {
	Ensure(ctx context.Context) (string, error)
	Upsert(ctx context.Context, shows []index.Show) (index.Report, error)
	Delete(ctx context.Context, ids ...string) (int, error)
	Versions(ctx context.Context) (map[string]int64, error)
	Export(ctx context.Context) (map[string]index.Show, error)
}

// Config is what a Feed works with.
type Config struct {
	DB     *pgxpool.Pool
	Index  Index
	Domain string // what brands' hostnames end in
	// Window is how long a show rests after it was looked at. 0: 500 ms
	Window time.Duration
	// Poll is how long Run waits before it looks for work again when there was none. 0: 50 ms
	Poll time.Duration
	// WriteWithin bounds one writing, from taking the locks to the index's answer. It must be well below Postgres's
	// idle_in_transaction_session_timeout (60 s), after which a silent process loses its locks. 0: 15 s
	WriteWithin time.Duration
	// AgreeEvery is how often the index is compared with what was written to it. 0: 10 minutes
	AgreeEvery time.Duration

	// Written is told, in the transaction that notes it, of shows that stand in the index otherwise than before. nil: nobody
	Written func(ctx context.Context, tx pgx.Tx, shows []uuid.UUID) error

	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: slog.Default
	Metrics *Metrics         // nil: none
}

// Feed writes show documents into the search index. It is safe for concurrent use, and any number of processes may run
// one.
type Feed struct {
	cfg Config

	mu      sync.Mutex
	doubted map[uuid.UUID]bool // written, and Postgres could not be told: Run puts them in doubt as soon as it can
	anew    bool               // an index was made, and nothing has been written to it since
}

// New makes a feed; Run runs it.
func New(cfg Config) *Feed {
	if cfg.Window <= 0 {
		cfg.Window = 500 * time.Millisecond
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 50 * time.Millisecond
	}
	if cfg.WriteWithin <= 0 {
		cfg.WriteWithin = 15 * time.Second
	}
	if cfg.AgreeEvery <= 0 {
		cfg.AgreeEvery = 10 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	return &Feed{cfg: cfg, doubted: map[uuid.UUID]bool{}}
}
