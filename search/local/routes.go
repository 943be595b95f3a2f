package local

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

func (s *Server) routes() {
	s.mux.HandleFunc("POST /collections", s.createCollection)
	s.mux.HandleFunc("GET /collections/{name}", s.getCollection)
	s.mux.HandleFunc("DELETE /collections/{name}", s.dropCollection)
	s.mux.HandleFunc("GET /aliases", s.listAliases)
	s.mux.HandleFunc("PUT /aliases/{name}", s.putAlias)
	s.mux.HandleFunc("GET /aliases/{name}", s.getAlias)
	s.mux.HandleFunc("DELETE /aliases/{name}", s.deleteAlias)
	s.mux.HandleFunc("POST /collections/{name}/documents/import", s.importDocuments)
	s.mux.HandleFunc("POST /collections/{name}/documents", s.indexDocument)
	s.mux.HandleFunc("GET /collections/{name}/documents/search", s.search)
	s.mux.HandleFunc("GET /collections/{name}/documents/{id}", s.getDocument)
	s.mux.HandleFunc("DELETE /collections/{name}/documents/{id}", s.deleteDocument)
	s.mux.HandleFunc("DELETE /collections/{name}/documents", s.deleteByFilter)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fail(w, http.StatusNotFound, "Not Found") })
}

// find resolves a collection or an alias. The caller holds s.mu.
func (s *Server) find(w http.ResponseWriter, name string) *collection {
	if c := s.collections[name]; c != nil {
		return c
	}
	if c := s.collections[s.aliases[name]]; c != nil {
		return c
	}
	fail(w, http.StatusNotFound, "Collection not found")
	return nil
}

func describe(c *collection) map[string]any {
	return map[string]any{"name": c.schema.Name, "fields": c.schema.Fields, "num_documents": len(c.docs), "created_at": c.schema.CreatedAt}
}

func (s *Server) createCollection(w http.ResponseWriter, r *http.Request) {
	var sc schema
	if err := json.NewDecoder(r.Body).Decode(&sc); err != nil {
		fail(w, http.StatusBadRequest, "Bad JSON.")
		return
	}
	if sc.Name == "" || len(sc.Fields) == 0 {
		fail(w, http.StatusBadRequest, "Parameter `name` and `fields` are required.")
		return
	}
	sc.CreatedAt = time.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.collections[sc.Name] != nil {
		fail(w, http.StatusConflict, "A collection with name `"+sc.Name+"` already exists.")
		return
	}
	if s.failed(w, s.commit(change{Op: "create", Collection: sc.Name, Schema: &sc})) {
		return
	}
	reply(w, http.StatusCreated, describe(s.collections[sc.Name]))
}

func (s *Server) getCollection(w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.find(w, r.PathValue("name")); c != nil {
		reply(w, http.StatusOK, describe(c))
	}
}

func (s *Server) dropCollection(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil || s.failed(w, s.commit(change{Op: "drop", Collection: c.schema.Name})) {
		return
	}
	reply(w, http.StatusOK, describe(c))
}

type alias struct {
	Name           string `json:"name"`
	CollectionName string `json:"collection_name"`
}

func (s *Server) listAliases(w http.ResponseWriter, _ *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []alias{}
	for k, v := range s.aliases {
		out = append(out, alias{k, v})
	}
	reply(w, http.StatusOK, map[string]any{"aliases": out})
}

func (s *Server) putAlias(w http.ResponseWriter, r *http.Request) {
	a := alias{}
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil || a.CollectionName == "" {
		fail(w, http.StatusBadRequest, "Parameter `collection_name` is required.")
		return
	}
	a.Name = r.PathValue("name")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failed(w, s.commit(change{Op: "alias", Alias: a.Name, Collection: a.CollectionName})) {
		reply(w, http.StatusOK, a)
	}
}

func (s *Server) getAlias(w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.answerAlias(w, r.PathValue("name"))
}

func (s *Server) answerAlias(w http.ResponseWriter, name string) bool {
	to, ok := s.aliases[name]
	if !ok {
		fail(w, http.StatusNotFound, "Collection not found")
		return false
	}
	reply(w, http.StatusOK, alias{name, to})
	return true
}

