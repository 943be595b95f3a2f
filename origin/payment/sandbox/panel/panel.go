// Package panel is where people, and tests, make things happen that a shop can't cause itself: its buyers' banks question
// payments, refunds fail days later, webhooks are held back or come twice, Stripe is slow or down. Every form of its pages
// posts to the same addresses that a program may: see Routes.
//
// A page of another site must not press these buttons. Requests that a browser says come from elsewhere are refused, and
// so is whoever reached this by another name than the sandbox's own. Programs on the machine may do anything: the sandbox
// moves no money, and nobody else can reach it.
package panel

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/courier"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

//go:embed pages panel.css
var files embed.FS

// Config is what the panel works with. Courier is nil where no webhooks are sent; all else is needed.
type Config struct {
	Ledger  *ledger.Ledger
	API     *api.API
	Courier *courier.Courier
	// PublicURL is the sandbox's own origin.
	PublicURL string
	Now       func() time.Time
	Logger    *slog.Logger
}

// Panel answers the pages and the control API.
type Panel struct {
	Config
	host  string
	mux   *http.ServeMux
	cross *http.CrossOriginProtection
	pages map[string]*template.Template
}

// New makes the panel. It panics if a page that is built in can't be parsed.
func New(c Config) *Panel {
	p := &Panel{Config: c, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(), pages: map[string]*template.Template{}}
	if u, err := url.Parse(c.PublicURL); err == nil {
		p.host = u.Host
	}
	for _, name := range []string{"payments", "payment", "webhooks", "faults", "cards", "refused"} {
		p.pages[name] = template.Must(template.New("layout.html").Funcs(words).ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
	}
	p.mux.HandleFunc("GET /control/panel.css", style())
	for pattern, answer := range p.routes() {
		p.mux.HandleFunc(pattern, answer)
	}
	return p
}

// ServeHTTP answers what comes from the sandbox's own pages, and from programs.
func (p *Panel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.ownName(r.Host) { // or a page whose name was made to lead here could read and press everything
		p.fail(w, r, http.StatusMisdirectedRequest, "This is the payment sandbox at "+p.PublicURL+". It answers to that name alone.")
		return
	}
	if err := p.cross.Check(r); err != nil {
		p.fail(w, r, http.StatusForbidden, "This was asked for by a page of another site, so nothing was done.")
		return
	}
	p.mux.ServeHTTP(w, r)
}

// ownName reports whether a Host header names this machine or the sandbox.
func (p *Panel) ownName(host string) bool {
	if host == p.host {
		return true
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || name == "127.0.0.1" || name == "::1"
}

func style() http.HandlerFunc {
	content, err := files.ReadFile("panel.css")
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(content) // the browser may have left
	}
}

// wantsJSON reports whether a program asks.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}
