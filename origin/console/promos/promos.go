// Package promos is where marketers make promo codes, look after them and see what they gave away.
package promos

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Book keeps the codes; a promo.Book is one.
type Book interface {
	List(ctx context.Context, brandID string) ([]promo.Listed, error)
	Get(ctx context.Context, code string) (promo.Code, error)
	Uses(ctx context.Context, id uuid.UUID) ([]promo.Use, error)
	Create(ctx context.Context, c promo.Code, by string) (promo.Code, error)
	Update(ctx context.Context, c promo.Code, by string) (before promo.Code, err error)
	UpdateSince(ctx context.Context, known, c promo.Code, by string) (before promo.Code, err error)
	Pause(ctx context.Context, code string, paused bool, by string) error
	Delete(ctx context.Context, code, by string) error
}

// Shows lists what a code may be for; a show.Repository does.
type Shows interface {
	Productions(ctx context.Context, brandID string, from time.Time) ([]show.Listing, error)
}

// Pages are those of promo codes.
type Pages struct {
	Book  Book
	Shows Shows
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/promos"
	const one = at + "/codes/{code}"
	return []frame.Page{
		{Route: "GET " + at, Action: staff.SeePromos, Menu: &frame.Menu{Label: "Promo codes", Order: 35}, Serve: p.list},
		{Route: "GET " + at + "/new", Action: staff.ChangePromos, Serve: p.blank},
		{Route: "POST " + at + "/new", Action: staff.ChangePromos, Serve: p.create},
		{Route: "GET " + one, Action: staff.SeePromos, Serve: p.one},
		{Route: "POST " + one, Action: staff.ChangePromos, Serve: p.change},
		{Route: "POST " + one + "/pause", Action: staff.ChangePromos, Serve: p.pause},
		{Route: "POST " + one + "/delete", Action: staff.ChangePromos, Serve: p.remove},
	}
}

func home(v *frame.Visit) string { return "/sites/" + url.PathEscape(v.Site()) + "/promos" }

func address(v *frame.Visit, code string) string { return home(v) + "/codes/" + url.PathEscape(code) }

// brand is whose codes the page is about: the group's are good everywhere.
func brand(v *frame.Visit) string {
	if v.Site() == staff.Group {
		return venue.GroupBrand
	}
	return v.Site()
}

type listView struct {
	Codes  []promo.Listed
	Change bool
	Now    time.Time
}

func (p *Pages) list(v *frame.Visit) error {
	of := brand(v)
	if v.Site() == staff.Group {
		of = "" // who sees the group sees every theatre's
	}
	codes, err := p.Book.List(v.Context(), of)
	if err != nil {
		return err
	}
	return v.Show("Promo codes", listPage(v, listView{codes, v.May(staff.ChangePromos, v.Site()), v.Now()}))
}

type formView struct {
	Form        form
	Faults      map[string]string
	Productions []show.Listing
	Code        *promo.Code // as it stands; nil for a new one
	Uses        []promo.Use
	Change      bool
	Given       string
	Changed     bool // by somebody else, since the form was opened
}

// Off is what a fault is shown beside.
func (view formView) fault(field string) string {
	if text := view.Faults[field]; text != "" {
		return frame.Sentence("This " + text)
	}
	return ""
}

func (p *Pages) show(v *frame.Visit, status int, view formView) error {
	view.Change = v.May(staff.ChangePromos, v.Site())
	title := "New promo code"
	if view.Code != nil {
		title = view.Code.Code
		var err error
		if view.Uses, err = p.Book.Uses(v.Context(), view.Code.ID); err != nil {
			return err
		}
		view.Given = given(view.Uses)
	}
	if b := brand(v); b != venue.GroupBrand {
		all, err := p.Shows.Productions(v.Context(), b, v.Now())
		if err != nil {
			return err
		}
		view.Productions = all
	}
	return v.ShowStatus(status, title, codePage(v, view))
}

