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

// form is a code as it is typed.
type form struct {
	Code, About, Production, Kind, Off, Currency string
	Starts, Ends, MostUses, MostPerEmail         string
	Stackable                                    bool
}

type formView struct {
	Form        form
	Faults      map[string]string
	Productions []show.Listing
	Code        *promo.Code // as it stands; nil for a new one
	Uses        []promo.Use
	Change      bool
	Given       string
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
	if len(faults) == 0 {
		var before promo.Code
		if before, err = p.Book.Update(v.Context(), c, v.Actor()); err == nil {
			undo := frame.Undo{Path: address(v, was.Code), Label: "Undo", Fields: typedExactly(before)}
			return v.Done(address(v, was.Code), frame.Good("Changed. Orders placed before keep their prices.").WithUndo(undo))
		}
	}
	return p.again(v, formView{Form: f, Code: &was}, c, faults, err)
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

// minute is how browsers write a moment in a form.
const minute = "2006-01-02T15:04"

// read reads the form. faults are what can't be read at all.
func (p *Pages) read(v *frame.Visit) (f form, c promo.Code, faults map[string]string, err error) {
	values, err := v.Form()
	if err != nil {
		return f, c, nil, err
	}
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f = form{
		Code: get("code"), About: get("about"), Production: get("production"), Kind: get("kind"), Off: get("off"), Currency: get("currency"),
		Starts: get("starts"), Ends: get("ends"), MostUses: get("most_uses"), MostPerEmail: get("most_per_email"), Stackable: get("stackable") == "yes",
	}
	faults = map[string]string{}
	c = promo.Code{Code: promo.Normalise(f.Code), About: f.About, Stackable: f.Stackable}
	if f.Kind == "amount" {
		c.Currency = f.Currency
		if c.Amount, err = hundredths(f.Off, 2); err != nil {
			faults["off"] = "must be an amount such as 5.00"
		}
	} else if c.Rate, err = hundredths(f.Off, 4); err != nil {
		faults["off"] = "must be a percentage such as 20 or 12.5"
	}
	if f.Production != "" {
		if c.ProductionID, err = uuid.Parse(f.Production); err != nil {
			faults["production"] = "is not one of the site's"
		}
	}
	for name, at := range map[string]struct {
		text string
		to   *time.Time
	}{"starts_at": {f.Starts, &c.StartsAt}, "ends_at": {f.Ends, &c.EndsAt}} {
		if at.text == "" {
			continue
		}
		if *at.to, err = moment(at.text, v.Brand().Location()); err != nil {
			faults[name] = "must be a date and a time"
		}
	}
	for name, n := range map[string]struct {
		text string
		to   *int
	}{"most_uses": {f.MostUses, &c.MostUses}, "most_per_email": {f.MostPerEmail, &c.MostPerEmail}} {
		if n.text == "" {
			continue
		}
		if *n.to, err = strconv.Atoi(n.text); err != nil || *n.to < 1 {
			faults[name] = "must be a whole number, or empty for no limit"
		}
	}
	return f, c, faults, nil
}

// moment reads what a browser's form holds, or an exact instant.
func moment(text string, at *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation(minute, text, at)
	return t.UTC(), err
}

var errNumber = errors.New("promos: no number")

// hundredths reads a decimal number as an integer with so many places.
func hundredths(text string, places int) (int64, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > places || whole == "" || len(whole) > 9 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, errNumber
	}
	return strconv.ParseInt(whole+part+strings.Repeat("0", places-len(part)), 10, 64)
}

// typed is a code as its form holds it, in the site's time.
func typed(v *frame.Visit, c promo.Code) form {
	at := v.Brand().Location()
	f := form{
		Code: c.Code, About: c.About, Kind: "percent", Off: decimal(c.Rate, 4), Currency: currencyOf(v.Brand()), Starts: c.StartsAt.In(at).Format(minute), Stackable: c.Stackable,
	}
	if c.Amount > 0 {
		f.Kind, f.Off, f.Currency = "amount", decimal(c.Amount, 2), c.Currency
	}
	if c.ProductionID != uuid.Nil {
		f.Production = c.ProductionID.String()
	}
	if !c.EndsAt.IsZero() {
		f.Ends = c.EndsAt.In(at).Format(minute)
	}
	if c.MostUses > 0 {
		f.MostUses = strconv.Itoa(c.MostUses)
	}
	if c.MostPerEmail > 0 {
		f.MostPerEmail = strconv.Itoa(c.MostPerEmail)
	}
	return f
}

// typedExactly is the same to the microsecond, to put a code back to what it was.
func typedExactly(c promo.Code) map[string]string {
	fields := map[string]string{"about": c.About, "kind": "percent", "off": decimal(c.Rate, 4), "starts": c.StartsAt.Format(time.RFC3339Nano)}
	if c.Amount > 0 {
		fields["kind"], fields["off"], fields["currency"] = "amount", decimal(c.Amount, 2), c.Currency
	}
	if c.ProductionID != uuid.Nil {
		fields["production"] = c.ProductionID.String()
	}
	if !c.EndsAt.IsZero() {
		fields["ends"] = c.EndsAt.Format(time.RFC3339Nano)
	}
	if c.MostUses > 0 {
		fields["most_uses"] = strconv.Itoa(c.MostUses)
	}
	if c.MostPerEmail > 0 {
		fields["most_per_email"] = strconv.Itoa(c.MostPerEmail)
	}
	if c.Stackable {
		fields["stackable"] = "yes"
	}
	return fields
}

// decimal writes an integer with so many places as people do: 12.5, 5.00.
func decimal(n int64, places int) string {
	text := strconv.FormatInt(n, 10)
	text = strings.Repeat("0", max(0, places+1-len(text))) + text
	whole, part := text[:len(text)-places], text[len(text)-places:]
	if places > 2 {
		part = strings.TrimRight(part, "0")
	}
	if part == "" {
		return whole
	}
	return whole + "." + part
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
