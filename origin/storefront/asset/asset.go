// Package asset serves the storefront's style sheets, scripts and fonts.
//
// Every file lives below one address that changes when any of them does (/assets/<digest>/css/site.css), so
// browsers and the edge may keep a file for ever, and a module can import its neighbour by a relative path.
// Text is compressed once, when the Set is made.
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// Prefix is where Set answers.
const Prefix = "/assets/"

// Set is all files of one build of the storefront. It never changes and is safe for concurrent use.
type Set struct {
	digest string
	files  map[string]file
}

type file struct {
	kind    string // Content-Type
	plain   []byte
	gzipped []byte // nil: not worth it
}

// sheets are served as one file each: fewer requests, and the parts stay small enough to read.
var sheets = map[string][]string{
	"css/site.css":  {"css/fonts.css", "css/base.css", "css/parts.css", "css/cards.css", "css/pages.css", "css/calendar.css", "css/search.css", "css/reading.css"},
	"css/seats.css": {"css/seatmap.css", "css/seatpanel.css"},
	"css/buy.css":   {"css/checkout.css", "css/order.css", "css/orders.css"},
}

// kinds that the system's own table may lack or name differently.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// New reads, joins and compresses the files of the storefront that were built in.
func New() (*Set, error) {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("asset: %w", err)
	}
	return Of(sheets, files)
}

// Fonts are the families and their faces' sheet, for other sites of the house: fonts/ and css/fonts.css.
func Fonts() (fs.FS, error) {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("asset: %w", err)
	}
	return only{files, []string{"css/fonts.css", "fonts/"}}, nil
}

// Of makes a set of the files of all sources. joined names the sheets that are served as one and their parts.
func Of(joined map[string][]string, sources ...fs.FS) (*Set, error) {
	plain := map[string][]byte{}
	for _, source := range sources {
		err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if o, ok := source.(only); ok && !o.has(name) {
				return nil
			}
			content, err := fs.ReadFile(source, name)
			plain[name] = content
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("asset: read: %w", err)
		}
	}
	if err := join(plain, joined); err != nil {
		return nil, err
	}
	set := &Set{digest: digest(plain), files: make(map[string]file, len(plain))}
	for name, content := range plain {
		f := file{kind: kinds[path.Ext(name)], plain: content}
		if f.kind == "" {
			f.kind = mime.TypeByExtension(path.Ext(name))
		}
		if strings.HasPrefix(f.kind, "text/") || strings.Contains(f.kind, "svg") {
			f.gzipped = compress(content)
		}
		set.files[name] = f
	}
	return set, nil
}

// only is a part of a file system: the files that begin with one of the names.
type only struct {
	fs.FS
	names []string
}

func (o only) has(name string) bool {
	return slices.ContainsFunc(o.names, func(n string) bool { return strings.HasPrefix(name, n) })
}

// join replaces the parts of each sheet by the sheet.
func join(plain map[string][]byte, joined map[string][]string) error {
	for sheet, parts := range joined {
		var whole bytes.Buffer
		for _, part := range parts {
			content, ok := plain[part]
			if !ok {
				return fmt.Errorf("asset: %s wants %s, which is not there", sheet, part)
			}
			whole.Write(content)
			delete(plain, part)
		}
		plain[sheet] = whole.Bytes()
	}
	return nil
}

// digest names the set by its content.
func digest(plain map[string][]byte) string {
	names := make([]string, 0, len(plain))
	for name := range plain {
		names = append(names, name)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(plain[name]))
		sum.Write(plain[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid constant
	_, _ = writer.Write(content)                                 // a Buffer takes everything
	_ = writer.Close()
	if out.Len() >= len(content) {
		return nil
	}
	return out.Bytes()
}

// URL is the address of a file, for example "css/site.css". A name that is not in the set panics: it is a
// mistake in a page, which every test that renders the page finds.
func (s *Set) URL(name string) string {
	if _, ok := s.files[name]; !ok {
		panic("asset: no file " + name)
	}
	return Prefix + s.digest + "/" + name
}

// Modules lists the scripts of a folder, for modulepreload, in a stable order.
func (s *Set) Modules(folder string) []string {
	var urls []string
	for name := range s.files {
		if strings.HasPrefix(name, folder+"/") && path.Ext(name) == ".js" {
			urls = append(urls, s.URL(name))
		}
	}
	slices.Sort(urls)
	return urls
}

// ServeHTTP answers GET and HEAD for addresses that URL gave out. An address of another build that names a file of
// this one is answered too, but not to be kept: a page may have been served by the neighbour in a rolling deploy.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	build, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	f, ok := s.files[name]
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=60")
	if build == s.digest {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if f.gzipped != nil {
		header.Set("Vary", "Accept-Encoding")
		if AcceptsGzip(r) {
			header.Set("Content-Encoding", "gzip")
			body = f.gzipped
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the visitor left: nothing to do
	}
}

// AcceptsGzip reports whether the request takes a gzipped answer.
func AcceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" || name == "*" {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
