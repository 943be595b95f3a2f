package local

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
)

// Reach finds the links by which an entry of one brand would speak for another: what it points at must be the brand's own
// or the group's. Entries of the group may point anywhere, and what nobody has heard of belongs to nobody.
func (c *CMS) Reach(ctx context.Context, e Entry) ([]content.Fault, error) {
	return reach(ctx, c.DB, e)
}

func reach(ctx context.Context, db rowser, e Entry) ([]content.Fault, error) {
	t, _ := content.TypeOf(e.Kind)
	if e.Brand == "" {
		return nil, nil
	}
	if e.Kind == cms.Brand {
		return ownSite(e), nil
	}
	targets := map[string][]string{} // by field
	var all []string
	for _, f := range t.Fields {
		if len(f.LinksTo) == 0 {
			continue
		}
		for _, value := range e.Fields[f.Name] {
			targets[f.Name] = append(targets[f.Name], refsIn(value)...)
		}
		all = append(all, targets[f.Name]...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	// Deleted ones count: they stay whose they were.
	rows, err := db.Query(ctx, `select `+columns+` from local_cms_entries where source = $1 and id = any($2)`, e.Source, all)
	if err != nil {
		return nil, fmt.Errorf("cms/local: read linked entries: %w", err)
	}
	defer rows.Close()
	foreign := map[string]bool{}
	for rows.Next() {
		target, err := scan(rows)
		if err != nil {
			return nil, err
		}
		if !target.open(e.Brand) {
			foreign[target.ID] = true
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cms/local: read linked entries: %w", err)
	}
	var faults []content.Fault
	for _, f := range t.Fields {
		if slices.ContainsFunc(targets[f.Name], func(id string) bool { return foreign[id] }) {
			faults = append(faults, content.Fault{Field: f.Name, Why: "points at an entry of another brand: choose one of this brand's, or of the group's"})
		}
	}
	return faults, nil
}

// ownSite has the entry of a brand be about that brand, whoever may write it.
func ownSite(e Entry) []content.Fault {
	for _, slug := range slugs(e.Fields) {
		if slug != e.Brand {
			return []content.Fault{{Field: "slug", Why: "must be " + e.Brand + ": the entry belongs to that site. The group makes new sites."}}
		}
	}
	return nil
}

// open reports whether entries of a brand may point at e. That of a brand is about one whoever keeps it.
func (e Entry) open(brand string) bool {
	if e.Kind == cms.Brand {
		for _, slug := range append(slugs(e.Fields), slugs(e.Published)...) {
			if slug != brand {
				return false
			}
		}
	}
	return e.Brand == "" || e.Brand == brand
}

func slugs(fields Fields) []string {
	var out []string
	for _, value := range fields["slug"] {
		var slug string
		if json.Unmarshal(value, &slug) == nil && slug != "" {
			out = append(out, slug)
		}
	}
	return out
}

// refsIn finds every reference in a value, however deep: a field that should have none may have been given some. A text
// that holds JSON is read as it is where the entry is applied.
func refsIn(value json.RawMessage) []string {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return nil
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		_ = json.Unmarshal([]byte(text), &v) // a text that is none has no references
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for name, one := range v {
				if id, ok := one.(string); ok && name == "$ref" {
					out = append(out, id)
					continue
				}
				walk(one)
			}
		}
	}
	walk(v)
	return out
}
