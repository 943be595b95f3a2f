// Package people says who may do what: people, their roles on each site, and who may sign in at all.
package people

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Desk reads and changes people; a staff.Desk is one.
type Desk interface {
	People(ctx context.Context) ([]staff.Person, error)
	Person(ctx context.Context, id uuid.UUID) (staff.Person, error)
	Invite(ctx context.Context, actor, email, name string) (staff.Person, error)
	Grant(ctx context.Context, actor string, to uuid.UUID, role staff.Role, brand string) error
	Revoke(ctx context.Context, actor string, from, grant uuid.UUID) error
	SetDisabled(ctx context.Context, actor string, id uuid.UUID, disabled bool) error
}

// Pages are those of people.
type Pages struct{ Desk Desk }

// Pages lists them. Who is admin of one site gives roles on that one; people as such belong to the whole group.
func (p *Pages) Pages() []frame.Page {
	return []frame.Page{
		{Route: "GET /people", Action: staff.SeePeople, Menu: &frame.Menu{Label: "People", Order: 90}, Serve: p.list},
		{Route: "GET /people/{person}", Action: staff.SeePeople, Serve: p.one},
		{Route: "POST /people", Action: staff.ChangePeople, Serve: p.invite},
		{Route: "POST /people/{person}/grants", Action: staff.ChangePeople, Serve: p.grant},
		{Route: "POST /people/{person}/grants/{grant}/revoke", Action: staff.ChangePeople, Serve: p.revoke},
		{Route: "POST /people/{person}/access", Action: staff.ChangePeople, Serve: p.access},
	}
}

type listView struct {
	People []staff.Person
	Invite bool // they may
	Fault  string
	Email  string
	Name   string
}

func (p *Pages) list(v *frame.Visit) error { return p.listWith(v, http.StatusOK, listView{}) }

func (p *Pages) listWith(v *frame.Visit, status int, view listView) error {
	all, err := p.Desk.People(v.Context())
	if err != nil {
		return err
	}
	view.People = all
	view.Invite = v.May(staff.ChangePeople, staff.Group)
	return v.ShowStatus(status, "People", listPage(v, view))
}

// whole is for what concerns the whole group.
func whole(v *frame.Visit) error {
	if !v.May(staff.ChangePeople, staff.Group) {
		return frame.ErrForbidden
	}
	if !v.Fresh() {
		return frame.ErrStepUp
	}
	return nil
}

func (p *Pages) invite(v *frame.Visit) error {
	if err := whole(v); err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	who, err := p.Desk.Invite(v.Context(), v.Actor(), form.Get("email"), form.Get("name"))
	var refused staff.Refused
	if errors.As(err, &refused) {
		return p.listWith(v, http.StatusUnprocessableEntity, listView{Fault: refused.Reason, Email: form.Get("email"), Name: form.Get("name")})
	}
	if err != nil {
		return err
	}
	return v.Done("/people/"+who.ID.String(), frame.Good(who.Name+" may sign in. Now give them a role."))
}

type oneView struct {
	Person staff.Person
	Whole  bool // the visitor may change what concerns the whole group
	Prove  bool
	Fault  string
}

func (p *Pages) one(v *frame.Visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	return p.show(v, http.StatusOK, who, "")
}

func (p *Pages) show(v *frame.Visit, status int, who staff.Person, fault string) error {
	wide := v.May(staff.ChangePeople, staff.Group)
	return v.ShowStatus(status, who.Name, onePage(v, oneView{Person: who, Whole: wide, Prove: wide && !v.Fresh(), Fault: fault}))
}

func (p *Pages) person(v *frame.Visit) (staff.Person, error) {
	id, err := uuid.Parse(v.Request().PathValue("person"))
	if err != nil {
		return staff.Person{}, frame.ErrNotFound
	}
	return p.Desk.Person(v.Context(), id)
}

func (p *Pages) grant(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	role, brand := staff.Role(form.Get("role")), form.Get("site")
	if err := mayGive(v, brand); err != nil {
		return err
	}
	who, err := p.person(v)
	if err != nil {
		return err
	}
	err = p.Desk.Grant(v.Context(), v.Actor(), who.ID, role, brand)
	var refused staff.Refused
	if errors.As(err, &refused) {
		return p.show(v, http.StatusUnprocessableEntity, who, refused.Reason)
	}
	if err != nil {
		return err
	}
	return v.Done("/people/"+who.ID.String(), frame.Good("Given. It counts from the next click."))
}

// mayGive asks whether roles on a site are theirs to give and take.
func mayGive(v *frame.Visit, brand string) error {
	if brand == staff.Group {
		return whole(v)
	}
	if !v.May(staff.ChangePeople, brand) {
		return frame.ErrForbidden
	}
	return nil
}

func (p *Pages) revoke(v *frame.Visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	id, err := uuid.Parse(v.Request().PathValue("grant"))
	if err != nil {
		return frame.ErrNotFound
	}
	for _, g := range who.Grants {
		if g.ID != id {
			continue
		}
		if err := mayGive(v, g.Brand); err != nil {
			return err
		}
		if err := p.Desk.Revoke(v.Context(), v.Actor(), who.ID, id); err != nil {
			return err
		}
	}
	return v.Done("/people/"+who.ID.String(), frame.Good("Taken away, at once."))
}

func (p *Pages) access(v *frame.Visit) error {
	if err := whole(v); err != nil {
		return err
	}
	who, err := p.person(v)
	if err != nil {
		return err
	}
	if who.ID == v.Person().ID {
		return staff.Refused{Reason: "You can’t take your own access away. Ask another admin."}
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	off := form.Get("to") == "off"
	if err := p.Desk.SetDisabled(v.Context(), v.Actor(), who.ID, off); err != nil {
		return err
	}
	text := who.Name + " may sign in again."
	if off {
		text = who.Name + " may not sign in any more and is signed out everywhere."
	}
	return v.Done("/people/"+who.ID.String(), frame.Good(text))
}

// siteName is a grant's site as people read it.
func siteName(v *frame.Visit, brand string) string {
	if brand == staff.Group {
		return "all sites"
	}
	for _, b := range v.BrandsAnywhere(staff.SeePeople) {
		if b.ID == brand {
			return b.Name
		}
	}
	return brand
}

func roleName(r staff.Role) string {
	for _, info := range staff.Roles() {
		if info.Role == r {
			return info.Name
		}
	}
	return string(r)
}

func summary(v *frame.Visit, p staff.Person) string {
	var words []string
	for _, g := range p.Grants {
		words = append(words, roleName(g.Role)+", "+siteName(v, g.Brand))
	}
	if len(words) == 0 {
		return "No roles"
	}
	return strings.Join(words, "; ")
}
