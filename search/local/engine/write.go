package engine

import (
	"errors"
	"maps"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// Mode says how documents are written.
type Mode struct {
	Action schema.Action
	Dirty  string // the parameter dirty_values
	ID     string // the document's id must be this, unless ""
}

// Result is what became of one document.
type Result struct {
	Doc   schema.Document // as it is stored; nil when it failed
	ID    string          // "" when the document has none
	Fresh bool            // it was not there before
	Err   error
}

// pending is a document that is about to be written.
type pending struct {
	number uint32
	id     string
	before schema.Document // what it replaces; nil when it is new
	old    schema.Record   // the same as it is indexed
	rec    schema.Record
	gone   bool // it is removed
	result *Result
}

// Write writes one document.
func (c *Collection) Write(body []byte, m Mode) Result {
	out := make([]Result, 1)
	c.WriteAll([][]byte{body}, m, out)
	return out[0]
}

// WriteAll writes documents, at most a thousand, and sets their results. Those
// that can be written are, whatever becomes of the others.
func (c *Collection) WriteAll(bodies [][]byte, m Mode, results []Result) {
	c.writing.Lock()
	defer c.writing.Unlock()
	w := c.begin()
	for i, body := range bodies {
		w.add(body, m, &results[i])
	}
	w.commit()
}

// writer gathers documents that are written together. It holds c.writing.
type writer struct {
	c    *Collection
	next uint32 // number of the next new document
	list []pending
	ids  map[string]bool
	old  schema.Collection // the schema at the beginning
	now  schema.Collection // with the fields that the documents bring
	grew bool
}

func (c *Collection) begin() *writer {
	s := c.index.Schema().Clone()
	return &writer{c: c, next: uint32(len(c.refs)), ids: map[string]bool{}, old: s, now: s.Clone()}
}

// add prepares a document.
func (w *writer) add(body []byte, m Mode, result *Result) {
	var v any
	if err := schema.Decode(body, &v); err != nil {
		result.Err = fault.Bad("Bad JSON: %s", err)
		return
	}
	doc, ok := v.(map[string]any)
	if !ok {
		result.Err = fault.Bad("Bad JSON: not a properly formed document.")
		return
	}
	if id, _ := doc["id"].(string); w.ids[id] {
		w.commit() // the earlier one counts as written
	}
	p, err := w.prepare(doc, m)
	result.ID = p.id
	if err != nil {
		result.Err = err
		return
	}
	result.Fresh = p.before == nil
	result.Doc = maps.Clone(p.rec.Doc)
	w.now.Unstored(result.Doc)
	p.result = result
	w.list = append(w.list, p)
	w.ids[p.id] = true
}

// prepare finds what a document replaces and fits it to the schema.
func (w *writer) prepare(doc schema.Document, m Mode) (pending, error) {
	var p pending
	if err := identify(doc, m); err != nil {
		p.id, _ = doc["id"].(string)
		return p, err
	}
	if doc["id"] == nil {
		doc["id"] = strconv.Itoa(int(w.next))
		for w.taken(doc["id"].(string)) {
			w.next++
			doc["id"] = strconv.Itoa(int(w.next))
		}
	}
	p.id, _ = doc["id"].(string)
	number, there := w.c.ids[p.id]
	switch {
	case there && m.Action == schema.Create:
		return p, fault.New(409, "A document with id %s already exists.", p.id)
	case !there && m.Action == schema.Update:
		return p, missing(p.id)
	case there:
		old, err := w.c.read(w.c.refs[number])
		if err != nil {
			return p, err
		}
		p.number, p.before, p.old = number, old, w.old.Record(old)
	}
	action := m.Action
	if !there {
		action = schema.Create
	}
	partial := action == schema.Update || action == schema.Emplace
	operate(doc, p.before)
	rec, fresh, err := w.now.Prepare(doc, action, w.now.ParseDirty(m.Dirty))
	if len(fresh) > 0 {
		w.now.Fields = append(w.now.Fields, fresh...)
		w.grew = true
	}
	if err != nil {
		return p, err
	}
	if p.rec = rec; partial {
		p.rec = w.now.Record(schema.Merge(p.before, rec.Doc))
	}
	if !there {
		p.number = w.next
		w.next++
	}
	return p, nil
}

func (w *writer) taken(id string) bool {
	_, ok := w.c.ids[id]
	return ok || w.ids[id]
}

// identify checks the id of a document and sets the one that is required.
func identify(doc schema.Document, m Mode) error {
	id, given := doc["id"]
	if given && m.ID != "" && id != m.ID {
		return fault.Bad("The `id` of the resource does not match the `id` in the JSON body.")
	}
	if !given && m.ID != "" {
		doc["id"] = m.ID
		return nil
	}
	if !given {
		if m.Action == schema.Update {
			return fault.Bad("For update, the `id` key must be provided.")
		}
		return nil
	}
	s, ok := id.(string)
	if !ok {
		return fault.Bad("Document's `id` field should be a string.")
	}
	if s == "" {
		return fault.Bad("The `id` should not be empty.")
	}
	return nil
}

// commit writes what was prepared: first to the disk, then to the index.
func (w *writer) commit() {
	if err := w.write(); err != nil {
		for _, p := range w.list {
			if p.result != nil {
				*p.result = Result{ID: p.id, Err: err}
			}
		}
		w.next = uint32(len(w.c.refs))
	}
	w.list = w.list[:0]
	clear(w.ids)
}

func (w *writer) write() error {
	c := w.c
	if c.closed {
		return errClosed
	}
	if w.grew {
		if err := c.save(w.now); err != nil {
			w.now, w.grew = w.old.Clone(), false
			return err
		}
		c.mu.Lock()
		c.index.SetSchema(w.now.Clone())
		c.mu.Unlock()
		w.old, w.grew = w.now.Clone(), false
	}
	if len(w.list) == 0 {
		return nil
	}
	changes := make([]store.Change, len(w.list))
	var old []store.Ref
	best := int64(0)
	for i, p := range w.list {
		changes[i].Number = p.number
		if p.before != nil {
			old = append(old, c.refs[p.number])
		}
		if p.gone {
			continue
		}
		body, err := schema.Encode(p.rec.Doc)
		if err != nil {
			return err
		}
		changes[i].Body = body
		if points := c.index.Points(p.rec); i == 0 || points > best {
			best = points
		}
	}
	refs, err := c.docs.Append(changes, old)
	if err != nil {
		return err
	}
	for from := 0; from < len(w.list); from += chunk {
		to := min(from+chunk, len(w.list))
		c.apply(w.list[from:to], refs[from:to], best)
	}
	return c.clean()
}

var errClosed = errors.New("the collection was deleted")

// apply puts documents into the index.
func (c *Collection) apply(list []pending, refs []store.Ref, best int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row := make([]memory.Entry, 0, len(list)) // documents one after the other of which only the first replaces one
	for i, p := range list {
		if p.before != nil {
			c.index.PutAll(row, best)
			row = row[:0]
			c.index.Remove(p.number, p.old)
		}
		for int(p.number) >= len(c.refs) {
			c.refs, c.names = append(c.refs, store.Ref{}), append(c.names, "")
		}
		if p.gone {
			delete(c.ids, p.id)
			c.refs[p.number], c.names[p.number] = store.Ref{}, ""
			continue
		}
		id := strings.Clone(p.id) // or the whole text of the document stays in memory
		c.refs[p.number], c.names[p.number] = refs[i], id
		c.ids[id] = p.number
		row = append(row, memory.Entry{Number: p.number, Record: p.rec})
	}
	c.index.PutAll(row, best)
}

// clean gives back room on the disk when too much of it is taken by bodies that
// no longer count.
func (c *Collection) clean() error {
	for c.docs.Wasteful() {
		now := func(n uint32) store.Ref {
			if int(n) < len(c.refs) {
				return c.refs[n]
			}
			return store.Ref{}
		}
		err := c.docs.Clean(now, func(n uint32, r store.Ref) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.refs[n] = r
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// operate carries out the "$operations" of a document: numbers to be added to
// those of the document that is there.
func operate(doc, old schema.Document) {
	ops, ok := doc["$operations"].(map[string]any)
	if !ok {
		return
	}
	delete(doc, "$operations")
	by, _ := ops["increment"].(map[string]any)
	for name, v := range by {
		if sum, ok := add(old[name], v); ok {
			doc[name] = sum
		}
	}
}
