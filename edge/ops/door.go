package ops

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/stagedoor/stagedoor/edge/page"
)

// behindTheDoor lets in who shows the token, as a bearer token or, so that
// browsers can, as the password of Basic authentication with any name.
func (o *Ops) behindTheDoor(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(o.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		defer func() {
			if fault := recover(); fault != nil {
				o.Log.Error("the ops Worker failed", slog.Any("fault", fault), slog.String("stack", string(debug.Stack())))
				o.problem(w, r, http.StatusInternalServerError, "This page could not be made. The Worker's log says why.")
			}
		}()
		got := sha256.Sum256([]byte(shown(r)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="Stagedoor ops"`)
			o.problem(w, r, http.StatusUnauthorized, "This needs the ops token: as a bearer token, or in a browser as the password with any name.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// shown is the token that a request shows, "" for none. A token may have a
// comma in it, where syumai/workers would have split it.
func shown(r *http.Request) string {
	value := strings.Join(r.Header.Values("Authorization"), ",")
	if scheme, token, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	_, password, _ := r.BasicAuth()
	return password
}

// protect sets what every answer has. No value may hold a comma:
// syumai/workers splits there.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Vary", "Accept")
}

// wantsJSON reads the Accept header, whose parts syumai/workers hands over as
// values of their own.
func wantsJSON(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "json"
	}
	return page.Preferred(strings.Join(r.Header.Values("Accept"), ","), "/") == page.JSON
}

// problem answers with an error, as a page or as application/problem+json.
func (o *Ops) problem(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		o.write(w, map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
		return
	}
	o.show(w, r, status, problemPage(http.StatusText(status), detail))
}

// answer writes JSON.
func (o *Ops) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	o.write(w, v)
}

func (o *Ops) write(w http.ResponseWriter, v any) {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(v); err != nil {
		o.Log.Warn("an answer could not be written", slog.Any("error", err))
	}
}
