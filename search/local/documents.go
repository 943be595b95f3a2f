package local

import (
	"bufio"
	"errors"
	"net/http"
	"strconv"

	"github.com/stagedoor/stagedoor/search/local/engine"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/shape"
)

func unsigned(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil
}

// mode reads the parameters of a write.
func (c *call) mode() (engine.Mode, error) {
	m := engine.Mode{Action: schema.Create, Dirty: c.params["dirty_values"]}
	if v, ok := c.params["action"]; ok {
		switch m.Action = schema.Action(v); m.Action {
		case schema.Create, schema.Update, schema.Upsert, schema.Emplace:
		default:
			return m, fault.Bad("Parameter `action` must be a create|update|upsert.")
		}
	}
	return m, nil
}

func (c *call) filterOptions() filter.Options {
	return filter.Options{UnknownFields: c.params["validate_field_names"] == "false"}
}

func (c *call) writeDocument() error {
	m, err := c.mode()
	if err != nil {
		return err
	}
	h, err := c.collection()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	r := h.Write(body, m)
	if r.Err != nil {
		return r.Err
	}
	return c.reply(http.StatusCreated, r.Doc)
}

func (c *call) getDocument() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	doc, err := h.Get(c.path["id"])
	if err != nil {
		return err
	}
	s, err := c.shape(h)
	if err != nil {
		return err
	}
	s.Apply(doc)
	return c.ok(doc)
}

// shape reads include_fields and exclude_fields.
func (c *call) shape(h *held) (shape.Shape, error) {
	made := h.Schema()
	return shape.New(&made, list2(c.params["include_fields"]), list2(c.params["exclude_fields"]))
}

func (c *call) updateDocument() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	r := h.Write(body, engine.Mode{Action: schema.Update, Dirty: c.params["dirty_values"], ID: c.path["id"]})
	if r.Err != nil {
		return r.Err
	}
	return c.ok(r.Doc)
}

func (c *call) deleteDocument() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	doc, err := h.Remove(c.path["id"])
	if err == nil {
		return c.ok(doc)
	}
	if fault.Of(err).Status == http.StatusNotFound && c.params["ignore_not_found"] == "true" {
		return c.ok(map[string]any{"id": c.path["id"]})
	}
	return err
}

var errNoFilter = fault.Bad("Parameter `filter_by` must be provided.")

func (c *call) updateDocuments() error {
	expr, ok := c.params["filter_by"]
	if !ok {
		return errNoFilter
	}
	h, err := c.collection()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	n, err := h.UpdateFound(expr, c.filterOptions(), body, c.params["dirty_values"])
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"num_updated": n})
}

// deleteDocuments deletes what passes a filter, or everything.
func (c *call) deleteDocuments() error {
	c.w.Header().Set("Content-Type", "application/json")
	h, err := c.collection()
	if err != nil {
		return err
	}
	if v, ok := c.params["batch_size"]; ok {
		if n, ok := unsigned(v); !ok || n == 0 {
			return fault.Bad("Parameter `batch_size` must be a positive integer.")
		}
	}
	expr, ok := c.params["filter_by"]
	var n int
	switch {
	case !ok && c.params["truncate"] == "true":
		n, err = h.Truncate()
	case !ok:
		return errNoFilter
	case expr != "":
		n, err = h.RemoveFound(expr, c.filterOptions())
	}
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"num_deleted": n})
}

// exportDocuments answers with the documents one a line.
func (c *call) exportDocuments() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	s, err := c.shape(h)
	if err != nil {
		return err
	}
	numbers, err := h.Find(c.params["filter_by"], c.filterOptions())
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out := bufio.NewWriterSize(c.w, 64<<10)
	first := true
	err = h.Export(numbers, func(doc schema.Document) error {
		s.Apply(doc)
		body, err := schema.Encode(doc)
		if err != nil {
			return err
		}
		if !first {
			body = append([]byte{'\n'}, body...)
		}
		first = false
		_, err = out.Write(body)
		return err
	})
	if err = errors.Join(err, out.Flush()); err != nil {
		c.s.log.Warn("export broke off", "collection", c.path["collection"], "error", err)
		panic(http.ErrAbortHandler) // the client must not take it for complete
	}
	return nil
}
