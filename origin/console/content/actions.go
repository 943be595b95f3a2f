package content

import (
	"context"
	"errors"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// reviewView is a look at what publishing will change.
type reviewView struct {
	Entry   local.Entry
	Type    content.Type
	Changes []difference
	Faults  []content.Fault
	Prove   bool
}

func (p *Pages) review(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	if !mayWrite(v, e.Kind) {
		return frame.ErrForbidden
	}
	faults, err := p.faultsOf(v.Context(), e)
	if err != nil {
		return err
	}
	t, _ := content.TypeOf(e.Kind)
	view := reviewView{Entry: e, Type: t, Faults: faults, Prove: v.Site() == staff.Group && !v.Fresh()}
	view.Changes = compare(e.Kind, e.Source, e.Published, e.Fields, p.titles(v, e), v.Brand().Location())
	return v.Show("Publish "+e.Title, reviewPage(v, view))
}

// titles names the entries of a system by their IDs.
func (p *Pages) titles(v *frame.Visit, e local.Entry) func(string) string {
	return func(id string) string {
		other, err := p.CMS.Get(v.Context(), local.Key{Source: e.Source, ID: id})
		if err != nil {
			return id
		}
		return other.Title
	}
}

func (p *Pages) publish(v *frame.Visit) error {
	e, form, err := p.posted(v)
	if err != nil {
		return err
	}
	if n := len(p.check(e)); n > 0 && form["anyway"] == "" {
		return v.Done(address(e)+"/publish", frame.Bad("Not published: "+things(n, "thing needs", "things need")+" looking after first."))
	}
	before := e
	e, err = p.CMS.Publish(v.Context(), v.Actor(), e.Key, atoi(form["version"]))
	if err != nil {
		return p.refusedAction(v, before, err)
	}
	undo := frame.Undo{Path: address(e) + "/undo", Label: "Undo", Fields: map[string]string{"version": itoa(e.Version), "to": itoa(before.PublishedVersion)}}
	return v.Done(address(e), frame.Good("Published. Below is how far it has come.").WithUndo(undo))
}

// undo makes public again what was before, which may be nothing.
func (p *Pages) undo(v *frame.Visit) error {
	e, form, err := p.posted(v)
	if err != nil {
		return err
	}
	version, to := atoi(form["version"]), atoi(form["to"])
	if to == 0 {
		if e, err = p.CMS.Unpublish(v.Context(), v.Actor(), e.Key, version); err != nil {
			return p.refusedAction(v, e, err)
		}
		return v.Done(address(e), frame.Good("Taken back: it is a draft again."))
	}
	made, err := p.CMS.Revert(v.Context(), v.Actor(), e.Key, version, to)
	if err != nil {
		return p.refusedAction(v, e, err)
	}
	if made, err = p.CMS.Publish(v.Context(), v.Actor(), made.Key, made.Version); err != nil {
		return p.refusedAction(v, e, err)
	}
	return v.Done(address(made), frame.Good("Taken back: it is published as it was before."))
}

func (p *Pages) revert(v *frame.Visit) error {
	e, form, err := p.posted(v)
	if err != nil {
		return err
	}
	made, err := p.CMS.Revert(v.Context(), v.Actor(), e.Key, atoi(form["version"]), atoi(form["to"]))
	if err != nil {
		return p.refusedAction(v, e, err)
	}
	return v.Done(address(made), frame.Good("The draft is as version "+form["to"]+" was. Publish it for visitors to see it so."))
}

// do makes a page of an action of the system.
func (p *Pages) do(act func(context.Context, string, local.Key, int) (local.Entry, error), said string) func(*frame.Visit) error {
	return func(v *frame.Visit) error {
		e, form, err := p.posted(v)
		if err != nil {
			return err
		}
		made, err := act(v.Context(), v.Actor(), e.Key, atoi(form["version"]))
		if err != nil {
			return p.refusedAction(v, e, err)
		}
		return v.Done(address(made), frame.Good(said))
	}
}

func (p *Pages) remove(v *frame.Visit) error {
	e, form, err := p.posted(v)
	if err != nil {
		return err
	}
	if form["sure"] == "" {
		return v.Done(address(e), frame.Warn("Nothing was deleted: tick “I am sure” first."))
	}
	if err := p.CMS.Delete(v.Context(), v.Actor(), e.Key, atoi(form["version"])); err != nil {
		return p.refusedAction(v, e, err)
	}
	return v.Done(home(v.Site()), frame.Good("“"+e.Title+"” is deleted."))
}

// posted is the entry that a form is about, and the form's values, one of each name.
func (p *Pages) posted(v *frame.Visit) (local.Entry, map[string]string, error) {
	e, err := p.entry(v)
	if err != nil {
		return e, nil, err
	}
	if !mayWrite(v, e.Kind) {
		return e, nil, frame.ErrForbidden
	}
	values, err := v.Form()
	form := map[string]string{}
	for name := range values {
		form[name] = values.Get(name)
	}
	return e, form, err
}

// refusedAction says why an action was not done, on the entry's page.
func (p *Pages) refusedAction(v *frame.Visit, e local.Entry, cause error) error {
	var refused local.Refused
	var invalid *content.InvalidError
	switch {
	case errors.As(cause, &invalid):
		t, _ := content.TypeOf(e.Kind)
		f, _ := t.Field(invalid.Faults[0].Field)
		return v.Done(address(e), frame.Bad("Not done: “"+f.Label+"” "+invalid.Faults[0].Why+"."))
	case errors.Is(cause, local.ErrChanged):
		return v.Done(address(e), frame.Warn("Nothing was done: somebody changed this entry meanwhile. Look at it as it is now, and try again."))
	case errors.As(cause, &refused):
		return v.Done(address(e), frame.Bad(refused.Reason))
	}
	return found(cause)
}

// historyView is what an entry has been.
type historyView struct {
	Entry  local.Entry
	List   []local.Version
	Change bool
}

const mostVersions = 200

func (p *Pages) history(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	list, err := p.CMS.Versions(v.Context(), e.Key, mostVersions)
	if err != nil {
		return err
	}
	return v.Show("History of "+e.Title, historyPage(v, historyView{e, list, mayWrite(v, e.Kind) && e.ArchivedAt.IsZero()}))
}

type versionView struct {
	Entry   local.Entry
	Version local.Version
	Changes []difference
}

// version shows what one version changed.
func (p *Pages) version(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(v.Request().PathValue("version"))
	if err != nil {
		return frame.ErrNotFound
	}
	now, err := p.CMS.VersionAt(v.Context(), e.Key, number)
	if err != nil {
		return found(err)
	}
	before, err := p.CMS.VersionAt(v.Context(), e.Key, number-1)
	if err != nil && !isMissing(err) {
		return err
	}
	changes := compare(e.Kind, e.Source, before.Fields, now.Fields, p.titles(v, e), v.Brand().Location())
	return v.Show("Version "+itoa(number)+" of "+e.Title, versionPage(v, versionView{e, now, changes}))
}
