package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Filler is who wrote what Fill did, as the history names them.
const Filler = "the house’s own season"

// Fill writes an entry for everything of the house that editors would have written: each brand, venue, seating plan and
// production, and each production's prices and performances, public as it stands, in the system of its country. It does
// so once for each season that was seeded, and leaves alone what an editor has touched. Nothing is sent: the listener
// hears of it as it would of a space that was there before it. It returns how many entries it wrote.
func (c *CMS) Fill(ctx context.Context) (written int, err error) {
	var digest, filled string
	if err := c.DB.QueryRow(ctx, `select coalesce((select digest from seedings where id = 1), ''), coalesce((select digest from local_cms_fillings where id = 1), '')`).Scan(&digest, &filled); err != nil {
		return 0, fmt.Errorf("cms/local: fill: %w", err)
	}
	if digest == "" || digest == filled {
		return 0, nil
	}
	for _, source := range []cms.Source{cms.Umbraco, cms.Contentful} {
		err := c.alone(ctx, source, func(tx pgx.Tx) error {
			n, err := c.fill(ctx, tx, source)
			written += n
			return err
		})
		if err != nil {
			return written, fmt.Errorf("cms/local: fill: %w", err)
		}
	}
	_, err = c.DB.Exec(ctx, `insert into local_cms_fillings (id, digest, filled_at) values (1, $1, $2) on conflict (id) do update set digest = excluded.digest, filled_at = excluded.filled_at`, digest, c.now())
	if err != nil {
		return written, fmt.Errorf("cms/local: fill: %w", err)
	}
	return written, nil
}

// origin is a row of the house that becomes an entry.
type origin struct {
	kind   cms.Kind
	id     string // in the house
	brand  string
	fields map[string]any // by name, in the default locale; nil is left out
}

// wellKnown makes the ID of the entry of something of the house: the same each time.
func wellKnown(source cms.Source, kind cms.Kind, id string) string {
	u := uuid.NewSHA1(uuid.NameSpaceURL, []byte("stagedoor:"+string(kind)+":"+id))
	if source == cms.Umbraco {
		return u.String()
	}
	return short(u)
}

func (c *CMS) fill(ctx context.Context, tx pgx.Tx, source cms.Source) (int, error) {
	country := map[cms.Source]string{cms.Contentful: "US", cms.Umbraco: "GB"}[source]
	known := map[string]Entry{}
	rows, err := tx.Query(ctx, `select `+columns+` from local_cms_entries where source = $1`, source)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			rows.Close()
			return 0, err
		}
		known[e.ID] = e
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	written := 0
	for _, read := range []func(context.Context, pgx.Tx, cms.Source, string) ([]origin, error){readBrands, readVenues, readPlans, readProductions, readPrices, readSchedules} {
		found, err := read(ctx, tx, source, country)
		if err != nil {
			return written, err
		}
		batch := &pgx.Batch{}
		for _, o := range found {
			e, write := c.filled(source, o, known)
			if !write {
				continue
			}
			written++
			if err := errors.Join(put(ctx, queue{batch}, e, true), keep(ctx, queue{batch}, e, actionPublish)); err != nil {
				return written, err
			}
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return written, err
		}
	}
	return written, nil
}

// filled is the entry of something of the house, and whether it is to be written: it is new, or nobody has touched it and
// the house is another now.
func (c *CMS) filled(source cms.Source, o origin, known map[string]Entry) (Entry, bool) {
	now := c.now()
	e, there := known[wellKnown(source, o.kind, o.id)]
	if !there {
		e = Entry{Key: Key{source, wellKnown(source, o.kind, o.id)}, Kind: o.kind, Brand: o.brand, CreatedAt: now}
	}
	if there && e.UpdatedBy != Filler {
		return e, false
	}
	locale := Locales(source)[0]
	fields := Fields{}
	for name, value := range o.fields {
		if value != nil {
			fields[name] = map[string]json.RawMessage{locale: encode(value)}
		}
	}
	if there && bytes.Equal(encode(fields), encode(e.Fields)) {
		return e, false
	}
	e.Fields, e.Published = fields, fields
	e.Title = titleOf(o.kind, fields, locale, locale)
	e.Version, e.Revision = e.Version+1, e.Revision+1
	e.PublishedVersion, e.UpdatedAt, e.PublishedAt, e.UpdatedBy = e.Version, now, now, Filler
	return e, true
}
