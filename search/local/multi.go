package local

import (
	"maps"

	"github.com/stagedoor/stagedoor/search/local/access"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// multiSearch is the action of several searches; each needs access.Search for its
// collection.
const multiSearch = "multi"

const maxSearches = 50

var (
	errSearches = fault.Bad("Missing `searches` array.")
	errObjects  = fault.Bad("The value of `searches` must be an array of objects.")
)

// multi is a request of several searches.
type multi struct {
	union    bool
	searches []any
	grants   []access.Grant
}

func (c *call) multiSearch() error {
	m, err := c.multi()
	if err != nil {
		return err
	}
	if m.union {
		return c.union(m)
	}
	results := []any{}
	for i, v := range m.searches {
		params, err := c.searchParams(v)
		if err != nil {
			return err
		}
		answer, err := c.s.find(params, m.grants[i].Params)
		if err != nil {
			f := visible(err)
			if f.Status >= 500 {
				c.s.log.Error("search failed", "error", err)
			}
			answer = map[string]any{"code": f.Status, "error": f.Message}
		}
		results = append(results, answer)
	}
	return c.ok(map[string]any{"results": results})
}

// searchParams are the parameters of one search: those of the URL come first.
func (c *call) searchParams(v any) (map[string]string, error) {
	values, ok := v.(map[string]any)
	if !ok {
		return nil, errObjects
	}
	params := maps.Clone(c.params)
	for name, v := range values {
		if !impose(params, name, v, false) {
			return nil, errParams
		}
	}
	return params, nil
}

// multi reads the searches, which a preset can hold, and checks the keys.
func (c *call) multi() (*multi, error) {
	body, err := c.read()
	if err != nil {
		return nil, err
	}
	var v any
	decodeErr := schema.Decode(body, &v)
	if name, ok := c.params["preset"]; ok {
		c.s.mu.RLock()
		v = c.s.presets[name]
		c.s.mu.RUnlock()
		decodeErr = nil
	}
	request, _ := v.(map[string]any)
	searches, isList := request["searches"].([]any)
	m := &multi{searches: searches}
	m.union, _ = request["union"].(bool)
	if !c.multiAllowed(m) {
		return nil, errForbidden
	}
	switch {
	case decodeErr != nil:
		return nil, errJSON
	case !isList:
		return nil, errSearches
	}
	limit := maxSearches
	if n, ok := unsigned(c.params["limit_multi_searches"]); ok {
		limit = n
	}
	if len(m.grants) > 0 {
		own := map[string]string{}
		impose(own, "n", m.grants[0].Params["limit_multi_searches"], true)
		if n, ok := unsigned(own["n"]); ok {
			limit = n
		}
	}
	if len(searches) > limit {
		return nil, fault.Bad("Number of multi searches exceeds `limit_multi_searches` parameter.")
	}
	return m, nil
}

// multiAllowed checks the key of every search and notes what it imposes.
func (c *call) multiAllowed(m *multi) bool {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	if len(m.searches) == 0 {
		_, ok := c.s.keys.Allow(c.key, access.Search, "")
		return ok
	}
	for _, v := range m.searches {
		o, _ := v.(map[string]any)
		collection, ok := o["collection"].(string)
		if !ok {
			collection = c.params["collection"]
		}
		if name, _ := o["preset"].(string); collection == "" && name != "" {
			preset, _ := c.s.presets[name].(map[string]any)
			collection, _ = preset["collection"].(string)
		}
		key, ok := o["x-typesense-api-key"].(string)
		if !ok {
			key = c.key
		}
		grant, ok := c.s.keys.Allow(key, access.Search, collection)
		if !ok {
			return false
		}
		m.grants = append(m.grants, grant)
		if grant.Admin && len(m.grants) == 1 {
			break
		}
	}
	for len(m.grants) < len(m.searches) {
		m.grants = append(m.grants, access.Grant{Admin: true})
	}
	return true
}
