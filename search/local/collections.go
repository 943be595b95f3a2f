package local

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// collection returns the collection of a name or of an alias; the collection
// comes first when there are both.
func (s *Server) collection(name string) (*held, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if h, ok := s.collections[name]; ok {
		return h, nil
	}
	if h, ok := s.collections[s.aliases[name]]; ok {
		return h, nil
	}
	return nil, errCollection
}

func (c *call) collection() (*held, error) { return c.s.collection(c.path["collection"]) }

// listCollections answers with the collections that the key covers, newest first.
func (c *call) listCollections() error {
	c.s.mu.RLock()
	var all []*held
	for name, h := range c.s.collections {
		if c.grant.Covers(name) {
			all = append(all, h)
		}
	}
	c.s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *held) int { return cmp.Compare(b.order, a.order) })
	from, to, err := c.window(len(all))
	if err != nil {
		return err
	}
	views := []any{}
	for _, h := range all[from:to] {
		v := h.View()
		for name := range strings.SplitSeq(c.params["exclude_fields"], ",") {
			delete(v, strings.TrimSpace(name))
		}
		views = append(views, v)
	}
	return c.ok(views)
}

func (c *call) getCollection() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	return c.ok(h.View())
}

func (c *call) createCollection() error {
	body, err := c.object()
	if err != nil {
		return err
	}
	name, _ := body["name"].(string)
	if !c.grant.Covers(name) {
		return errForbidden
	}
	var made schema.Collection
	source, copying := c.params["src_name"]
	if copying {
		made, err = c.s.copySchema(source, name)
	} else {
		made, err = schema.Parse(body)
	}
	if err != nil {
		return err
	}
	h, err := c.s.create(made, source)
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, h.View())
}

func (s *Server) copySchema(source, name string) (schema.Collection, error) {
	s.mu.RLock()
	h := s.collections[source]
	s.mu.RUnlock()
	if h == nil {
		return schema.Collection{}, fault.Bad("Collection with name `%s` not found.", source)
	}
	if name == "" {
		return schema.Collection{}, fault.Bad("Collection name must be provided.")
	}
	made := h.Schema()
	made.Name, made.Metadata = name, nil
	return made, nil
}

// create makes a collection, with the synonyms and overrides of source unless
// that is "".
func (s *Server) create(made schema.Collection, source string) (*held, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	s.mu.RLock()
	taken, from := s.collections[made.Name] != nil, s.collections[source]
	s.mu.RUnlock()
	if taken {
		if source != "" {
			return nil, fault.Bad("Collection with name `%s` already exists.", made.Name)
		}
		return nil, fault.New(http.StatusConflict, "A collection with name `%s` already exists.", made.Name)
	}
	n, err := s.count(bookFolders)
	if err != nil {
		return nil, err
	}
	made.CreatedAt = s.now().Unix()
	st := stored{Dir: "c" + strconv.Itoa(n+1), Schema: made}
	changes := map[string]any{bookFolders: n + 1, bookCollection + made.Name: st}
	h, err := s.open(st)
	if err != nil {
		return nil, err
	}
	if from != nil {
		for _, v := range from.Synonyms() {
			changes[bookSynonym+st.Dir+"/"+v.ID] = v
			h.PutSynonym(v)
		}
		for _, v := range from.Overrides() {
			copied := *v
			changes[bookOverride+st.Dir+"/"+v.ID] = v
			h.PutOverride(&copied)
		}
	}
	if err := s.book.Change(changes); err != nil {
		return nil, errors.Join(err, h.Close(), s.folder.Remove(st.Dir))
	}
	s.mu.Lock()
	s.collections[made.Name] = h
	s.mu.Unlock()
	return h, nil
}

func (c *call) alterCollection() error {
	body, err := c.read()
	if err != nil {
		return err
	}
	var request map[string]any
	if err := schema.Decode(body, &request); err != nil {
		return errJSON
	}
	h, err := c.collection()
	if err != nil && len(request) > 0 {
		return err
	}
	if len(request) == 0 {
		return fault.Bad("Alter payload is empty.")
	}
	if err := h.Alter(request); err != nil {
		return err
	}
	return c.ok(request)
}

func (c *call) deleteCollection() error {
	name := c.path["collection"]
	h, err := c.s.collection(name)
	if err != nil {
		return fault.NotFound("No collection with name `%s` found.", name)
	}
	view := h.View()
	delete(view, "num_documents")
	view["num_documents"] = h.Len()
	if err := c.s.drop(h); err != nil {
		return err
	}
	return c.ok(view)
}

// drop removes a collection and all that belongs to it.
func (s *Server) drop(h *held) error {
	name := h.Schema().Name
	s.editing.Lock()
	s.mu.RLock()
	gone := s.collections[name] != h
	s.mu.RUnlock()
	if gone {
		s.editing.Unlock()
		return fault.NotFound("No collection with name `%s` found.", name)
	}
	keys := append(s.book.Keys(bookSynonym+h.dir+"/"), s.book.Keys(bookOverride+h.dir+"/")...)
	err := s.book.Delete(append(keys, bookCollection+name)...)
	if err == nil {
		s.mu.Lock()
		delete(s.collections, name)
		s.mu.Unlock()
	}
	s.editing.Unlock()
	if err != nil {
		return err
	}
	// Searches that have begun end first. Should the files stay because of a
	// crash, they are swept away at the next start.
	return errors.Join(h.Close(), s.folder.Remove(h.dir))
}

func (c *call) listAliases() error {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(c.s.aliases)) {
		list = append(list, alias(name, c.s.aliases[name]))
	}
	return c.ok(map[string]any{"aliases": list})
}

func alias(name, to string) map[string]any {
	return map[string]any{"name": name, "collection_name": to}
}

func (c *call) getAlias() error {
	c.s.mu.RLock()
	to, ok := c.s.aliases[c.path["alias"]]
	c.s.mu.RUnlock()
	if !ok {
		return errCollection
	}
	return c.ok(alias(c.path["alias"], to))
}

func (c *call) putAlias() error {
	body, err := c.object()
	if err != nil {
		return err
	}
	v, given := body["collection_name"]
	if !given {
		return fault.Bad("Parameter `collection_name` is required.")
	}
	to, ok := v.(string)
	if !ok {
		return fault.Bad("Parameter `collection_name` must be a string.")
	}
	name := c.path["alias"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	c.s.mu.RLock()
	taken := c.s.collections[name] != nil
	c.s.mu.RUnlock()
	if taken {
		return fault.New(http.StatusInternalServerError, "Name `%s` conflicts with an existing collection name.", name)
	}
	if err := c.s.book.Put(bookAlias+name, to); err != nil {
		return err
	}
	c.s.mu.Lock()
	c.s.aliases[name] = to
	c.s.mu.Unlock()
	body["name"] = name
	return c.ok(body)
}

func (c *call) deleteAlias() error {
	name := c.path["alias"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	c.s.mu.RLock()
	to, ok := c.s.aliases[name]
	c.s.mu.RUnlock()
	if !ok {
		return errCollection
	}
	if err := c.s.book.Delete(bookAlias + name); err != nil {
		return err
	}
	c.s.mu.Lock()
	delete(c.s.aliases, name)
	c.s.mu.Unlock()
	return c.ok(alias(name, to))
}
