package frame

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Visit is one request of one person.
type Visit struct {
	frame   *Frame
	page    Page
	w       http.ResponseWriter
	r       *http.Request
	ctx     context.Context
	now     time.Time
	session staff.Session // zero on a public page when nobody is signed in
	brands  []venue.Brand // all there are, the group's first
	site    string        // a brand's ID or staff.Group; "" when they may see none
	brand   venue.Brand
	flashed *Flash
}

// admit finds out who asks and whether they may.
func (v *Visit) admit() error {
	if cookie, err := v.r.Cookie(CookieName(Secure(v.ctx))); err == nil {
		s, err := v.frame.Desk.Session(v.ctx, cookie.Value)
		if err != nil && !errors.Is(err, staff.ErrNoSession) {
			return err
		}
		v.session = s
	}
	if !v.SignedIn() {
		if v.page.Public {
			return nil
		}
		return staff.ErrNoSession
	}
	v.ctx = record.With(v.ctx, v.by())
	brands, err := v.frame.Brands(v.ctx)
	if err != nil {
		return err
	}
	v.brands = brands
	if !v.page.ofSite() {
		v.settle(v.session.Site)
		if v.page.Action != "" && !v.Person().MayAnywhere(v.page.Action) {
			return ErrForbidden
		}
		return nil
	}
	asked := v.r.PathValue("site")
	if !v.exists(asked) {
		v.settle(v.session.Site)
		return ErrNotFound
	}
	if !v.May(v.page.Action, asked) {
		v.settle(v.session.Site)
		return ErrForbidden
	}
	v.settle(asked)
	if asked != v.session.Site && !v.IsPart() {
		if err := v.frame.Desk.NoteSite(v.ctx, v.session.ID, asked); err != nil {
			return err
		}
	}
	if asked == staff.Group && v.r.Method != http.MethodGet && v.r.Method != http.MethodHead && !v.Fresh() {
		return ErrStepUp
	}
	return nil
}

// settle chooses the site shown in the header: the one asked for if they may see it, else all, else the first they may.
func (v *Visit) settle(site string) {
	choices := v.choices()
	if !slices.ContainsFunc(choices, func(c Choice) bool { return c.ID == site }) {
		if site = ""; len(choices) > 0 {
			site = choices[0].ID
		}
	}
	v.site = site
	for _, b := range v.brands {
		if b.ID == site || site == staff.Group && b.Group {
			v.brand = b
		}
	}
}

func (v *Visit) exists(site string) bool {
	return site == staff.Group || slices.ContainsFunc(v.brands, func(b venue.Brand) bool { return b.ID == site })
}

// Choice is a site the switcher offers.
type Choice struct{ ID, Name string }

// choices are the sites the person may see anything of.
func (v *Visit) choices() []Choice {
	var list []Choice
	if v.May(staff.SeeHome, staff.Group) {
		list = append(list, Choice{staff.Group, "All sites"})
	}
	for _, b := range v.brands {
		if v.May(staff.SeeHome, b.ID) {
			list = append(list, Choice{b.ID, b.Name})
		}
	}
	return list
}

// Context ends with the request and carries who asks, for the audit log.
func (v *Visit) Context() context.Context { return v.ctx }

// Request is the request; its body is bounded.
func (v *Visit) Request() *http.Request { return v.r }

// Writer is for answers that are not pages: cookies, redirects, files.
func (v *Visit) Writer() http.ResponseWriter { return v.w }

// Now is when the request came.
func (v *Visit) Now() time.Time { return v.now }

// SignedIn reports whether anybody is; only on public pages is nobody.
func (v *Visit) SignedIn() bool { return v.session.ID != [16]byte{} }

// Session and Person are whose request it is.
func (v *Visit) Session() staff.Session { return v.session }
func (v *Visit) Person() staff.Person   { return v.session.Person }

// Actor is the person as the audit log and windows name them.
func (v *Visit) Actor() string { return v.session.Person.Email }

// May reports whether the person may do something on a brand, or on all with staff.Group.
func (v *Visit) May(a staff.Action, site string) bool { return v.session.Person.May(a, site) }

// Fresh reports whether the person showed lately that it is still them; changes to the whole group need it.
func (v *Visit) Fresh() bool { return v.session.Fresh(v.now) }

// Site is the site the page is about, a brand's ID or staff.Group; outside /sites/{site}, the one looked at last.
func (v *Visit) Site() string { return v.site }

// Brand is that site's brand; for staff.Group the group's own, whose time zone then counts.
func (v *Visit) Brand() venue.Brand { return v.brand }

// SiteName is Site as people read it.
func (v *Visit) SiteName() string {
	if v.site == staff.Group {
		return "All sites"
	}
	return v.brand.Name
}

// Brands are those brands among Site (all, for staff.Group) on which the person may do something.
func (v *Visit) Brands(a staff.Action) []venue.Brand {
	var list []venue.Brand
	for _, b := range v.brands {
		if (v.site == staff.Group || b.ID == v.site) && v.May(a, b.ID) {
			list = append(list, b)
		}
	}
	return list
}

