package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// revision is a version of a site's rules in the making. It holds the lock on them.
type revision struct {
	tx                      pgx.Tx
	q                       *dbsqlc.Queries
	brandID, actor          string
	number                  int // of the version it will be
	now                     time.Time
	about                   string
	added, changed, removed int
}

// versionRecord is what the audit keeps of a version that has no one rule to show.
type versionRecord struct {
	Version int    `json:"version"`
	About   string `json:"about"`
	Added   int    `json:"added,omitempty"`
	Changed int    `json:"changed,omitempty"`
	Removed int    `json:"removed,omitempty"`
}

// errNothing ends a revision that turned out to change nothing.
var errNothing = errors.New("nothing would change")

// revise changes a site's rules in one transaction and records the outcome as a version. apply returns what the audit
// is to keep; brought are the rules that come in, which must be valid for the site.
func (e *Editor) revise(ctx context.Context, actor, brandID, action, about string, apply func(*revision) (before, after any, err error), brought ...Redirect) (Version, error) {
	var made Version
	if brandID == AllSites || brandID == "" {
		return made, refuse("a redirect belongs to one site")
	}
	err := e.editTx(ctx, actor, brandID, func(tx pgx.Tx, q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		if err := e.checkRules(ctx, q, b, brought); err != nil {
			return nil, err
		}
		v, err := e.beginRevision(ctx, q, actor, b.ID, about)
		if err != nil {
			return nil, err
		}
		v.tx = tx
		before, after, err := apply(v)
		if err != nil {
			return nil, err
		}
		if err := e.findLoops(ctx, q, b, brought); err != nil {
			return nil, err
		}
		if made, err = v.finish(ctx, action); err != nil {
			return nil, err
		}
		return []change{{action: action, before: before, after: after}}, nil
	})
	return made, err
}

func (e *Editor) beginRevision(ctx context.Context, q *dbsqlc.Queries, actor, brandID, about string) (*revision, error) {
	head, err := q.LockRedirectHead(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	return &revision{q: q, brandID: brandID, actor: actor, number: int(head.Number) + 1, now: e.Now().UTC(), about: about}, nil
}

// finish records the version.
func (v *revision) finish(ctx context.Context, action string) (Version, error) {
	total, err := v.q.MoveRedirectHead(ctx, dbsqlc.MoveRedirectHeadParams{BrandID: v.brandID, Number: int32(v.number), More: int32(v.added - v.removed)})
	if err != nil {
		return Version{}, fmt.Errorf("redirects: %w", err)
	}
	row := dbsqlc.AddRedirectVersionParams{
		BrandID: v.brandID, Number: int32(v.number), At: v.now, Actor: v.actor, Action: action, About: v.about,
		Added: int32(v.added), Changed: int32(v.changed), Removed: int32(v.removed), Total: total,
	}
	if err := v.q.AddRedirectVersion(ctx, row); err != nil {
		return Version{}, fmt.Errorf("redirects: %w", err)
	}
	return version(dbsqlc.RedirectVersion(row)), nil
}

// sameSource is the rule that has r's match and source, a trailing slash apart, or nil.
func (v *revision) sameSource(ctx context.Context, r Redirect) (*Redirect, error) {
	rows, err := v.q.ListRedirectsFrom(ctx, dbsqlc.ListRedirectsFromParams{BrandID: v.brandID, Sources: []string{r.Source, strings.TrimSuffix(r.Source, "/"), r.Source + "/"}})
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	for _, row := range rows {
		if row.Match == r.Match && row.ID != r.ID {
			same := fromRow(row)
			return &same, nil
		}
	}
	return nil, nil
}

func (v *revision) insert(ctx context.Context, r Redirect) error {
	v.added++
	err := v.q.InsertRedirect(ctx, dbsqlc.InsertRedirectParams{
		ID: r.ID, BrandID: v.brandID, Match: r.Match, Source: r.Source, Target: r.Target, Status: int32(r.Status),
		PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix, IncludeSubdomains: r.IncludeSubdomains,
		StartsAt: optional(r.StartsAt), EndsAt: optional(r.EndsAt),
		Enabled: !r.Disabled, Note: r.Note, CreatedBy: r.CreatedBy, CreatedAt: v.now, SinceVersion: int32(v.number),
	})
	if err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	return nil
}

func (v *revision) update(ctx context.Context, r Redirect) error {
	v.changed++
	if err := v.archive(ctx, r.ID); err != nil {
		return err
	}
	err := v.q.UpdateRedirect(ctx, dbsqlc.UpdateRedirectParams{
		ID: r.ID, Match: r.Match, Source: r.Source, Target: r.Target, Status: int32(r.Status),
		PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix, IncludeSubdomains: r.IncludeSubdomains,
		StartsAt: optional(r.StartsAt), EndsAt: optional(r.EndsAt),
		Enabled: !r.Disabled, Note: r.Note, SinceVersion: int32(v.number), UpdatedBy: v.actor, UpdatedAt: v.now,
	})
	if err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	return nil
}

func (v *revision) remove(ctx context.Context, ids ...uuid.UUID) error {
	if err := v.archive(ctx, ids...); err != nil {
		return err
	}
	n, err := v.q.DeleteRedirects(ctx, ids)
	if err != nil {
		return fmt.Errorf("redirects: %w", err)
	}
	v.removed += int(n)
	return nil
}

func (v *revision) archive(ctx context.Context, ids ...uuid.UUID) error {
	if err := v.q.ArchiveRedirects(ctx, dbsqlc.ArchiveRedirectsParams{Version: int32(v.number), Ids: ids}); err != nil {
		return fmt.Errorf("redirect history: %w", err)
	}
	return nil
}

// checkRules refuses rules that would not be valid in the site's document.
func (e *Editor) checkRules(ctx context.Context, q *dbsqlc.Queries, b dbsqlc.Brand, rules []Redirect) error {
	if len(rules) == 0 {
		return nil
	}
	doc, err := e.bare(ctx, q, b)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if faults := doc.CheckRedirect(r.Edge()); len(faults) > 0 {
			return Faults{Site: b.ID, List: faults}
		}
	}
	return nil
}
