package edgeconfig

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Redirect is one of the marketers' rules; site.Redirect says what Match, Source and Target mean.
type Redirect struct {
	ID             uuid.UUID `json:"id"`
	Site           string    `json:"site"`
	Match          string    `json:"match"` // "" on adding: pattern when Source holds "*", host when it has no "/", else exact
	Source         string    `json:"source"`
	Target         string    `json:"target"`
	Status         int       `json:"status"` // 301, 302, 307 or 308; 0 on adding: 302
	PreserveQuery  bool      `json:"preserve_query"`
	PreserveSuffix bool      `json:"preserve_suffix"`
	StartsAt       time.Time `json:"starts_at,omitzero"` // zero: at once
	EndsAt         time.Time `json:"ends_at,omitzero"`   // zero: for ever
	CreatedBy      string    `json:"created_by"`
}

// AddRedirect adds a rule to r.Site. A rule with the same match and source must not exist, unless it is over; then the
// new one takes its place.
func (e *Editor) AddRedirect(ctx context.Context, actor string, r Redirect) (Redirect, error) {
	now := e.Now().UTC()
	if r.Site == AllSites {
		return r, refuse("a redirect belongs to one site")
	}
	r.fillIn()
	if !r.EndsAt.IsZero() && (!r.EndsAt.After(now) || !r.EndsAt.After(r.StartsAt)) {
		return r, refuse("the redirect would end before it starts")
	}
	if !slices.Contains([]int{301, 302, 307, 308}, r.Status) {
		return r, refuse("the status must be 301, 302, 307 or 308, not %d", r.Status)
	}
	if !slices.Contains([]string{site.MatchExact, site.MatchPrefix, site.MatchHost, site.MatchPattern}, r.Match) {
		return r, refuse("the match must be exact, prefix, host or pattern, not %q", r.Match)
	}
	if !utf8.ValidString(r.Source + r.Target) {
		return r, refuse("the source and the target must be text in UTF-8")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return r, fmt.Errorf("redirect: %w", err)
	}
	r.ID, r.CreatedBy = id, actor
	err = e.edit(ctx, actor, r.Site, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		same, err := rulesFrom(ctx, q, b.ID, r.Match, r.Source)
		if err != nil {
			return nil, err
		}
		c := change{action: "redirect.add", after: r}
		for _, old := range same {
			if old.EndsAt.IsZero() || old.EndsAt.After(now) {
				return nil, refuse("%s already has a redirect from %s, to %s: remove it first", b.ID, old.Source, old.Target)
			}
			c.before = old
			if _, err := q.DeleteRedirect(ctx, old.ID); err != nil {
				return nil, fmt.Errorf("redirect: %w", err)
			}
		}
		err = q.InsertRedirect(ctx, dbsqlc.InsertRedirectParams{
			ID: r.ID, BrandID: b.ID, Match: r.Match, Source: r.Source, Target: r.Target, Status: int32(r.Status),
			PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix,
			StartsAt: optional(r.StartsAt), EndsAt: optional(r.EndsAt), CreatedBy: actor, CreatedAt: now,
		})
		if err != nil {
			return nil, fmt.Errorf("redirect: %w", err)
		}
		return []change{c}, nil
	})
	return r, err
}

func (r *Redirect) fillIn() {
	if r.Status == 0 {
		r.Status = http.StatusFound
	}
	if r.Match == "" {
		switch {
		case strings.Contains(r.Source, "*"):
			r.Match = site.MatchPattern
		case !strings.Contains(r.Source, "/"):
			r.Match = site.MatchHost
		default:
			r.Match = site.MatchExact
		}
	}
}

// RemoveRedirect removes the rule from source. match may be "" when only one rule has that source.
func (e *Editor) RemoveRedirect(ctx context.Context, actor, brandID, match, source string) (Redirect, error) {
	var removed Redirect
	if brandID == AllSites {
		return removed, refuse("a redirect belongs to one site")
	}
	err := e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		found, err := rulesFrom(ctx, q, b.ID, match, source)
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, refuse("%s has no redirect from %s", b.ID, source)
		case len(found) > 1:
			return nil, refuse("%s has several redirects from %s: say which with the match (exact, prefix, host, pattern)", b.ID, source)
		}
		removed = found[0]
		if _, err := q.DeleteRedirect(ctx, removed.ID); err != nil {
			return nil, fmt.Errorf("redirect: %w", err)
		}
		return []change{{action: "redirect.remove", before: removed}}, nil
	})
	return removed, err
}

// Redirects lists the rules of a site or AllSites that are not over, by site, match and source.
func (e *Editor) Redirects(ctx context.Context, brandID string) ([]Redirect, error) {
	q := dbsqlc.New(e.DB)
	if brandID == AllSites {
		brandID = ""
	} else if _, err := brandsOf(ctx, q, brandID); err != nil {
		return nil, err
	}
	rows, err := q.ListRedirects(ctx, dbsqlc.ListRedirectsParams{BrandID: brandID, Now: e.Now()})
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	rules := make([]Redirect, len(rows))
	for i, row := range rows {
		rules[i] = redirect(row)
	}
	return rules, nil
}

// rulesFrom finds rules by source, those that are over included.
func rulesFrom(ctx context.Context, q *dbsqlc.Queries, brandID, match, source string) ([]Redirect, error) {
	rows, err := q.ListRedirects(ctx, dbsqlc.ListRedirectsParams{BrandID: brandID})
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	var found []Redirect
	for _, row := range rows {
		if row.Source == source && (match == "" || row.Match == match) {
			found = append(found, redirect(row))
		}
	}
	return found, nil
}

func redirect(row dbsqlc.Redirect) Redirect {
	return Redirect{
		ID: row.ID, Site: row.BrandID, Match: row.Match, Source: row.Source, Target: row.Target, Status: int(row.Status),
		PreserveQuery: row.PreserveQuery, PreserveSuffix: row.PreserveSuffix,
		StartsAt: instant(row.StartsAt), EndsAt: instant(row.EndsAt), CreatedBy: row.CreatedBy,
	}
}
