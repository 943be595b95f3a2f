// Package home is the console's first page: what is going on.
package home

import (
	"context"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Windows reads maintenance windows; an edgeconfig.Editor does.
type Windows interface {
	WindowsBetween(ctx context.Context, sites []string, since, until time.Time) ([]edgeconfig.Window, error)
}

// Log reads the audit log; a staff.Desk does.
type Log interface {
	Records(ctx context.Context, f staff.Filter) ([]staff.Record, error)
}

// Pages are the first page alone.
type Pages struct {
	Windows Windows
	Log     Log
	// DeadLetters counts what could not be worked on and waits for a person; nil: nobody counts.
	DeadLetters func(ctx context.Context) (int, error)
}

// Pages lists it.
func (p *Pages) Pages() []frame.Page {
	return []frame.Page{{Route: "GET /{$}", Menu: &frame.Menu{Label: "Home", Order: 0}, Serve: p.home}}
}

type view struct {
	Sites          int // they may see
	Closed, Coming []maintenance.Group
	Records        []staff.Record
	May            bool // see the audit log of the site looked at
	DeadLetters    int  // those they may look after
}

// soon is how far ahead the page looks.
const soon = 14 * 24 * time.Hour

func (p *Pages) home(v *frame.Visit) error {
	var out view
	var ids, targets []string
	for _, b := range v.BrandsAnywhere(staff.SeeMaintenance) {
		ids = append(ids, b.ID)
	}
	out.Sites = len(ids)
	list, err := p.Windows.WindowsBetween(v.Context(), ids, v.Now(), v.Now().Add(soon))
	if err != nil {
		return err
	}
	for _, g := range maintenance.Groups(list) {
		if g.Active(v.Now()) {
			out.Closed = append(out.Closed, g)
		} else {
			out.Coming = append(out.Coming, g)
		}
	}
	for _, b := range v.BrandsAnywhere(staff.SeeAudit) {
		targets = append(targets, "site:"+b.ID)
	}
	if out.May = len(targets) > 0; out.May {
		if v.May(staff.SeeAudit, staff.Group) {
			targets = nil
		}
		// Sign-ins say little about what is going on.
		records, err := p.Log.Records(v.Context(), staff.Filter{Targets: targets, Most: 30})
		if err != nil {
			return err
		}
		out.Records = slices.DeleteFunc(records, func(r staff.Record) bool { return r.Action == "people.sign-in" || r.Action == "site.enter" })
		out.Records = out.Records[:min(len(out.Records), 8)]
	}
	if p.DeadLetters != nil && v.May(staff.SeeDeadLetters, staff.Group) {
		if out.DeadLetters, err = p.DeadLetters(v.Context()); err != nil {
			return err
		}
	}
	return v.Show("Home", homePage(v, out))
}
