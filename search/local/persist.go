package local

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/access"
	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/engine"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// The book's keys: what it is, a slash, and its name. What belongs to a
// collection is named by the folder of the collection.
const (
	bookCollection = "collection/"
	bookAlias      = "alias/"
	bookSynonym    = "synonyms/"
	bookOverride   = "overrides/"
	bookPreset     = "presets/"
	bookStopwords  = "stopwords/"
	bookKey        = "key/"
	bookFolders    = "count/folders"
	bookKeys       = "count/keys"
)

// stored is a collection in the book.
type stored struct {
	Dir    string            `json:"dir"`
	Schema schema.Collection `json:"schema"`
}

// load reads the book and opens the collections.
func (s *Server) load() error {
	for _, key := range s.book.Keys(bookCollection) {
		if err := s.loadCollection(key); err != nil {
			return err
		}
	}
	read := func(key string, into any) error {
		if err := schema.Decode(s.book.Raw(key), into); err != nil {
			return fmt.Errorf("%w: %s: %w", store.ErrDamaged, key, err)
		}
		return nil
	}
	for _, key := range s.book.Keys("") {
		kind, name, _ := strings.Cut(key, "/")
		var err error
		switch kind + "/" {
		case bookAlias:
			var to string
			err = read(key, &to)
			s.aliases[name] = to
		case bookPreset:
			var v any
			err = read(key, &v)
			s.presets[name] = v
		case bookStopwords:
			var v stopwordSet
			err = read(key, &v)
			s.stopwords[name] = v
		case bookKey:
			k := &access.Key{}
			if err = read(key, k); err == nil {
				err = s.keys.Put(k)
			}
		}
		if err != nil {
			return err
		}
	}
	return s.sweep()
}

func (s *Server) loadCollection(key string) error {
	var st stored
	if err := schema.Decode(s.book.Raw(key), &st); err != nil {
		return fmt.Errorf("%w: %s: %w", store.ErrDamaged, key, err)
	}
	h, err := s.open(st)
	if err != nil {
		return err
	}
	s.collections[st.Schema.Name] = h
	for _, k := range s.book.Keys(bookSynonym + st.Dir + "/") {
		v := &curate.Synonym{}
		if err := schema.Decode(s.book.Raw(k), v); err != nil {
			return fmt.Errorf("%w: %s: %w", store.ErrDamaged, k, err)
		}
		h.PutSynonym(v)
	}
	for _, k := range s.book.Keys(bookOverride + st.Dir + "/") {
		v := &curate.Override{}
		if err := schema.Decode(s.book.Raw(k), v); err != nil {
			return fmt.Errorf("%w: %s: %w", store.ErrDamaged, k, err)
		}
		h.PutOverride(v)
	}
	return nil
}

// open opens a collection's documents.
func (s *Server) open(st stored) (*held, error) {
	h := &held{dir: st.Dir}
	h.order, _ = strconv.Atoi(strings.TrimLeft(st.Dir, "c"))
	name := st.Schema.Name
	var err error
	h.Collection, err = engine.Open(s.folder, st.Dir, st.Schema, func(changed schema.Collection) error {
		s.editing.Lock()
		defer s.editing.Unlock()
		s.mu.RLock()
		now := s.collections[name]
		s.mu.RUnlock()
		if now != h {
			return errCollection // deleted meanwhile
		}
		return s.book.Put(bookCollection+name, stored{st.Dir, changed})
	})
	return h, err
}

// sweep removes folders of collections that are gone: a crash can leave them.
func (s *Server) sweep() error {
	known := map[string]bool{}
	for _, h := range s.collections {
		known[h.dir] = true
	}
	names, err := s.folder.Names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if !known[n] {
			if err := s.folder.Remove(n); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// count returns the next number of a kind; the caller holds s.editing and stores
// what it returns together with what has that number.
func (s *Server) count(key string) (int, error) {
	n := 0
	_, err := s.book.Get(key, &n)
	return n, err
}
