package intake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// site answers as a site's Delivery API does.
type site struct {
	*httptest.Server
	items map[string]map[string]string // by ID and locale
	down  bool
	calls int
	order []string
	// unlisted are public but not in the index yet.
	unlisted map[string]bool
	// most is how many items it lists in an answer that can be read; 0: any number. takes is how many it was asked for.
	most  int
	takes []int
}

func (s *stage) newSite() *site {
	x := &site{items: map[string]map[string]string{}, unlisted: map[string]bool{}}
	x.Server = httptest.NewServer(x)
	s.t.Cleanup(x.Close)
	s.umbraco.Asked = &umbraco.API{URL: x.URL, Key: "api key", Locales: []string{"en-GB", "cy"}, HTTP: x.Client(), PageSize: 2}
	return x
}

func (x *site) put(id, locale, body string) {
	if x.items[id] == nil {
		x.items[id] = map[string]string{}
		x.order = append(x.order, id)
	}
	x.items[id][locale] = body
}

func (x *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.calls++
	locale := r.Header.Get("Accept-Language")
	const api = "/umbraco/delivery/api/v2/content"
	switch {
	case x.down:
		http.Error(w, "down", http.StatusBadGateway)
	case r.Header.Get("Api-Key") != "api key":
		http.Error(w, "who?", http.StatusUnauthorized)
	case strings.HasPrefix(r.URL.Path, api+"/item/"):
		body, found := x.items[strings.TrimPrefix(r.URL.Path, api+"/item/")][locale]
		if !found {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	case r.URL.Path == api && r.URL.Query().Get("sort") == "updateDate:desc":
		var listed []string
		for _, id := range x.order {
			if body, found := x.items[id][locale]; found && !x.unlisted[id] {
				listed = append(listed, body)
			}
		}
		total := len(listed)
		skip, _ := strconv.Atoi(r.URL.Query().Get("skip"))
		take, _ := strconv.Atoi(r.URL.Query().Get("take"))
		listed = listed[min(skip, total):min(skip+take, total)]
		if x.takes = append(x.takes, take); x.most > 0 && take > x.most {
			w.Header().Set("Content-Length", strconv.Itoa(wire.MostAnswer+1)) // it is not read
			return
		}
		fmt.Fprintf(w, `{"total":%d,"items":[%s]}`, total, strings.Join(listed, ","))
	default:
		http.NotFound(w, r)
	}
}

// spaceAPI answers as Contentful's Content Delivery API does: log is what was ever published or ended, in order.
type spaceAPI struct {
	*httptest.Server
	log     []string
	expired bool
	initial int // how often all of it was asked for
	down    bool
	limit   int // of a page, as was asked for at the beginning
	most    int // items that it puts into a page; 0: any number
}

func (s *stage) newSpace() *spaceAPI {
	x := &spaceAPI{}
	x.Server = httptest.NewServer(x)
	s.t.Cleanup(x.Close)
	s.contentful.Asked = &contentful.API{URL: x.URL, Space: space, Environment: "master", Token: "cda token", HTTP: x.Client(), PageSize: 2}
	return x
}

// now is the last word on each entry, of the first so many.
func (x *spaceAPI) now(first int) (public []string, byID map[string]string) {
	byID = map[string]string{}
	var order []string
	for _, line := range x.log[:first] {
		var i struct {
			Sys struct{ ID, Type string }
		}
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			panic(err)
		}
		if _, known := byID[i.Sys.ID]; !known {
			order = append(order, i.Sys.ID)
		}
		byID[i.Sys.ID] = line
		if i.Sys.Type == "DeletedEntry" {
			byID[i.Sys.ID] = ""
		}
	}
	for _, id := range order {
		if byID[id] != "" {
			public = append(public, byID[id])
		}
	}
	return public, byID
}

func (x *spaceAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const at = "/spaces/" + space + "/environments/master"
	_, byID := x.now(len(x.log))
	switch {
	case x.down:
		w.Header().Set("X-Contentful-RateLimit-Reset", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case r.Header.Get("Authorization") != "Bearer cda token":
		w.WriteHeader(http.StatusUnauthorized)
	case strings.HasPrefix(r.URL.Path, at+"/entries/"):
		body := byID[strings.TrimPrefix(r.URL.Path, at+"/entries/")]
		if body == "" || r.URL.Query().Get("locale") != "*" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	case r.URL.Path == at+"/sync":
		x.sync(w, r)
	default:
		http.NotFound(w, r)
	}
}

// sync tells a page. Its tokens are places in the log: "page-7-2" goes on with the third entry of what was public
// after the seventh change, and "delta-7" tells what changed since.
func (x *spaceAPI) sync(w http.ResponseWriter, r *http.Request) {
	base, from, initial := len(x.log), 0, r.URL.Query().Get("initial") == "true"
	if initial {
		x.initial++
		x.limit, _ = strconv.Atoi(r.URL.Query().Get("limit"))
	}
	if x.most > 0 && x.limit > x.most {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"sys":{"type":"Error","id":"BadRequest"},"message":"Response size too big. Maximum allowed response size: 7340032B."}`)
		return
	}
	token := r.URL.Query().Get("sync_token")
	switch {
	case initial:
	case x.expired:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"sys":{"type":"Error","id":"BadRequest"},"message":"The sync token is too old."}`)
		return
	case strings.HasPrefix(token, "page-"):
		_, _ = fmt.Sscanf(token, "page-%d-%d", &base, &from)
		initial = true
	case strings.HasPrefix(token, "delta-"):
		_, _ = fmt.Sscanf(token, "delta-%d", &from)
	default:
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	list := x.log
	if initial {
		list, _ = x.now(base)
	}
	to := min(from+x.limit, len(list))
	next, field := fmt.Sprintf("page-%d-%d", base, to), "nextPageUrl"
	switch {
	case to == len(list) && initial:
		next, field = fmt.Sprintf("delta-%d", base), "nextSyncUrl"
	case to == len(list):
		next, field = fmt.Sprintf("delta-%d", to), "nextSyncUrl"
	case !initial:
		next = fmt.Sprintf("delta-%d", to)
	}
	fmt.Fprintf(w, `{"sys":{"type":"Array"},"items":[%s],%q:%q}`, strings.Join(list[from:to], ","), field, "https://cdn.contentful.com"+r.URL.Path+"?sync_token="+next)
}
