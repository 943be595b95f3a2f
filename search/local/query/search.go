package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/rank"
	"github.com/stagedoor/stagedoor/search/local/shape"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Source is where the documents are.
type Source = filter.Source

// Corpus is a collection as a search sees it. It must not change meanwhile.
type Corpus struct {
	Index     *memory.Index
	Source    Source
	Synonyms  *curate.Synonyms
	Overrides *curate.Overrides
	Stopwords []string // of the set that the search names
	Now       time.Time
}

const (
	maxPerPage   = 250
	keptHits     = 250 // at least so many hits are ranked
	maxGroup     = 99
	wildcardText = 100 // the text match of documents that no words were matched for
)

// search is one search.
type search struct {
	run
	c          *Corpus
	raw        string // the query as it was sent
	query      string // what is searched
	asked      asked
	shape      shape.Shape
	facets     facets
	groupNames []string
	decision   *curate.Decision
	offset     int
	drop       dropMode
	highlight  []string // words of the query that are highlighted
	node       []*filter.Node
	pins       pins
	wildcard   bool
}

// dropMode says from which end words are dropped when too little is found.
type dropMode struct {
	left, both bool
	limit      int // with both: only of queries with so many words
}

// prepare checks the parameters and plans the search.
func prepare(c *Corpus, p *Params) (*search, error) {
	s := &search{c: c, raw: p.Q, query: p.Q}
	s.p, s.ix = p, c.Index
	if err := s.check(); err != nil {
		return nil, err
	}
	var err error
	if s.fields, err = searchFields(s.ix, p); err != nil {
		return nil, err
	}
	var by []*memory.Facet
	if by, s.groupNames, err = groupFields(s.ix, p); err != nil {
		return nil, err
	}
	if s.shape, err = shape.New(s.ix.Schema(), p.Include, p.Exclude); err != nil {
		return nil, err
	}
	if err = s.filterBy(p.Filter); err != nil {
		return nil, err
	}
	if s.facets, err = parseFacets(s.ix.Schema(), p); err != nil {
		return nil, err
	}
	if err = s.page(); err != nil {
		return nil, err
	}
	if s.drop, err = parseDropMode(p.DropMode); err != nil {
		return nil, err
	}
	pinned, err := parsePinned(p.Pinned)
	if err != nil {
		return nil, err
	}
	s.decide(pinned)
	if len(by) > 0 {
		s.groups = &groups{by: by, limit: p.GroupLimit, missing: p.GroupMissing, tops: map[uint64]*group{}}
	}
	return s, nil
}

func (s *search) check() error {
	p := s.p
	n := len(p.QueryBy)
	switch {
	case p.Q != "*" && n == 0:
		return fault.Bad("No search fields specified for the query.")
	case n > 0 && len(p.Weights) > 0 && len(p.Weights) != n:
		return fault.Bad("Number of weights in `query_by_weights` does not match number of `query_by` fields.")
	case len(p.GroupBy) > 0 && (p.GroupLimit == 0 || p.GroupLimit > maxGroup):
		return fault.Bad("Value of `group_limit` must be between 1 and %d.", maxGroup)
	case n > 0 && len(p.Typos) != n && len(p.Typos) != 1:
		return fault.Bad("Number of values in `num_typos` does not match number of `query_by` fields.")
	case n > 0 && len(p.Prefix) != n && len(p.Prefix) != 1:
		return fault.Bad("Number of prefix values in `prefix` does not match number of `query_by` fields.")
	case n > 0 && len(p.Infix) != n && len(p.Infix) != 1:
		return fault.Bad("Number of infix values in `infix` does not match number of `query_by` fields.")
	case p.SamplePercent > 100:
		return fault.Bad("Value of `facet_sample_percent` must be less than 100.")
	case p.SynonymTypos > 2:
		return fault.Bad("Value of `synonym_num_typos` must not be greater than 2.")
	case p.Vector != "":
		name, _, _ := strings.Cut(p.Vector, ":")
		return fault.Bad("Field `%s` does not have a vector query index.", strings.TrimSpace(name))
	}
	return nil
}

