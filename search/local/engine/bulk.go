package engine

import (
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Remove removes the document with an id and returns it.
func (c *Collection) Remove(id string) (schema.Document, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	n, ok := c.ids[id]
	if !ok {
		return nil, missing(id)
	}
	doc, err := c.read(c.refs[n])
	if err != nil {
		return nil, err
	}
	if err := c.removeAll([]uint32{n}); err != nil {
		return nil, err
	}
	c.index.Schema().Unstored(doc)
	return doc, nil
}

// removeAll removes documents; the caller holds c.writing.
func (c *Collection) removeAll(numbers []uint32) error {
	w := c.begin()
	for _, n := range numbers {
		if c.refs[n].None() {
			continue
		}
		doc, err := c.read(c.refs[n])
		if err != nil {
			return err
		}
		w.list = append(w.list, pending{number: n, id: c.names[n], before: doc, old: w.old.Record(doc), gone: true})
		if len(w.list) == batch {
			if err := w.write(); err != nil {
				return err
			}
			w.list = w.list[:0]
		}
	}
	return w.write()
}

// Find returns the numbers of the documents that pass a filter, rising.
func (c *Collection) Find(expr string, o filter.Options) ([]uint32, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	node, err := filter.Parse(c.index.Schema(), expr, o)
	if err != nil {
		return nil, err
	}
	found, err := filter.Run{Index: c.index, Source: source{c}, MaxWords: 4}.Find(node)
	if err != nil {
		return nil, err
	}
	var out []uint32
	found.Each(func(n uint32) bool {
		out = append(out, n)
		return true
	})
	return out, nil
}

// RemoveFound removes the documents that pass a filter and returns how many.
func (c *Collection) RemoveFound(expr string, o filter.Options) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	numbers, err := c.Find(expr, o)
	if err != nil {
		return 0, err
	}
	return len(numbers), c.removeAll(numbers)
}

// UpdateFound changes the documents that pass a filter and returns how many it
// could change.
func (c *Collection) UpdateFound(expr string, o filter.Options, patch []byte, dirty string) (int, error) {
	var v map[string]any
	if err := schema.Decode(patch, &v); err != nil {
		return 0, errPatch
	}
	numbers, err := c.Find(expr, o)
	if err != nil {
		return 0, err
	}
	changed := 0
	for from := 0; from < len(numbers); from += batch {
		var bodies [][]byte
		for _, n := range numbers[from:min(from+batch, len(numbers))] {
			v["id"] = c.name(n)
			body, err := schema.Encode(v)
			if err != nil {
				return changed, err
			}
			bodies = append(bodies, body)
		}
		results := make([]Result, len(bodies))
		c.WriteAll(bodies, Mode{Action: schema.Update, Dirty: dirty}, results)
		for _, r := range results {
			if r.Err == nil {
				changed++
			}
		}
	}
	return changed, nil
}

func (c *Collection) name(n uint32) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.names[n]
}

// Export calls yield for the documents with the given numbers that are still
// there, without the fields that are not kept, until it fails.
func (c *Collection) Export(numbers []uint32, yield func(schema.Document) error) error {
	for _, n := range numbers {
		c.mu.RLock()
		doc, err := c.read(c.refs[n])
		gone := c.refs[n].None()
		if err == nil {
			c.index.Schema().Unstored(doc)
		}
		c.mu.RUnlock()
		if gone {
			continue
		}
		if err != nil {
			return err
		}
		if err := yield(doc); err != nil {
			return err
		}
	}
	return nil
}