func (p *Pages) blank(v *frame.Visit) error {
	return p.show(v, http.StatusOK, formView{Form: form{
		Kind: "percent", Currency: currencyOf(v.Brand()), Starts: v.Now().In(v.Brand().Location()).Format(minute),
	}})
}

func currencyOf(b venue.Brand) string {
	if b.Currency == "USD" {
		return "USD"
	}
	return "GBP"
}

// found reads the code of the address, if it is of the site.
func (p *Pages) found(v *frame.Visit) (promo.Code, error) {
	c, err := p.Book.Get(v.Context(), v.Request().PathValue("code"))
	if errors.Is(err, promo.ErrNotFound) || err == nil && v.Site() != staff.Group && c.BrandID != v.Site() {
		return c, frame.ErrNotFound
	}
	return c, err
}

func (p *Pages) one(v *frame.Visit) error {
	c, err := p.found(v)
	if err != nil {
		return err
	}
	return p.show(v, http.StatusOK, formView{Form: typed(v, c), Code: &c})
}

func (p *Pages) create(v *frame.Visit) error {
	f, c, faults, err := p.read(v)
	if err != nil {
		return err
	}
	c.BrandID = brand(v)
	if len(faults) == 0 {
		var made promo.Code
		if made, err = p.Book.Create(v.Context(), c, v.Actor()); err == nil {
			return v.Done(home(v), frame.Good(made.Code+" is made: "+off(made)+".").WithUndo(frame.Undo{Path: address(v, made.Code) + "/delete", Label: "Undo"}))
		}
	}
	return p.again(v, formView{Form: f}, c, faults, err)
}

// again shows a form that could not be acted upon, with what is wrong beside each field.
func (p *Pages) again(v *frame.Visit, view formView, c promo.Code, faults map[string]string, err error) error {
	var invalid *promo.InvalidError
	view.Faults = map[string]string{}
	if errors.As(err, &invalid) || len(faults) > 0 {
		if invalid == nil { // say everything at once
			errors.As(c.Validate(), &invalid)
		}
		if invalid != nil {
			maps.Copy(view.Faults, invalid.Faults)
		}
		maps.Copy(view.Faults, faults)
	} else if errors.Is(err, promo.ErrExists) {
		view.Faults["code"] = "is taken: every code there is, at any theatre, has a name of its own"
	} else {
		return err
	}
	return p.show(v, http.StatusUnprocessableEntity, view)
}

func (p *Pages) change(v *frame.Visit) error {
	was, err := p.found(v)
	if err != nil {
		return err
	}
	f, c, faults, err := p.read(v)
	if err != nil {
		return err
	}
	c.Code, c.BrandID, f.Code = was.Code, was.BrandID, was.Code
	if f.Was != "" && f.Was != fingerprint(was) {
		return p.overtaken(v, f)
	}
	if len(faults) == 0 {
		var before promo.Code
		if f.Was == "" { // a form that does not know what it changes
			before, err = p.Book.Update(v.Context(), c, v.Actor())
		} else {
			before, err = p.Book.UpdateSince(v.Context(), was, c, v.Actor())
		}
		if errors.Is(err, promo.ErrChanged) {
			return p.overtaken(v, f)
		}
		if err == nil {
			undo := frame.Undo{Path: address(v, was.Code), Label: "Undo", Fields: typedExactly(before)}
			c.Paused = before.Paused
			undo.Fields["was"] = fingerprint(c) // it takes back this, and nothing that a colleague has changed since
			return v.Done(address(v, was.Code), frame.Good("Changed. Orders placed before keep their prices.").WithUndo(undo))
		}
	}
	return p.again(v, formView{Form: f, Code: &was}, c, faults, err)
}

// overtaken shows what somebody typed over a code that somebody else has changed since: sent again, it counts.
func (p *Pages) overtaken(v *frame.Visit, f form) error {
	now, err := p.found(v)
	if err != nil {
		return err
	}
	return p.show(v, http.StatusConflict, formView{Form: f, Code: &now, Changed: true})
}

