package curate

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Override is a rule that changes the searches it is for.
type Override struct {
	ID                  string         `json:"id"`
	Rule                Rule           `json:"rule"`
	Includes            []Pin          `json:"includes"`
	Excludes            []Hide         `json:"excludes"`
	FilterBy            string         `json:"filter_by,omitempty"`
	SortBy              string         `json:"sort_by,omitempty"`
	ReplaceQuery        string         `json:"replace_query,omitempty"`
	RemoveMatchedTokens bool           `json:"remove_matched_tokens"`
	FilterCuratedHits   bool           `json:"filter_curated_hits"`
	StopProcessing      bool           `json:"stop_processing"`
	From                *int64         `json:"effective_from_ts,omitempty"` // unix seconds
	To                  *int64         `json:"effective_to_ts,omitempty"`   // unix seconds
	Metadata            map[string]any `json:"metadata,omitempty"`

	words   []string // of the rule's query
	query   string   // the same as one string
	dynamic bool     // the query has places for the values of fields
}

// Rule says which searches an Override is for.
type Rule struct {
	Query    string   `json:"query,omitempty"`
	Match    string   `json:"match,omitempty"` // "exact" or "contains"
	FilterBy string   `json:"filter_by,omitempty"`
	Tags     []string `json:"tags,omitempty"`
}

// Pin puts a document at a position, counted from 1.
type Pin struct {
	ID       string `json:"id"`
	Position int    `json:"position"`
}

// Hide leaves a document out.
type Hide struct {
	ID string `json:"id"`
}

// ParseOverride reads the body of a request that sets the override called id of
// a collection.
func ParseOverride(id string, body map[string]any, c *schema.Collection) (*Override, error) {
	rule, ok := body["rule"].(map[string]any)
	if !ok {
		return nil, fault.Bad("Missing `rule` definition.")
	}
	tags, tagged := rule["tags"]
	if rule["filter_by"] == nil && !tagged && (rule["query"] == nil || rule["match"] == nil) {
		return nil, fault.Bad("The `rule` definition must contain either a `tags` or a `query` and `match`.")
	}
	if tagged {
		list, ok := tags.([]any)
		if !ok || slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok }) {
			return nil, fault.Bad("The `tags` value must be an array of strings.")
		}
	}
	if err := checkOverride(body); err != nil {
		return nil, err
	}
	for _, name := range []string{"query", "match", "filter_by"} {
		if v, ok := rule[name]; ok {
			if _, ok := v.(string); !ok {
				return nil, fault.Bad("Override `rule.%s` must be a string.", name)
			}
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fault.Bad("Bad JSON.")
	}
	o := &Override{StopProcessing: true, RemoveMatchedTokens: body["filter_by"] != nil}
	if err := json.Unmarshal(raw, o); err != nil {
		return nil, fault.Bad("Bad JSON.")
	}
	o.ID = id
	if o.Includes == nil {
		o.Includes = []Pin{}
	}
	if o.Excludes == nil {
		o.Excludes = []Hide{}
	}
	o.Analyse(c)
	return o, nil
}

func checkOverride(body map[string]any) error {
	does := []string{"includes", "excludes", "filter_by", "sort_by", "remove_matched_tokens", "metadata", "replace_query"}
	if !slices.ContainsFunc(does, func(n string) bool { _, ok := body[n]; return ok }) {
		return fault.Bad("Must contain one of: `includes`, `excludes`, `metadata`, `filter_by`, `sort_by`, `remove_matched_tokens`, `replace_query`.")
	}
	if err := checkHits(body, "includes", "Inclusion", true); err != nil {
		return err
	}
	if err := checkHits(body, "excludes", "Exclusion", false); err != nil {
		return err
	}
	if v, ok := body["filter_by"]; ok {
		switch s, ok := v.(string); {
		case !ok:
			return fault.Bad("The `filter_by` must be a string.")
		case s == "":
			return fault.Bad("The `filter_by` must be a non-empty string.")
		}
	}
	for _, name := range []string{"remove_matched_tokens", "filter_curated_hits", "stop_processing"} {
		if v, ok := body[name]; ok {
			if _, ok := v.(bool); !ok {
				return fault.Bad("The `%s` must be a boolean.", name)
			}
		}
	}
	if v, ok := body["metadata"]; ok {
		if _, ok := v.(map[string]any); !ok {
			return fault.Bad("The `metadata` must be a JSON object.")
		}
	}
	if body["replace_query"] != nil && body["remove_matched_tokens"] == true {
		return fault.Bad("Only one of `replace_query` or `remove_matched_tokens` can be specified.")
	}
	return nil
}

func checkHits(body map[string]any, name, what string, positions bool) error {
	v, ok := body[name]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return fault.Bad("The `%s` value must be an array.", name)
	}
	for _, x := range list {
		hit, ok := x.(map[string]any)
		if !ok {
			return fault.Bad("The `%s` value must be an array of objects.", name)
		}
		_, hasID := hit["id"]
		at, hasPosition := hit["position"]
		switch {
		case positions && (!hasID || !hasPosition):
			return fault.Bad("%s definition must define both `id` and `position` keys.", what)
		case !hasID:
			return fault.Bad("%s definition must define an `id`.", what)
		}
		if _, ok := hit["id"].(string); !ok {
			return fault.Bad("%s `id` must be a string.", what)
		}
		if n, ok := at.(json.Number); positions && (!ok || !schema.IsWhole(n)) {
			return fault.Bad("%s `position` must be an integer.", what)
		}
	}
	return nil
}

// Analyse prepares an override that was read from storage.
func (o *Override) Analyse(c *schema.Collection) {
	if o.Rule.Query == "" {
		return
	}
	symbols := append(slices.Clone(c.Symbols), "{", "}", "*")
	o.words = text.NewAnalyzer(symbols, c.Separators, "", false).Words(o.Rule.Query)
	o.query = strings.Join(o.words, " ")
	if open := strings.IndexByte(o.query, '{'); open >= 0 && strings.IndexByte(o.query[open:], '}') > 0 {
		o.dynamic = true
		o.query = strings.NewReplacer("{ ", "{", " }", "}").Replace(o.query)
		o.words = strings.Fields(o.query)
	}
}

// Overrides are the overrides of a collection by their ids. The zero Overrides is
// empty. They may be read by many goroutines at once, but not while changed.
type Overrides struct {
	list []*Override
}

// Put sets an override; it replaces one with the same id.
func (l *Overrides) Put(o *Override) {
	i, found := l.find(o.ID)
	if found {
		l.list[i] = o
		return
	}
	l.list = slices.Insert(l.list, i, o)
}

// Remove removes the override called id and says whether there was one.
func (l *Overrides) Remove(id string) bool {
	i, found := l.find(id)
	if found {
		l.list = slices.Delete(l.list, i, i+1)
	}
	return found
}

// Get returns the override called id, or nil.
func (l *Overrides) Get(id string) *Override {
	if i, found := l.find(id); found {
		return l.list[i]
	}
	return nil
}

// All returns the overrides sorted by id.
func (l *Overrides) All() []*Override { return l.list }

func (l *Overrides) find(id string) (int, bool) {
	return slices.BinarySearchFunc(l.list, id, func(o *Override, id string) int { return strings.Compare(o.ID, id) })
}
