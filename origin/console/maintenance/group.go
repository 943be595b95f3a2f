package maintenance

import (
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Group is what one click made: a window, or the same one on several sites.
type Group struct {
	edgeconfig.Window // the first of them
	All               []edgeconfig.Window
}

// Groups puts together the windows that differ in nothing but their site.
func Groups(list []edgeconfig.Window) []Group {
	type key struct {
		starts, ends  int64
		path, message string
		checkout      bool
		by            string
	}
	at := map[key]int{}
	var groups []Group
	for _, w := range list {
		k := key{w.StartsAt.UnixMicro(), w.EndsAt.UnixMicro(), w.PathPrefix, w.Message, w.AllowCheckout, w.CreatedBy}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, Group{Window: w})
		}
		groups[i].All = append(groups[i].All, w)
	}
	return groups
}

// Names says which sites a group is on.
func (g Group) Names(v *frame.Visit) string {
	brands := v.BrandsAnywhere(staff.SeeMaintenance)
	name := func(id string) string {
		for _, b := range brands {
			if b.ID == id {
				return b.Name
			}
		}
		return id
	}
	switch n := len(g.All); {
	case n == 1:
		return name(g.Site)
	case n == len(brands) && v.Site() == staff.Group:
		return "All sites"
	case n <= 3:
		text := name(g.All[0].Site)
		for _, w := range g.All[1:] {
			text += ", " + name(w.Site)
		}
		return text
	default:
		return name(g.All[0].Site) + " and " + itoa(n-1) + " more"
	}
}

// Span says when a window is, on the clock of the site's venue.
func Span(v *frame.Visit, w edgeconfig.Window) string {
	zone := v.Brand().Location()
	from := w.StartsAt.In(zone)
	text := from.Format("Mon 2 Jan 2006, 15:04 MST")
	if w.EndsAt.IsZero() {
		return text + ", until it is ended"
	}
	to := w.EndsAt.In(zone)
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) && from.Format("MST") == to.Format("MST") {
		return from.Format("Mon 2 Jan 2006, 15:04") + " to " + to.Format("15:04 MST")
	}
	return text + " to " + to.Format("Mon 2 Jan, 15:04 MST")
}

// Address is the page where the group can be ended.
func (g Group) Address(v *frame.Visit) string {
	if len(g.All) > 1 && v.May(staff.SeeMaintenance, staff.Group) {
		return "/sites/" + staff.Group + "/maintenance"
	}
	return "/sites/" + g.Site + "/maintenance"
}

// Below names what is closed of the sites.
func (g Group) Below() string { return below(g.PathPrefix) }
