package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/catalogue"
)

// Catalogue compares the search index with Postgres. A catalogue.Feed is one.
type Catalogue interface {
	Compare(ctx context.Context) (catalogue.Differences, error)
}

// looks is how often a difference must be seen before it is one: the index and Postgres are read one after the other.
const looks = 3

// catalogue wants every show that has something to come to be found, as it is, and no other.
func (a *auditor) catalogue(ctx context.Context, c *Check) error {
	c.Unit = "shows"
	if a.Catalogue == nil {
		c.Skipped = "no search index was given"
		return nil
	}
	found, err := a.Catalogue.Compare(ctx)
	for i := 1; err == nil && len(found.Found) > 0 && i < looks; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second): // for what is being written just now
		}
		var again catalogue.Differences
		if again, err = a.Catalogue.Compare(ctx); err == nil {
			found = catalogue.Differences{Looked: again.Looked, Found: both(found.Found, again.Found)}
		}
	}
	if err != nil {
		return err
	}
	c.Looked = found.Looked
	for _, d := range found.Found {
		thing := fmt.Sprintf("show %s (%s)", d.Show, d.Title)
		if d.Waiting {
			c.warning(thing, "%s: to be put right, the change is on its way", d.Fault)
		} else {
			c.violation(thing, "%s", d.Fault)
		}
	}
	return nil
}

// both is what was seen twice, as it was seen last.
func both(before, after []catalogue.Difference) []catalogue.Difference {
	seen := map[string]bool{}
	for _, d := range before {
		seen[d.Show.String()+d.Fault] = true
	}
	var out []catalogue.Difference
	for _, d := range after {
		if seen[d.Show.String()+d.Fault] {
			out = append(out, d)
		}
	}
	return out
}
