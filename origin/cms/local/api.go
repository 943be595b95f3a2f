package local

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
)

// Handler answers the APIs by which a listener asks: Contentful's Content Delivery API below /contentful, Umbraco's
// below /umbraco. Both give what is public and nothing else.
func (c *CMS) Handler() http.Handler {
	mux := http.NewServeMux()
	space := "/contentful/spaces/{space}/environments/{environment}"
	mux.HandleFunc("GET "+space+"/sync", c.inSpace(c.sync))
	mux.HandleFunc("GET "+space+"/entries", c.inSpace(c.entries))
	mux.HandleFunc("GET "+space+"/entries/{id}", c.inSpace(c.entry))
	mux.HandleFunc("GET /contentful/", func(w http.ResponseWriter, r *http.Request) {
		contentfulError(w, http.StatusNotFound, "NotFound", "The resource could not be found.")
	})
	delivery := "/umbraco/umbraco/delivery/api/v2/content"
	mux.HandleFunc("GET "+delivery, c.withKey(c.content))
	mux.HandleFunc("GET "+delivery+"/items", c.withKey(c.items))
	mux.HandleFunc("GET "+delivery+"/item/{id}", c.withKey(c.item))
	return mux
}

func answer(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // they left: nothing to do
}

// same compares secrets.
func same(given, wanted string) bool {
	return wanted != "" && subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}

// number reads a query parameter between least and most; what is no number or beyond them is not ok.
func number(r *http.Request, name string, usual, least, most int) (n int, ok bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most
}
