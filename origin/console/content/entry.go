package content

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// entryView is an entry being written.
type entryView struct {
	Entry  local.Entry // with the fields as they are on the page, saved or not
	Type   content.Type
	Faults []content.Fault
	Links  map[cms.Kind][]local.Entry // that fields may point at
	Change bool
	Prove  bool
	Trace  trace
	Place  *time.Location
	// Theirs is what somebody else saved meanwhile; nil: nobody did.
	Theirs  *local.Entry
	Refusal string // why what was typed could not be kept
}

// New reports whether there is no such entry yet.
func (e entryView) New() bool { return e.Entry.Version == 0 }

// faults are those of a field in a locale. One without a locale stands at the default one.
func (e entryView) faults(field, locale string) []string {
	var out []string
	for _, f := range e.Faults {
		if f.Field == field && (f.Locale == locale || f.Locale == "" && locale == local.Locales(e.Entry.Source)[0]) {
			out = append(out, f.Why)
		}
	}
	return out
}

// loose are the faults that belong to no field of the form.
func (e entryView) loose() []string {
	var out []string
	for _, f := range e.Faults {
		if _, known := e.Type.Field(f.Field); !known {
			out = append(out, f.Why)
		}
	}
	return out
}

// view gathers what the page of an entry shows.
func (p *Pages) view(v *frame.Visit, e local.Entry) (entryView, error) {
	t, _ := content.TypeOf(e.Kind)
	out := entryView{Entry: e, Type: t, Links: map[cms.Kind][]local.Entry{}, Place: v.Brand().Location()}
	out.Change = mayWrite(v, e.Kind) && e.ArchivedAt.IsZero()
	out.Prove = out.Change && v.Site() == staff.Group && !v.Fresh()
	var err error
	if out.Faults, err = p.faultsOf(v.Context(), e); err != nil {
		return out, err
	}
	for _, f := range t.Fields {
		for _, kind := range f.LinksTo {
			if out.Links[kind] != nil {
				continue
			}
			var brands []string
			for _, b := range v.BrandsAnywhere(staff.SeeContent) {
				if e.Brand == "" || b.ID == e.Brand {
					brands = append(brands, b.ID)
				}
			}
			if out.Links[kind], err = p.CMS.Choices(v.Context(), e.Source, []cms.Kind{kind}, brands); err != nil {
				return out, err
			}
		}
	}
	if !out.New() {
		out.Trace, err = p.traceOf(v.Context(), e)
	}
	return out, err
}

// check is what the house would refuse of an entry if it were published as it stands.
func (p *Pages) check(e local.Entry) []content.Fault {
	var invalid *content.InvalidError
	if errors.As(p.Check(e.Preview(time.Now())), &invalid) {
		return invalid.Faults
	}
	return nil
}

// faultsOf are those of check, and the links that lead where the entry's brand may not reach.
func (p *Pages) faultsOf(ctx context.Context, e local.Entry) ([]content.Fault, error) {
	reach, err := p.CMS.Reach(ctx, e)
	return append(reach, p.check(e)...), err
}

// mayWrite reports whether the person may change entries of a kind on the site. Those of brands and venues say what a site
// is and where it plays: they are for those who look after all sites.
func mayWrite(v *frame.Visit, kind cms.Kind) bool {
	site := v.Site()
	if kind == cms.Brand || kind == cms.Venue {
		site = staff.Group
	}
	return v.May(staff.ChangeContent, site)
}

// kindsFor are the kinds of which the person may make entries.
func kindsFor(v *frame.Visit) []content.Type {
	return slices.DeleteFunc(content.Types(), func(t content.Type) bool { return !mayWrite(v, t.Kind) })
}

// newEntry is an empty entry of the kind that is asked for, with what follows from the site.
func newEntry(v *frame.Visit, kind cms.Kind) local.Entry {
	e := local.Entry{Kind: kind}
	e.Source = cms.Umbraco
	b := v.Brand()
	if b.Country == "US" {
		e.Source = cms.Contentful
	}
	if v.Site() == staff.Group {
		if cms.Source(v.Request().FormValue("system")) == cms.Contentful {
			e.Source = cms.Contentful
		}
		return e
	}
	e.Brand = b.ID
	return e
}

