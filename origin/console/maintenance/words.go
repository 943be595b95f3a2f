package maintenance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

func itoa(n int) string { return strconv.Itoa(n) }

// framed lets the console show the edge's page in a frame; the rest of its policy stays.
func framed(policy string) string {
	return strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1)
}

// buyersText says whom closing would meet.
func buyersText(b Buyers) string {
	switch {
	case !b.Known():
		return "How many people are buying can’t be counted just now."
	case b.Holds == 0 && b.Orders == 0:
		return "Nobody is in the middle of buying."
	}
	text := plural(b.Holds, "person is", "people are") + " holding seats"
	if b.Orders > 0 {
		text += "; " + plural(b.Orders, "order is", "orders are") + " waiting for payment"
	}
	return text + "."
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// took says how long something was, to a tenth of a second.
func took(d time.Duration) string {
	if d < 100*time.Millisecond {
		return "less than 0.1 s"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// clocksNote says what a day on which the clocks change means for who plans.
func clocksNote(d day) string {
	if d.Changes == clocksForward {
		return "the clocks go forward, so an hour of that night does not exist."
	}
	return "the clocks go back, so an hour of that night comes twice."
}

// secondHand is an instant to the second, on the clock of the site's venue.
func secondHand(v *frame.Visit, t time.Time) string {
	return t.In(v.Brand().Location()).Format("15:04:05 MST")
}

// lasting says how long a window has been, or will be, in force.
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours")
	}
	return plural(int(d.Hours()/24), "day", "days")
}

func join(words []string) string { return strings.Join(words, ", ") }

func onSites(p progressView) string {
	if p.Sites == 1 {
		return ""
	}
	return ", on all " + itoa(p.Sites) + " sites"
}

// inForce says when the edge was first seen to obey.
func inForce(v *frame.Visit, w edgeconfig.Window) string {
	if w.InForceAt.IsZero() {
		return ""
	}
	return ", in force at the edge since " + secondHand(v, w.InForceAt)
}

func closeLabel(v *frame.Visit, view overviewView) string {
	if len(view.Running) > 0 {
		return "Close something else now…"
	}
	return "Close " + shortName(v) + " now…"
}

// closedHead says what is closed: the whole of it, or a part, or some of the sites.
func closedHead(v *frame.Visit, view overviewView) string {
	brands, whole := map[string]bool{}, false
	for _, g := range view.Running {
		for _, w := range g.All {
			brands[w.Site] = true
			whole = whole || w.PathPrefix == "/"
		}
	}
	switch {
	case v.Site() != staff.Group && whole:
		return v.SiteName() + " is closed"
	case v.Site() != staff.Group:
		return "A part of " + v.SiteName() + " is closed"
	case len(brands) == len(sites(v)) && whole:
		return "All sites are closed"
	}
	return plural(len(brands), "site is", "sites are") + " closed, in whole or in part"
}

func slotName(v *frame.Visit, g Group) string {
	if v.Site() == staff.Group {
		return g.Names(v) + below(g.PathPrefix)
	}
	if name := strings.TrimSpace(below(g.PathPrefix)); name != "" {
		return name
	}
	return "closed"
}
