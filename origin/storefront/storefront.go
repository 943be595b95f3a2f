package storefront

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/poster/typeface"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/storefront/asset"
)

// Store answers the storefront's addresses.
type Store struct {
	Deps
	mux    *http.ServeMux
	assets *asset.Set
	brands *brandList
	prints *prints
	// letters are for pictures that hold some.
	letters *typeface.Family
}

// New makes the storefront. Requests must come through session.OnlyFromEdge and session.Visitor, and requests that
// change something through http.CrossOriginProtection.
func New(deps Deps) (*Store, error) {
	if err := deps.validate(); err != nil {
		return nil, err
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.BrandOrigin == nil {
		deps.BrandOrigin = siblingOrigin
	}
	if deps.Timeout == 0 {
		deps.Timeout = 8 * time.Second
	}
	assets, err := asset.New()
	if err != nil {
		return nil, err
	}
	letters, err := typeface.Open()
	if err != nil {
		return nil, err
	}
	s := &Store{letters: letters, Deps: deps, mux: http.NewServeMux(), assets: assets, brands: &brandList{shows: deps.Shows, now: deps.Now}, prints: &prints{}}
	s.routes()
	return s, nil
}

func (s *Store) routes() {
	s.mux.Handle("GET "+asset.Prefix, s.assets)
	s.mux.HandleFunc("GET /assets/brand/{file}", s.page(s.brandSheet))
	s.mux.HandleFunc("GET /favicon.svg", s.page(s.favicon))
	s.mux.HandleFunc("GET /favicon.ico", s.page(s.faviconPicture))
	s.mux.HandleFunc("GET /posters/{file}", s.page(s.poster))
	s.mux.HandleFunc("GET /posters/{brand}/{file}", s.page(s.poster))
	s.mux.HandleFunc("GET /sitemap.xml", s.page(s.sitemap))

	s.mux.HandleFunc("GET /{$}", s.page(s.home))
	s.mux.HandleFunc("GET /shows/{slug}", s.page(s.show))
	s.mux.HandleFunc("GET /search", s.page(s.search))
	s.mux.HandleFunc("GET /venue", s.page(s.venue))
	s.mux.HandleFunc("GET /read", s.page(s.articles))
	s.mux.HandleFunc("GET /read/{slug}", s.page(s.article))
	s.mux.HandleFunc("GET /booking", s.page(s.bookingTerms))
	s.mux.HandleFunc("GET /privacy", s.page(s.privacy))

	s.mux.HandleFunc("GET /performances/{id}", s.page(s.performance))
	s.mux.HandleFunc("POST /performances/{id}/best", s.page(s.bestSeats))
	s.mux.HandleFunc("GET /checkout/{hold}", s.page(s.checkout))
	s.mux.HandleFunc("POST /checkout/{hold}/extend", s.page(s.extend))
	s.mux.HandleFunc("POST /checkout/{hold}/release", s.page(s.release))
	// Addresses of forms, opened as pages: by a bookmark, or by going back.
	for _, form := range []string{"/performances/{id}/best", "/checkout/{hold}/extend", "/checkout/{hold}/release"} {
		s.mux.HandleFunc("GET "+form, s.page(func(v *visit) error { return v.redirect(path.Dir(v.r.URL.Path)) }))
	}
	s.mux.HandleFunc("GET /orders/{number}", s.page(s.order))
	s.mux.HandleFunc("GET /orders/{number}/calendar.ics", s.page(s.calendar))
	s.mux.HandleFunc("POST /orders/{number}/{act}", s.page(s.orderAct))
	s.mux.HandleFunc("GET /orders/{number}/exchange", s.page(s.exchange))
	s.mux.HandleFunc("POST /orders/{number}/exchange", s.page(s.beginExchange))
	s.mux.HandleFunc("POST /orders/{number}/exchange/stop", s.page(s.stopExchange))
	s.mux.HandleFunc("GET /orders/{number}/exchange/{hold}", s.page(s.deal))
	s.mux.HandleFunc("POST /orders/{number}/exchange/{hold}", s.page(s.agree))
	s.mux.HandleFunc("GET /orders/{number}/pay", s.page(s.pay))
	s.mux.HandleFunc("GET /orders/{number}/tickets.pdf", s.page(s.paper))
	s.mux.HandleFunc("POST /orders/{number}/tickets/{ticket}/new-code", s.page(s.newCode))
	s.mux.HandleFunc("GET /orders/{number}/tickets/{ticket}/apple", s.page(s.applePass))
	s.mux.HandleFunc("GET /orders/{number}/tickets/{ticket}/google", s.page(s.googlePass))

	s.mux.HandleFunc("GET /my", s.page(s.my))
	s.mux.HandleFunc("POST /my/link", s.page(s.askLink))
	s.mux.HandleFunc("GET /my/open/{word}", s.page(s.lookLink))
	s.mux.HandleFunc("POST /my/open/{word}", s.page(s.openLink))
	s.mux.HandleFunc("POST /my/sign-out", s.page(s.signOut))
	s.mux.HandleFunc("GET /my/copy", s.page(s.signedIn(s.copyPage)))
	s.mux.HandleFunc("GET /my/copy.json", s.page(s.signedIn(s.copyFile)))
	s.mux.HandleFunc("GET /my/forget", s.page(s.signedIn(s.forget)))
	s.mux.HandleFunc("POST /my/forget", s.page(s.signedIn(s.forgetMe)))
	for _, form := range []string{"/my/link", "/my/sign-out"} {
		s.mux.HandleFunc("GET "+form, s.page(func(v *visit) error { return v.redirect("/my") }))
	}

	s.mux.HandleFunc("/", s.page(s.elsewhere))
}

// elsewhere answers what no page is at. An address that ends in a slash by mistake leads, for good, to the page without
// it: the edge leaves that to us, as only we know which addresses there are.
func (s *Store) elsewhere(v *visit) error {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		return errNoPage
	}
	address := *v.r.URL
	address.Path, address.RawPath = strings.TrimRight(address.Path, "/"), strings.TrimRight(address.RawPath, "/")
	if address.Path == v.r.URL.Path || address.Path == "" || strings.HasPrefix(address.Path, "//") {
		return errNoPage
	}
	asked := v.r.Clone(v.ctx)
	asked.URL = &address
	if _, pattern := s.mux.Handler(asked); pattern == "" || pattern == "/" {
		return errNoPage
	}
	v.w.Header().Set("Cache-Control", "public, max-age=3600")
	http.Redirect(v.w, v.r, (&url.URL{Path: address.Path, RawPath: address.RawPath, RawQuery: address.RawQuery}).String(), http.StatusPermanentRedirect)
	return nil
}

// ServeHTTP answers one request.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// databasePatience is what a step at the database may take: a server that is frozen answers nothing at all.
const databasePatience = 4 * time.Second

// page runs a handler for the brand whose site the request is for, and turns its error into a page.
func (s *Store) page(answer func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(postgres.Impatient(r.Context(), databasePatience), s.Timeout)
		defer cancel()
		v, err := s.visit(w, r.WithContext(ctx))
		if err == nil {
			err = answer(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	}
}
