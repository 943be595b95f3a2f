package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Batch is a change of the rules of several sites at once.
type Batch struct {
	Actor, Action, About string
	Sites                []string // whose rules change
	// Base is the version of each site's rules that the change was checked against, of every site, changed or not. When
	// one has moved on, nothing is changed and the error is ErrMoved.
	Base map[string]int
	// Apply changes the rules; numbers is the version that each of Sites gets. It counts what it did.
	Apply func(ctx context.Context, tx pgx.Tx, numbers map[string]int) (map[string]Counts, error)
}

// Counts is what a change did to one site's rules.
type Counts struct{ Added, Changed, Removed int }

func (c Counts) none() bool { return c == Counts{} }

// ErrMoved is returned when rules have changed since a batch was checked.
var ErrMoved = errors.New("rules were changed since this was checked")

// ApplyBatch makes the change in one transaction: all of it, with a version for each site that it changes, or nothing.
func (e *Editor) ApplyBatch(ctx context.Context, b Batch) ([]Version, error) {
	if b.Actor == "" {
		return nil, refuse("a change needs somebody who makes it")
	}
	var made []Version
	err := pgx.BeginFunc(ctx, e.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		sites := slices.Sorted(slices.Values(b.Sites)) // in one order, so that two batches cannot wait for each other
		revisions := make(map[string]*revision, len(sites))
		numbers := make(map[string]int, len(sites))
		for _, id := range sites {
			v, err := e.beginRevision(ctx, q, b.Actor, id, b.About)
			if err != nil {
				return err
			}
			revisions[id], numbers[id] = v, v.number
		}
		now, err := versionsOf(ctx, q)
		if err != nil {
			return err
		}
		for id, number := range now {
			if b.Base[id] != number {
				return fmt.Errorf("%w (%s)", ErrMoved, id)
			}
		}
		counts, err := b.Apply(ctx, tx, numbers)
		if err != nil {
			return err
		}
		for _, id := range sites {
			if counts[id].none() {
				continue
			}
			v := revisions[id]
			v.added, v.changed, v.removed = counts[id].Added, counts[id].Changed, counts[id].Removed
			version, err := e.finishBatch(ctx, tx, v, b.Action)
			if err != nil {
				return err
			}
			made = append(made, version)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (e *Editor) finishBatch(ctx context.Context, tx pgx.Tx, v *revision, action string) (Version, error) {
	version, err := v.finish(ctx, action)
	if err != nil {
		return version, err
	}
	brand, err := v.q.GetBrand(ctx, v.brandID)
	if err != nil {
		return version, fmt.Errorf("redirects: %w", err)
	}
	if err := e.check(ctx, v.q, brand); err != nil {
		return version, err
	}
	if err := e.audit(ctx, v.q, v.actor, v.brandID, change{action: action, before: versionRecord{Version: v.number - 1},
		after: versionRecord{Version: v.number, About: v.about, Added: v.added, Changed: v.changed, Removed: v.removed}}); err != nil {
		return version, err
	}
	if e.Notify != nil {
		if err := e.Notify(ctx, tx, v.brandID); err != nil {
			return version, fmt.Errorf("edge configuration: %w", err)
		}
	}
	return version, nil
}

// versionsOf is the newest version of each site's rules; a site that never had any is missing.
func versionsOf(ctx context.Context, q *dbsqlc.Queries) (map[string]int, error) {
	heads, err := q.ListRedirectHeads(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	numbers := make(map[string]int, len(heads))
	for _, head := range heads {
		if head.Number > 0 {
			numbers[head.BrandID] = int(head.Number)
		}
	}
	return numbers, nil
}

// Place is a site as rules for it are checked: its document without rules, and its clock.
type Place struct {
	Site *site.Site
	Zone *time.Location
}

// Places is every site, by brand.
func (e *Editor) Places(ctx context.Context) (map[string]Place, error) {
	q := dbsqlc.New(e.DB)
	brands, err := q.ListBrands(ctx)
	if err != nil {
		return nil, fmt.Errorf("edge configuration: %w", err)
	}
	places := make(map[string]Place, len(brands))
	for _, b := range brands {
		doc, err := e.bare(ctx, q, b)
		if err != nil {
			return nil, err
		}
		zone, err := time.LoadLocation(b.TimeZone)
		if err != nil {
			return nil, fmt.Errorf("time zone of %s: %w", b.ID, err)
		}
		places[b.ID] = Place{doc, zone}
	}
	return places, nil
}

// AllRules are the rules of every site that are on and not over, and the version of each site's they are of.
type AllRules struct {
	Rules    map[string][]site.Redirect // by brand
	Versions map[string]int
}

// AllRules reads them at one moment.
func (e *Editor) AllRules(ctx context.Context) (AllRules, error) {
	all := AllRules{Rules: map[string][]site.Redirect{}}
	err := pgx.BeginTxFunc(ctx, e.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if all.Versions, err = versionsOf(ctx, dbsqlc.New(tx)); err != nil {
			return err
		}
		for id := range all.Versions {
			if all.Rules[id], err = readRules(ctx, tx, id, e.Now()); err != nil {
				return fmt.Errorf("redirects of %s: %w", id, err)
			}
		}
		return nil
	})
	return all, err
}
