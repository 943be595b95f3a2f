package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// MaxNote is the most bytes a rule's note may have.
const MaxNote = 500

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
	// IncludeSubdomains makes a source with a hostname hold for every hostname of the site under it, too.
	IncludeSubdomains bool      `json:"include_subdomains,omitempty"`
	StartsAt          time.Time `json:"starts_at,omitzero"` // zero: at once
	EndsAt            time.Time `json:"ends_at,omitzero"`   // zero: for ever
	Disabled          bool      `json:"disabled,omitempty"` // kept, but not in force
	Note              string    `json:"note,omitempty"`     // for colleagues
	CreatedBy         string    `json:"created_by"`

	// Since is the version of the site's rules that brought the rule into its present form, by whom and when.
	Since     int       `json:"-"`
	UpdatedBy string    `json:"-"`
	UpdatedAt time.Time `json:"-"`
}

// States of a rule at a moment.
const (
	StateLive      = "live"
	StateScheduled = "scheduled" // has not started
	StateOver      = "over"      // has ended
	StateOff       = "off"       // disabled
)

// State says whether the rule is in force at an instant.
func (r Redirect) State(at time.Time) string {
	switch {
	case r.Disabled:
		return StateOff
	case !r.EndsAt.IsZero() && !r.EndsAt.After(at):
		return StateOver
	case r.StartsAt.After(at):
		return StateScheduled
	}
	return StateLive
}

// Edge is the rule as the edge reads it.
func (r Redirect) Edge() site.Redirect {
	return site.Redirect{
		ID: r.ID.String(), Match: r.Match, Source: r.Source, Target: r.Target, Status: r.Status,
		PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix, IncludeSubdomains: r.IncludeSubdomains,
		StartsAt: r.StartsAt, EndsAt: r.EndsAt,
	}
}

