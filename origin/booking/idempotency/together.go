package idempotency

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Keys of requests that come at the same time are claimed, and answered, with one statement.
const (
	most     = 64
	atOnce   = 2
	patience = 15 * time.Second
)

// claim asks for a key.
type claim struct {
	scope, key string
	hash       []byte // of the request
	lock       uuid.UUID
	now        time.Time
}

// answer is to be kept under a key.
type answer struct {
	scope, key string
	lock       uuid.UUID
	text       json.RawMessage
}

// A key or an answer that Postgres can't store fails alone.
func (k *Keys) ready() {
	k.once.Do(func() {
		k.claims = bundle.New(most, atOnce, patience, bundle.Alone(k.takeTogether, postgres.Refused))
		k.answers = bundle.New(most, atOnce, patience, bundle.Alone(k.keepTogether, postgres.Refused))
	})
}

// take reports whether the key is ours.
func (k *Keys) take(ctx context.Context, c claim) (bool, error) {
	k.ready()
	return k.claims.Do(ctx, c)
}

// takeTogether claims keys. Of those who ask for the same key one gets it at most: the statement can't be asked twice.
func (k *Keys) takeTogether(ctx context.Context, claims []claim) []bundle.Result[bool] {
	type name struct{ scope, key string }
	asked := map[name]bool{}
	var rows dbsqlc.ClaimKeysParams
	for _, c := range claims {
		if asked[name{c.scope, c.key}] {
			continue
		}
		asked[name{c.scope, c.key}] = true
		rows.Scopes, rows.Keys, rows.Hashes = append(rows.Scopes, c.scope), append(rows.Keys, c.key), append(rows.Hashes, c.hash)
		rows.LockedUntil, rows.Locks, rows.CreatedAt = append(rows.LockedUntil, c.now.Add(Lease)), append(rows.Locks, c.lock), append(rows.CreatedAt, c.now)
	}
	taken, err := dbsqlc.New(k.DB).ClaimKeys(ctx, rows)
	results := bundle.Fail[bool](len(claims), err)
	ours := map[uuid.UUID]bool{}
	for _, lock := range taken {
		ours[lock] = true
	}
	for i, c := range claims {
		results[i].Answer = ours[c.lock]
	}
	return results
}

// keep keeps an answer. That our lease ran out and a repeat took over is no error: it comes to the same answer by itself.
func (k *Keys) keep(ctx context.Context, scope, key string, lock uuid.UUID, text json.RawMessage) error {
	k.ready()
	_, err := k.answers.Do(ctx, answer{scope, key, lock, text})
	return err
}

func (k *Keys) keepTogether(ctx context.Context, answers []answer) []bundle.Result[struct{}] {
	var rows dbsqlc.AnswerKeysParams
	for _, a := range answers {
		rows.Scopes, rows.Keys = append(rows.Scopes, a.scope), append(rows.Keys, a.key)
		rows.Locks, rows.Responses = append(rows.Locks, a.lock), append(rows.Responses, string(a.text))
	}
	pipeline := postgres.NewPipeline(k.DB)
	q := dbsqlc.New(pipeline)
	return bundle.Fail[struct{}](len(answers), errors.Join(q.ByIndex(ctx), q.AnswerKeys(ctx, rows), pipeline.Flush(ctx)))
}
