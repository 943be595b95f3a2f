package redirects

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// form is a rule as it is typed.
type form struct {
	ID, Since                                         string // "" for a new one
	Site, Match, Source, Target, Status, Starts, Ends string
	Query, Suffix, Subdomains, Enabled                bool
	Note                                              string
	Faults                                            map[string]string // by field; "form" is about all of it
	Theirs                                            *edgeconfig.Redirect
	TheirsBy                                          string
	TheirsAt                                          time.Time
	Gone                                              bool
}

// kinds are the ways a source is compared, as the form offers them.
var kinds = []struct{ Value, Label, About string }{
	{"", "By what it looks like", "exact for a path, pattern when it holds *, host for a hostname"},
	{site.MatchExact, "Exact", "this path alone"},
	{site.MatchPrefix, "Prefix", "the path and everything below it"},
	{site.MatchPattern, "Pattern", "* is one segment, a final ** the rest; $1, $2 in the target"},
	{site.MatchHost, "Host", "every path of one hostname"},
}

// statuses are what browsers are told, as the form offers them.
var statuses = []struct{ Value, Label string }{
	{"302", "302 Found: for now"}, {"301", "301 Moved: for good, browsers remember it"},
	{"307", "307 Temporary: for now, keeps a form’s data"}, {"308", "308 Permanent: for good, keeps a form’s data"},
}

const localTime = "2006-01-02T15:04"

func (p *Pages) newForm(v *frame.Visit) error {
	if !v.May(staff.ChangeRedirects, v.Site()) {
		return frame.ErrForbidden
	}
	f := form{Site: v.Site(), Status: "302", Query: true, Suffix: true, Enabled: true, Source: v.Request().FormValue("source")}
	if f.Site == staff.Group {
		f.Site = ""
	}
	return v.Show("New redirect", formPage(v, f))
}

func (p *Pages) editForm(v *frame.Visit) error {
	rule, err := p.rule(v)
	if err != nil {
		return err
	}
	return v.Show(rule.Source, formPage(v, typed(v, rule)))
}

// rule is the one that the address names.
func (p *Pages) rule(v *frame.Visit) (edgeconfig.Redirect, error) {
	id, err := uuid.Parse(v.Request().PathValue("id"))
	if err != nil {
		return edgeconfig.Redirect{}, frame.ErrNotFound
	}
	rule, err := p.Editor.Redirect(v.Context(), id)
	var gone edgeconfig.Conflict
	if errors.As(err, &gone) || err == nil && v.Site() != staff.Group && rule.Site != v.Site() {
		return rule, frame.ErrNotFound
	}
	if err == nil && !v.May(staff.SeeRedirects, rule.Site) {
		return rule, frame.ErrForbidden
	}
	return rule, err
}

// typed is a rule as somebody would type it.
func typed(v *frame.Visit, r edgeconfig.Redirect) form {
	local := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(v.Brand().Location()).Format(localTime)
	}
	return form{
		ID: r.ID.String(), Since: strconv.Itoa(r.Since), Site: r.Site, Match: r.Match, Source: r.Source, Target: r.Target, Status: strconv.Itoa(r.Status),
		Starts: local(r.StartsAt), Ends: local(r.EndsAt), Query: r.PreserveQuery, Suffix: r.PreserveSuffix, Subdomains: r.IncludeSubdomains,
		Enabled: !r.Disabled, Note: r.Note,
	}
}

func readForm(values url.Values) form {
	return form{
		ID: values.Get("id"), Since: values.Get("since"), Site: values.Get("rule_site"), Match: values.Get("match"),
		Source: strings.TrimSpace(values.Get("source")), Target: strings.TrimSpace(values.Get("target")), Status: values.Get("status"),
		Starts: values.Get("starts"), Ends: values.Get("ends"), Query: values.Get("query") == "yes", Suffix: values.Get("suffix") == "yes",
		Subdomains: values.Get("subdomains") == "yes", Enabled: values.Get("enabled") == "yes", Note: values.Get("note"), Faults: map[string]string{},
	}
}

