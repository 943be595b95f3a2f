package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// MaxEntry is how large an entry's fields may be, as JSON: 1 MiB.
const MaxEntry = 1 << 20

// What is done to an entry. They are the actions of Contentful's topics, and of the history.
const (
	actionCreate    = "create"
	actionSave      = "save"
	actionPublish   = "publish"
	actionUnpublish = "unpublish"
	actionArchive   = "archive"
	actionUnarchive = "unarchive"
	actionRevert    = "revert"
	actionDelete    = "delete"
)

// Create makes a draft. As of Save, Revert and Publish, the error may be a *content.InvalidError: see Reach.
func (c *CMS) Create(ctx context.Context, actor string, source cms.Source, kind cms.Kind, brand string, fields Fields) (Entry, error) {
	if _, known := content.TypeOf(kind); !known {
		return Entry{}, Refused{fmt.Sprintf("There is no kind %q.", kind)}
	}
	id, err := newID(source)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Key: Key{source, id}, Kind: kind, Brand: brand}
	return c.change(ctx, actor, e, 0, actionCreate, func(e *Entry) error { return e.write(fields) })
}

// Save writes a draft over version. ErrChanged when that is not the newest.
func (c *CMS) Save(ctx context.Context, actor string, key Key, version int, fields Fields) (Entry, error) {
	return c.change(ctx, actor, Entry{Key: key}, version, actionSave, func(e *Entry) error { return e.write(fields) })
}

// Publish makes an entry public as it was last saved.
func (c *CMS) Publish(ctx context.Context, actor string, key Key, version int) (Entry, error) {
	return c.change(ctx, actor, Entry{Key: key}, version, actionPublish, func(e *Entry) error {
		if !e.ArchivedAt.IsZero() {
			return Refused{"It is archived. Take it out of the archive first."}
		}
		e.Published, e.PublishedVersion, e.PublishedAt = e.Fields, e.Version, e.UpdatedAt
		return nil
	})
}

// Unpublish takes an entry away from the public.
func (c *CMS) Unpublish(ctx context.Context, actor string, key Key, version int) (Entry, error) {
	return c.change(ctx, actor, Entry{Key: key}, version, actionUnpublish, func(e *Entry) error {
		if e.Published == nil {
			return Refused{"It is not published."}
		}
		e.Published, e.PublishedVersion = nil, 0
		return nil
	})
}

// Archive puts an entry away; one that is public is unpublished first, as both systems want it.
func (c *CMS) Archive(ctx context.Context, actor string, key Key, version int) (Entry, error) {
	e, err := c.Get(ctx, key)
	if err != nil {
		return e, err
	}
	if e.Published != nil {
		if e, err = c.Unpublish(ctx, actor, key, version); err != nil {
			return e, err
		}
		version = e.Version
	}
	return c.change(ctx, actor, Entry{Key: key}, version, actionArchive, func(e *Entry) error {
		if e.Published != nil || !e.ArchivedAt.IsZero() {
			return ErrChanged
		}
		e.ArchivedAt = e.UpdatedAt
		return nil
	})
}

// Unarchive takes it back out, as a draft.
func (c *CMS) Unarchive(ctx context.Context, actor string, key Key, version int) (Entry, error) {
	return c.change(ctx, actor, Entry{Key: key}, version, actionUnarchive, func(e *Entry) error {
		if e.ArchivedAt.IsZero() {
			return Refused{"It is not archived."}
		}
		e.ArchivedAt = time.Time{}
		return nil
	})
}

// Delete takes an entry away for good. Its history stays, and says who did.
func (c *CMS) Delete(ctx context.Context, actor string, key Key, version int) error {
	_, err := c.change(ctx, actor, Entry{Key: key}, version, actionDelete, func(e *Entry) error {
		e.Published, e.PublishedVersion, e.DeletedAt = nil, 0, e.UpdatedAt
		return nil
	})
	return err
}

// Revert saves a draft that is as the entry was at an older version.
func (c *CMS) Revert(ctx context.Context, actor string, key Key, version, to int) (Entry, error) {
	old, err := c.VersionAt(ctx, key, to)
	if err != nil {
		return Entry{}, err
	}
	return c.change(ctx, actor, Entry{Key: key}, version, actionRevert, func(e *Entry) error { return e.write(old.Fields) })
}

