// Package trail shows the audit log: who changed what, from where, before and after.
package trail

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Log reads the audit log; a staff.Desk does.
type Log interface {
	Records(ctx context.Context, f staff.Filter) ([]staff.Record, error)
	Actors(ctx context.Context, targets []string) ([]string, error)
	Actions(ctx context.Context, targets []string) ([]string, error)
}

// Pages are those of the audit log.
type Pages struct{ Log Log }

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	return []frame.Page{
		{Route: "GET /sites/{site}/audit", Action: staff.SeeAudit, Menu: &frame.Menu{Label: "Audit log", Order: 80}, Serve: p.list},
	}
}

// perPage is how many records a page shows.
const perPage = 50

type view struct {
	Records         []staff.Record
	Actors, Actions []string
	Actor, Action   string
	Older           string // the address of the next page, "" at the end
	Filtered        bool
}

func (p *Pages) list(v *frame.Visit) error {
	r := v.Request()
	f := staff.Filter{Actor: r.FormValue("person"), Action: r.FormValue("action"), Most: perPage + 1}
	if before, err := strconv.ParseInt(r.FormValue("before"), 10, 64); err == nil && before > 0 {
		f.Before = before
	}
	// People and grants concern no site; who sees the whole group sees them.
	if v.Site() != staff.Group {
		f.Targets = []string{"site:" + v.Site()}
	}
	records, err := p.Log.Records(v.Context(), f)
	if err != nil {
		return err
	}
	out := view{Records: records, Actor: f.Actor, Action: f.Action, Filtered: f.Actor != "" || f.Action != "" || f.Before != 0}
	if len(records) > perPage {
		out.Records = records[:perPage]
		q := r.URL.Query()
		q.Set("before", strconv.FormatInt(out.Records[perPage-1].ID, 10))
		out.Older = "?" + q.Encode()
	}
	if out.Actors, err = p.Log.Actors(v.Context(), f.Targets); err != nil {
		return err
	}
	if out.Actions, err = p.Log.Actions(v.Context(), f.Targets); err != nil {
		return err
	}
	return v.Show("Audit log", listPage(v, out))
}

// groups offers whole kinds of actions before each of them: "maintenance" for "maintenance.open".
func groups(actions []string) []string {
	var list []string
	for _, a := range actions {
		kind, _, _ := strings.Cut(a, ".")
		if !slices.Contains(list, kind) {
			list = append(list, kind)
		}
		list = append(list, a)
	}
	return list
}

// Target is what a record is about, as people read it.
func Target(v *frame.Visit, target string) string {
	kind, id, _ := strings.Cut(target, ":")
	if kind != "site" {
		return kind
	}
	for _, b := range v.BrandsAnywhere(staff.SeeHome) {
		if b.ID == id {
			return b.Name
		}
	}
	return id
}

// Saying is what was done, as people say it.
func Saying(r staff.Record) string {
	var window struct {
		StartsAt time.Time `json:"starts_at"`
	}
	if r.Action == "maintenance.open" && json.Unmarshal(r.After, &window) == nil && window.StartsAt.After(r.At) {
		return "planned to close"
	}
	if s, ok := sayings[r.Action]; ok {
		return s
	}
	if section, ok := strings.CutPrefix(r.Action, "settings."); ok {
		return "changed the settings “" + strings.ReplaceAll(section, "_", " ") + "” of"
	}
	return strings.NewReplacer(".", ": ", "-", " ").Replace(r.Action)
}

// from says where a change came from, if that is known.
func from(r staff.Record) string {
	if r.IP == "" {
		return ""
	}
	return ", from " + r.IP
}

var sayings = map[string]string{
	"maintenance.open": "closed", "maintenance.end": "ended maintenance on", "maintenance.withdraw": "withdrew a planned window on",
	"maintenance.resume": "closed again", "people.sign-in": "signed in", "people.invite": "invited a", "people.grant": "gave a role to a",
	"people.revoke": "took a role from a", "people.disable": "took away the access of a", "people.enable": "gave back the access of a", "site.enter": "looked as staff at",
	"simulation.start": "began a simulation on", "simulation.cancel": "ended a simulation on", "simulation.delete": "deleted a simulation of",
	"rehearsal.start": "began a rehearsal on", "rehearsal.cancel": "ended a rehearsal on", "rehearsal.delete": "deleted a rehearsal of",
	"redirect.add": "added a redirect at", "redirect.change": "changed a redirect of", "redirect.remove": "removed redirects of",
	"redirect.import": "imported redirects to", "redirect.rollback": "went back to an earlier version of the redirects of", "redirect.undo": "took back a change of the redirects of",
	"content.create": "wrote a draft for", "content.save": "changed a draft of", "content.publish": "published content on", "content.unpublish": "took content from",
	"content.archive": "archived content of", "content.unarchive": "took content out of the archive of", "content.revert": "went back to older content of",
	"content.delete": "deleted content of", "content.webhooks": "set up the webhooks of",
	"deadletters.replay": "tried again a", "deadletters.edit": "corrected a", "deadletters.drop": "dropped a",
	"search.apply": "began to replace the search index of", "search.stop": "stopped the change of the search index of",
	"search.overrule": "put a search index in place, in spite of what was found, on",
	"search.rollback": "went back to the earlier search index of", "search.drop": "gave up a search index of",
	"promo.create": "made a promo code for", "promo.change": "changed a promo code of", "promo.pause": "paused a promo code of", "promo.resume": "let a promo code be used again at",
	"promo.delete": "deleted a promo code of", "boxoffice.sell": "sold at", "boxoffice.refund": "gave money back at", "boxoffice.remedy": "saw to a failed refund at", "boxoffice.exchange": "exchanged tickets at",
	"boxoffice.reserve": "reserved seats at", "boxoffice.bill": "sent a payment link for", "boxoffice.print": "printed tickets of", "door.policy": "changed the rules of the door of",
	"payment-domain.retry": "had the payment provider look again at a hostname of",
	"cache.purge":          "emptied the edge’s cache of",
	"applepay.set":         "set the Apple Pay file of", "applepay.remove": "removed the Apple Pay file of",
}

func pretty(text []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return string(text)
	}
	return out.String()
}

func stamp(v *frame.Visit, t time.Time) string {
	return t.In(v.Brand().Location()).Format("Mon 2 Jan 2006, 15:04:05 MST")
}
