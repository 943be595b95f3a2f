// Package terms is where marketers and ops set the terms of sale of a site and of its productions: fees, tax, until when
// tickets may be given back or exchanged, and how many seats one buyer may have.
package terms

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Terms keeps them; a booking.Service does.
type Terms interface {
	TermsOfBrand(ctx context.Context, brandID string) ([]booking.SetOfTerms, error)
	SetTermsSince(ctx context.Context, brandID string, production uuid.UUID, known time.Time, t *booking.Terms, by string) error
}

// Shows knows the productions; a show.Repository does.
type Shows interface {
	Productions(ctx context.Context, brandID string, from time.Time) ([]show.Listing, error)
}

// Pages are those of the terms.
type Pages struct {
	Terms Terms
	Shows Shows
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	const at = "/sites/{site}/terms"
	return []frame.Page{
		{Route: "GET " + at, Action: staff.SeeTerms, Menu: &frame.Menu{Label: "Terms of sale", Order: 35}, Serve: p.overview},
		{Route: "GET " + at + "/{of}", Action: staff.SeeTerms, Serve: p.form},
		{Route: "POST " + at + "/{of}", Action: staff.ChangeTerms, Serve: p.save},
		{Route: "POST " + at + "/{of}/remove", Action: staff.ChangeTerms, Serve: p.remove},
	}
}

// ofSite is what stands in the address for the site itself.
const ofSite = "site"

func home(site string) string { return "/sites/" + url.PathEscape(site) + "/terms" }

// address is where the terms of a production, or of the site, are.
func address(v *frame.Visit, production uuid.UUID) string {
	if production == uuid.Nil {
		return home(v.Site()) + "/" + ofSite
	}
	return home(v.Site()) + "/" + production.String()
}

// overviewView is what a site has set.
type overviewView struct {
	Site   booking.SetOfTerms   // SetAt is zero when it has set nothing
	Own    []booking.SetOfTerms // of productions
	Others []show.Listing       // productions that go by the site's
	Change bool
}

func (p *Pages) overview(v *frame.Visit) error {
	if v.Site() == staff.Group {
		return v.Show("Terms of sale", groupPage(v))
	}
	if of := v.Request().FormValue("production"); of != "" {
		return v.Redirect(home(v.Site()) + "/" + url.PathEscape(of))
	}
	set, err := p.Terms.TermsOfBrand(v.Context(), v.Site())
	if err != nil {
		return err
	}
	plays, err := p.Shows.Productions(v.Context(), v.Site(), v.Now())
	if err != nil {
		return err
	}
	view := overviewView{Site: booking.SetOfTerms{Terms: booking.StandardTerms(v.Brand().Country)}, Others: plays, Change: v.May(staff.ChangeTerms, v.Site())}
	for _, s := range set {
		if s.ProductionID == uuid.Nil {
			view.Site = s
			continue
		}
		view.Own = append(view.Own, s)
		view.Others = slices.DeleteFunc(view.Others, func(l show.Listing) bool { return l.ID == s.ProductionID })
	}
	return v.Show("Terms of sale", overviewPage(v, view))
}

// formView is the form of one set of terms.
type formView struct {
	Production uuid.UUID
	Title      string // of the production; "" for the site
	Set        bool   // by itself; else it goes by the site's, or the country's
	SetAt      time.Time
	SetBy      string
	Values     url.Values
	Faults     map[string]string
	Change     bool
	Theirs     []difference // what somebody else set meanwhile
}

// find reads what the address is about and how it stands.
func (p *Pages) find(v *frame.Visit) (formView, error) {
	if v.Site() == staff.Group {
		return formView{}, frame.ErrNotFound
	}
	view := formView{Change: v.May(staff.ChangeTerms, v.Site())}
	if of := v.Request().PathValue("of"); of != ofSite {
		var err error
		if view.Production, err = uuid.Parse(of); err != nil || view.Production == uuid.Nil {
			return view, frame.ErrNotFound
		}
	}
	set, err := p.Terms.TermsOfBrand(v.Context(), v.Site())
	if err != nil {
		return view, err
	}
	stands := booking.StandardTerms(v.Brand().Country)
	for _, s := range set { // the site's come first
		if s.ProductionID == uuid.Nil {
			stands = s.Terms
		}
		if s.ProductionID == view.Production {
			stands, view.Set, view.SetAt, view.SetBy, view.Title = s.Terms, true, s.SetAt, s.SetBy, s.Title
		}
	}
	view.Values = values(stands)
	if view.Production == uuid.Nil || view.Set {
		return view, nil
	}
	plays, err := p.Shows.Productions(v.Context(), v.Site(), v.Now())
	if err != nil {
		return view, err
	}
	i := slices.IndexFunc(plays, func(l show.Listing) bool { return l.ID == view.Production })
	if i < 0 {
		return view, frame.ErrNotFound
	}
	view.Title = plays[i].Title
	return view, nil
}

func (view formView) name(v *frame.Visit) string {
	if view.Title != "" {
		return view.Title
	}
	return v.SiteName()
}

func (p *Pages) form(v *frame.Visit) error {
	view, err := p.find(v)
	if err != nil {
		return err
	}
	return v.Show("Terms: "+view.name(v), formPage(v, view))
}

func (p *Pages) save(v *frame.Visit) error {
	view, err := p.find(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	known, err := since(form)
	if err != nil {
		return err
	}
	wanted, faults := read(form)
	if len(faults) > 0 {
		view.Values, view.Faults, view.SetAt = form, faults, known // a save still compares with what was read
		return v.ShowStatus(http.StatusUnprocessableEntity, "Terms: "+view.name(v), formPage(v, view))
	}
	err = p.Terms.SetTermsSince(v.Context(), v.Site(), view.Production, known, &wanted, v.Actor())
	var changed *booking.TermsChangedError
	if errors.As(err, &changed) {
		view.Theirs = compare(view.Values, form)
		view.Values = form
		return v.ShowStatus(http.StatusConflict, "Terms: "+view.name(v), formPage(v, view))
	}
	if err != nil {
		return err
	}
	return v.Done(address(v, view.Production), frame.Good("Saved. Orders from now on go by these terms; those placed before keep theirs."))
}

// since reads from a form how the terms stood when it was drawn.
func since(form url.Values) (time.Time, error) {
	text := form.Get("known")
	if text == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, staff.Refused{Reason: "The form is broken. Please open the page again."}
	}
	return time.UnixMicro(n).UTC(), nil
}

// known is the other way.
func (view formView) known() string {
	if view.SetAt.IsZero() {
		return ""
	}
	return strconv.FormatInt(view.SetAt.UnixMicro(), 10)
}

// remove lets a production go by its site's terms again, or a site by its country's.
func (p *Pages) remove(v *frame.Visit) error {
	view, err := p.find(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	known, err := since(form)
	if err != nil {
		return err
	}
	err = p.Terms.SetTermsSince(v.Context(), v.Site(), view.Production, known, nil, v.Actor())
	var changed *booking.TermsChangedError
	if errors.As(err, &changed) {
		return v.Done(address(v, view.Production), frame.Bad("Nothing was changed: somebody else has changed these terms meanwhile. Here is how they stand now."))
	}
	if err != nil {
		return err
	}
	text := "It goes by the site’s terms again."
	if view.Production == uuid.Nil {
		text = "The site goes by the usual terms of its country again."
	}
	return v.Done(home(v.Site()), frame.Good(text))
}
