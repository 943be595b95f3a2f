package frame

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/origin/storefront/asset"
	"github.com/stagedoor/stagedoor/origin/venue"
)

//go:embed static
var static embed.FS

// Desk is what the frame asks about people; a staff.Desk is one.
type Desk interface {
	Session(ctx context.Context, token string) (staff.Session, error)
	NoteSite(ctx context.Context, id uuid.UUID, site string) error
	SetFlash(ctx context.Context, id uuid.UUID, message []byte) error
	TakeFlash(ctx context.Context, id uuid.UUID) ([]byte, error)
}

// Deps is what the frame is made of.
type Deps struct {
	Desk   Desk
	Brands func(ctx context.Context) ([]venue.Brand, error)
	Logger *slog.Logger
	Now    func() time.Time
	// FormTargets are sources, besides the console itself, that a form's answer may lead to, as a
	// Content-Security-Policy names them: "http://*.localhost:8787".
	FormTargets string
	// Practice says that staff here are practice accounts.
	Practice bool
}

// Frame answers the console's addresses.
type Frame struct {
	Deps
	pages  []Page
	menu   []Page
	mux    *http.ServeMux
	assets *asset.Set
	policy string
}

// New puts pages into a frame. A page whose action nobody could be allowed is a mistake and an error.
func New(deps Deps, pages ...Page) (*Frame, error) {
	if deps.Desk == nil || deps.Brands == nil || deps.Logger == nil || deps.Now == nil {
		return nil, errors.New("console: Desk, Brands, Logger and Now are needed")
	}
	own, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	fonts, err := asset.Fonts()
	if err != nil {
		return nil, err
	}
	f := &Frame{Deps: deps, pages: pages, mux: http.NewServeMux()}
	if f.assets, err = asset.Of(sheets, own, fonts); err != nil {
		return nil, err
	}
	f.policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; worker-src 'self'; " +
		"form-action " + strings.TrimSpace("'self' "+deps.FormTargets) + "; base-uri 'none'; frame-ancestors 'none'"
	var faults []error
	for _, p := range pages {
		if p.Action != "" && !p.Action.Known() {
			faults = append(faults, fmt.Errorf("console: %s asks for %q, which is not in the table of permissions", p.Route, p.Action))
		}
		if p.ofSite() && (p.Action == "" || p.Public) {
			faults = append(faults, fmt.Errorf("console: %s is about a site and asks for no action", p.Route))
		}
		f.mux.Handle(p.Route, f.serve(p))
		if p.Menu != nil {
			f.menu = append(f.menu, p)
		}
	}
	slices.SortStableFunc(f.menu, func(a, b Page) int { return a.Menu.Order - b.Menu.Order })
	f.mux.Handle("GET "+asset.Prefix, f.assets)
	f.mux.Handle("GET /switch", f.serve(Page{Route: "GET /switch", Serve: (*Visit).switchSite}))
	// Browsers ask for favicon.ico by themselves, for the pages of others in a frame, too.
	f.mux.Handle("GET /favicon.ico", http.RedirectHandler(f.assets.URL("favicon.svg"), http.StatusTemporaryRedirect))
	f.mux.Handle("GET /favicon.svg", http.RedirectHandler(f.assets.URL("favicon.svg"), http.StatusTemporaryRedirect))
	f.mux.Handle("/", f.serve(Page{Route: "/", Public: true, Serve: func(*Visit) error { return ErrNotFound }}))
	return f, errors.Join(faults...)
}

var sheets = map[string][]string{"css/site.css": {"css/fonts.css", "css/ground.css", "css/frame.css", "css/parts.css", "css/pages.css", "css/work.css", "css/rooms.css", "css/scan.css", "css/content.css"}}

// ServeHTTP answers one request. Requests must come through session.OnlyFromEdge, and those that change something
// through http.CrossOriginProtection.
func (f *Frame) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", f.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if !strings.HasPrefix(r.URL.Path, asset.Prefix) {
		h.Set("Cache-Control", "no-store")
	}
	f.mux.ServeHTTP(w, r)
}

// serve runs a page for whoever asks, if they may.
func (f *Frame) serve(p Page) http.HandlerFunc {
	limit, patience := p.MaxBody, p.Timeout
	if limit == 0 {
		limit = defaultBody
	}
	if patience == 0 {
		patience = defaultTimeout
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		v := &Visit{frame: f, page: p, w: w, r: r.WithContext(ctx), ctx: ctx, now: f.Now()}
		err := v.admit()
		if err == nil {
			err = asText(r.URL.Query())
		}
		if err == nil {
			err = p.Serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// CookieName is the session cookie's. Over https the browser itself keeps it to this host.
func CookieName(secure bool) string {
	if secure {
		return "__Host-stagedoor_console"
	}
	return "stagedoor_console"
}

// Secure reports whether the console is served over https.
func Secure(ctx context.Context) bool { return strings.HasPrefix(session.Origin(ctx), "https://") }

// by is what the audit log keeps of a request.
func (v *Visit) by() record.By {
	change, err := uuid.NewV7()
	if err != nil {
		change = uuid.Nil // no randomness: the change stands for itself
	}
	c := v.Client()
	return record.By{
		Person: v.session.Person.ID, Session: v.session.ID, IP: c.IP, RequestID: v.r.Header.Get("X-Request-Id"), Change: change,
	}
}
