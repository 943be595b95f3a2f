// Package idempotency makes a request that may be repeated happen once. A caller claims a key before the work,
// keeps the answer under it afterwards, and a repeat of the same request is given that answer.
//
// A claim is a lease: whoever dies over its work leaves the key to the next repeat of the same request, so the work
// itself must be able to go on where it stopped.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Lease is how long a request may work before a repeat of it takes over.
const Lease = 30 * time.Second

// Kept is how long answers are kept.
const Kept = 24 * time.Hour

// ErrReused: the key was used for another request.
var ErrReused = errors.New("idempotency: the key was used for another request")

// InProgressError: the first request with this key is still at work.
type InProgressError struct{ RetryAfter time.Duration }

func (e *InProgressError) Error() string { return "idempotency: a request with this key is at work" }

// Keys stores keys in Postgres. It is safe for concurrent use.
type Keys struct {
	DB  *pgxpool.Pool
	Now func() time.Time
	// Wait is how long a repeat waits for the first request to finish before it gets InProgressError.
	Wait time.Duration

	once    sync.Once
	claims  *bundle.Bundler[claim, bool]
	answers *bundle.Bundler[answer, struct{}]
}

// Outcome says what is left of a request that did not come to an answer.
type Outcome int

// The outcomes of a failed Work.
const (
	// Unchanged: nothing was done; the key may be used afresh, even for another request.
	Unchanged Outcome = iota
	// Begun: something was done; only the same request may go on from there.
	Begun
)

// Do runs work for a key once and returns its answer; for a repeat it returns the answer kept, and replayed is
// true. The request is everything that makes two requests the same. When work fails, its error is returned and
// its Outcome decides who may use the key next.
func (k *Keys) Do(
	ctx context.Context, scope, key string, request any, work func(context.Context) (any, Outcome, error),
) (answer json.RawMessage, replayed bool, err error) {
	hash, err := Hash(request)
	if err != nil {
		return nil, false, err
	}
	lock, err := uuid.NewV7()
	if err != nil {
		return nil, false, fmt.Errorf("idempotency: %w", err)
	}
	answer, err = k.claim(ctx, scope, key, hash, lock)
	if answer != nil || err != nil {
		return answer, answer != nil, err
	}
	result, outcome, err := work(ctx)
	if err != nil {
		q := dbsqlc.New(k.DB)
		// The request may be gone, the key must be given back all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		var freed error
		if outcome == Unchanged {
			freed = q.FreeKey(ctx, dbsqlc.FreeKeyParams{Scope: scope, Key: key, LockID: lock})
		} else {
			freed = q.UnlockKey(ctx, dbsqlc.UnlockKeyParams{Scope: scope, Key: key, LockID: lock})
		}
		if freed != nil {
			err = errors.Join(err, fmt.Errorf("idempotency: give the key back: %w", freed))
		}
		return nil, false, err
	}
	kept, err := json.Marshal(result)
	if err != nil {
		return nil, false, fmt.Errorf("idempotency: keep the answer: %w", err)
	}
	if err := k.keep(ctx, scope, key, lock, kept); err != nil {
		return nil, false, fmt.Errorf("idempotency: keep the answer: %w", err)
	}
	return kept, false, nil
}

// claim returns nil when the key is ours, or the answer kept.
func (k *Keys) claim(ctx context.Context, scope, key string, hash []byte, lock uuid.UUID) (json.RawMessage, error) {
	q := dbsqlc.New(k.DB)
	c := claim{scope: scope, key: key, hash: hash, lock: lock}
	deadline := time.Now().Add(k.Wait) // elapsed time, so the real clock
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		now := k.Now()
		c.now = now
		claimed, err := k.take(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("idempotency: claim: %w", err)
		}
		if claimed {
			return nil, nil
		}
		row, err := q.GetKey(ctx, dbsqlc.GetKeyParams{Scope: scope, Key: key})
		switch {
		case errors.Is(err, pgx.ErrNoRows): // given back just now
			continue
		case err != nil:
			return nil, fmt.Errorf("idempotency: read: %w", err)
		case string(row.RequestHash) != string(hash):
			return nil, ErrReused
		case row.Response != nil:
			return row.Response, nil
		case !time.Now().Before(deadline):
			return nil, &InProgressError{RetryAfter: max(time.Second, min(row.LockedUntil.Sub(now), 5*time.Second))}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Hash is the SHA-256 of a request's JSON.
func Hash(request any) ([]byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("idempotency: hash the request: %w", err)
	}
	hash := sha256.Sum256(body)
	return hash[:], nil
}

// Forget removes keys older than Kept and returns how many.
func (k *Keys) Forget(ctx context.Context) (int64, error) {
	n, err := dbsqlc.New(k.DB).ForgetKeys(ctx, k.Now().Add(-Kept))
	if err != nil {
		return 0, fmt.Errorf("idempotency: forget: %w", err)
	}
	return n, nil
}