func (p *Pages) pause(v *frame.Visit) error {
	c, err := p.found(v)
	if err != nil {
		return err
	}
	values, err := v.Form()
	if err != nil {
		return err
	}
	pause := values.Get("to") != "on"
	if err := p.Book.Pause(v.Context(), c.Code, pause, v.Actor()); err != nil {
		return err
	}
	text, back := c.Code+" can’t be used any more.", "on"
	if !pause {
		text, back = c.Code+" can be used again.", "off"
	}
	return v.Done(address(v, c.Code), frame.Good(text).WithUndo(frame.Undo{Path: address(v, c.Code) + "/pause", Label: "Undo", Fields: map[string]string{"to": back}}))
}

func (p *Pages) remove(v *frame.Visit) error {
	c, err := p.found(v)
	if err != nil {
		return err
	}
	if err := p.Book.Delete(v.Context(), c.Code, v.Actor()); errors.Is(err, promo.ErrUsed) {
		return staff.Refused{Reason: "An order came with " + c.Code + ", so it can’t be deleted. Pause it instead."}
	} else if err != nil {
		return err
	}
	return v.Done(home(v), frame.Good(c.Code+" is deleted."))
}

// off is what a code takes off, in words.
func off(c promo.Code) string {
	if c.Rate > 0 {
		return decimal(c.Rate, 4) + "% off"
	}
	return wording.Money(c.Amount, c.Currency) + " off the order"
}

// given adds up what a code took off orders that stand.
func given(uses []promo.Use) string {
	sums := map[string]int64{}
	for _, u := range uses {
		if !u.GivenBack {
			sums[u.Currency] += u.Discount
		}
	}
	return amounts(sums)
}

func amounts(sums map[string]int64) string {
	var parts []string
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		parts = append(parts, wording.Money(sums[currency], currency))
	}
	return strings.Join(parts, ", ")
}

// state is how a code stands: a word and its colour.
func state(c promo.Code, now time.Time) (kind, word string) {
	switch {
	case c.Paused:
		return "warn", "Paused"
	case now.Before(c.StartsAt):
		return "", "Not yet"
	case !c.EndsAt.IsZero() && !now.Before(c.EndsAt):
		return "", "Over"
	case c.MostUses > 0 && c.Uses >= c.MostUses:
		return "", "Used up"
	}
	return "good", "In force"
}

func uses(c promo.Code) string {
	if c.MostUses > 0 {
		return strconv.Itoa(c.Uses) + " of " + strconv.Itoa(c.MostUses)
	}
	return strconv.Itoa(c.Uses)
}

// used is that in a sentence, with what was given.
func used(c promo.Code, given string) string {
	text := "Not used yet"
	switch {
	case c.Uses == 0 && c.MostUses > 0:
		text += ", good for " + wording.Plural(c.MostUses, "use", "uses")
	case c.MostUses > 0:
		text = "Used " + strconv.Itoa(c.Uses) + " of " + wording.Plural(c.MostUses, "time", "times")
	case c.Uses == 1:
		text = "Used once"
	case c.Uses > 1:
		text = "Used " + wording.Plural(c.Uses, "time", "times")
	}
	if given != "" {
		text += ", " + given + " given"
	}
	return text + "."
}

func window(v *frame.Visit, c promo.Code) string {
	if c.EndsAt.IsZero() {
		return "from " + v.Local(c.StartsAt)
	}
	return v.Local(c.StartsAt) + " to " + v.Local(c.EndsAt)
}

func siteName(v *frame.Visit, id string) string {
	if id == venue.GroupBrand {
		return "every theatre"
	}
	for _, b := range v.BrandsAnywhere(staff.SeePromos) {
		if b.ID == id {
			return b.Name
		}
	}
	return id
}