// write gives an entry its fields: those of its kind, in its locales.
func (e *Entry) write(fields Fields) error {
	t, _ := content.TypeOf(e.Kind)
	e.Fields = Fields{}
	for _, f := range t.Fields {
		for i, locale := range Locales(e.Source) {
			value := fields[f.Name][locale]
			if !given(value) || i > 0 && !f.Localized {
				continue
			}
			if !json.Valid(value) {
				return Refused{fmt.Sprintf("“%s” can’t be kept: it is not JSON.", f.Label)}
			}
			if e.Fields[f.Name] == nil {
				e.Fields[f.Name] = map[string]json.RawMessage{}
			}
			e.Fields[f.Name][locale] = value
		}
	}
	if n := len(encode(e.Fields)); n > MaxEntry {
		return Refused{fmt.Sprintf("It is too large: %d bytes, and %d is the most.", n, MaxEntry)}
	}
	e.Title = titleOf(e.Kind, e.Fields, Locales(e.Source)[0], Locales(e.Source)[1])
	return nil
}

// change does something to an entry, keeps its version, and has it told: all or nothing.
func (c *CMS) change(ctx context.Context, actor string, e Entry, version int, action string, do func(*Entry) error) (Entry, error) {
	err := c.alone(ctx, e.Source, func(tx pgx.Tx) (err error) {
		now := c.now()
		if action == actionCreate {
			e.CreatedAt = now
		} else {
			e, err = scan(tx.QueryRow(ctx, `select `+columns+` from local_cms_entries where source = $1 and id = $2 and deleted_at is null for update`, e.Source, e.ID))
			if err != nil {
				return err
			}
			if e.Version != version {
				return ErrChanged
			}
		}
		before := e
		if !now.After(e.UpdatedAt) { // the clock was put back: what comes later must look it
			now = e.UpdatedAt.Add(time.Millisecond)
		}
		e.Version, e.UpdatedAt, e.UpdatedBy = e.Version+1, now, actor
		if err := do(&e); err != nil {
			return err
		}
		if err := within(ctx, tx, e, action); err != nil {
			return err
		}
		public := action == actionPublish || before.Published != nil && e.Published == nil
		if public {
			e.Revision++
		}
		if err := put(ctx, tx, e, public); err != nil {
			return err
		}
		if err := keep(ctx, tx, e, action); err != nil {
			return err
		}
		if err := c.tell(ctx, tx, e, before, action); err != nil {
			return err
		}
		return record.Add(ctx, dbsqlc.New(tx), record.Entry{
			At: now, Actor: actor, Action: "content." + action, Target: target(e), Before: summary(before), After: summary(e),
		})
	})
	if err != nil {
		return Entry{}, err
	}
	c.ring()
	return e, nil
}

// within refuses to write or to publish an entry that reaches into another brand: a *content.InvalidError.
func within(ctx context.Context, tx pgx.Tx, e Entry, action string) error {
	if action != actionCreate && action != actionSave && action != actionRevert && action != actionPublish {
		return nil
	}
	faults, err := reach(ctx, tx, e)
	if err != nil || len(faults) == 0 {
		return err
	}
	return &content.InvalidError{Kind: e.Kind, ID: e.ID, Faults: faults}
}

// target is what the audit log lists a change under.
func target(e Entry) string {
	if e.Brand != "" {
		return "site:" + e.Brand
	}
	return "content:" + string(e.Source)
}

// summary is what the audit log keeps of an entry: the history has the rest.
func summary(e Entry) any {
	if e.Version == 0 {
		return nil
	}
	return map[string]any{"source": e.Source, "entry": e.ID, "kind": e.Kind, "title": e.Title, "version": e.Version, "state": e.State()}
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID makes an ID as the system does: Contentful 22 letters and digits, Umbraco a UUID.
func newID(source cms.Source) (string, error) {
	if source == cms.Umbraco {
		id, err := uuid.NewRandom()
		return id.String(), err
	}
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return "", err
	}
	return short(raw), nil
}

// short writes 16 bytes in 22 letters and digits.
func short(raw [16]byte) string {
	n, digits, rest := new(big.Int).SetBytes(raw[:]), big.NewInt(int64(len(base62))), new(big.Int)
	out := make([]byte, 22)
	for i := range out {
		n.DivMod(n, digits, rest)
		out[len(out)-1-i] = base62[rest.Int64()]
	}
	return string(out)
}
