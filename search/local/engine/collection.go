// Package engine is one collection at work: its documents on disk, the index of
// them in memory, and what is written to and searched in both.
package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// Collection is safe for concurrent use. Searches go on while documents are
// written; they wait only while a few of them are put into the index.
type Collection struct {
	// save stores a schema that has changed.
	save func(schema.Collection) error

	writing sync.Mutex // held by the one that writes

	mu        sync.RWMutex
	index     *memory.Index
	docs      *store.Documents
	ids       map[string]uint32
	names     []string    // ids by document number, "" for none
	refs      []store.Ref // bodies by document number
	synonyms  curate.Synonyms
	overrides curate.Overrides
	closed    bool
}

// chunk is how many documents are put into the index at once.
const chunk = 64

// batch is how many documents are written at once.
const batch = 1000

// Open opens the collection whose documents are called name, and indexes them.
// save stores its schema when documents or a request change it.
func Open(folder *store.Folder, name string, c schema.Collection, save func(schema.Collection) error) (*Collection, error) {
	docs, refs, err := folder.OpenDocuments(name)
	if err != nil {
		return nil, err
	}
	out := &Collection{save: save, index: memory.New(c), docs: docs, refs: refs, names: make([]string, len(refs)), ids: map[string]uint32{}}
	if err := out.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("collection %s: %w", c.Name, err), docs.Close())
	}
	return out, nil
}

// load indexes the documents.
func (c *Collection) load() error {
	var list []memory.Entry
	best := int64(0)
	flush := func() {
		c.index.PutAll(list, best)
		list = list[:0]
	}
	for n, ref := range c.refs {
		if ref.None() {
			continue
		}
		doc, err := c.read(ref)
		if err != nil {
			return err
		}
		id, _ := doc["id"].(string)
		id = strings.Clone(id) // or the whole text of the document stays in memory
		c.ids[id], c.names[n] = uint32(n), id
		rec := c.index.Schema().Record(doc)
		if points := c.index.Points(rec); len(list) == 0 || points > best {
			best = points
		}
		if list = append(list, memory.Entry{Number: uint32(n), Record: rec}); len(list) == batch {
			flush()
		}
	}
	flush()
	return nil
}

// read reads a document.
func (c *Collection) read(ref store.Ref) (schema.Document, error) {
	body, err := c.docs.Read(nil, ref)
	if err != nil {
		return nil, err
	}
	return decode(body)
}

func decode(body []byte) (schema.Document, error) {
	var doc schema.Document
	if err := schema.Decode(body, &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return doc, nil
}

// Close closes the files. The collection must not be used afterwards.
func (c *Collection) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.docs.Close()
}

// Schema returns a copy of the schema.
func (c *Collection) Schema() schema.Collection {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.index.Schema().Clone()
}

// View is the collection as the API shows it.
func (c *Collection) View() map[string]any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.index.Schema().View(c.index.Len())
}

// Len is the number of documents.
func (c *Collection) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.index.Len()
}

// source reads documents for those that hold the lock.
type source struct{ c *Collection }

// Number returns the number of the document with an id.
func (s source) Number(id string) (uint32, bool) {
	n, ok := s.c.ids[id]
	return n, ok
}

// Body returns a document by its number, as it is on disk.
func (s source) Body(number uint32) ([]byte, error) {
	return s.c.docs.Read(nil, s.c.refs[number])
}

// Document returns a document by its number.
func (s source) Document(number uint32) (schema.Document, error) {
	return s.c.read(s.c.refs[number])
}

// Get returns the document with an id, without the fields that are not kept.
func (c *Collection) Get(id string) (schema.Document, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n, ok := c.ids[id]
	if !ok {
		return nil, missing(id)
	}
	doc, err := c.read(c.refs[n])
	if err != nil {
		return nil, err
	}
	c.index.Schema().Unstored(doc)
	return doc, nil
}

func missing(id string) error { return fault.NotFound("Could not find a document with id: %s", id) }
