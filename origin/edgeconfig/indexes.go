package edgeconfig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

const (
	// unusedFor is how long an index that no document names any longer stays, for isolates and caches that still have
	// such a document.
	unusedFor = 24 * time.Hour
	// indexLock, with a hash of the brand, keeps two processes from compiling the same rules.
	indexLock = 0x5d001de8
)

// loadIndexes gives the brands with many rules the index compiled last. notYet are those that have none.
func (p *Publisher) loadIndexes(ctx context.Context, q *dbsqlc.Queries, d *decisions, w *wanted) (notYet map[string]bool, err error) {
	heads, err1 := q.ListRedirectHeads(ctx, "")
	indexes, err2 := q.ListRedirectIndexes(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("publish sites: %w", err)
	}
	notYet = map[string]bool{}
	for _, head := range heads {
		if head.Total <= inlineRules {
			continue
		}
		at := slices.IndexFunc(indexes, func(ix dbsqlc.ListRedirectIndexesRow) bool { return ix.BrandID == head.BrandID })
		if at < 0 || indexes[at].Version != head.Number {
			w.behind = append(w.behind, head.BrandID)
		}
		if at < 0 {
			notYet[head.BrandID] = true
			continue
		}
		d.indexes[head.BrandID] = indexes[at].Sum
		w.indexes = append(w.indexes, indexes[at])
	}
	return notYet, nil
}

// buildIndexes compiles the rules of brands. Those that another process is compiling are left to it.
func (p *Publisher) buildIndexes(ctx context.Context, brandIDs []string) (built int, err error) {
	var faults []error
	for _, brandID := range brandIDs {
		ok, err := p.buildIndex(ctx, brandID)
		if err != nil {
			faults = append(faults, fmt.Errorf("redirects of %s stay as they were: %w", brandID, err))
		}
		if ok {
			built++
		}
		if ctx.Err() != nil {
			break
		}
	}
	return built, errors.Join(faults...)
}

func (p *Publisher) buildIndex(ctx context.Context, brandID string) (built bool, err error) {
	// The rules and the number of their version are of the same moment.
	tx, err := p.DB.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return false, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock($1, hashtext($2))", indexLock, brandID).Scan(&built); err != nil || !built {
		return false, err
	}
	q := dbsqlc.New(tx)
	heads, err := q.ListRedirectHeads(ctx, brandID)
	if err != nil || len(heads) == 0 {
		return false, err
	}
	rules, err := readRules(ctx, tx, brandID, p.Now())
	if err != nil {
		return false, err
	}
	content, err := redirect.Build(rules)
	if err != nil {
		return false, err
	}
	if len(content) > maxValue {
		return false, fmt.Errorf("%d rules take %d MiB when compiled, and KV holds %d MiB", len(rules), len(content)>>20, maxValue>>20)
	}
	sum := sha256.Sum256(content)
	if err := q.SetRedirectIndex(ctx, dbsqlc.SetRedirectIndexParams{
		BrandID: brandID, Version: heads[0].Number, Sum: hex.EncodeToString(sum[:]), Content: content, Rules: int32(len(rules)), BuiltAt: p.Now().UTC(),
	}); err != nil {
		return false, err
	}
	return true, tx.Commit(ctx)
}

// readRules reads the rules of a brand that are on and not over, as the edge has them.
func readRules(ctx context.Context, tx pgx.Tx, brandID string, now time.Time) ([]site.Redirect, error) {
	rows, err := tx.Query(ctx, `select id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at
		from redirects where brand_id = $1 and enabled and (ends_at is null or ends_at > $2) order by match, source`, brandID, now)
	if err != nil {
		return nil, err
	}
	var r Redirect
	var starts, ends *time.Time
	var rules []site.Redirect
	_, err = pgx.ForEachRow(rows, []any{&r.ID, &r.Match, &r.Source, &r.Target, &r.Status, &r.PreserveQuery, &r.PreserveSuffix, &r.IncludeSubdomains, &starts, &ends}, func() error {
		r.StartsAt, r.EndsAt = instant(starts), instant(ends)
		rules = append(rules, r.Edge())
		return nil
	})
	return rules, err
}

// writeIndex puts an index into the store.
func (p *Publisher) writeIndex(ctx context.Context, q *dbsqlc.Queries, ix dbsqlc.ListRedirectIndexesRow, known map[string]dbsqlc.PublishedSite) error {
	row, err := q.GetRedirectIndex(ctx, ix.BrandID)
	if err != nil {
		return fmt.Errorf("publish the redirects of %s: %w", ix.BrandID, err)
	}
	if row.Sum != ix.Sum {
		return fmt.Errorf("publish the redirects of %s: they were compiled again meanwhile", ix.BrandID)
	}
	if _, err := p.write(ctx, q, []Entry{{Key: site.RedirectIndexKey(row.Sum), Value: row.Content, Binary: true}}, known); err != nil {
		return fmt.Errorf("publish the redirects of %s: %w", ix.BrandID, err)
	}
	return nil
}

// removeGone deletes the documents of brands that are gone, and indexes that no document has named for a while.
func (p *Publisher) removeGone(ctx context.Context, q *dbsqlc.Queries, w wanted, known map[string]dbsqlc.PublishedSite) (documents int, err error) {
	now := p.Now().UTC()
	named := map[string]bool{}
	for _, ix := range w.indexes {
		named[site.RedirectIndexKey(ix.Sum)] = true
	}
	var gone, used, unused []string
	for key, row := range known {
		switch isIndex := strings.HasPrefix(key, site.RedirectIndexKey("")); {
		case !isIndex && !w.keep[key]:
			gone = append(gone, key)
			documents++
		case !isIndex:
		case named[key]:
			if row.UnusedSince != nil {
				used = append(used, key)
			}
		case row.UnusedSince == nil:
			unused = append(unused, key)
		case now.Sub(*row.UnusedSince) > unusedFor && w.invalid == nil: // a brand's last valid document may name it
			gone = append(gone, key)
		}
	}
	if len(used) > 0 {
		err = errors.Join(err, q.MarkUsed(ctx, used))
	}
	if len(unused) > 0 {
		err = errors.Join(err, q.MarkUnused(ctx, dbsqlc.MarkUnusedParams{Keys: unused, At: now}))
	}
	if err != nil {
		return 0, fmt.Errorf("publish sites: %w", err)
	}
	if len(gone) == 0 {
		return 0, nil
	}
	slices.Sort(gone)
	if err := p.Store.Delete(ctx, gone); err != nil {
		return 0, fmt.Errorf("remove sites from KV: %w", err)
	}
	if err := q.ForgetPublished(ctx, gone); err != nil {
		return 0, fmt.Errorf("publish sites: %w", err)
	}
	return documents, nil
}

// digest identifies what stands under a key in a store. An index is named by its content's sum; its key says it all.
func (p *Publisher) digest(e Entry) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", p.Store.Name(), e.Key)
	if !strings.HasPrefix(e.Key, site.RedirectIndexKey("")) {
		h.Write(e.Value)
	}
	return hex.EncodeToString(h.Sum(nil))
}
