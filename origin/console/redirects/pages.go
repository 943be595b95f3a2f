// Package redirects is where marketers keep redirects: find, write, test, import, compare and go back.
package redirects

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Pages are those of redirects.
type Pages struct {
	DB       *pgxpool.Pool // for exports, which are streamed
	Editor   *edgeconfig.Editor
	Importer *importing.Importer
	Publish  func(ctx context.Context) error
	Logger   *slog.Logger
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	see := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "GET /sites/{site}/redirects" + route, Action: staff.SeeRedirects, Serve: serve}
	}
	change := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "POST /sites/{site}/redirects" + route, Action: staff.ChangeRedirects, Serve: serve, Timeout: time.Minute}
	}
	list, upload, export := see("", p.list), change("/imports", p.upload), see("/export", p.export)
	list.Menu = &frame.Menu{Label: "Redirects", Order: 30}
	upload.MaxBody, upload.Timeout = importing.MaxFile+1<<20, 5*time.Minute
	export.Timeout = 5 * time.Minute
	undo, rollback := change("/undo", p.undo), change("/versions/{number}/rollback", p.rollback)
	undo.Timeout, rollback.Timeout = 3*time.Minute, 3*time.Minute // a whole import goes or comes back
	return []frame.Page{
		list, export, see("/new", p.newForm), change("", p.add), see("/rule/{id}", p.editForm), change("/rule/{id}", p.change),
		change("/remove", p.remove), undo,
		see("/test", p.test),
		see("/versions", p.versions), see("/versions/{number}", p.diff), rollback,
		see("/imports", p.imports), upload, see("/imports/{id}", p.job), see("/imports/{id}/progress", p.progress),
		change("/imports/{id}/apply", p.apply), change("/imports/{id}/cancel", p.cancel), change("/imports/{id}/recheck", p.recheck),
	}
}

// home is the address of the list for a site.
func home(site string) string { return "/sites/" + url.PathEscape(site) + "/redirects" }

const perPage = 50

type listView struct {
	Ask     edgeconfig.RuleQuery
	Page    edgeconfig.RulePage
	Change  bool
	Prove   bool
	Newest  []edgeconfig.Version
	NextURL string
	First   bool
	Now     time.Time
}

func (p *Pages) list(v *frame.Visit) error {
	r := v.Request()
	ask := edgeconfig.RuleQuery{
		Text: r.FormValue("q"), State: r.FormValue("state"), Match: r.FormValue("match"), Order: r.FormValue("order"), After: r.FormValue("after"), Most: perPage,
	}
	for _, b := range v.Brands(staff.SeeRedirects) {
		ask.Sites = append(ask.Sites, b.ID)
	}
	page, err := p.Editor.FindRedirects(v.Context(), ask)
	if err != nil {
		return err
	}
	view := listView{Ask: ask, Page: page, Change: v.May(staff.ChangeRedirects, v.Site()), First: ask.After == "", Now: v.Now()}
	view.Prove = view.Change && v.Site() == staff.Group && !v.Fresh()
	if page.Next != "" {
		q := r.URL.Query()
		q.Set("after", page.Next)
		view.NextURL = home(v.Site()) + "?" + q.Encode()
	}
	if v.Site() != staff.Group {
		if view.Newest, err = p.Editor.Versions(v.Context(), v.Site(), 0, 1); err != nil {
			return err
		}
	}
	return v.Show("Redirects", listPage(v, view))
}

func (l listView) filtered() bool {
	return l.Ask.Text != "" || l.Ask.State != "" || l.Ask.Match != "" || l.Ask.After != ""
}

// published tells whether a change reached the edge. The change itself is safe: a house publishes it as soon as it can.
func (p *Pages) published(v *frame.Visit, done string) frame.Flash {
	if err := p.Publish(v.Context()); err != nil {
		p.Logger.WarnContext(v.Context(), "redirects are saved and not published yet", "site", v.Site(), "error", err)
		return frame.Warn(done + " It is saved, but not in force yet: the edge's storage does not answer. The house goes on trying.")
	}
	return frame.Good(done + " It is published, and in force within seconds.")
}

func (p *Pages) remove(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	bySite := map[string][]uuid.UUID{}
	total := 0
	for _, text := range form["rule"] {
		site, id, _ := strings.Cut(text, ":")
		rule, err := uuid.Parse(id)
		if err != nil || !v.May(staff.ChangeRedirects, site) || v.Site() != staff.Group && site != v.Site() {
			return frame.ErrForbidden
		}
		bySite[site] = append(bySite[site], rule)
		total++
	}
	if total == 0 {
		return v.Done(v.Back(), frame.Warn("Tick the rules to remove first."))
	}
	var undo []string
	for site, ids := range bySite {
		made, err := p.Editor.RemoveRedirects(v.Context(), v.Actor(), site, ids)
		if err != nil {
			return err
		}
		undo = append(undo, made.Site+":"+strconv.Itoa(made.Number))
	}
	slices.Sort(undo)
	message := p.published(v, plural(total, "rule")+" removed.")
	return v.Done(v.Back(), message.WithUndo(frame.Undo{Path: home(v.Site()) + "/undo", Label: "Undo: put back", Fields: map[string]string{"version": strings.Join(undo, " ")}}))
}

// undo takes back what versions changed.
func (p *Pages) undo(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	var redo []string
	for _, text := range strings.Fields(form.Get("version")) {
		site, number, _ := strings.Cut(text, ":")
		n, err := strconv.Atoi(number)
		if err != nil || !v.May(staff.ChangeRedirects, site) || v.Site() != staff.Group && site != v.Site() {
			return frame.ErrForbidden
		}
		made, err := p.Editor.Undo(v.Context(), v.Actor(), site, n)
		if err != nil {
			return err
		}
		redo = append(redo, site+":"+strconv.Itoa(made.Number))
	}
	message := p.published(v, "Taken back.")
	return v.Done(v.Back(), message.WithUndo(frame.Undo{Path: home(v.Site()) + "/undo", Label: "Redo", Fields: map[string]string{"version": strings.Join(redo, " ")}}))
}

// export sends the rules as a file.
func (p *Pages) export(v *frame.Visit) error {
	var sites []string
	for _, b := range v.Brands(staff.SeeRedirects) {
		sites = append(sites, b.ID)
	}
	h := v.Writer().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="redirects-%s-%s.csv"`, v.Site(), v.Now().In(v.Brand().Location()).Format("2006-01-02-1504")))
	if _, err := importing.Export(v.Context(), p.DB, sites, v.Writer()); err != nil {
		// Half a file must not look like a whole one: the connection breaks off.
		p.Logger.WarnContext(v.Context(), "an export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return frame.Number(n) + " " + what + "s"
}

// refusal is what a person did wrong, and ok when it was that.
func refusal(err error) (string, bool) {
	var refused edgeconfig.Refused
	if errors.As(err, &refused) {
		return frame.Sentence(refused.Reason), true
	}
	return "", false
}