func (s *search) filterBy(expr string) error {
	node, err := filter.Parse(s.ix.Schema(), expr, filter.Options{UnknownFields: !s.p.CheckFieldNames})
	if err != nil {
		return err
	}
	if node != nil {
		s.node = append(s.node, node)
	}
	return nil
}

func (s *search) page() error {
	p := s.p
	if p.PerPage > maxPerPage {
		return fault.New(422, "Only upto %d hits can be fetched per page.", maxPerPage)
	}
	if p.Page == 0 && p.Offset != 0 {
		s.offset = p.Offset
	} else {
		s.offset = p.PerPage * (max(p.Page, 1) - 1)
	}
	return nil
}

func parseDropMode(s string) (dropMode, error) {
	name, limit, ok := strings.Cut(s, ":")
	m := dropMode{limit: 1000}
	if ok {
		n, err := strconv.ParseUint(strings.TrimSpace(limit), 10, 32)
		if err != nil {
			return m, fault.Bad("Invalid format for drop tokens mode.")
		}
		m.limit = int(n)
	}
	switch strings.TrimSpace(name) {
	case "right_to_left":
	case "both_sides":
		m.both = true
	case "left_to_right":
		m.left = true
	default:
		if !ok {
			return m, fault.Bad("Invalid format for drop tokens mode.")
		}
		m.left = true
	}
	return m, nil
}

// order binds the sort order and makes room for the hits.
func (s *search) order() error {
	by := s.p.Sort
	if s.decision.Sort != "" {
		by = s.decision.Sort
	}
	list, err := rank.ParseSort(s.ix.Schema(), by, rank.Query{Wildcard: s.query == "*", Grouped: s.groups != nil})
	if err != nil {
		return err
	}
	if s.keys, err = rank.Bind(list, s.filterRun()); err != nil {
		return err
	}
	s.top = rank.NewTop(s.kept(), s.keys)
	if s.groups != nil {
		s.groups.keys = s.keys
	}
	return nil
}

// kept is how many hits are ranked.
func (s *search) kept() int { return min(max(s.offset+s.p.PerPage, keptHits), s.ix.Len()) }

func (s *search) filterRun() filter.Run {
	return filter.Run{Index: s.ix, Source: s.c.Source, MaxWords: s.p.FilterWords}
}

// words takes the query apart and applies the overrides that filter.
func (s *search) words() {
	a := text.NewAnalyzer(s.ix.Schema().Symbols, s.ix.Schema().Separators, "", false)
	if len(s.fields) > 0 {
		a = s.fields[0].ix.Analyzer
	}
	s.asked = takeApart(s.query, a, s.p.PreSegmented, s.c.Stopwords)
	filters, left, pinning := s.decision.Filters(s.asked.include, s.whole)
	for _, f := range filters {
		if node, err := filter.Parse(s.ix.Schema(), f, filter.Options{}); err == nil && node != nil {
			s.node = append(s.node, node)
		}
	}
	s.asked.include = left
	s.pins.add(s, pinning)
	s.highlight = append(s.highlight, left...)
	for _, phrase := range s.asked.phrases {
		s.highlight = append(s.highlight, phrase...)
	}
	s.wildcard = left[0] == "*"
}

// whole says whether some document's field consists of exactly the given words.
func (s *search) whole(name string, words []string) bool {
	f := s.ix.Field(name)
	if f == nil || f.Words == nil {
		return false
	}
	lists := make([]*postings.List, len(words))
	for i, w := range words {
		if lists[i] = f.List(w); lists[i] == nil {
			return false
		}
	}
	found := false
	postings.Intersect(lists, func(doc uint32) bool {
		found = memory.WholeIn(lists, doc, false)
		return !found
	})
	return found
}
