// Package content is where editors write what the sites show, in the content system for local use: finding entries,
// writing drafts, publishing them with a look at what will change, going back, and seeing how far what was published has
// come: told, accepted, applied, found by search. Its second page is the systems' log of webhooks.
package content

import (
	"context"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Pages are those of content.
type Pages struct {
	CMS *local.CMS
	// Check says what the house would refuse of a change: an error that wraps a *content.InvalidError.
	Check func(cms.Change) error
	// Hear has the house ask the systems what is there, unless it knows.
	Hear func(ctx context.Context) error
	// DB has the listener's tables, which say how far a change has come.
	DB *pgxpool.Pool
	// Indexed says when search was last given the show of a production; zero: never.
	Indexed func(ctx context.Context, production uuid.UUID) (time.Time, error)
	Logger  *slog.Logger
}

// mostForm is how large a form may be: a seating plan is.
const mostForm = 8 << 20

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	see := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "GET /sites/{site}/" + route, Action: staff.SeeContent, Serve: serve}
	}
	change := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "POST /sites/{site}/" + route, Action: staff.ChangeContent, Serve: serve, MaxBody: mostForm}
	}
	list := see("content", p.list)
	list.Menu = &frame.Menu{Label: "Content", Order: 25}
	one := "content/{source}/{id}"
	write := see("content/new", p.writeNew)
	write.Action = staff.ChangeContent
	return []frame.Page{
		list, write, change("content/new", p.create),
		see(one, p.edit), change(one, p.save), see(one+"/pipe", p.pipe),
		see(one+"/publish", p.review), change(one+"/publish", p.publish),
		see(one+"/history", p.history), see(one+"/history/{version}", p.version),
		change(one+"/revert", p.revert), change(one+"/undo", p.undo),
		change(one+"/unpublish", p.do(p.CMS.Unpublish, "Not public any more. Its page goes within seconds.")),
		change(one+"/archive", p.do(p.CMS.Archive, "In the archive. Nobody sees it, and it can come back.")),
		change(one+"/unarchive", p.do(p.CMS.Unarchive, "Out of the archive, as a draft.")),
		change(one+"/delete", p.remove),
		see("webhooks", p.webhooks), see("webhooks/{delivery}", p.webhook),
		change("webhooks/{delivery}/again", p.again), change("webhooks", p.settings),
	}
}

// home is the address of the list for a site.
func home(site string) string { return "/sites/" + url.PathEscape(site) + "/content" }

// address is that of an entry: on the site of its brand, or on the whole group's.
func address(e local.Entry) string {
	site := e.Brand
	if site == "" {
		site = staff.Group
	}
	return home(site) + "/" + string(e.Source) + "/" + url.PathEscape(e.ID)
}

const perPage = 50

type listView struct {
	Ask    local.Query
	Page   local.Page
	Number int // of the page, from 1
	Change bool
}

func (l listView) filtered() bool {
	return l.Ask.Text != "" || l.Ask.Kind != "" || l.Ask.State != "" || l.Ask.Source != ""
}

// query makes a query of what a form says; what there is no such thing of does not matter.
func query(v *frame.Visit) local.Query {
	r := v.Request()
	q := local.Query{Text: r.FormValue("q")}
	if _, known := content.TypeOf(cms.Kind(r.FormValue("kind"))); known {
		q.Kind = cms.Kind(r.FormValue("kind"))
	}
	for _, s := range local.States() {
		if string(s) == r.FormValue("state") {
			q.State = s
		}
	}
	for _, s := range sources {
		if string(s) == r.FormValue("system") {
			q.Source = s
		}
	}
	for _, b := range v.Brands(staff.SeeContent) {
		q.Brands = append(q.Brands, b.ID)
	}
	q.Group = v.Site() == staff.Group
	return q
}

func (p *Pages) list(v *frame.Visit) error {
	if err := p.Hear(v.Context()); err != nil { // what is there can be read without
		p.Logger.WarnContext(v.Context(), "the content systems are not swept yet", "error", err)
	}
	ask := query(v)
	number, err := strconv.Atoi(v.Request().FormValue("page"))
	if err != nil || number < 1 || number > 1_000_000 {
		number = 1
	}
	ask.Skip, ask.Most = (number-1)*perPage, perPage
	page, err := p.CMS.Find(v.Context(), ask)
	if err != nil {
		return err
	}
	return v.Show("Content", listPage(v, listView{Ask: ask, Page: page, Number: number, Change: v.May(staff.ChangeContent, v.Site())}))
}

// pageURL is another page of the same list.
func (l listView) pageURL(v *frame.Visit, number int) string {
	q := v.Request().URL.Query()
	q.Set("page", strconv.Itoa(number))
	return home(v.Site()) + "?" + q.Encode()
}

var sources = []cms.Source{cms.Umbraco, cms.Contentful}

// entry is the one that the address names, if it is of the site.
func (p *Pages) entry(v *frame.Visit) (local.Entry, error) {
	source := cms.Source(v.Request().PathValue("source"))
	if source != cms.Contentful && source != cms.Umbraco {
		return local.Entry{}, frame.ErrNotFound
	}
	e, err := p.CMS.Get(v.Context(), local.Key{Source: source, ID: v.Request().PathValue("id")})
	if err != nil {
		return e, found(err)
	}
	if v.Site() != staff.Group && e.Brand != v.Site() {
		return e, frame.ErrNotFound
	}
	return e, nil
}

// found turns what is missing into the page that says so.
func found(err error) error {
	if err == nil {
		return nil
	}
	if isMissing(err) {
		return frame.ErrNotFound
	}
	return err
}
