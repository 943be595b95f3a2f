// Package door lets staff in and out of the console: signing in, showing that it is still them, their sign-ins, and the
// way to a brand's own site as staff.
package door

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Desk signs people in and out; a staff.Desk is one.
type Desk interface {
	Begin(ctx context.Context, s staff.Start) (staff.Begun, error)
	Finish(ctx context.Context, answer url.Values, browser string, client staff.Client) (staff.Done, error)
	SignOut(ctx context.Context, id uuid.UUID) error
	SignOutEverywhere(ctx context.Context, person uuid.UUID) (int, error)
	Sessions(ctx context.Context, person uuid.UUID) ([]staff.Session, error)
	Link(ctx context.Context, s staff.Session, brand, path string) (string, error)
	Redeem(ctx context.Context, token, brand string) (staff.Person, string, error)
}

// Pages are the door's.
type Pages struct {
	Desk   Desk
	Logger *slog.Logger
	// Pass makes the cookie by which the edge knows staff on the sites (edge/staffpass). "*" is every site.
	Pass func(name string, sites []string, expires time.Time, secure bool) (*http.Cookie, error)
	// ConsoleSite is the console's own site ID: its pass holds there, too.
	ConsoleSite string
	// Practice says that staff are practice accounts.
	Practice bool
}

// Pages lists them.
func (p *Pages) Pages() []frame.Page {
	return []frame.Page{
		{Route: "GET /sign-in", Public: true, Serve: p.signIn},
		{Route: "GET /sign-in/start", Public: true, Serve: p.start, Timeout: 20 * time.Second},
		{Route: "GET /sign-in/done", Public: true, Serve: p.done, Timeout: 20 * time.Second},
		{Route: "GET /step-up", Serve: p.stepUp, Timeout: 20 * time.Second},
		{Route: "POST /sign-out", Public: true, Serve: p.signOut},
		{Route: "POST /sign-out/everywhere", Serve: p.signOutEverywhere},
		{Route: "GET /me", Serve: p.me},
		{Route: "POST /sites/{site}/enter", Action: staff.EnterAsStaff, Serve: p.enter},
	}
}

// browserCookie ties a sign-in to the browser that began it.
const browserCookie = "stagedoor_signin"

func (p *Pages) signIn(v *frame.Visit) error {
	to := staff.LocalPath(v.Request().FormValue("return"))
	if v.SignedIn() {
		return v.Redirect(to)
	}
	return v.Show("Sign in", signInPage(to, v.Request().FormValue("left") != "", p.Practice))
}

func (p *Pages) start(v *frame.Visit) error {
	return p.begin(v, staff.Start{ReturnTo: v.Request().FormValue("return")})
}

func (p *Pages) stepUp(v *frame.Visit) error {
	s := v.Session()
	return p.begin(v, staff.Start{ReturnTo: v.Request().FormValue("return"), StepUp: &s})
}