// prefill is what a new entry of a site begins with.
func (p *Pages) prefill(v *frame.Visit, view *entryView) {
	locale, b := local.Locales(view.Entry.Source)[0], v.Brand()
	view.Entry.Fields = local.Fields{}
	for _, f := range view.Type.Fields {
		var value any
		switch {
		case f.Name == "country":
			value = b.Country
		case f.Name == "currency":
			value = b.Currency
		case f.Name == "timeZone":
			value = b.TimeZone
		case f.Name == "locale":
			value = b.Locale
		case f.Form == content.Link && f.Required && view.Entry.Brand != "" && len(view.Links[f.LinksTo[0]]) == 1:
			value = cms.Ref{ID: view.Links[f.LinksTo[0]][0].ID}
		default:
			continue
		}
		view.Entry.Fields[f.Name] = map[string]jsonValue{locale: encode(value)}
	}
}

func (p *Pages) writeNew(v *frame.Visit) error {
	kind := cms.Kind(v.Request().FormValue("kind"))
	if _, known := content.TypeOf(kind); !known {
		return v.Show("New entry", choosePage(v))
	}
	if !mayWrite(v, kind) {
		return frame.ErrForbidden
	}
	view, err := p.view(v, newEntry(v, kind))
	if err != nil {
		return err
	}
	p.prefill(v, &view)
	view.Faults = nil // nobody has typed anything yet
	return v.Show("New "+lower(view.Type.Name), entryPage(v, view))
}

func (p *Pages) create(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	kind := cms.Kind(form.Get("kind"))
	if _, known := content.TypeOf(kind); !known {
		return frame.ErrNotFound
	}
	if !mayWrite(v, kind) {
		return frame.ErrForbidden
	}
	e := newEntry(v, kind)
	e.Fields = readFields(kind, e.Source, form, v.Brand().Location())
	made, err := p.CMS.Create(v.Context(), v.Actor(), e.Source, kind, e.Brand, e.Fields)
	if err != nil {
		return p.refused(v, e, err)
	}
	return p.saved(v, made, form.Get("then"), nil)
}

func (p *Pages) edit(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	view, err := p.view(v, e)
	if err != nil {
		return err
	}
	return v.Show(e.Title, entryPage(v, view))
}

func (p *Pages) save(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	if !mayWrite(v, e.Kind) {
		return frame.ErrForbidden
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	before := e
	e.Fields = readFields(e.Kind, e.Source, form, v.Brand().Location())
	if same(before.Fields, e.Fields) { // a press on the button is no change
		return p.saved(v, before, form.Get("then"), nil)
	}
	made, err := p.CMS.Save(v.Context(), v.Actor(), e.Key, atoi(form.Get("version")), e.Fields)
	if errors.Is(err, local.ErrChanged) {
		view, err := p.view(v, e)
		if err != nil {
			return err
		}
		view.Theirs = &before
		return v.ShowStatus(http.StatusConflict, e.Title, entryPage(v, view))
	}
	if err != nil {
		return p.refused(v, e, err)
	}
	return p.saved(v, made, form.Get("then"), &frame.Undo{Path: address(made) + "/revert", Label: "Undo", Fields: map[string]string{
		"version": itoa(made.Version), "to": itoa(before.Version),
	}})
}

// refused shows the form again, with what was typed and why it can't be.
func (p *Pages) refused(v *frame.Visit, e local.Entry, cause error) error {
	var refused local.Refused
	var invalid *content.InvalidError
	switch {
	case errors.As(cause, &invalid): // the view finds the faults itself, and shows them at their fields
		refused.Reason = "Not saved: it points at another brand's entry."
	case !errors.As(cause, &refused):
		return found(cause)
	}
	view, err := p.view(v, e)
	if err != nil {
		return err
	}
	view.Refusal = refused.Reason
	return v.ShowStatus(http.StatusUnprocessableEntity, "Not saved", entryPage(v, view))
}

// saved leads on: to the look at what publishing would change, or back to the entry.
func (p *Pages) saved(v *frame.Visit, e local.Entry, then string, undo *frame.Undo) error {
	if then == "publish" {
		return v.Redirect(address(e) + "/publish")
	}
	message := frame.Good("Saved as a draft. Visitors see nothing of it until it is published.")
	if n := len(p.check(e)); n > 0 {
		message = frame.Warn("Saved as a draft. Before it is published, " + things(n, "thing needs", "things need") + " looking after: see below.")
	}
	if undo != nil {
		message = message.WithUndo(*undo)
	}
	return v.Done(address(e), message)
}
