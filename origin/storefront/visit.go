package storefront

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/theme"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// visit is one request to one brand's site.
type visit struct {
	store  *Store
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	brand  venue.Brand
	words  wording.Locale
	origin string // public scheme and host
	now    time.Time
}

// session is the visitor's; a page that asks for it is not the same for everyone.
func (v *visit) session() string { return session.ID(v.ctx) }

// visit reads whose site is asked for. The visit it returns can say that something failed even when err is not nil.
func (s *Store) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	ctx := r.Context()
	v := &visit{
		store: s, w: w, r: r, ctx: ctx, words: wording.For(""), origin: session.Origin(ctx), now: s.Now(),
		brand: venue.Brand{ID: session.Site(ctx), Name: "Stagedoor"},
	}
	brand, err := s.brands.get(ctx, session.Site(ctx))
	if err != nil {
		return v, err
	}
	v.brand, v.words = brand, wording.For(brand.Locale)
	return v, nil
}

// frame is the page around the content, without title and description.
func (v *visit) frame() page.Frame {
	return page.Frame{
		Brand: v.brand, Words: v.words, Assets: v.store.assets, Origin: v.origin, Practice: v.store.Practice,
		Sheet:    fmt.Sprintf("/assets/brand/%s.css?v=%s", v.brand.ID, theme.SheetOf(v.brand.Theme).Version),
		GroupURL: v.store.BrandOrigin(v.ctx, venue.GroupBrand),
		Scripts:  []string{"js/site.js"},
	}
}

// show writes a page. Nothing is sent before all of it is there, so that a failure can still be one.
func (v *visit) show(status int, content templ.Component) error {
	var body bytes.Buffer
	if err := content.Render(v.ctx, &body); err != nil {
		return fmt.Errorf("%w %s: %w", errRender, v.r.URL.Path, err)
	}
	header := v.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "private, no-cache")
	}
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(body.Bytes()) // the visitor left: nothing to do
	}
	return nil
}

// showAll writes a page on which nothing is the visitor's own. Browsers ask each time; the edge keeps it for as long as
// the site's settings say, if they say so at all.
func (v *visit) showAll(content templ.Component) error {
	v.w.Header().Set("Cache-Control", "public, max-age=0, must-revalidate")
	return v.show(http.StatusOK, content)
}

// redirect sends the visitor on with a GET.
func (v *visit) redirect(address string) error {
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// base is where links to another brand's pages begin, "" for this one's.
func (v *visit) base(brandID string) string {
	if brandID == v.brand.ID {
		return ""
	}
	return v.store.BrandOrigin(v.ctx, brandID)
}

// posterURL is on this site for every brand's posters: pages show no pictures from elsewhere.
func (v *visit) posterURL(brandID, slug string) string {
	if brandID == v.brand.ID {
		return "/posters/" + slug + ".svg"
	}
	return "/posters/" + brandID + "/" + slug + ".svg"
}

// siblingOrigin replaces the first label of the site being served.
func siblingOrigin(ctx context.Context, brandID string) string {
	scheme, host, ok := strings.Cut(session.Origin(ctx), "://")
	if !ok {
		return ""
	}
	_, domain, ok := strings.Cut(host, ".")
	if !ok {
		domain = host
	}
	return scheme + "://" + brandID + "." + domain
}

// brandsFresh is how long the list of brands is believed.
const brandsFresh = 30 * time.Second

// brandList keeps the brands: every page needs one, search results need many, and they hardly ever change.
type brandList struct {
	shows Shows
	now   func() time.Time

	mu    sync.Mutex
	until time.Time
	byID  map[string]venue.Brand
}

func (b *brandList) get(ctx context.Context, id string) (venue.Brand, error) {
	all, err := b.all(ctx)
	if err != nil {
		return venue.Brand{}, err
	}
	brand, ok := all[id]
	if !ok {
		return venue.Brand{}, fmt.Errorf("brand %q: %w", id, show.ErrNotFound)
	}
	return brand, nil
}

// all returns the brands by ID; read-only. When they can't be read anew the old list serves on.
func (b *brandList) all(ctx context.Context) (map[string]venue.Brand, error) {
	b.mu.Lock()
	known, fresh := b.byID, b.now().Before(b.until)
	b.mu.Unlock()
	if fresh {
		return known, nil
	}
	list, err := b.shows.Brands(ctx)
	if err != nil {
		if known != nil {
			return known, nil
		}
		return nil, err
	}
	byID := make(map[string]venue.Brand, len(list))
	for _, brand := range list {
		byID[brand.ID] = brand
	}
	b.mu.Lock()
	b.byID, b.until = byID, b.now().Add(brandsFresh)
	b.mu.Unlock()
	return byID, nil
}
