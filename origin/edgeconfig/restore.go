package edgeconfig

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// restore turns the rules that differ between two versions from what they are in one to what they are in the other.
func (e *Editor) restore(ctx context.Context, actor, brandID, action, about string, which func(*revision) (from, to int, err error)) (Version, error) {
	return e.revise(ctx, actor, brandID, action, about, func(v *revision) (any, any, error) {
		from, to, err := which(v)
		if err != nil {
			return nil, nil, err
		}
		if err := v.restore(ctx, from, to); err != nil {
			return nil, nil, err
		}
		if err := e.checkRestored(ctx, v); err != nil {
			return nil, nil, err
		}
		return versionRecord{Version: from}, versionRecord{Version: v.number, About: about, Added: v.added, Changed: v.changed, Removed: v.removed}, nil
	})
}

// manyRules is when a change makes what Postgres knows of the table worthless.
const manyRules = 1000

// Columns of a rule that the edge and people see; sameRule compares the same.
var ruleColumns = []string{"match", "source", "target", "status", "preserve_query", "preserve_suffix", "include_subdomains", "starts_at", "ends_at", "enabled", "note"}

// of is ruleColumns of a table.
func of(table string) string { return table + "." + strings.Join(ruleColumns, ", "+table+".") }

// differ compares a rule in two tables, in either of which it may be missing.
func differ(a, b string) string {
	return fmt.Sprintf("(%[1]s.id, %[3]s) is distinct from (%[2]s.id, %[4]s)", a, b, of(a), of(b))
}

// stateAt is an insert of the rules of brand $1 that were touched, as they were in version $2.
func stateAt(table string) string {
	return fmt.Sprintf(`insert into %s select t.id, %s, h.created_by, h.created_at from redirect_history h join touched t on t.id = h.rule_id
			where h.brand_id = $1 and h.from_version <= $2::integer and h.until_version > $2::integer
		union all select t.id, %s, r.created_by, r.created_at from redirects r join touched t on t.id = r.id
			where r.brand_id = $1 and r.since_version <= $2::integer`, table, of("h"), of("r"))
}

// restore does it in a few statements, however many rules there are: a whole import goes or comes back with one click.
// What leaves goes first, because what comes back may have its source.
func (v *revision) restore(ctx context.Context, from, to int) (err error) {
	do := func(query string, args ...any) {
		if err != nil {
			return
		}
		if _, err = v.tx.Exec(ctx, query, args...); err != nil {
			err = fmt.Errorf("redirects: %w", err)
		}
	}
	for _, table := range []string{"was", "wanted"} {
		do(fmt.Sprintf("create temporary table %s on commit drop as select rule_id as id, %s, created_by, created_at from redirect_history with no data", table, strings.Join(ruleColumns, ", ")))
	}
	do("create temporary table touched (id uuid primary key) on commit drop")
	do(`insert into touched
		select rule_id from redirect_history where brand_id = $1 and until_version > least($2::integer, $3::integer) and until_version <= greatest($2::integer, $3::integer)
		union select rule_id from redirect_history where brand_id = $1 and from_version > least($2::integer, $3::integer) and from_version <= greatest($2::integer, $3::integer)
		union select id from redirects where brand_id = $1 and since_version > least($2::integer, $3::integer) and since_version <= greatest($2::integer, $3::integer)`,
		v.brandID, from, to)
	do("analyze touched")
	do(stateAt("was"), v.brandID, from)
	do(stateAt("wanted"), v.brandID, to)
	do("alter table was add primary key (id)")
	do("alter table wanted add primary key (id)")
	do("analyze was, wanted")
	if err != nil {
		return err
	}
	source, found, err := v.first(ctx, `select min(coalesce(i.source, w.source)) from touched t left join was w on w.id = t.id left join redirects i on i.id = t.id where `+differ("w", "i"))
	if err != nil {
		return err
	}
	if found {
		return refuse("a later version changed %s as well: compare the versions and go back to one of them instead", source)
	}
	do(`delete from touched t using touched u left join wanted w on w.id = u.id left join redirects i on i.id = u.id where t.id = u.id and not (` + differ("w", "i") + `)`)
	if err != nil {
		return err
	}
	err = v.tx.QueryRow(ctx, `select count(*) filter (where i.id is null), count(*) filter (where i.id is not null and w.id is not null), count(*) filter (where w.id is null)
		from touched t left join wanted w on w.id = t.id left join redirects i on i.id = t.id`).Scan(&v.added, &v.changed, &v.removed)
	if err != nil {
		return fmt.Errorf("redirects: %w", err)
	}
	if v.added+v.changed+v.removed == 0 {
		return refuse("that would change nothing")
	}
	do(`insert into redirect_history (brand_id, rule_id, from_version, until_version, `+strings.Join(ruleColumns, ", ")+`, created_by, created_at)
		select r.brand_id, r.id, r.since_version, $1::integer, `+of("r")+`, r.created_by, r.created_at from redirects r join touched t on t.id = r.id`, v.number)
	do("delete from redirects r using touched t where r.id = t.id")
	if err != nil {
		return err
	}
	source, found, err = v.first(ctx, `select min(r.source) from wanted w join touched t on t.id = w.id
		join redirects r on r.brand_id = $1 and r.match = w.match and rtrim(r.source, '/') = rtrim(w.source, '/')`, v.brandID)
	if err != nil {
		return err
	}
	if found {
		return refuse("another rule has %s by now: remove it first", source)
	}
	do(`insert into redirects (id, brand_id, `+strings.Join(ruleColumns, ", ")+`, created_by, created_at, since_version, updated_by, updated_at)
		select w.id, $1, `+of("w")+`, w.created_by, w.created_at, $2::integer, $3, $4::timestamptz from wanted w join touched t on t.id = w.id`,
		v.brandID, v.number, v.actor, v.now)
	if v.added+v.changed+v.removed > manyRules {
		do("analyze redirects") // what follows asks for single rules, and Postgres must not read all of them for each
	}
	return err
}

// first is the first source among those that a query finds; it asks for the least, because "limit 1" makes Postgres
// compare every rule with every other.
func (v *revision) first(ctx context.Context, query string, args ...any) (source string, found bool, err error) {
	var least *string
	if err := v.tx.QueryRow(ctx, query, args...).Scan(&least); err != nil {
		return "", false, fmt.Errorf("redirects: %w", err)
	}
	if least == nil {
		return "", false, nil
	}
	return *least, true, nil
}

// checkRestored holds the rules that came back against the site as it is by now.
func (e *Editor) checkRestored(ctx context.Context, v *revision) error {
	b, err := v.q.GetBrand(ctx, v.brandID)
	if err != nil {
		return fmt.Errorf("redirects: %w", err)
	}
	rows, err := v.tx.Query(ctx, "select * from redirects where brand_id = $1 and since_version = $2", v.brandID, v.number)
	if err != nil {
		return fmt.Errorf("redirects: %w", err)
	}
	back, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Redirect, error) {
		r, err := pgx.RowToStructByName[dbsqlc.Redirect](row)
		return fromRow(r), err
	})
	if err != nil {
		return fmt.Errorf("redirects: %w", err)
	}
	if err := e.checkRules(ctx, v.q, b, back); err != nil {
		return err
	}
	return e.findLoops(ctx, v.q, b, back)
}