func (s *Server) deleteAlias(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.aliases[name]; ok && s.answerAlias(w, name) {
		if err := s.commit(change{Op: "unalias", Alias: name}); err != nil {
			s.log.Error("alias not deleted", "err", err)
		}
		return
	}
	fail(w, http.StatusNotFound, "Collection not found")
}

// failed answers 500 when err is not nil.
func (s *Server) failed(w http.ResponseWriter, err error) bool {
	if err == nil {
		return false
	}
	s.log.Error("search write failed", "err", err)
	fail(w, http.StatusInternalServerError, "Could not write to on-disk storage.")
	return true
}

func (s *Server) importDocuments(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, http.StatusBadRequest, "Could not read the body.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	var good []document
	var out []string
	lines := bufio.NewScanner(strings.NewReader(string(body)))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		d := document{}
		err := json.Unmarshal(lines.Bytes(), &d)
		if err == nil {
			err = c.check(d)
		}
		if err != nil {
			line, _ := json.Marshal(map[string]any{"code": 400, "document": lines.Text(), "error": err.Error(), "success": false})
			out = append(out, string(line))
			continue
		}
		good = append(good, d)
		out = append(out, `{"success":true}`)
	}
	if len(good) > 0 {
		raw, err := json.Marshal(good)
		if err == nil {
			err = s.commit(change{Op: "put", Collection: c.schema.Name, Docs: raw})
		}
		if s.failed(w, err) {
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, strings.Join(out, "\n"))
}

func (s *Server) indexDocument(w http.ResponseWriter, r *http.Request) {
	d := document{}
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		fail(w, http.StatusBadRequest, "Bad JSON.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	if err := c.check(d); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	raw, err := json.Marshal([]document{d})
	if err == nil {
		err = s.commit(change{Op: "put", Collection: c.schema.Name, Docs: raw})
	}
	if !s.failed(w, err) {
		reply(w, http.StatusCreated, d)
	}
}

func (s *Server) getDocument(w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	d, ok := c.docs[r.PathValue("id")]
	if !ok {
		fail(w, http.StatusNotFound, "Could not find a document with id: "+r.PathValue("id"))
		return
	}
	reply(w, http.StatusOK, d.doc)
}

func (s *Server) deleteDocument(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	d, ok := c.docs[id]
	if !ok {
		fail(w, http.StatusNotFound, "Could not find a document with id: "+id)
		return
	}
	if !s.failed(w, s.commit(change{Op: "delete", Collection: c.schema.Name, IDs: []string{id}})) {
		reply(w, http.StatusOK, d.doc)
	}
}

func (s *Server) deleteByFilter(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	keep, err := parseFilter(c, r.URL.Query().Get("filter_by"))
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	var ids []string
	for id, d := range c.docs {
		if keep(d.doc) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 && s.failed(w, s.commit(change{Op: "delete", Collection: c.schema.Name, IDs: ids})) {
		return
	}
	reply(w, http.StatusOK, map[string]any{"num_deleted": len(ids)})
}

// check says what is wrong with d.
func (c *collection) check(d document) error {
	id, ok := d["id"].(string)
	if !ok || id == "" {
		return fmt.Errorf("Document's `id` field should be a string.")
	}
	for _, f := range c.schema.Fields {
		v, ok := d[f.Name]
		if !ok || v == nil {
			if !f.Optional {
				return fmt.Errorf("Field `%s` has been declared in the schema, but is not found in the document.", f.Name)
			}
			continue
		}
		bad := false
		switch f.Type {
		case "string":
			_, ok := v.(string)
			bad = !ok
		case "int32", "int64", "float":
			_, ok := v.(float64)
			bad = !ok
		case "bool":
			_, ok := v.(bool)
			bad = !ok
		case "string[]", "geopoint":
			_, ok := v.([]any)
			bad = !ok
		}
		if bad {
			return fmt.Errorf("Field `%s` must be a %s.", f.Name, f.Type)
		}
	}
	return nil
}
