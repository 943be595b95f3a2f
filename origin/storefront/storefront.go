package storefront

import (
	"context"
	"net/http"
	"path"
	"time"

	"github.com/stagedoor/stagedoor/origin/storefront/asset"
)

// Store answers the storefront's addresses.
type Store struct {
	Deps
	mux    *http.ServeMux
	assets *asset.Set
	brands *brandList
	prints *prints
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
	s := &Store{Deps: deps, mux: http.NewServeMux(), assets: assets, brands: &brandList{shows: deps.Shows, now: deps.Now}, prints: &prints{}}
	s.routes()
	return s, nil
}

func (s *Store) routes() {
	s.mux.Handle("GET "+asset.Prefix, s.assets)
	s.mux.HandleFunc("GET /assets/brand/{file}", s.page(s.brandSheet))
	s.mux.HandleFunc("GET /favicon.svg", s.page(s.favicon))
	s.mux.HandleFunc("GET /posters/{file}", s.page(s.poster))
	s.mux.HandleFunc("GET /posters/{brand}/{file}", s.page(s.poster))
	s.mux.HandleFunc("GET /sitemap.xml", s.page(s.sitemap))

	s.mux.HandleFunc("GET /{$}", s.page(s.home))
	s.mux.HandleFunc("GET /shows/{slug}", s.page(s.show))
	s.mux.HandleFunc("GET /search", s.page(s.search))
	s.mux.HandleFunc("GET /venue", s.page(s.venue))
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

	s.mux.HandleFunc("/", s.page(func(v *visit) error { return errNoPage }))
}

// ServeHTTP answers one request.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// page runs a handler for the brand whose site the request is for, and turns its error into a page.
func (s *Store) page(answer func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
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
