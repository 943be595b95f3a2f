// Package browser is the part of the sandbox that browsers load: the script at /v3/,
// the frame with the card fields and the 3-D Secure page. It decides nothing about money: the frame pays through the API like
// Stripe's own.
package browser

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

//go:embed assets pages
var files embed.FS

// Config is what the pages need. Every field is required.
type Config struct {
	Ledger *ledger.Ledger
	// Authenticate ends a 3-D Secure check; see api.API.
	Authenticate func(challenge string, passed bool) (*ledger.Intent, bool)
	// PublicURL is the sandbox's own origin.
	PublicURL string
	// FrameAncestors are the pages that may embed the frames.
	FrameAncestors []string
	Logger         *slog.Logger
}

type pages struct {
	Config
	card, challenge, finished *template.Template
}

// New makes the handler. It panics if a page that is built in can't be parsed.
func New(c Config) http.Handler {
	page := func(name string) *template.Template {
		return template.Must(template.ParseFS(files, "pages/"+name))
	}
	p := &pages{
		Config: c, card: page("card.html"), challenge: page("challenge.html"), finished: page("finished.html"),
	}
	mux := http.NewServeMux()
	script := asset("v3.js")
	mux.HandleFunc("GET /v3", script)
	mux.HandleFunc("GET /v3/{$}", script)
	entries, err := files.ReadDir("assets")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		mux.HandleFunc("GET /elements/"+entry.Name(), asset(entry.Name()))
	}
	mux.HandleFunc("GET /elements/card", p.showCard)
	mux.HandleFunc("GET /3ds/{challenge}", p.showChallenge)
	mux.HandleFunc("POST /3ds/{challenge}", p.endChallenge)
	return mux
}

// asset serves a built-in file. Browsers ask each time whether it changed.
func asset(name string) http.HandlerFunc {
	content, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".js" {
		kind = "text/javascript; charset=utf-8" // whatever the machine thinks
	}
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(content) // the browser may have left
	}
}

// write sends a page that loads nothing from elsewhere. Without ancestors it can't be
// framed. formTo are origins its form may lead to beside the sandbox.
func (p *pages) write(w http.ResponseWriter, status int, page *template.Template, data any, ancestors []string, formTo string) {
	var body strings.Builder
	if err := page.Execute(&body, data); err != nil {
		p.Logger.Error("a page of the sandbox could not be written", "page", page.Name(), "error", err)
		http.Error(w, "the sandbox failed", http.StatusInternalServerError)
		return
	}
	frames := "'none'"
	if len(ancestors) > 0 {
		frames = strings.Join(ancestors, " ")
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
		"img-src data:; base-uri 'none'; form-action 'self' %s; frame-ancestors %s", formTo, frames))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String())) // the browser may have left
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