// begin leads to the provider.
func (p *Pages) begin(v *frame.Visit, s staff.Start) error {
	s.Client = v.Client()
	if cookie, err := v.Request().Cookie(browserCookie); err == nil {
		s.Browser = cookie.Value
	}
	begun, err := p.Desk.Begin(v.Context(), s)
	switch {
	case errors.Is(err, staff.ErrTooMany):
		v.Writer().Header().Set("Retry-After", "300")
		return v.ShowStatus(http.StatusTooManyRequests, "Too many sign-ins", troublePage("Too many sign-ins", "From your network a sign-in was begun many times. Please wait five minutes.", s.ReturnTo))
	case errors.Is(err, staff.ErrNoProvider):
		return v.ShowStatus(http.StatusServiceUnavailable, "Sign-in is away", troublePage("The sign-in service does not answer", "Nobody can sign in until it does. Who is signed in stays so.", s.ReturnTo))
	case err != nil:
		return err
	}
	http.SetCookie(v.Writer(), &http.Cookie{
		Name: browserCookie, Value: begun.Browser, Path: "/", MaxAge: 3600,
		HttpOnly: true, Secure: frame.Secure(v.Context()), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(v.Writer(), v.Request(), begun.URL, http.StatusSeeOther)
	return nil
}

// done is where the provider sends the browser back to.
func (p *Pages) done(v *frame.Visit) error {
	browser := ""
	if cookie, err := v.Request().Cookie(browserCookie); err == nil {
		browser = cookie.Value
	}
	done, err := p.Desk.Finish(v.Context(), v.Request().URL.Query(), browser, v.Client())
	var refused staff.Refused
	switch {
	case errors.As(err, &refused):
		return v.ShowStatus(http.StatusForbidden, "Not signed in", troublePage("You were not signed in", refused.Reason, "/"))
	case errors.Is(err, staff.ErrNoProvider):
		return v.ShowStatus(http.StatusServiceUnavailable, "Sign-in is away", troublePage("The sign-in service does not answer", "Please try again in a minute.", "/"))
	case err != nil:
		return err
	}
	secure := frame.Secure(v.Context())
	http.SetCookie(v.Writer(), &http.Cookie{
		Name: frame.CookieName(secure), Value: done.Token, Path: "/", Expires: done.Session.ExpiresAt,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
	if p.Pass != nil {
		pass, err := p.Pass(name(done.Session.Person), []string{p.ConsoleSite}, done.Session.ExpiresAt, secure)
		if err != nil {
			return err
		}
		http.SetCookie(v.Writer(), pass)
	}
	http.Redirect(v.Writer(), v.Request(), done.ReturnTo, http.StatusSeeOther)
	return nil
}

func (p *Pages) signOut(v *frame.Visit) error {
	if v.SignedIn() {
		if err := p.Desk.SignOut(v.Context(), v.Session().ID); err != nil {
			return err
		}
	}
	return p.out(v)
}

func (p *Pages) signOutEverywhere(v *frame.Visit) error {
	if _, err := p.Desk.SignOutEverywhere(v.Context(), v.Person().ID); err != nil {
		return err
	}
	return p.out(v)
}

// out forgets the browser's cookies. Passes on brands' sites end by themselves within the hour.
func (p *Pages) out(v *frame.Visit) error {
	secure := frame.Secure(v.Context())
	for _, name := range []string{frame.CookieName(secure), passCookie} {
		http.SetCookie(v.Writer(), &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	}
	v.Writer().Header().Set("Clear-Site-Data", `"cache"`)
	return v.Redirect("/sign-in?left=1")
}

func (p *Pages) me(v *frame.Visit) error {
	sessions, err := p.Desk.Sessions(v.Context(), v.Person().ID)
	if err != nil {
		return err
	}
	return v.Show("Your access", mePage(v, sessions))
}

// enter leads to a brand's site as staff.
func (p *Pages) enter(v *frame.Visit) error {
	if v.Site() == staff.Group {
		return staff.Refused{Reason: "Choose one site to look at as staff."}
	}
	path, err := p.Desk.Link(v.Context(), v.Session(), v.Site(), v.Request().PostFormValue("path"))
	if err != nil {
		return err
	}
	http.Redirect(v.Writer(), v.Request(), v.SiteURL(v.Site())+path, http.StatusSeeOther)
	return nil
}

// name is how a person's pass names them: a cookie has little room.
func name(p staff.Person) string {
	text := p.Name
	for i := range text {
		if i > 90 {
			return text[:i]
		}
	}
	return text
}

// passLife is how long a brand's site knows somebody as staff: passes can't be taken back, so they are short.
const passLife = time.Hour

// Enter answers on a brand's site, where a one-time link leads: it gives the browser a pass for that site.
// Requests must come through session.OnlyFromEdge.
func (p *Pages) Enter(now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Robots-Tag", "noindex")
		if r.Method != http.MethodGet { // a HEAD must not use the link up
			w.Header().Set("Allow", http.MethodGet)
			http.Error(w, "Open the link in a browser.", http.StatusMethodNotAllowed)
			return
		}
		site := session.Site(r.Context())
		person, path, err := p.Desk.Redeem(r.Context(), r.URL.Query().Get("token"), site)
		var refused staff.Refused
		if errors.As(err, &refused) {
			http.Error(w, refused.Reason, http.StatusForbidden)
			return
		}
		var pass *http.Cookie
		if err == nil {
			pass, err = p.Pass(name(person), []string{site}, now().Add(passLife), frame.Secure(r.Context()))
		}
		if err != nil {
			p.Logger.ErrorContext(r.Context(), "a staff link failed", "site", site, "error", err)
			http.Error(w, "That did not work just now. Please try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		http.SetCookie(w, pass)
		http.Redirect(w, r, path, http.StatusSeeOther)
	})
}
