package local

import (
	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// The handlers of named things: list, get, put and remove pick by kind.

func list(kind string) func(*call) error {
	return map[string]func(*call) error{
		"synonyms": (*call).listSynonyms, "overrides": (*call).listOverrides,
		"presets": (*call).listPresets, "stopwords": (*call).listStopwords,
	}[kind]
}

func get(kind string) func(*call) error {
	return map[string]func(*call) error{
		"synonyms": (*call).getSynonym, "overrides": (*call).getOverride,
		"presets": (*call).getPreset, "stopwords": (*call).getStopwords,
	}[kind]
}

func put(kind string) func(*call) error {
	return map[string]func(*call) error{
		"synonyms": (*call).putSynonym, "overrides": (*call).putOverride,
		"presets": (*call).putPreset, "stopwords": (*call).putStopwords,
	}[kind]
}

func remove(kind string) func(*call) error {
	return map[string]func(*call) error{
		"synonyms": (*call).deleteSynonym, "overrides": (*call).deleteOverride,
		"presets": (*call).deletePreset, "stopwords": (*call).deleteStopwords,
	}[kind]
}

var errSynonym = fault.NotFound("Could not find that `id`.")

func (c *call) listSynonyms() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	all := h.Synonyms()
	from, to, err := c.window(len(all))
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"synonyms": append([]*curate.Synonym{}, all[from:to]...)})
}

func (c *call) getSynonym() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	for _, v := range h.Synonyms() {
		if v.ID == c.path["id"] {
			return c.ok(v)
		}
	}
	return errCollection
}

func (c *call) putSynonym() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	body, err := c.object()
	if err != nil {
		return err
	}
	v, err := curate.ParseSynonym(c.path["id"], body)
	if err != nil {
		return err
	}
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	// What is put again counts as new: its place in the book changes, too.
	key := bookSynonym + h.dir + "/" + v.ID
	if err := c.s.book.Replace(key, v); err != nil {
		return err
	}
	h.PutSynonym(v)
	body["id"] = v.ID
	return c.ok(body)
}

func (c *call) deleteSynonym() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	id := c.path["id"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if err := c.s.book.Delete(bookSynonym + h.dir + "/" + id); err != nil {
		return err
	}
	if !h.RemoveSynonym(id) {
		return errSynonym
	}
	return c.ok(map[string]any{"id": id})
}

func (c *call) listOverrides() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	all := h.Overrides()
	from, to, err := c.window(len(all))
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"overrides": append([]*curate.Override{}, all[from:to]...)})
}

func (c *call) getOverride() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	for _, v := range h.Overrides() {
		if v.ID == c.path["id"] {
			return c.ok(v)
		}
	}
	return fault.NotFound("override %s not found.", c.path["id"])
}

func (c *call) putOverride() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	var request map[string]any
	if schema.Decode(body, &request) != nil || request == nil {
		return errJSON
	}
	made := h.Schema()
	v, err := curate.ParseOverride(c.path["id"], request, &made)
	if err != nil {
		return err
	}
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if err := c.s.book.Put(bookOverride+h.dir+"/"+v.ID, v); err != nil {
		return err
	}
	h.PutOverride(v)
	request["id"] = v.ID
	return c.ok(request)
}

func (c *call) deleteOverride() error {
	h, err := c.collection()
	if err != nil {
		return err
	}
	id := c.path["id"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if err := c.s.book.Delete(bookOverride + h.dir + "/" + id); err != nil {
		return err
	}
	if !h.RemoveOverride(id) {
		return errSynonym
	}
	return c.ok(map[string]any{"id": id})
}
