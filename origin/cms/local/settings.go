package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// Settings say how a system sends webhooks, and what a rehearsal does to the next ones.
type Settings struct {
	// Generation is Umbraco's version: 13, which writes PascalCase, or 14 for that and all later ones.
	Generation int `json:"generation,omitempty"`
	// Payload is what Umbraco's webhooks hold: legacy, minimal or extended.
	Payload string `json:"payload,omitempty"`
	// Documented has Umbraco's events spelt as its documentation does, Umbraco.ContentPublished, not as its source:
	// Umbraco.ContentPublish.
	Documented bool `json:"documented,omitempty"`

	// How many of the next webhooks are lost, sent twice, sent late, and overtaken by the one after them.
	Lose      int `json:"lose,omitempty"`
	Duplicate int `json:"duplicate,omitempty"`
	Delay     int `json:"delay,omitempty"`
	Reorder   int `json:"reorder,omitempty"`
	// DelayFor is how late those are, in seconds.
	DelayFor int `json:"delay_for"`
}

// Umbraco's payloads.
const (
	Legacy   = "legacy"
	Minimal  = "minimal"
	Extended = "extended"
)

// Payloads are all three.
func Payloads() []string { return []string{Legacy, Minimal, Extended} }

const mostFaults, mostDelay = 1000, 86400

// check says what can't be.
func (s Settings) check(source cms.Source) error {
	if source == cms.Umbraco {
		if s.Generation != 13 && s.Generation != 14 {
			return Refused{"Umbraco’s webhooks are those of version 13, or of 14 and later."}
		}
		if s.Payload != Legacy && s.Payload != Minimal && s.Payload != Extended {
			return Refused{"A payload is legacy, minimal or extended."}
		}
	}
	for _, n := range []int{s.Lose, s.Duplicate, s.Delay, s.Reorder} {
		if n < 0 || n > mostFaults {
			return Refused{fmt.Sprintf("A fault concerns 0 to %d webhooks.", mostFaults)}
		}
	}
	if s.DelayFor < 0 || s.DelayFor > mostDelay {
		return Refused{"A webhook can be up to a day late: 0 to 86,400 seconds."}
	}
	return nil
}

func usual(source cms.Source) Settings {
	s := Settings{DelayFor: 30}
	if source == cms.Umbraco {
		s.Generation, s.Payload = 14, Extended
	}
	return s
}

// Settings reads a system's.
func (c *CMS) Settings(ctx context.Context, source cms.Source) (Settings, error) {
	return readSettings(ctx, c.DB, source)
}

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func readSettings(ctx context.Context, db querier, source cms.Source) (Settings, error) {
	s := usual(source)
	var text []byte
	err := db.QueryRow(ctx, `select settings from local_cms_settings where source = $1`, source).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fmt.Errorf("cms/local: read settings: %w", err)
	}
	return s, nil
}

func writeSettings(ctx context.Context, tx pgx.Tx, source cms.Source, s Settings) error {
	text, err := json.Marshal(s)
	if err == nil {
		_, err = tx.Exec(ctx, `insert into local_cms_settings (source, settings) values ($1, $2)
			on conflict (source) do update set settings = excluded.settings`, source, text)
	}
	if err != nil {
		return fmt.Errorf("cms/local: write settings: %w", err)
	}
	return nil
}

// SetSettings changes a system's. A Refused says what can't be.
func (c *CMS) SetSettings(ctx context.Context, actor string, source cms.Source, s Settings) error {
	if err := s.check(source); err != nil {
		return err
	}
	return c.alone(ctx, source, func(tx pgx.Tx) error {
		before, err := readSettings(ctx, tx, source)
		if err != nil {
			return err
		}
		if err := writeSettings(ctx, tx, source, s); err != nil {
			return err
		}
		return record.Add(ctx, dbsqlc.New(tx), record.Entry{
			At: c.Now(), Actor: actor, Action: "content.webhooks", Target: "content:" + string(source), Before: before, After: s,
		})
	})
}

// alone runs f in a transaction in which nobody else changes what is public of that system, or its settings: sync tokens
// are numbers that must become visible in their order.
func (c *CMS) alone(ctx context.Context, source cms.Source, f func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, c.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, "local cms "+string(source)); err != nil {
			return fmt.Errorf("cms/local: wait for others: %w", err)
		}
		return f(tx)
	})
}

// now is the clock to a microsecond, which is what the database keeps.
func (c *CMS) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
