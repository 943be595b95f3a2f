// Package session says who is asking: which brand's site the edge vouched for and which visitor's browser it is.
//
// The site comes from the hop signature that only the edge can make (package edge/hop), so a request that went
// around the edge has no site. The visitor is a random cookie: it names nobody and only ties holds to a browser.
package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"sync/atomic"
)

// CookieName is the visitor's cookie: 128 random bits as 32 lower-case hex digits.
const CookieName = "sd_session"

// cookieSeconds is how long a browser keeps its visitor cookie: long enough to come back to an order.
const cookieSeconds = 180 * 24 * 60 * 60

type contextKey int

const (
	siteKey contextKey = iota
	visitorKey
	hostKey
)

// Site is the brand whose site is being served, or "" outside a verified request.
func Site(ctx context.Context) string { return text(ctx, siteKey) }

// ID is the visitor's session, or "" outside Visitor. Asking for it before the answer has begun is what makes a new
// visitor's browser keep one.
func ID(ctx context.Context) string {
	v, _ := ctx.Value(visitorKey).(*visitor)
	if v == nil {
		return ""
	}
	v.wanted.Store(true)
	return v.id
}

// Origin is the public scheme and host of the site being served ("http://lyceum.localhost:8787"), without a
// trailing slash, or "" outside a verified request.
func Origin(ctx context.Context) string { return text(ctx, hostKey) }

// WithSite returns a context that serves site at the public origin.
func WithSite(ctx context.Context, site, origin string) context.Context {
	return context.WithValue(context.WithValue(ctx, siteKey, site), hostKey, origin)
}

// WithID returns a context of the visitor id.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, visitorKey, &visitor{id: id})
}

func text(ctx context.Context, key contextKey) string {
	value, _ := ctx.Value(key).(string)
	return value
}

// visitor is one browser, as one request knows it.
type visitor struct {
	id     string
	wanted atomic.Bool
}

// Visitor gives every browser a session: it reads the visitor's cookie or draws a fresh one, which the browser is told
// of only when the handler asks for ID. A page that is the same for everyone so carries no cookie, and may be shared.
// A cookie that is not of our making is replaced. source is usually crypto/rand.Reader.
func Visitor(source io.Reader, next http.Handler) http.Handler {
	if source == nil {
		source = rand.Reader
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(CookieName); err == nil && wellFormed(cookie.Value) {
			next.ServeHTTP(w, r.WithContext(WithID(r.Context(), cookie.Value)))
			return
		}
		var random [16]byte
		if _, err := io.ReadFull(source, random[:]); err != nil {
			http.Error(w, "no session could be made", http.StatusInternalServerError)
			return
		}
		v := &visitor{id: hex.EncodeToString(random[:])}
		secure := r.Header.Get("X-Forwarded-Proto") == "https"
		answer := &introducing{ResponseWriter: w, visitor: v, secure: secure}
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), visitorKey, v)))
		answer.begin() // of a handler that wrote nothing
	})
}

// introducing sets a new visitor's cookie as the answer begins.
type introducing struct {
	http.ResponseWriter
	visitor *visitor
	secure  bool
	begun   bool
}

func (w *introducing) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if w.visitor.wanted.Load() {
		http.SetCookie(w.ResponseWriter, &http.Cookie{
			Name: CookieName, Value: w.visitor.id, Path: "/", MaxAge: cookieSeconds,
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: w.secure,
		})
	}
}

func (w *introducing) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.begin()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *introducing) Write(body []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(body)
}

// Flush is there for writers that ask for http.Flusher directly.
func (w *introducing) Flush() {
	w.begin()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController set deadlines through it.
func (w *introducing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func wellFormed(id string) bool {
	if len(id) != 32 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
