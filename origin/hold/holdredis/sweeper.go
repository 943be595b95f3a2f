package holdredis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// expiryChannel is where Redis tells of expired keys, followed by the number of the database.
const expiryChannel = "__keyevent@"

// serverEvery is after how many looks it is asked which server Redis is.
const serverEvery = 3

// watchEvery is after how many looks through the index the watched performances get one.
const watchEvery = 10

// sweeper ends holds whose time is over and so tells everybody. It is prompted by the expiry events of the holds' timer
// keys, which are quick but may be lost (and in a cluster reach only those connected to the key's node), and by the index of
// performances with holds, which it looks through at intervals. It also looks at the watched performances for whether
// Redis still knows them.
type sweeper struct {
	store *Store

	mu      sync.Mutex
	pending map[uuid.UUID]bool // told of by events, not swept yet
	prompt  chan struct{}
	mute    bool // events could not be switched on and this was said
	servers servers
}

func newSweeper(store *Store) *sweeper {
	return &sweeper{store: store, pending: make(map[uuid.UUID]bool), prompt: make(chan struct{}, 1)}
}

// run sweeps until ctx ends.
func (w *sweeper) run(ctx context.Context) {
	every := w.store.cfg.SweepEvery
	timer := time.NewTimer(every)
	defer timer.Stop()
	round := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.prompt:
			w.sweepPending(ctx)
		case <-timer.C:
			w.sweepIndex(ctx)
			if round++; round%watchEvery == 0 {
				w.lookAfterWatched(ctx)
			}
			if round%serverEvery == 1 {
				w.lookForFailover(ctx)
			}
			timer.Reset(every*3/4 + rand.N(every/2+1)) // the processes need not look together
		}
	}
}

// listen subscribes to the expiry events.
func (w *sweeper) listen(ctx context.Context, subscription *redis.PubSub) {
	database := 0
	if client, ok := w.store.cfg.Client.(*redis.Client); ok {
		database = client.Options().DB
	}
	_ = subscription.Subscribe(ctx, expiryChannel+strconv.Itoa(database)+"__:expired")
}

// listening is called when the subscription to the events stands: also after Redis was away, when it may have
// forgotten that it was asked to send them.
func (w *sweeper) listening(ctx context.Context) {
	go func() {
		const setting = "notify-keyspace-events"
		client := w.store.cfg.Client
		current, err := client.ConfigGet(ctx, setting).Result()
		if err == nil {
			flags := current[setting]
			missing := ""
			if !strings.Contains(flags, "E") {
				missing += "E"
			}
			if !strings.ContainsAny(flags, "xA") {
				missing += "x"
			}
			if missing == "" {
				return
			}
			err = client.ConfigSet(ctx, setting, flags+missing).Err()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil && ctx.Err() == nil && !w.mute {
			w.mute = true
			w.store.cfg.Logger.WarnContext(ctx, "Redis can't be asked for expiry events; ended holds are found by looking", "setting", setting, "want", "Ex", "error", err)
		}
	}()
}

// expired is told the name of a key that expired; it may be anybody's.
func (w *sweeper) expired(key string) {
	id, ok := performanceOfKey(key)
	if !ok {
		return
	}
	w.mu.Lock()
	w.pending[id] = true
	w.mu.Unlock()
	select {
	case w.prompt <- struct{}{}:
	default:
	}
}

func (w *sweeper) sweepPending(ctx context.Context) {
	w.mu.Lock()
	pending := w.pending
	w.pending = make(map[uuid.UUID]bool)
	w.mu.Unlock()
	for id := range pending {
		_, _, _ = w.sweep(ctx, id, "event") // if it fails, the index has it
	}
}

// sweepIndex sweeps the performances whose next hold has ended by now.
func (w *sweeper) sweepIndex(ctx context.Context) {
	const most = 500
	client := w.store.cfg.Client
	for ctx.Err() == nil {
		found, err := indexDueScript.Run(ctx, client, []string{index}, w.store.now(), most).StringSlice()
		if err != nil {
			if ctx.Err() == nil {
				w.store.cfg.Logger.DebugContext(ctx, "ended holds can't be looked for", "error", err)
			}
			return
		}
		for i := 0; i+1 < len(found); i += 2 {
			id, err := uuid.Parse(found[i])
			if err != nil {
				_ = client.ZRem(ctx, index, found[i]).Err()
				continue
			}
			next, _, err := w.sweep(ctx, id, "index")
			if err != nil {
				return
			}
			if err := indexSettleScript.Run(ctx, client, []string{index}, found[i], found[i+1], next).Err(); err != nil {
				return
			}
		}
		if len(found) < 2*most {
			w.store.cfg.Metrics.swept.SetToCurrentTime()
			return
		}
	}
}

// lookAfterWatched reads the sold seats of watched performances that Redis has forgotten without losing its
// connections; the readers are told to start again.
func (w *sweeper) lookAfterWatched(ctx context.Context) {
	for _, id := range w.store.feed.watched() {
		_, known, err := w.sweep(ctx, id, "watch")
		if err != nil {
			return
		}
		if known {
			continue
		}
		if err := w.store.ensureLoaded(ctx, id); err != nil && ctx.Err() == nil {
			w.store.cfg.Logger.WarnContext(ctx, "the sold seats can't be read", "performance_id", id, "error", err)
		}
	}
}

// sweep ends what is over in a performance. next is the time in ms at which the next hold ends, or "-".
func (w *sweeper) sweep(ctx context.Context, id uuid.UUID, cause string) (next string, known bool, err error) {
	w.store.cfg.Metrics.sweeps.WithLabelValues(cause).Inc()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answer, err := w.store.run(ctx, sweepScript, id, nil)
	if err == nil && len(answer) != 3 {
		err = fmt.Errorf("holdredis: an answer of %d words", len(answer))
	}
	if err != nil {
		return "", false, err
	}
	return answer[1], answer[2] == "1", nil
}