// BrandsAnywhere are all brands on which the person may do something.
func (v *Visit) BrandsAnywhere(a staff.Action) []venue.Brand {
	return slices.DeleteFunc(slices.Clone(v.brands), func(b venue.Brand) bool { return !v.May(a, b.ID) })
}

// Client is where the request came from, as the edge says.
func (v *Visit) Client() staff.Client {
	ip, _, _ := strings.Cut(v.r.Header.Get("X-Forwarded-For"), ",")
	return staff.Client{IP: strings.TrimSpace(ip), Agent: v.r.UserAgent()}
}

// Origin is the console's public scheme and host, without a slash.
func (v *Visit) Origin() string { return session.Origin(v.ctx) }

// SiteURL is the public address of a brand's site, next to the console's, without a slash.
func (v *Visit) SiteURL(brand string) string {
	scheme, host, _ := strings.Cut(v.Origin(), "://")
	_, domain, _ := strings.Cut(host, ".")
	return scheme + "://" + brand + "." + domain
}

// Form reads a posted form.
func (v *Visit) Form() (url.Values, error) {
	if err := v.r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, ErrTooLarge
		}
		return nil, staff.Refused{Reason: "The form could not be read."}
	}
	return v.r.PostForm, asText(v.r.PostForm)
}

// asText refuses what is no text: the database takes neither NUL nor broken UTF-8, and visitors can see no other
// control characters.
func asText(values url.Values) error {
	for _, list := range values {
		for _, value := range list {
			if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f }) {
				return staff.Refused{Reason: "Something in it is no text: it holds control characters or broken ones. Please type it anew."}
			}
		}
	}
	return nil
}

// Asset is the address of a file in frame/static, such as "js/rooms.js".
func (v *Visit) Asset(path string) string { return v.frame.assets.URL(path) }

// IsPart reports whether htmx asks for a part of a page.
func (v *Visit) IsPart() bool { return v.r.Header.Get("HX-Request") == "true" }

// Show answers with a whole page.
func (v *Visit) Show(title string, content templ.Component) error {
	return v.ShowStatus(http.StatusOK, title, content)
}

// ShowStatus is Show with another status than 200, such as 422 for a form with faults.
func (v *Visit) ShowStatus(status int, title string, content templ.Component) error {
	if v.SignedIn() && v.flashed == nil {
		message, err := v.frame.Desk.TakeFlash(v.ctx, v.session.ID)
		if err != nil {
			return err
		}
		var f Flash
		if json.Unmarshal(message, &f) == nil && f.Text != "" {
			v.flashed = &f
		}
	}
	return v.write(status, layout(v.view(title), content))
}

// Part answers with a part of a page, for htmx.
func (v *Visit) Part(content templ.Component) error { return v.write(http.StatusOK, content) }

// write sends nothing before all of it is there, so that a failure can still be one.
func (v *Visit) write(status int, content templ.Component) error {
	var body bytes.Buffer
	if err := content.Render(v.ctx, &body); err != nil {
		return fmt.Errorf("console: render %s: %w", v.r.URL.Path, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(body.Bytes()) // they left: nothing to do
	}
	return nil
}

// Done ends a form's post: it leads to a page of the console, which shows the message once.
func (v *Visit) Done(path string, message Flash) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("console: message: %w", err)
	}
	if err := v.frame.Desk.SetFlash(v.ctx, v.session.ID, text); err != nil {
		return err
	}
	return v.Redirect(path)
}

// Redirect leads to an address with a GET.
func (v *Visit) Redirect(address string) error {
	if v.IsPart() {
		v.w.Header().Set("HX-Redirect", address)
		v.w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// Back is the page to return to: the one asked for, or, for a form's post, the one it was on.
func (v *Visit) Back() string {
	if v.r.Method == http.MethodGet && !v.IsPart() {
		return staff.LocalPath(v.r.URL.RequestURI())
	}
	return v.came()
}

// came is the page of the console that a request was made on, "/" when that is not known.
func (v *Visit) came() string {
	from := v.r.Header.Get("HX-Current-URL")
	if from == "" {
		from = v.r.Referer()
	}
	if u, err := url.Parse(from); err == nil && u.Scheme+"://"+u.Host == v.Origin() {
		return staff.LocalPath(u.RequestURI())
	}
	return "/"
}

// switchSite leads to the page one was on, for another site.
func (v *Visit) switchSite() error {
	to, from := v.r.FormValue("site"), staff.LocalPath(v.r.FormValue("from"))
	if !v.exists(to) || !v.May(staff.SeeHome, to) {
		return ErrForbidden
	}
	parts := strings.Split(from, "/")
	if len(parts) < 4 || parts[1] != "sites" {
		if err := v.frame.Desk.NoteSite(v.ctx, v.session.ID, to); err != nil {
			return err
		}
		return v.Redirect(from)
	}
	// Deeper pages are about something of that site alone.
	section, _, _ := strings.Cut(parts[3], "?")
	return v.Redirect("/sites/" + to + "/" + section)
}

// Local is an instant on the clock of the site's venue.
func (v *Visit) Local(t time.Time) string { return t.In(v.brand.Location()).Format(clock) }

const clock = "Mon 2 Jan 2006, 15:04 MST"
