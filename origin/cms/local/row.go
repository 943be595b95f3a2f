package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// columns are those that scan reads.
const columns = `source, id, kind, brand_id, title, fields, version, published, published_version, revision,
	created_at, updated_at, updated_by, published_at, archived_at, deleted_at`

// scan reads an entry, and what stands after its columns.
func scan(row pgx.Row, more ...any) (Entry, error) {
	var e Entry
	var fields, published []byte
	var publishedAt, archivedAt, deletedAt *time.Time
	into := []any{&e.Source, &e.ID, &e.Kind, &e.Brand, &e.Title, &fields, &e.Version, &published, &e.PublishedVersion, &e.Revision,
		&e.CreatedAt, &e.UpdatedAt, &e.UpdatedBy, &publishedAt, &archivedAt, &deletedAt}
	err := row.Scan(append(into, more...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(fields, &e.Fields)
	}
	if err == nil && published != nil {
		err = json.Unmarshal(published, &e.Published)
	}
	if err != nil {
		return e, fmt.Errorf("cms/local: read an entry: %w", err)
	}
	for _, t := range []struct {
		from *time.Time
		into *time.Time
	}{{publishedAt, &e.PublishedAt}, {archivedAt, &e.ArchivedAt}, {deletedAt, &e.DeletedAt}} {
		if t.from != nil {
			*t.into = t.from.UTC()
		}
	}
	e.CreatedAt, e.UpdatedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC()
	return e, nil
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// execer is a transaction, or a batch's part of one.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// put writes an entry, new or not. public says that what everybody may see of it is another now.
func put(ctx context.Context, tx execer, e Entry, public bool) error {
	var published []byte
	if e.Published != nil {
		published = encode(e.Published)
	}
	const sql = `insert into local_cms_entries (source, id, kind, brand_id, title, fields, version, published, published_version, revision,
			created_at, updated_at, updated_by, published_at, archived_at, deleted_at, changed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, case when $17 then nextval('local_cms_changes') else 0 end)
		on conflict (source, id) do update set brand_id = excluded.brand_id, title = excluded.title, fields = excluded.fields,
			version = excluded.version, published = excluded.published, published_version = excluded.published_version,
			revision = excluded.revision, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
			published_at = excluded.published_at, archived_at = excluded.archived_at, deleted_at = excluded.deleted_at,
			changed = greatest(local_cms_entries.changed, excluded.changed)`
	_, err := tx.Exec(ctx, sql, e.Source, e.ID, e.Kind, e.Brand, e.Title, []byte(encode(e.Fields)), e.Version, published, e.PublishedVersion, e.Revision,
		e.CreatedAt, e.UpdatedAt, e.UpdatedBy, optional(e.PublishedAt), optional(e.ArchivedAt), optional(e.DeletedAt), public)
	if err != nil {
		return fmt.Errorf("cms/local: write an entry: %w", err)
	}
	return nil
}

// keep writes an entry's version into its history.
func keep(ctx context.Context, tx execer, e Entry, action string) error {
	_, err := tx.Exec(ctx, `insert into local_cms_versions (source, entry_id, version, action, title, fields, made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Source, e.ID, e.Version, action, e.Title, []byte(encode(e.Fields)), e.UpdatedAt, e.UpdatedBy)
	if err != nil {
		return fmt.Errorf("cms/local: keep a version: %w", err)
	}
	return nil
}

// Get reads an entry. A deleted one is ErrNotFound.
func (c *CMS) Get(ctx context.Context, key Key) (Entry, error) {
	e, err := scan(c.DB.QueryRow(ctx, `select `+columns+` from local_cms_entries where source = $1 and id = $2`, key.Source, key.ID))
	if err == nil && !e.DeletedAt.IsZero() {
		return Entry{}, ErrNotFound
	}
	return e, err
}

// list reads entries.
func (c *CMS) list(ctx context.Context, where string, args ...any) ([]Entry, error) {
	rows, err := c.DB.Query(ctx, `select `+columns+` from local_cms_entries where `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("cms/local: list entries: %w", err)
	}
	defer rows.Close()
	out := []Entry{}
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cms/local: list entries: %w", err)
	}
	return out, nil
}

// published finds those of some entries of a system that are public.
func (c *CMS) published(ctx context.Context, db rowser, source cms.Source, ids []string) (picked, error) {
	out := picked{}
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := db.Query(ctx, `select `+columns+` from local_cms_entries where source = $1 and id = any($2) and published is not null and deleted_at is null`, source, ids)
	if err != nil {
		return nil, fmt.Errorf("cms/local: read linked entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out[e.ID] = e
	}
	return out, rows.Err()
}

type rowser interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}