// redirect reads the form; what is wrong goes into Faults, and ok is false.
func (f *form) redirect(v *frame.Visit, old edgeconfig.Redirect) (r edgeconfig.Redirect, ok bool) {
	zone := v.Brand().Location()
	when := func(field, text string, was time.Time) time.Time {
		if text == "" {
			return time.Time{}
		}
		if !was.IsZero() && was.In(zone).Format(localTime) == text {
			return was // to the second, as it was
		}
		t, err := edgeconfig.ParseWhen(text, v.Now(), zone)
		if reason, is := refusal(err); is {
			f.Faults[field] = reason
		} else if err != nil {
			f.Faults[field] = "This is not a time."
		}
		return t
	}
	r = old
	r.Site, r.Match, r.Source, r.Target, r.Note = f.Site, f.Match, f.Source, f.Target, f.Note
	r.PreserveQuery, r.PreserveSuffix, r.IncludeSubdomains, r.Disabled = f.Query, f.Suffix, f.Subdomains, !f.Enabled
	r.StartsAt, r.EndsAt = when("starts", f.Starts, old.StartsAt), when("ends", f.Ends, old.EndsAt)
	r.Status, _ = strconv.Atoi(f.Status)
	if f.Source == "" {
		f.Faults["source"] = "Say which address is to be redirected."
	}
	if f.Target == "" {
		f.Faults["target"] = "Say where it is to lead."
	}
	if f.Site == "" {
		f.Faults["rule_site"] = "Choose the site."
	}
	return r, len(f.Faults) == 0
}

func (p *Pages) add(v *frame.Visit) error {
	values, err := v.Form()
	if err != nil {
		return err
	}
	f := readForm(values)
	if v.Site() != staff.Group {
		f.Site = v.Site()
	}
	if f.Site != "" && !v.May(staff.ChangeRedirects, f.Site) {
		return frame.ErrForbidden
	}
	rule, ok := f.redirect(v, edgeconfig.Redirect{})
	if !ok {
		return f.again(v)
	}
	made, err := p.Editor.AddRedirect(v.Context(), v.Actor(), rule)
	if err != nil {
		return f.refused(v, err)
	}
	return p.saved(v, made, made.Source+" now leads to "+made.Target+".")
}

func (p *Pages) change(v *frame.Visit) error {
	values, err := v.Form()
	if err != nil {
		return err
	}
	f := readForm(values)
	old, err := p.rule(v)
	if errors.Is(err, frame.ErrNotFound) { // gone, but what was typed is not to be lost
		f.Gone = true
		f.Faults["form"] = "Somebody removed this rule meanwhile. Save it as a new one, or leave it."
		f.ID, f.Since, f.Site = "", "", v.Site()
		return f.again(v)
	}
	if err != nil {
		return err
	}
	if !v.May(staff.ChangeRedirects, old.Site) {
		return frame.ErrForbidden
	}
	f.ID, f.Site = old.ID.String(), old.Site
	rule, ok := f.redirect(v, old)
	if !ok {
		return f.again(v)
	}
	if rule.Since, err = strconv.Atoi(f.Since); err != nil {
		return edgeconfig.Refused{Reason: "the form is broken: please open the page again"}
	}
	saved, err := p.Editor.ChangeRedirect(v.Context(), v.Actor(), rule)
	if err != nil {
		return f.refused(v, err)
	}
	return p.saved(v, saved, "Saved: "+saved.Source+" leads to "+saved.Target+".")
}

func (p *Pages) saved(v *frame.Visit, r edgeconfig.Redirect, done string) error {
	return v.Done(home(v.Site()), p.published(v, done).WithUndo(frame.Undo{
		Path: home(v.Site()) + "/undo", Label: "Undo", Fields: map[string]string{"version": r.Site + ":" + strconv.Itoa(r.Since)},
	}))
}

// refused shows the form again, with what was typed, and what was wrong where it was.
func (f *form) refused(v *frame.Visit, err error) error {
	var conflict edgeconfig.Conflict
	var faults edgeconfig.Faults
	var taken edgeconfig.Taken
	switch {
	case errors.As(err, &conflict):
		if theirs, ok := conflict.Theirs.(edgeconfig.Redirect); ok {
			f.Theirs, f.TheirsBy, f.TheirsAt, f.Since = &theirs, conflict.UpdatedBy, conflict.UpdatedAt, strconv.Itoa(theirs.Since)
			return v.ShowStatus(http.StatusConflict, "Somebody was faster", formPage(v, *f))
		}
		f.Gone, f.ID, f.Since = true, "", ""
		f.Faults["form"] = "Somebody removed this rule meanwhile. Save it as a new one, or leave it."
	case errors.As(err, &faults):
		for _, fault := range faults.List {
			f.Faults[field(fault.Field)] = frame.Sentence(fault.Problem)
		}
	case errors.As(err, &taken):
		f.Faults["source"] = frame.Sentence(taken.Error())
	default:
		reason, is := refusal(err)
		if !is {
			return err
		}
		f.Faults["form"] = reason
	}
	return f.again(v)
}

// field is the form's field for a rule's.
func field(name string) string {
	switch name {
	case "source", "target", "status", "match":
		return name
	case "ends_at":
		return "ends"
	case "starts_at":
		return "starts"
	}
	return "form"
}

func (f *form) again(v *frame.Visit) error {
	if f.Site == staff.Group {
		f.Site = ""
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, "Please look again", formPage(v, *f))
}