// AddRedirect adds a rule to r.Site. A rule with the same match and source must not exist, unless it is over; then the
// new one takes its place.
func (e *Editor) AddRedirect(ctx context.Context, actor string, r Redirect) (Redirect, error) {
	now := e.Now().UTC()
	if err := r.prepare(now); err != nil {
		return r, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return r, fmt.Errorf("redirect: %w", err)
	}
	r.ID, r.CreatedBy = id, actor
	_, err = e.revise(ctx, actor, r.Site, "redirect.add", "Added "+r.Source, func(v *revision) (any, any, error) {
		old, err := v.sameSource(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		var before any
		if old != nil {
			if old.EndsAt.IsZero() || old.EndsAt.After(now) {
				return nil, nil, Taken{*old, refuse("%s already has a redirect from %s, to %s: remove it first", r.Site, old.Source, old.Target)}
			}
			before = *old
			if err := v.remove(ctx, old.ID); err != nil {
				return nil, nil, err
			}
		}
		r.Since = v.number
		return before, r, v.insert(ctx, r)
	}, r)
	return r, err
}

// Taken is refused because another rule has the same match and source.
type Taken struct {
	By  Redirect
	Err error
}

func (t Taken) Error() string { return t.Err.Error() }
func (t Taken) Unwrap() error { return t.Err }

// Conflict is refused because somebody else changed the same thing since it was read.
type Conflict struct {
	Theirs    any // as it is now; nil: it is gone
	UpdatedBy string
	UpdatedAt time.Time
}

func (c Conflict) Error() string {
	if c.Theirs == nil {
		return "someone removed this meanwhile"
	}
	return "someone changed this meanwhile"
}

// ChangeRedirect replaces the rule with r.ID. r.Since must be what it was when the rule was read; otherwise the error is
// a Conflict and nothing changes.
func (e *Editor) ChangeRedirect(ctx context.Context, actor string, r Redirect) (Redirect, error) {
	if err := r.prepare(e.Now().UTC()); err != nil {
		return r, err
	}
	_, err := e.revise(ctx, actor, r.Site, "redirect.change", "Changed "+r.Source, func(v *revision) (any, any, error) {
		row, err := v.q.GetRedirect(ctx, r.ID)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && row.BrandID != r.Site {
			return nil, nil, Conflict{}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("redirect: %w", err)
		}
		old := fromRow(row)
		if old.Since != r.Since {
			return nil, nil, Conflict{Theirs: old, UpdatedBy: old.UpdatedBy, UpdatedAt: old.UpdatedAt}
		}
		r.CreatedBy = old.CreatedBy
		if sameRule(old, r) {
			return nil, nil, errNothing
		}
		same, err := v.sameSource(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		if same != nil && same.ID != r.ID {
			return nil, nil, Taken{*same, refuse("%s already has another redirect from %s, to %s", r.Site, same.Source, same.Target)}
		}
		if err := v.update(ctx, r); err != nil {
			return nil, nil, err
		}
		r.Since, r.UpdatedBy, r.UpdatedAt = v.number, actor, v.now
		return old, r, nil
	}, r)
	if errors.Is(err, errNothing) {
		return r, nil
	}
	return r, err
}

// prepare fills in what was left out and refuses what cannot be.
func (r *Redirect) prepare(now time.Time) error {
	if r.Site == AllSites || r.Site == "" {
		return refuse("a redirect belongs to one site")
	}
	r.Source, r.Target = strings.TrimSpace(r.Source), strings.TrimSpace(r.Target)
	r.Note = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(r.Note))
	if r.Status == 0 {
		r.Status = http.StatusFound
	}
	if r.Match == "" {
		r.Match = GuessMatch(r.Source)
	}
	if !r.EndsAt.IsZero() && (!r.EndsAt.After(now) || !r.EndsAt.After(r.StartsAt)) {
		return refuse("the redirect would end before it starts")
	}
	if !slices.Contains([]int{301, 302, 307, 308}, r.Status) {
		return refuse("the status must be 301, 302, 307 or 308, not %d", r.Status)
	}
	if !slices.Contains([]string{site.MatchExact, site.MatchPrefix, site.MatchHost, site.MatchPattern}, r.Match) {
		return refuse("the match must be exact, prefix, host or pattern, not %q", r.Match)
	}
	if !utf8.ValidString(r.Source+r.Target+r.Note) || strings.ContainsRune(r.Source+r.Target+r.Note, 0) {
		return refuse("the source, the target and the note must be text in UTF-8")
	}
	if len(r.Note) > MaxNote {
		return refuse("the note has %d bytes; at most %d are kept", len(r.Note), MaxNote)
	}
	return nil
}

// GuessMatch is what a source looks like.
func GuessMatch(source string) string {
	switch {
	case strings.Contains(source, "*"):
		return site.MatchPattern
	case !strings.Contains(source, "/"):
		return site.MatchHost
	}
	return site.MatchExact
}

// RemoveRedirect removes the rule from source. match may be "" when only one rule has that source.
func (e *Editor) RemoveRedirect(ctx context.Context, actor, brandID, match, source string) (Redirect, error) {
	if brandID == AllSites {
		return Redirect{}, refuse("a redirect belongs to one site")
	}
	rows, err := dbsqlc.New(e.DB).ListRedirectsFrom(ctx, dbsqlc.ListRedirectsFromParams{BrandID: brandID, Sources: []string{source}})
	if err != nil {
		return Redirect{}, fmt.Errorf("redirects: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(row dbsqlc.Redirect) bool { return match != "" && row.Match != match })
	switch len(rows) {
	case 0:
		return Redirect{}, refuse("%s has no redirect from %s", brandID, source)
	case 1:
		_, err := e.RemoveRedirects(ctx, actor, brandID, []uuid.UUID{rows[0].ID})
		return fromRow(rows[0]), err
	}
	return Redirect{}, refuse("%s has several redirects from %s: say which with the match (exact, prefix, host, pattern)", brandID, source)
}

// RemoveRedirects removes rules of one site, as one version. Those that are gone already are passed over; if all are,
// that is refused.
func (e *Editor) RemoveRedirects(ctx context.Context, actor, brandID string, ids []uuid.UUID) (Version, error) {
	return e.revise(ctx, actor, brandID, "redirect.remove", "Removed "+plural(len(ids), "rule"), func(v *revision) (any, any, error) {
		var gone []Redirect
		for _, id := range ids {
			row, err := v.q.GetRedirect(ctx, id)
			if errors.Is(err, pgx.ErrNoRows) || err == nil && row.BrandID != brandID {
				continue
			}
			if err != nil {
				return nil, nil, fmt.Errorf("redirect: %w", err)
			}
			gone = append(gone, fromRow(row))
			if err := v.remove(ctx, id); err != nil {
				return nil, nil, err
			}
		}
		switch len(gone) {
		case 0:
			return nil, nil, refuse("somebody else has removed that already")
		case 1:
			v.about = "Removed " + gone[0].Source
			return gone[0], nil, nil
		}
		return gone, nil, nil
	})
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
		rules[i] = fromRow(row)
	}
	return rules, nil
}

// Redirect returns one rule, or Conflict when it is gone.
func (e *Editor) Redirect(ctx context.Context, id uuid.UUID) (Redirect, error) {
	row, err := dbsqlc.New(e.DB).GetRedirect(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Redirect{}, Conflict{}
	}
	if err != nil {
		return Redirect{}, fmt.Errorf("redirect: %w", err)
	}
	return fromRow(row), nil
}

func fromRow(row dbsqlc.Redirect) Redirect {
	return Redirect{
		ID: row.ID, Site: row.BrandID, Match: row.Match, Source: row.Source, Target: row.Target, Status: int(row.Status),
		PreserveQuery: row.PreserveQuery, PreserveSuffix: row.PreserveSuffix, IncludeSubdomains: row.IncludeSubdomains,
		StartsAt: instant(row.StartsAt), EndsAt: instant(row.EndsAt), Disabled: !row.Enabled, Note: row.Note, CreatedBy: row.CreatedBy,
		Since: int(row.SinceVersion), UpdatedBy: row.UpdatedBy, UpdatedAt: row.UpdatedAt.UTC(),
	}
}

// sameRule compares what the edge and people see of a rule.
func sameRule(a, b Redirect) bool {
	return a.Match == b.Match && a.Source == b.Source && a.Target == b.Target && a.Status == b.Status &&
		a.PreserveQuery == b.PreserveQuery && a.PreserveSuffix == b.PreserveSuffix && a.IncludeSubdomains == b.IncludeSubdomains &&
		a.StartsAt.Equal(b.StartsAt) && a.EndsAt.Equal(b.EndsAt) && a.Disabled == b.Disabled && a.Note == b.Note
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
