package engine

import (
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/store"
)

var errPatch = fault.Bad("Bad JSON.")

// Alter changes the fields and the metadata of the schema. The fields of request
// are filled with their defaults.
func (c *Collection) Alter(request map[string]any) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if len(request) == 0 {
		return fault.Bad("Alter payload is empty.")
	}
	for name := range request {
		if name != "fields" && name != "metadata" {
			return fault.Bad("Only `fields` and `metadata` can be updated at the moment.")
		}
	}
	changed := c.index.Schema().Clone()
	if v, ok := request["metadata"]; ok {
		if changed.Metadata, ok = v.(map[string]any); !ok {
			return fault.Bad("The `metadata` value should be an object.")
		}
	}
	a := schema.Alteration{New: changed}
	if v, ok := request["fields"]; ok {
		fields, ok := v.([]any)
		if !ok || len(fields) == 0 {
			return fault.Bad("The `fields` value should be an array of objects containing the field `name` and other properties.")
		}
		var err error
		if a, err = changed.Alter(fields); err != nil {
			return err
		}
		if err := c.each(func(_ uint32, doc schema.Document) error { return a.Fits(doc) }); err != nil {
			return err
		}
	}
	if err := c.save(a.New); err != nil {
		return err
	}
	return c.adopt(a)
}

// each calls yield for every document; the caller holds c.writing.
func (c *Collection) each(yield func(uint32, schema.Document) error) error {
	for n, ref := range c.refs {
		if ref.None() {
			continue
		}
		doc, err := c.read(ref)
		if err != nil {
			return err
		}
		if err := yield(uint32(n), doc); err != nil {
			return err
		}
	}
	return nil
}

// adopt makes a schema that is stored the one in use and indexes its new fields.
func (c *Collection) adopt(a schema.Alteration) error {
	c.mu.Lock()
	c.index.SetSchema(a.New.Clone())
	for _, name := range a.Added {
		c.index.Forget(name)
	}
	c.mu.Unlock()
	if len(a.Added) == 0 {
		return nil
	}
	type item struct {
		number uint32
		rec    schema.Record
	}
	var list []item
	flush := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, l := range list {
			for _, name := range a.Added {
				c.index.PutField(l.number, l.rec, name)
			}
		}
		list = list[:0]
	}
	err := c.each(func(n uint32, doc schema.Document) error {
		if list = append(list, item{n, a.New.Record(doc)}); len(list) == chunk {
			flush()
		}
		return nil
	})
	flush()
	return err
}

// Truncate removes all documents and returns how many there were.
func (c *Collection) Truncate() (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	var all []uint32
	for n, ref := range c.refs {
		if ref != (store.Ref{}) {
			all = append(all, uint32(n))
		}
	}
	return len(all), c.removeAll(all)
}
