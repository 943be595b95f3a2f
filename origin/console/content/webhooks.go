package content

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// webhookHome is the address of a site's log of webhooks.
func webhookHome(site string) string { return "/sites/" + url.PathEscape(site) + "/webhooks" }

// webhookAddress is that of a webhook about an entry.
func webhookAddress(e local.Entry, d local.Delivery) string {
	site := e.Brand
	if site == "" {
		site = staff.Group
	}
	return webhookHome(site) + "/" + d.ID.String()
}

const mostWebhooks = 100

type webhooksView struct {
	List     []local.Delivery
	Entry    *local.Entry // whose alone; nil: all of the site
	Settings []systemSettings
	Change   bool
	Prove    bool
	Refusal  string
}

type systemSettings struct {
	Source cms.Source
	local.Settings
}

func (p *Pages) webhooks(v *frame.Visit) error { return p.showWebhooks(v, http.StatusOK, "") }

func (p *Pages) showWebhooks(v *frame.Visit, status int, refusal string) error {
	view := webhooksView{Refusal: refusal, Change: v.May(staff.ChangeContent, v.Site())}
	group := v.Site() == staff.Group
	view.Prove = group && view.Change && !v.Fresh()
	var brands []string
	for _, b := range v.Brands(staff.SeeContent) {
		brands = append(brands, b.ID)
	}
	var key local.Key
	if id := v.Request().URL.Query().Get("entry"); id != "" {
		key = local.Key{Source: cms.Source(v.Request().URL.Query().Get("system")), ID: id}
	}
	var err error
	if view.List, err = p.CMS.Deliveries(v.Context(), key, brands, group, mostWebhooks); err != nil {
		return err
	}
	if group { // both systems tell of every site
		for _, s := range sources {
			settings, err := p.CMS.Settings(v.Context(), s)
			if err != nil {
				return err
			}
			view.Settings = append(view.Settings, systemSettings{s, settings})
		}
	}
	return v.ShowStatus(status, "Webhooks", webhooksPage(v, view))
}

// delivery is the one that the address names, if it is of the site.
func (p *Pages) delivery(v *frame.Visit) (local.Delivery, error) {
	id, err := uuid.Parse(v.Request().PathValue("delivery"))
	if err != nil {
		return local.Delivery{}, frame.ErrNotFound
	}
	d, err := p.CMS.Delivery(v.Context(), id)
	if err != nil {
		return d, found(err)
	}
	if v.Site() != staff.Group && d.Brand != v.Site() {
		return d, frame.ErrNotFound
	}
	return d, nil
}

func (p *Pages) webhook(v *frame.Visit) error {
	d, err := p.delivery(v)
	if err != nil {
		return err
	}
	return v.Show("Webhook", webhookPage(v, d, v.May(staff.ChangeContent, v.Site()) && (v.Site() != staff.Group || v.Fresh())))
}

func (p *Pages) again(v *frame.Visit) error {
	d, err := p.delivery(v)
	if err != nil {
		return err
	}
	id, err := p.CMS.SendAgain(v.Context(), d.ID)
	if err != nil {
		return found(err)
	}
	return v.Done(webhookHome(v.Site())+"/"+id.String(), frame.Good("It is on its way again. Reload to see the answer."))
}

// settings are for both systems and so for the whole group.
func (p *Pages) settings(v *frame.Visit) error {
	if v.Site() != staff.Group {
		return frame.ErrForbidden
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	source := cms.Source(form.Get("system"))
	if source != cms.Contentful && source != cms.Umbraco {
		return frame.ErrNotFound
	}
	err = p.CMS.SetSettings(v.Context(), v.Actor(), source, local.Settings{
		Generation: max(0, atoi(form.Get("generation"))), Payload: form.Get("payload"), Documented: form.Get("documented") != "",
		Lose: count(form, "lose"), Duplicate: count(form, "duplicate"), Delay: count(form, "delay"), Reorder: count(form, "reorder"), DelayFor: count(form, "delay_for"),
	})
	var refused local.Refused
	if errors.As(err, &refused) {
		return p.showWebhooks(v, http.StatusUnprocessableEntity, refused.Reason)
	}
	if err != nil {
		return err
	}
	return v.Done(webhookHome(v.Site()), frame.Good(systemName(source)+"’s webhooks: saved. It counts from the next one."))
}

// count reads a number; nothing is 0, and what is none is refused as -1.
func count(form url.Values, name string) int {
	if form.Get(name) == "" {
		return 0
	}
	return atoi(form.Get(name))
}
