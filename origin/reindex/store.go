// Package reindex is what the house adds to package swap: the changes of the search index are kept in Postgres, where
// every process sees them; the shows come from the catalogue; and a change that was interrupted goes on by itself.
package reindex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// Store keeps changes in Postgres. It implements swap.Store.
type Store struct {
	DB *pgxpool.Pool
}

// lock is the advisory lock of who changes the index. Postgres gives it back when that process, or its connection, ends.
const lock = `hashtextextended('stagedoor: change the search index', 0)`

// noTable is Postgres's code for a table that does not exist.
const noTable = "42P01"

// Current implements swap.Store.
func (s *Store) Current(ctx context.Context) (swap.State, error) {
	all, err := s.History(ctx, 1)
	if err != nil {
		return swap.State{}, err
	}
	if len(all) == 0 {
		return swap.State{}, swap.ErrNone
	}
	return all[0], nil
}

// History implements swap.Store.
func (s *Store) History(ctx context.Context, n int) ([]swap.State, error) {
	// An error of Query is one of its rows, too.
	rows, _ := s.DB.Query(ctx, `select state, paused from search_changes where alias = $1 order by seq desc limit $2`, index.Alias, n)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (swap.State, error) {
		var st swap.State
		var body []byte
		var paused bool
		if err := row.Scan(&body, &paused); err != nil {
			return st, err
		}
		err := json.Unmarshal(body, &st)
		st.Paused = paused
		return st, err
	})
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == noTable {
		return nil, nil // the house is newer than its database: there was no change yet
	}
	if err != nil {
		return nil, fmt.Errorf("reindex: read the changes: %w", err)
	}
	return out, nil
}

// Pause implements swap.Store.
func (s *Store) Pause(ctx context.Context, id string, paused bool) error {
	if _, err := s.DB.Exec(ctx, `update search_changes set paused = $2 where id = $1`, id, paused); err != nil {
		return fmt.Errorf("reindex: pause: %w", err)
	}
	return nil
}

// Missed implements swap.Store.
func (s *Store) Missed(ctx context.Context, collection string, writes int) error {
	if _, err := s.DB.Exec(ctx, `
		update search_changes set state = state || jsonb_build_object('missed', coalesce(state->'missed', '{}')
			|| jsonb_build_object($2::text, coalesce((state->'missed'->>$2::text)::bigint, 0) + $3::bigint))
		where alias = $1 and not over`, index.Alias, collection, writes); err != nil {
		return fmt.Errorf("reindex: count writes that %s refused: %w", collection, err)
	}
	return nil
}

// Hold implements swap.Store.
func (s *Store) Hold(ctx context.Context) (swap.Holder, error) {
	conn, err := s.DB.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("reindex: connect: %w", err)
	}
	var got bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock(`+lock+`)`).Scan(&got); err != nil {
		conn.Release()
		return nil, fmt.Errorf("reindex: take the right to change: %w", err)
	}
	if !got {
		conn.Release()
		return nil, swap.ErrBusy
	}
	return &holder{conn}, nil
}

// holder has the lock on its connection, on which it saves as well: a lost lock is a save that fails.
type holder struct {
	conn *pgxpool.Conn
}

// Save implements swap.Holder.
func (h *holder) Save(ctx context.Context, st *swap.State) error {
	body, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("reindex: encode the state: %w", err)
	}
	err = h.conn.QueryRow(ctx, `
		insert into search_changes (id, alias, state, over) values ($1, $2, $3, $4)
		on conflict (id) do update set over = excluded.over,
			state = excluded.state || jsonb_build_object('missed', coalesce(search_changes.state->'missed', '{}')), changed_at = now()
		returning paused, coalesce(state->'missed', '{}')`, st.ID, st.Alias, body, st.Phase.Over()).Scan(&st.Paused, &st.Missed)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && h.conn.Conn().IsClosed() {
		return errors.Join(swap.ErrLost, err)
	}
	return fmt.Errorf("reindex: keep the state: %w", err)
}

// Release implements swap.Holder.
func (h *holder) Release() {
	// A connection whose lock cannot be given back is closed, and Postgres gives it back.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := h.conn.Exec(ctx, `select pg_advisory_unlock(`+lock+`)`); err != nil {
		_ = h.conn.Conn().Close(ctx)
	}
	h.conn.Release()
}
