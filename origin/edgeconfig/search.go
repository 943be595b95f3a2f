package edgeconfig

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Orders in which rules are listed.
const (
	BySource = "source"
	ByChange = "changed" // the one changed last first
	ByHits   = "hits"    // the one that won most often in the last 30 days first
)

// RuleQuery asks for rules.
type RuleQuery struct {
	Sites []string // whose; none is none
	Text  string   // part of the source, the target or the note, in any case; "": all
	State string   // StateLive ...; "": all
	Match string   // "": all
	Order string   // "": BySource
	After string   // RulePage.Next of the page before; "": the first
	Most  int      // rules of a page
}

// CountedRedirect is a rule and how often it won.
type CountedRedirect struct {
	Redirect
	Hits    int64     // ever
	Recent  int64     // in the last 30 days
	LastHit time.Time // the day; zero: never
}

// RulePage is one page of rules.
type RulePage struct {
	Rules []CountedRedirect
	Next  string // "" at the end
	Total int    // rules that fit, at most MaxCounted
}

// MaxCounted is as far as rules that fit are counted.
const MaxCounted = 10_000

// FindRedirects lists the rules that fit, a page at a time.
func (e *Editor) FindRedirects(ctx context.Context, ask RuleQuery) (RulePage, error) {
	if _, ok := ask.position(); !ok {
		ask.After = "" // a cursor that makes no sense is the beginning
	}
	where, args := []string{"r.brand_id = any($1)"}, []any{ask.Sites}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if text := strings.TrimSpace(ask.Text); text != "" {
		like := arg("%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%")
		where = append(where, fmt.Sprintf("(r.source ilike %[1]s or r.target ilike %[1]s or r.note ilike %[1]s)", like))
	}
	if ask.Match != "" {
		where = append(where, "r.match = "+arg(ask.Match))
	}
	now := e.Now().UTC()
	switch ask.State {
	case StateOff:
		where = append(where, "not r.enabled")
	case StateOver:
		where = append(where, "r.enabled and r.ends_at <= "+arg(now))
	case StateScheduled:
		where = append(where, fmt.Sprintf("r.enabled and r.starts_at > %[1]s and (r.ends_at is null or r.ends_at > %[1]s)", arg(now)))
	case StateLive:
		where = append(where, fmt.Sprintf("r.enabled and (r.starts_at is null or r.starts_at <= %[1]s) and (r.ends_at is null or r.ends_at > %[1]s)", arg(now)))
	}
	var page RulePage
	count := fmt.Sprintf("select count(*) from (select 1 from redirects r where %s limit %d) n", strings.Join(where, " and "), MaxCounted)
	if err := e.DB.QueryRow(ctx, count, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("redirects: %w", err)
	}
	if page.Total == 0 {
		return page, nil
	}
	query := orderRules(ask, &where, arg)
	rows, err := e.DB.Query(ctx, query, args...)
	if err != nil {
		return page, fmt.Errorf("redirects: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[dbsqlc.Redirect])
	if err != nil {
		return page, fmt.Errorf("redirects: %w", err)
	}
	more := len(list) > ask.Most
	list = list[:min(len(list), ask.Most)]
	for _, row := range list {
		page.Rules = append(page.Rules, CountedRedirect{Redirect: fromRow(row)})
	}
	if more {
		page.Next = ask.cursor(page.Rules[len(page.Rules)-1].Redirect)
	}
	return page, e.countHits(ctx, page.Rules)
}

// cursor is where a page ends.
type cursor struct {
	Source string    `json:"s,omitempty"`
	At     time.Time `json:"t,omitzero"`
	ID     uuid.UUID `json:"i,omitzero"`
	Offset int       `json:"o,omitempty"`
}

func (ask RuleQuery) cursor(last Redirect) string {
	c := cursor{ID: last.ID}
	switch ask.Order {
	case ByChange:
		c.At = last.UpdatedAt
	case ByHits:
		at, _ := ask.position()
		c = cursor{Offset: at.Offset + ask.Most}
	default:
		c.Source = last.Source
	}
	text, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// position reads After.
func (ask RuleQuery) position() (c cursor, ok bool) {
	if text, err := base64.RawURLEncoding.DecodeString(ask.After); err == nil && json.Unmarshal(text, &c) == nil {
		c.Offset = min(max(c.Offset, 0), 1_000_000)
		return c, true
	}
	return cursor{}, false
}

func orderRules(ask RuleQuery, where *[]string, arg func(any) string) string {
	at, after := ask.position()
	join, order, offset := "", "r.source, r.id", ""
	switch ask.Order {
	case ByHits:
		join = " left join (select rule_id, sum(hits) as hits from redirect_hits where day > current_date - 30 group by rule_id) h on h.rule_id = r.id"
		order, offset = "h.hits desc nulls last, r.source, r.id", " offset "+arg(at.Offset)
	case ByChange:
		order = "r.updated_at desc, r.id desc"
		if after {
			*where = append(*where, fmt.Sprintf("(r.updated_at, r.id) < (%s, %s)", arg(at.At), arg(at.ID)))
		}
	default:
		if after {
			*where = append(*where, fmt.Sprintf("(r.source, r.id) > (%s, %s)", arg(at.Source), arg(at.ID)))
		}
	}
	return "select r.* from redirects r" + join + " where " + strings.Join(*where, " and ") + " order by " + order + " limit " + arg(ask.Most+1) + offset
}

func (e *Editor) countHits(ctx context.Context, rules []CountedRedirect) error {
	ids := make([]uuid.UUID, len(rules))
	at := make(map[uuid.UUID]*CountedRedirect, len(rules))
	for i := range rules {
		ids[i], at[rules[i].ID] = rules[i].ID, &rules[i]
	}
	rows, err := e.DB.Query(ctx, `select rule_id, sum(hits)::bigint, coalesce(sum(hits) filter (where day > current_date - 30), 0)::bigint, max(day)::timestamptz
		from redirect_hits where rule_id = any($1) group by rule_id`, ids)
	if err != nil {
		return fmt.Errorf("redirect hits: %w", err)
	}
	var id uuid.UUID
	var all, recent int64
	var last time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &all, &recent, &last}, func() error {
		at[id].Hits, at[id].Recent, at[id].LastHit = all, recent, last.UTC()
		return nil
	})
	if err != nil {
		return fmt.Errorf("redirect hits: %w", err)
	}
	return nil
}

// Tester is a site and its rules as they would be, to be asked what becomes of a request.
type Tester struct {
	Site  *site.Site
	index *redirect.Index
}

// Tester makes one of a site's saved rules, with more rules in the place of those that have the same ID, or match and
// source.
func (e *Editor) Tester(ctx context.Context, brandID string, more ...Redirect) (*Tester, error) {
	q := dbsqlc.New(e.DB)
	brands, err := brandsOf(ctx, q, brandID)
	if err != nil {
		return nil, err
	}
	if brandID == AllSites {
		return nil, refuse("choose a site")
	}
	t := &Tester{}
	if t.Site, err = e.bare(ctx, q, brands[0]); err != nil {
		return nil, err
	}
	content, err := e.compiled(ctx, brandID, more)
	if err != nil {
		return nil, err
	}
	t.index, err = redirect.Open(content)
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	return t, nil
}

// compiled is the site's rules as an index.
func (e *Editor) compiled(ctx context.Context, brandID string, more []Redirect) ([]byte, error) {
	var rules []site.Redirect
	err := pgx.BeginTxFunc(ctx, e.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		// Rules that are over are told apart by the index itself: the tester may ask about the past.
		rules, err = readRules(ctx, tx, brandID, time.Time{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	for _, r := range more {
		kept := rules[:0]
		for _, old := range rules {
			if old.ID != r.ID.String() && (old.Match != r.Match || old.Source != r.Source) {
				kept = append(kept, old)
			}
		}
		if rules = kept; !r.Disabled {
			rules = append(rules, r.Edge())
		}
	}
	content, err := redirect.Build(rules)
	if err != nil {
		return nil, refuse("%s", strings.TrimPrefix(err.Error(), "redirect: "))
	}
	return content, nil
}

// Ask says which rule applies to an address of the site, and why no other does.
func (t *Tester) Ask(hostname, path, query string, at time.Time) redirect.Explanation {
	return redirect.Explain(t.index, t.Site, hostname, path, query, at)
}

// TesterWith makes one of a site's rules as an import would leave them: with replace, of the import's alone.
func (e *Editor) TesterWith(ctx context.Context, brandID string, rules []site.Redirect, replace bool) (*Tester, error) {
	t, err := e.Tester(ctx, brandID)
	if err != nil {
		return nil, err
	}
	if !replace {
		taken := make(map[string]bool, len(rules))
		for _, r := range rules {
			taken[r.Match+" "+r.Source] = true
		}
		var saved []site.Redirect
		err := pgx.BeginTxFunc(ctx, e.DB, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
			saved, err = readRules(ctx, tx, brandID, time.Time{})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("redirects: %w", err)
		}
		for _, r := range saved {
			if !taken[r.Match+" "+r.Source] {
				rules = append(rules, r)
			}
		}
	}
	content, err := redirect.Build(rules)
	if err != nil {
		return nil, refuse("%s", strings.TrimPrefix(err.Error(), "redirect: "))
	}
	if t.index, err = redirect.Open(content); err != nil {
		return nil, fmt.Errorf("redirects: %w", err)
	}
	return t, nil
}
