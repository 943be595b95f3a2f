package local

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/access"
	"github.com/stagedoor/stagedoor/search/local/fault"
)

// route is a method and a path, what a key must allow for it, and who answers.
type route struct {
	method string
	path   []string // names in braces match anything
	action string   // "" when no key is needed
	handle func(*call) error
}

type router []route

// call is one request on its way through a handler.
type call struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	route  *route            // nil when there is none
	path   map[string]string // what the names in the path stand for
	params map[string]string // of the URL
	key    string
	grant  access.Grant
	body   []byte // read by (*call).read
}

var (
	errRoute     = fault.NotFound("Not Found")
	errForbidden = fault.New(http.StatusUnauthorized, "Forbidden - a valid `x-typesense-api-key` header must be sent.")
	errLong      = fault.Bad("Query string exceeds max allowed length of 4000. Use the /multi_search end-point for larger payloads.")
)

// maxQuery is how long, in bytes, the query string of a search may be.
const maxQuery = 4000

// maxBody is how long a body may be that is no import.
const maxBody = 64 << 20

func (t router) serve(s *Server, w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r}
	begin := s.now()
	if err := t.dispatch(c); err != nil {
		c.fail(err)
	}
	if c.route != nil {
		end := s.now()
		s.traffic.note(c.route, r.URL.Path, end, end.Sub(begin))
	}
}

func (t router) dispatch(c *call) error {
	parts, ok := split(c.r.URL.EscapedPath())
	if !ok {
		return errRoute
	}
	for i := range t {
		route := &t[i]
		if route.method != c.r.Method || !route.match(parts, c) {
			continue
		}
		c.route = route
		if len(c.r.URL.RawQuery) > maxQuery && c.r.Method == http.MethodGet && parts[len(parts)-1] == "search" {
			return errLong
		}
		c.params = parseQuery(c.r.URL.RawQuery)
		if c.key = c.r.Header.Get("X-Typesense-Api-Key"); c.key == "" {
			c.key = c.params["x-typesense-api-key"]
		}
		if route.action != "" && !c.allowed(route.action) {
			return errForbidden
		}
		return route.handle(c)
	}
	return errRoute
}

// split takes a path apart; a slash at the end counts for nothing.
func split(path string) ([]string, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, p := range parts {
		var err error
		if parts[i], err = url.PathUnescape(p); err != nil {
			return nil, false
		}
	}
	return parts, true
}

func (r *route) match(parts []string, c *call) bool {
	if len(parts) != len(r.path) {
		return false
	}
	path := map[string]string{}
	for i, want := range r.path {
		if strings.HasPrefix(want, "{") {
			path[strings.Trim(want, "{}")] = parts[i]
		} else if want != parts[i] {
			return false
		}
	}
	c.path = path
	return true
}

// allowed says whether the caller's key allows an action. Searches of several
// collections are looked at one by one, later.
func (c *call) allowed(action string) bool {
	if action == multiSearch {
		return true
	}
	var ok bool
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	c.grant, ok = c.s.keys.Allow(c.key, action, c.path["collection"])
	return ok
}

// parseQuery reads a query string. Two ampersands in a row are part of a value,
// so that a filter need not escape them.
func parseQuery(s string) map[string]string {
	out := map[string]string{}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && (s[i] != '&' || i+1 < len(s) && s[i+1] == '&' || i > 0 && s[i-1] == '&') {
			continue
		}
		name, value, _ := strings.Cut(s[start:i], "=")
		if name != "" {
			out[unescape(name)] = unescape(value)
		}
		start = i + 1
	}
	return out
}

func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// table lists what the server answers.
func (s *Server) table() router {
	var t router
	add := func(method, path, action string, handle func(*call) error) {
		t = append(t, route{method, strings.Split(strings.Trim(path, "/"), "/"), action, handle})
	}
	const document = "/collections/{collection}/documents"
	add("GET", "/health", "", (*call).health)
	add("POST", "/health", "", (*call).health)
	add("GET", "/debug", "debug:list", (*call).debug)
	add("GET", "/stats.json", "stats.json:list", (*call).stats)
	add("GET", "/metrics.json", "metrics.json:list", (*call).metrics)
	add("GET", "/operations/schema_changes", "operations:list", (*call).schemaChanges)
	add("POST", "/operations/cache/clear", "operations:create", (*call).clearCache)

	add("GET", "/collections", "collections:list", (*call).listCollections)
	add("POST", "/collections", "collections:create", (*call).createCollection)
	add("GET", "/collections/{collection}", "collections:get", (*call).getCollection)
	add("PATCH", "/collections/{collection}", "collections:update", (*call).alterCollection)
	add("DELETE", "/collections/{collection}", "collections:delete", (*call).deleteCollection)

	add("GET", document+"/search", access.Search, (*call).search)
	add("POST", "/multi_search", multiSearch, (*call).multiSearch)
	add("POST", document, "documents:create", (*call).writeDocument)
	add("POST", document+"/import", "documents:import", (*call).importDocuments)
	add("GET", document+"/export", "documents:export", (*call).exportDocuments)
	add("PATCH", document, "documents:update", (*call).updateDocuments)
	add("DELETE", document, "documents:delete", (*call).deleteDocuments)
	add("GET", document+"/{id}", "documents:get", (*call).getDocument)
	add("PATCH", document+"/{id}", "documents:update", (*call).updateDocument)
	add("DELETE", document+"/{id}", "documents:delete", (*call).deleteDocument)

	for _, kind := range []string{"synonyms", "overrides"} {
		add("GET", "/collections/{collection}/"+kind, kind+":list", list(kind))
		add("GET", "/collections/{collection}/"+kind+"/{id}", kind+":get", get(kind))
		add("PUT", "/collections/{collection}/"+kind+"/{id}", kind+":create|upsert", put(kind))
		add("DELETE", "/collections/{collection}/"+kind+"/{id}", kind+":delete", remove(kind))
	}
	add("GET", "/aliases", "aliases:list", (*call).listAliases)
	add("GET", "/aliases/{alias}", "aliases:get", (*call).getAlias)
	add("PUT", "/aliases/{alias}", "aliases:create|upsert", (*call).putAlias)
	add("DELETE", "/aliases/{alias}", "aliases:delete", (*call).deleteAlias)

	add("GET", "/keys", "keys:list", (*call).listKeys)
	add("POST", "/keys", "keys:create", (*call).createKey)
	add("GET", "/keys/{id}", "keys:get", (*call).getKey)
	add("DELETE", "/keys/{id}", "keys:delete", (*call).deleteKey)
	for _, kind := range []string{"presets", "stopwords"} {
		add("GET", "/"+kind, kind+":list", list(kind))
		add("GET", "/"+kind+"/{id}", kind+":get", get(kind))
		add("PUT", "/"+kind+"/{id}", kind+":create|upsert", put(kind))
		add("DELETE", "/"+kind+"/{id}", kind+":delete", remove(kind))
	}
	return t
}
