package local

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/query"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

func list2(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// impose adds a parameter to those of a search. A filter is added to the one that
// is there; another value stays unless overwrite. It is false for a value that is
// no parameter.
func impose(params map[string]string, name string, v any, overwrite bool) bool {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = string(v)
		if !schema.IsWhole(v) {
			f, _ := v.Float64()
			s = strconv.FormatFloat(f, 'f', 6, 32)
		}
	case bool:
		s = strconv.FormatBool(v)
	default:
		return false
	}
	have, given := params[name]
	switch {
	case !given:
		params[name] = s
	case name == "filter_by" && have != "" && s != "":
		params[name] = "(" + have + ") && (" + s + ")"
	case name == "filter_by" && have+s != "":
		params[name] = "(" + have + s + ")"
	case overwrite:
		params[name] = s
	}
	return true
}

func (c *call) search() error {
	params := maps.Clone(c.params)
	params["collection"] = c.path["collection"]
	if _, ok := params["q"]; !ok {
		params["q"] = "" // not even a preset gives one
	}
	answer, err := c.s.find(params, c.grant.Params)
	if err != nil {
		return err
	}
	return c.ok(answer)
}

// find answers one search. imposed are the parameters that the key imposes.
func (s *Server) find(params map[string]string, imposed map[string]any) (map[string]any, error) {
	begin := s.now()
	p, h, stopwords, err := s.plan(params, imposed)
	if err != nil {
		return nil, err
	}
	answer, err := h.Search(p, stopwords, s.now())
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Exclude, "search_time_ms") {
		answer["search_time_ms"] = s.now().Sub(begin).Milliseconds()
	}
	return answer, nil
}

var errParams = fault.Bad("One or more search parameters are malformed.")

// plan completes the parameters of a search and finds its collection.
func (s *Server) plan(params map[string]string, imposed map[string]any) (*query.Params, *held, []string, error) {
	for name, v := range imposed {
		if name != "expires_at" {
			impose(params, name, v, true)
		}
	}
	s.mu.RLock()
	preset, ok := s.presets[params["preset"]]
	set, known := s.stopwords[params["stopwords"]]
	s.mu.RUnlock()
	if ok {
		values, isObject := preset.(map[string]any)
		if !isObject {
			return nil, nil, nil, fault.Bad("Search preset is not an object.")
		}
		if _, many := values["searches"]; !many {
			for name, v := range values {
				if !impose(params, name, v, false) {
					return nil, nil, nil, errParams
				}
			}
		}
	}
	if name := params["stopwords"]; name != "" {
		if !known {
			s.mu.RLock()
			set, known = s.stopwords[name] // a preset can have named it
			s.mu.RUnlock()
		}
		if !known {
			return nil, nil, nil, fault.NotFound("Could not find the stopword set named `%s`.", name)
		}
	}
	h, err := s.collection(params["collection"])
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := query.ParseParams(params)
	return p, h, set.Words, err
}
