package local

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Query asks for entries; what is empty does not matter.
type Query struct {
	Source cms.Source
	Kind   cms.Kind
	State  State
	Text   string // in the title, or an ID
	// Brands are those whose entries are wanted; nil: of none. Group adds what belongs to no brand.
	Brands []string
	Group  bool
	Skip   int
	Most   int
}

// Page is some of what was found, the newest first.
type Page struct {
	Entries []Entry // without their fields
	Total   int
}

// Find lists entries.
func (c *CMS) Find(ctx context.Context, q Query) (Page, error) {
	const where = ` from local_cms_entries where deleted_at is null
		and ($1 = '' or source = $1) and ($2 = '' or kind = $2) and (brand_id = any($3) or $4 and brand_id = '')
		and ($5 = '' or id = $5 or title ilike '%' || $6 || '%')
		and case $7 when '' then true when 'archived' then archived_at is not null
			when 'draft' then archived_at is null and published is null
			when 'published' then archived_at is null and published is not null and published_version >= version
			when 'changed' then archived_at is null and published is not null and published_version < version end`
	brands := append([]string{}, q.Brands...)
	args := []any{string(q.Source), string(q.Kind), brands, q.Group, q.Text, likely(q.Text), string(q.State)}
	var page Page
	if err := c.DB.QueryRow(ctx, `select count(*)`+where, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("cms/local: count entries: %w", err)
	}
	const light = `source, id, kind, brand_id, title, '{}'::json, version, case when published is null then null else '{}'::json end,
		published_version, revision, created_at, updated_at, updated_by, published_at, archived_at, deleted_at`
	rows, err := c.DB.Query(ctx, `select `+light+where+` order by updated_at desc, source, id offset $8 limit $9`, append(args, q.Skip, q.Most)...)
	if err != nil {
		return page, fmt.Errorf("cms/local: find entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, rows.Err()
}

// likely escapes what ilike would take for a pattern.
func likely(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// Choices are entries of some kinds of a system that a link may point at, by title.
func (c *CMS) Choices(ctx context.Context, source cms.Source, kinds []cms.Kind, brands []string) ([]Entry, error) {
	return c.list(ctx, `source = $1 and kind = any($2) and (brand_id = any($3) or brand_id = '') and deleted_at is null and archived_at is null
		order by title, id limit 2000`, source, kinds, append([]string{}, brands...))
}

// Version is what an entry once was.
type Version struct {
	Number int
	Action string
	Title  string
	Fields Fields
	At     time.Time
	By     string
}

// Versions are an entry's, the newest first, without their fields.
func (c *CMS) Versions(ctx context.Context, key Key, most int) ([]Version, error) {
	rows, err := c.DB.Query(ctx, `select version, action, title, made_at, made_by from local_cms_versions where source = $1 and entry_id = $2 order by version desc limit $3`, key.Source, key.ID, most)
	if err != nil {
		return nil, fmt.Errorf("cms/local: list versions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Version, error) {
		var v Version
		return v, row.Scan(&v.Number, &v.Action, &v.Title, &v.At, &v.By)
	})
}

// VersionAt reads one.
func (c *CMS) VersionAt(ctx context.Context, key Key, number int) (Version, error) {
	v := Version{Number: number}
	var fields []byte
	err := c.DB.QueryRow(ctx, `select action, title, fields, made_at, made_by from local_cms_versions where source = $1 and entry_id = $2 and version = $3`, key.Source, key.ID, number).
		Scan(&v.Action, &v.Title, &fields, &v.At, &v.By)
	if err == pgx.ErrNoRows {
		return v, ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(fields, &v.Fields)
	}
	if err != nil {
		return v, fmt.Errorf("cms/local: read a version: %w", err)
	}
	return v, nil
}

// Delivery is a webhook and what came of it.
type Delivery struct {
	ID         uuid.UUID
	Key        Key
	Title      string // of the entry
	Brand      string
	Topic      string
	State      string // waiting, held, delivered, failed, lost
	Fault      string // what a rehearsal did to it; "" nothing
	Again      bool   // sent again by a person
	Attempts   int
	CreatedAt  time.Time
	NextAt     time.Time
	LastStatus int // of the last attempt; 0: no answer, or none yet

	Body []byte    // of one alone
	Log  []Attempt // of one alone
}

// Attempt is one try at sending a webhook.
type Attempt struct {
	Number  int
	At      time.Time
	Took    time.Duration
	Status  int // 0: no answer
	Answer  string
	Headers map[string]string
}

const deliveryColumns = `select d.id, d.source, d.entry_id, coalesce(e.title, ''), coalesce(e.brand_id, ''), d.topic, d.state, d.fault, d.again_of is not null, d.attempts, d.created_at, d.next_at,
		coalesce((select a.status from local_cms_attempts a where a.delivery_id = d.id order by a.number desc limit 1), 0)
	from local_cms_deliveries d left join local_cms_entries e on e.source = d.source and e.id = d.entry_id `

func scanDelivery(row pgx.CollectableRow) (Delivery, error) {
	var d Delivery
	return d, row.Scan(&d.ID, &d.Key.Source, &d.Key.ID, &d.Title, &d.Brand, &d.Topic, &d.State, &d.Fault, &d.Again, &d.Attempts, &d.CreatedAt, &d.NextAt, &d.LastStatus)
}

// Deliveries are the newest: of one entry with an ID, of all the brands' without one.
func (c *CMS) Deliveries(ctx context.Context, key Key, brands []string, group bool, most int) ([]Delivery, error) {
	rows, err := c.DB.Query(ctx, deliveryColumns+`where ($1 = '' or d.source = $1) and ($2 = '' or d.entry_id = $2) and (e.brand_id = any($3) or $4 and e.brand_id = '')
		order by d.created_at desc, d.turn desc limit $5`, string(key.Source), key.ID, append([]string{}, brands...), group, most)
	if err != nil {
		return nil, fmt.Errorf("cms/local: list webhooks: %w", err)
	}
	return pgx.CollectRows(rows, scanDelivery)
}

// Delivery reads one with its body and all attempts.
func (c *CMS) Delivery(ctx context.Context, id uuid.UUID) (Delivery, error) {
	rows, err := c.DB.Query(ctx, deliveryColumns+`where d.id = $1`, id)
	if err != nil {
		return Delivery{}, fmt.Errorf("cms/local: read a webhook: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDelivery)
	if err == pgx.ErrNoRows {
		return d, ErrNotFound
	}
	if err == nil {
		err = c.DB.QueryRow(ctx, `select body from local_cms_deliveries where id = $1`, id).Scan(&d.Body)
	}
	if err != nil {
		return d, fmt.Errorf("cms/local: read a webhook: %w", err)
	}
	rows, err = c.DB.Query(ctx, `select number, made_at, took_ms, status, answer, headers from local_cms_attempts where delivery_id = $1 order by number`, id)
	if err != nil {
		return d, fmt.Errorf("cms/local: read attempts: %w", err)
	}
	d.Log, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Attempt, error) {
		var a Attempt
		var ms int
		var headers []byte
		err := row.Scan(&a.Number, &a.At, &ms, &a.Status, &a.Answer, &headers)
		a.Took, a.Headers = time.Duration(ms)*time.Millisecond, readHeaders(headers)
		return a, err
	})
	return d, err
}

// storable is text that Postgres takes.
func storable(text []byte) string {
	return strings.ToValidUTF8(strings.ReplaceAll(string(text), "\x00", "\uFFFD"), "\uFFFD")
}
