package edgeconfig

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// fewRules is how many rules a refusal names.
const fewRules = 3

// standInTheWay refuses a section that would leave redirects of the site without effect: those that stand on a path that it
// protects, or lead to a host that it no longer names. A document says so only of the few rules that it carries itself.
func (e *Editor) standInTheWay(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, b dbsqlc.Brand, section string) error {
	doc, err := e.bare(ctx, q, b)
	if err != nil {
		return err
	}
	rules, err := readRules(ctx, tx, b.ID, e.Now())
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	about := map[string]string{SectionProtectedPaths: "source", SectionRedirectHosts: "target"}[section]
	list, more := site.Faults(nil), 0
	for _, r := range rules {
		for _, f := range doc.CheckRedirect(r) {
			if f.Field != about {
				continue
			}
			if len(list) == fewRules {
				more++
				continue
			}
			list = append(list, site.Fault{Field: section, Problem: "would stop the redirect from " + r.Source + " to " + r.Target + "; take that away first"})
		}
	}
	if more > 0 {
		list = append(list, site.Fault{Field: section, Problem: fmt.Sprintf("would stop %d more redirects", more)})
	}
	if len(list) > 0 {
		return Faults{Site: b.ID, List: list}
	}
	return nil
}
