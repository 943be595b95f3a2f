// Package curate holds what editors decide about a collection's searches: words
// that mean the same, and rules that pin, hide, filter or rewrite.
package curate

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Synonym says that words, or several words together, mean the same. With a root
// only the root may be replaced by the others.
type Synonym struct {
	ID       string   `json:"id"`
	Root     string   `json:"root"`
	Synonyms []string `json:"synonyms"`
	Locale   string   `json:"locale,omitempty"`
	Symbols  []string `json:"symbols_to_index,omitempty"`

	root   []string
	others [][]string
}

var errSynonyms = fault.Bad("Could not find a valid string array of `synonyms`")

// ParseSynonym reads the body of a request that sets the synonym called id.
func ParseSynonym(id string, body map[string]any) (*Synonym, error) {
	s := &Synonym{ID: id}
	list, ok := body["synonyms"].([]any)
	if !ok || len(list) == 0 {
		return nil, errSynonyms
	}
	for _, v := range list {
		words, err := phrase(v)
		if err != nil {
			return nil, err
		}
		s.Synonyms = append(s.Synonyms, words)
	}
	if v, ok := body["locale"]; ok {
		if s.Locale, ok = v.(string); !ok {
			return nil, fault.Bad("Synonym `locale` should be a string.`")
		}
	}
	if v, ok := body["symbols_to_index"]; ok {
		if err := s.symbols(v); err != nil {
			return nil, err
		}
	}
	if v, ok := body["root"]; ok {
		switch v := v.(type) {
		case string:
			s.Root = v
		case []any:
			for _, x := range v {
				word, ok := x.(string)
				if !ok {
					return nil, fault.Bad("Synonym root is not valid.")
				}
				s.Root = strings.TrimSpace(s.Root + " " + word)
			}
		default:
			return nil, fault.Bad("Key `root` should be a string.")
		}
	}
	s.analyse()
	return s, nil
}

// phrase reads one synonym: a string, or its words.
func phrase(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	list, _ := v.([]any)
	var words []string
	for _, x := range list {
		word, ok := x.(string)
		if !ok || word == "" {
			return "", errSynonyms
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "", errSynonyms
	}
	return strings.Join(words, " "), nil
}

func (s *Synonym) symbols(v any) error {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return fault.Bad("Synonym `symbols_to_index` should be an array of strings.")
	}
	for _, x := range list {
		symbol, ok := x.(string)
		if !ok {
			return fault.Bad("Synonym `symbols_to_index` should be an array of strings.")
		}
		if len(symbol) != 1 {
			return fault.Bad("Synonym `symbols_to_index` should be an array of single character symbols.")
		}
		s.Symbols = append(s.Symbols, symbol)
	}
	return nil
}

func (s *Synonym) analyse() {
	a := text.NewAnalyzer(s.Symbols, nil, s.Locale, false)
	if s.Root != "" {
		s.root = a.Words(s.Root)
	}
	for _, p := range s.Synonyms {
		s.others = append(s.others, a.Words(p))
	}
}

// keys are what the synonym is found by.
func (s *Synonym) keys() []string {
	if len(s.root) > 0 {
		return []string{strings.Join(s.root, " ")}
	}
	var out []string
	for _, words := range s.others {
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// UnmarshalJSON reads a synonym as MarshalJSON of its fields writes it.
func (s *Synonym) UnmarshalJSON(b []byte) error {
	type plain Synonym
	if err := json.Unmarshal(b, (*plain)(s)); err != nil {
		return err
	}
	s.analyse()
	return nil
}

// Synonyms are the synonyms of a collection, oldest first. The zero Synonyms is
// empty. They may be read by many goroutines at once, but not while changed.
type Synonyms struct {
	list []*Synonym
	tree *text.Dictionary[[]*Synonym]
}

// Put sets a synonym; it replaces one with the same id, which counts as new.
func (l *Synonyms) Put(s *Synonym) {
	l.list = slices.DeleteFunc(l.list, func(o *Synonym) bool { return o.ID == s.ID })
	l.list = append(l.list, s)
	l.grow()
}

// Remove removes the synonym called id and says whether there was one.
func (l *Synonyms) Remove(id string) bool {
	n := len(l.list)
	l.list = slices.DeleteFunc(l.list, func(o *Synonym) bool { return o.ID == id })
	l.grow()
	return len(l.list) < n
}

func (l *Synonyms) grow() {
	l.tree = text.NewDictionary(func(list []*Synonym) int { return len(list) })
	for _, s := range l.list {
		for _, key := range s.keys() {
			if key == "" {
				continue
			}
			leaf := l.tree.Put(key, text.ByFrequency, text.ByFrequency)
			leaf.Value = append(leaf.Value, s)
			leaf.Score = int64(len(leaf.Value))
		}
	}
}

// Get returns the synonym called id, or nil.
func (l *Synonyms) Get(id string) *Synonym {
	for _, s := range l.list {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// All returns the synonyms in their order.
func (l *Synonyms) All() []*Synonym { return l.list }

// Variants returns the queries that mean the same as words. With prefix the last
// word of a synonym may be unfinished; typos is how many it may have.
func (l *Synonyms) Variants(words []string, prefix bool, typos int) [][]string {
	if len(l.list) == 0 {
		return nil
	}
	r := reduction{l: l, prefix: prefix, typos: typos, original: words, used: map[string]bool{}}
	r.reduce(words, len(words), 0)
	return r.out
}

// reduction replaces synonyms one after the other until there are none left.
type reduction struct {
	l        *Synonyms
	prefix   bool
	typos    int
	original []string
	used     map[string]bool // words that were replaced or put in
	out      [][]string
}

const maxVariants = 100 // keeps synonyms that feed each other from going on

func (r *reduction) reduce(words []string, size, start int) {
	replaced := false
	for ; size > 0; size-- {
		for from := start; from+size <= len(words); from++ {
			window := strings.Join(words[from:from+size], " ")
			leaves := r.find(window)
			if r.used[window] {
				continue
			}
			for _, leaf := range leaves {
				for _, s := range leaf.Value {
					for _, other := range s.others {
						if len(r.out) >= maxVariants {
							return
						}
						for _, w := range other {
							r.used[w] = true
						}
						r.used[window], r.used[strings.Join(other, " ")] = true, true
						replaced = true
						r.reduce(slices.Concat(words[:from], other, words[from+size:]), size, from)
					}
				}
			}
		}
		start = 0
	}
	if !replaced && len(r.used) > 0 && !slices.Equal(words, r.original) {
		r.out = append(r.out, words)
	}
}

func (r *reduction) find(window string) []*text.Leaf[[]*Synonym] {
	return r.l.tree.Find(text.Query[[]*Synonym]{
		Word: window, MaxTypos: r.typos, Prefix: r.prefix, Limit: 10, Order: text.ByFrequency, Seen: map[string]bool{},
	})
}
