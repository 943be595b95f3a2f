package storefront

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"strings"
	"sync"

	"github.com/stagedoor/stagedoor/origin/poster"
	"github.com/stagedoor/stagedoor/origin/storefront/icon"
	"github.com/stagedoor/stagedoor/origin/storefront/theme"
)

// brandSheet serves a brand's colours. The address that pages give carries the sheet's version, and then it may be
// kept for ever.
func (s *Store) brandSheet(v *visit) error {
	id, isSheet := strings.CutSuffix(v.r.PathValue("file"), ".css")
	if !isSheet || id != v.brand.ID {
		return errNoPage
	}
	sheet := theme.SheetOf(v.brand.Theme)
	cache := "public, max-age=60"
	if v.r.URL.Query().Get("v") == sheet.Version {
		cache = "public, max-age=31536000, immutable"
	}
	return v.file("text/css; charset=utf-8", cache, sheet.CSS)
}

func (s *Store) favicon(v *visit) error {
	return v.file("image/svg+xml", "public, max-age=86400", icon.SVG(v.brand))
}

// faviconPicture is what browsers ask for by themselves, for pages that name no icon: the edge's own, and files.
func (s *Store) faviconPicture(v *visit) error {
	file, err := icon.ICO(v.brand, s.letters)
	if err != nil {
		return err
	}
	return v.file("image/x-icon", "public, max-age=86400", file)
}

// sitemap lists the pages that search engines should know.
func (s *Store) sitemap(v *visit) error {
	paths := []string{"/", "/booking"}
	if !v.brand.Group {
		paths = append(paths, "/venue")
		listings, err := s.Shows.Productions(v.ctx, v.brand.ID, v.now)
		if err != nil {
			return err
		}
		for _, l := range listings {
			paths = append(paths, "/shows/"+l.Slug)
		}
	}
	read, err := s.readPaths(v)
	if err != nil {
		return err
	}
	paths = append(paths, read...)
	var out bytes.Buffer
	out.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, path := range paths {
		out.WriteString("<url><loc>")
		if err := xml.EscapeText(&out, []byte(v.origin+path)); err != nil {
			return err
		}
		out.WriteString("</loc></url>\n")
	}
	out.WriteString("</urlset>\n")
	return v.file("application/xml; charset=utf-8", "public, max-age=3600", out.Bytes())
}

// poster serves a production's poster: upright, or lying with ?shape=wide.
func (s *Store) poster(v *visit) error {
	slug, isSVG := strings.CutSuffix(v.r.PathValue("file"), ".svg")
	brandID := v.r.PathValue("brand")
	if brandID == "" {
		brandID = v.brand.ID
	}
	if !isSVG {
		return errNoPage
	}
	listing, err := s.Shows.Production(v.ctx, brandID, slug, v.now)
	if err != nil {
		return err
	}
	words := poster.Poster{Title: listing.Title, Author: listing.Author, Venue: listing.Venue.Name, Seed: listing.PosterSeed}
	return v.file("image/svg+xml", "public, max-age=86400", s.prints.print(s.Posters, words, v.r.URL.Query().Get("shape") == "wide"))
}

// file writes something that is not a page, with an ETag of its content.
func (v *visit) file(kind, cache string, content []byte) error {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	header := v.w.Header()
	header.Set("Content-Type", kind)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", cache)
	header.Set("ETag", tag)
	if v.r.Header.Get("If-None-Match") == tag {
		v.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(content) // the visitor left: nothing to do
	}
	return nil
}

// mostPrints bounds the drawings that are kept; each takes 10 to 60 KB.
const mostPrints = 400

// prints keeps posters that were drawn. What a poster looks like depends on its words alone.
type prints struct {
	mu    sync.Mutex
	drawn map[drawing][]byte
}

type drawing struct {
	poster.Poster
	wide bool
}

func (p *prints) print(printer Printer, words poster.Poster, wide bool) []byte {
	key := drawing{words, wide}
	p.mu.Lock()
	svg, ok := p.drawn[key]
	p.mu.Unlock()
	if ok {
		return svg
	}
	if wide {
		svg = printer.Landscape(words)
	} else {
		svg = printer.SVG(words)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.drawn) >= mostPrints || p.drawn == nil {
		p.drawn = make(map[drawing][]byte) // rarely: more productions than that are on nowhere
	}
	p.drawn[key] = svg
	return svg
}
