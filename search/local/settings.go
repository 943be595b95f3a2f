package local

import (
	"maps"
	"slices"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/text"
)

var errPreset = fault.NotFound("Not found.")

func preset(name string, v any) map[string]any { return map[string]any{"name": name, "value": v} }

func (c *call) listPresets() error {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	out := []any{}
	for _, name := range slices.Sorted(maps.Keys(c.s.presets)) {
		out = append(out, preset(name, c.s.presets[name]))
	}
	return c.ok(map[string]any{"presets": out})
}

func (c *call) getPreset() error {
	c.s.mu.RLock()
	v, ok := c.s.presets[c.path["id"]]
	c.s.mu.RUnlock()
	if !ok {
		return errPreset
	}
	return c.ok(preset(c.path["id"], v))
}

func (c *call) putPreset() error {
	body, err := c.object()
	if err != nil {
		return err
	}
	v, ok := body["value"]
	if !ok {
		return fault.Bad("Missing `value` field.")
	}
	name := c.path["id"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if err := c.s.book.Put(bookPreset+name, v); err != nil {
		return err
	}
	c.s.mu.Lock()
	c.s.presets[name] = v
	c.s.mu.Unlock()
	body["name"] = name
	return c.ok(body)
}

func (c *call) deletePreset() error {
	name := c.path["id"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	c.s.mu.RLock()
	v, ok := c.s.presets[name]
	c.s.mu.RUnlock()
	if !ok {
		return errPreset
	}
	if err := c.s.book.Delete(bookPreset + name); err != nil {
		return err
	}
	c.s.mu.Lock()
	delete(c.s.presets, name)
	c.s.mu.Unlock()
	return c.ok(preset(name, v))
}

// stopwordSet is a set of words that searches may leave out.
type stopwordSet struct {
	ID     string   `json:"id"`
	Locale string   `json:"locale,omitempty"`
	Words  []string `json:"stopwords"`
}

func (c *call) listStopwords() error {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	out := []stopwordSet{}
	for _, name := range slices.Sorted(maps.Keys(c.s.stopwords)) {
		out = append(out, c.s.stopwords[name])
	}
	return c.ok(map[string]any{"stopwords": out})
}

func (c *call) getStopwords() error {
	c.s.mu.RLock()
	v, ok := c.s.stopwords[c.path["id"]]
	c.s.mu.RUnlock()
	if !ok {
		return fault.NotFound("Stopword `%s` not found.", c.path["id"])
	}
	return c.ok(map[string]any{"stopwords": v})
}

func (c *call) putStopwords() error {
	body, err := c.object()
	if err != nil {
		return err
	}
	v, given := body["stopwords"]
	if !given {
		return fault.Bad("Parameter `stopwords` is required")
	}
	words, ok := v.([]any)
	if !ok || len(words) == 0 {
		return fault.Bad("Parameter `stopwords` is required as string array value")
	}
	set := stopwordSet{ID: c.path["id"]}
	if v, given := body["locale"]; given {
		if set.Locale, ok = v.(string); !ok {
			return fault.Bad("Parameter `locale` is required as string value")
		}
	}
	a := text.NewAnalyzer(nil, nil, set.Locale, false)
	for _, w := range words {
		s, ok := w.(string)
		if !ok {
			return fault.Bad("Parameter `stopwords` is required as string array value")
		}
		set.Words = append(set.Words, a.Words(s)...)
	}
	slices.Sort(set.Words)
	set.Words = slices.Compact(set.Words)
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if err := c.s.book.Put(bookStopwords+set.ID, set); err != nil {
		return err
	}
	c.s.mu.Lock()
	c.s.stopwords[set.ID] = set
	c.s.mu.Unlock()
	body["id"] = set.ID
	return c.ok(body)
}

func (c *call) deleteStopwords() error {
	id := c.path["id"]
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	c.s.mu.RLock()
	_, ok := c.s.stopwords[id]
	c.s.mu.RUnlock()
	if !ok {
		return fault.NotFound("Stopword `%s` not found.", id)
	}
	if err := c.s.book.Delete(bookStopwords + id); err != nil {
		return err
	}
	c.s.mu.Lock()
	delete(c.s.stopwords, id)
	c.s.mu.Unlock()
	return c.ok(map[string]any{"id": id})
}
