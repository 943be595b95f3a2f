package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Version is one state of a site's rules: every change makes one.
type Version struct {
	Site                    string
	Number                  int
	At                      time.Time
	Actor                   string
	Action                  string // "redirect.add"
	About                   string // a few words for people: "Added /panto"
	Added, Changed, Removed int    // rules, against the version before
	Total                   int    // rules
}

func version(row dbsqlc.RedirectVersion) Version {
	return Version{
		Site: row.BrandID, Number: int(row.Number), At: row.At.UTC(), Actor: row.Actor, Action: row.Action, About: row.About,
		Added: int(row.Added), Changed: int(row.Changed), Removed: int(row.Removed), Total: int(row.Total),
	}
}

// Versions lists a site's versions (or those of AllSites), the newest first; before bounds their numbers, 0 is no bound.
func (e *Editor) Versions(ctx context.Context, brandID string, before, most int) ([]Version, error) {
	if brandID == AllSites {
		brandID = ""
	}
	if before <= 0 {
		before = math.MaxInt32
	}
	rows, err := dbsqlc.New(e.DB).ListRedirectVersions(ctx, dbsqlc.ListRedirectVersionsParams{BrandID: brandID, Before: int32(before), Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	list := make([]Version, len(rows))
	for i, row := range rows {
		list[i] = version(row)
	}
	return list, nil
}

// Difference is one rule in two versions. Before is nil when it was added, After when it was removed.
type Difference struct{ Before, After *Redirect }

// Diff lists the rules that differ between two versions of a site, 0 being no rules at all. At most most are returned;
// total says how many there are.
func (e *Editor) Diff(ctx context.Context, brandID string, from, to, most int) (list []Difference, total int, err error) {
	q := dbsqlc.New(e.DB)
	for _, number := range []int{from, to} {
		if err := versionExists(ctx, q, brandID, number); err != nil {
			return nil, 0, err
		}
	}
	ids, before, after, err := difference(ctx, q, brandID, from, to)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range ids {
		b, a := before[id], after[id]
		if b == nil && a == nil || b != nil && a != nil && sameRule(*b, *a) {
			continue // it came and went, or was changed and changed back
		}
		if total++; total <= most {
			list = append(list, Difference{b, a})
		}
	}
	return list, total, nil
}

func versionExists(ctx context.Context, q *dbsqlc.Queries, brandID string, number int) error {
	if number == 0 {
		return nil
	}
	_, err := q.GetRedirectVersion(ctx, dbsqlc.GetRedirectVersionParams{BrandID: brandID, Number: int32(number)})
	if errors.Is(err, pgx.ErrNoRows) {
		return refuse("%s has no version %d of its redirects", brandID, number)
	}
	if err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	return nil
}

// difference finds the rules touched between two versions, and how they were in each.
func difference(ctx context.Context, q *dbsqlc.Queries, brandID string, from, to int) (ids []uuid.UUID, before, after map[uuid.UUID]*Redirect, err error) {
	ids, err = q.RedirectsTouched(ctx, dbsqlc.RedirectsTouchedParams{BrandID: brandID, Since: int32(min(from, to)), Upto: int32(max(from, to))})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("versions: %w", err)
	}
	if before, err = rulesAt(ctx, q, brandID, ids, from); err != nil {
		return nil, nil, nil, err
	}
	after, err = rulesAt(ctx, q, brandID, ids, to)
	return ids, before, after, err
}

func rulesAt(ctx context.Context, q *dbsqlc.Queries, brandID string, ids []uuid.UUID, number int) (map[uuid.UUID]*Redirect, error) {
	rows, err := q.RedirectsAt(ctx, dbsqlc.RedirectsAtParams{BrandID: brandID, Ids: ids, Version: int32(number)})
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	rules := make(map[uuid.UUID]*Redirect, len(rows))
	for _, row := range rows {
		rules[row.ID] = &Redirect{
			ID: row.ID, Site: brandID, Match: row.Match, Source: row.Source, Target: row.Target, Status: int(row.Status),
			PreserveQuery: row.PreserveQuery, PreserveSuffix: row.PreserveSuffix, IncludeSubdomains: row.IncludeSubdomains,
			StartsAt: instant(row.StartsAt), EndsAt: instant(row.EndsAt), Disabled: !row.Enabled, Note: row.Note, CreatedBy: row.CreatedBy,
		}
	}
	return rules, nil
}

// Rollback makes a site's rules what they were in a version, as a new version.
func (e *Editor) Rollback(ctx context.Context, actor, brandID string, number int) (Version, error) {
	return e.restore(ctx, actor, brandID, "redirect.rollback", fmt.Sprintf("Back to version %d", number), func(v *revision) (from, to int, err error) {
		if number >= v.number-1 {
			return 0, 0, refuse("version %d is the newest already", v.number-1)
		}
		return v.number - 1, number, versionExists(ctx, v.q, brandID, number)
	})
}

// Undo takes back what one version changed, as a new version, and leaves later changes of other rules alone. It is
// refused when a later version changed one of the same rules.
func (e *Editor) Undo(ctx context.Context, actor, brandID string, number int) (Version, error) {
	return e.restore(ctx, actor, brandID, "redirect.undo", fmt.Sprintf("Took back version %d", number), func(v *revision) (from, to int, err error) {
		if number < 1 {
			return 0, 0, refuse("there is no version %d", number)
		}
		return number, number - 1, versionExists(ctx, v.q, brandID, number)
	})
}
