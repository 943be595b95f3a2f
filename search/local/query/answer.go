package query

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/stagedoor/stagedoor/search/local/facet"
	"github.com/stagedoor/stagedoor/search/local/highlight"
	"github.com/stagedoor/stagedoor/search/local/rank"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/shape"
)

// Search answers a search in the form of the API, but for the time it took.
func Search(c *Corpus, p *Params) (map[string]any, error) {
	s, err := Run(c, p)
	if err != nil {
		return nil, err
	}
	defer s.release()
	return s.answer()
}

// release lets the memory of a search be used again.
func (s *search) release() {
	s.run.release()
	if !s.wildcard {
		s.giveBack(s.found)
		s.found = nil
	}
}

// Run finds and ranks the documents of a search.
func Run(c *Corpus, p *Params) (*search, error) {
	s, err := prepare(c, p)
	if err != nil {
		return nil, err
	}
	if err := s.order(); err != nil {
		return nil, err
	}
	s.words()
	return s, s.execute()
}

// place is one line of the results: a hit, or the hits of a group.
type place struct {
	hits   []rank.Hit
	pinned bool
}

// ranked returns the places in their order.
func (s *search) ranked() []place {
	var places []place
	if s.groups != nil {
		for _, hits := range s.groups.sorted(s.kept()) {
			places = append(places, place{hits: hits})
		}
	} else {
		all := s.top.Sorted()
		places = make([]place, len(all))
		for i := range all {
			places[i].hits = all[i : i+1]
		}
	}
	s.bucket(places)
	return s.pinned(places)
}

// bucket lets hits with nearly the same text match be ordered by the other keys.
func (s *search) bucket(places []place) {
	buckets, key := s.keys.Buckets()
	places = places[:min(keptHits, len(places))]
	if buckets == 0 || len(places) < buckets {
		return
	}
	size := len(places) / buckets
	real := map[uint32]int64{}
	for i := range places {
		h := &places[i].hits[0]
		real[h.Doc] = h.Keys[key]
		h.Keys[key] = places[i-i%size].hits[0].Keys[key]
	}
	slices.SortStableFunc(places, func(a, b place) int { return s.keys.Compare(&b.hits[0], &a.hits[0]) })
	for i := range places {
		places[i].hits[0].Keys[key] = real[places[i].hits[0].Doc]
	}
}

// pinned puts the pinned documents between the others.
func (s *search) pinned(places []place) []place {
	pins := s.pins.at
	if len(pins) == 0 {
		return places
	}
	slices.SortStableFunc(pins, func(a, b position) int { return cmp.Compare(a.number, b.number) })
	var out []place
	for len(places) > 0 || len(pins) > 0 {
		if len(pins) > 0 && (len(places) == 0 || pins[0].number == len(out)+1) {
			p := place{pinned: true}
			for _, doc := range pins[0].docs {
				p.hits = append(p.hits, rank.Hit{Doc: doc})
			}
			out, pins = append(out, p), pins[1:]
			continue
		}
		out, places = append(out, places[0]), places[1:]
	}
	return out
}

// answer builds what the API returns.
func (s *search) answer() (map[string]any, error) {
	p := s.p
	places := s.ranked()
	out := map[string]any{
		"search_cutoff": false,
		"request_params": map[string]any{
			"collection_name": s.ix.Schema().Name, "per_page": p.PerPage, "q": s.raw, "first_q": s.raw,
		},
	}
	pinned := 0
	for _, at := range s.pins.at {
		pinned += len(at.docs)
	}
	hits := "hits"
	if s.groups != nil {
		hits = "grouped_hits"
		out["found"], out["found_docs"] = len(s.groups.tops)+len(s.pins.at), s.count
	} else {
		out["found"] = s.count + s.repeats + pinned
	}
	if !slices.Contains(p.Exclude, "out_of") {
		out["out_of"] = s.ix.Len()
	}
	if p.Page == 0 && p.Offset != 0 {
		out["offset"] = p.Offset
	} else {
		out["page"] = max(p.Page, 1)
	}
	if len(s.decision.Metadata) > 0 {
		out["metadata"] = s.decision.Metadata
	}
	last := min(s.offset+p.PerPage, s.kept(), len(places), p.LimitHits)
	list, err := s.list(places[min(s.offset, last):last])
	if err != nil {
		return nil, err
	}
	out[hits] = list
	out["facet_counts"], err = s.facets.view(&s.run, s.scope(), s.c.Source)
	return out, err
}

// scope is what facets are counted among.
func (s *search) scope() facet.Scope {
	found, count := s.found, s.count
	all := s.wildcard && len(s.asked.phrases) == 0 && len(s.node) == 0
	if len(s.pins.at) > 0 {
		found = slices.Clone(found)
		for _, at := range s.pins.at {
			for _, doc := range at.docs {
				if found.Add(doc) {
					count++
				}
			}
		}
	}
	scope := facet.Scope{Index: s.ix, Found: found, Count: count, All: all && count > 0, Max: s.p.FacetValues}
	if s.groups != nil {
		scope.Groups = s.groups.key
	}
	return scope
}

// list shows the hits of one page.
func (s *search) list(places []place) ([]any, error) {
	out := []any{}
	var marks *highlight.Request
	if s.query != "*" {
		marks = s.highlights(s.raw, s.shown, s.highlight)
	}
	for _, p := range places {
		var views []any
		var key []any
		for i, h := range p.hits {
			body, err := s.c.Source.Body(h.Doc)
			if err != nil {
				return nil, err
			}
			var rec schema.Record
			if asStored := marks == nil && s.groups == nil && s.asStored(); !asStored {
				var doc schema.Document
				if err := schema.Decode(body, &doc); err != nil {
					return nil, err
				}
				rec = s.ix.Schema().Flatten(doc)
			}
			if i == 0 {
				key = s.groupKey(rec)
			}
			views = append(views, s.hit(h, p.pinned, rec, body, marks))
		}
		if s.groups == nil {
			out = append(out, views...)
			continue
		}
		group := map[string]any{"group_key": key, "hits": views}
		if n := s.groups.size(p.hits[0].Group); n > 0 && !p.pinned {
			group["found"] = n
		}
		out = append(out, group)
	}
	return out, nil
}

// asStored says whether documents are shown just as they are stored.
func (s *search) asStored() bool { return s.shape.Whole() && !s.ix.Schema().HasUnstored() }

// shown says whether a field is part of the answer.
func (s *search) shown(name string) bool {
	return !s.shape.Exclude.Has(name) && (s.shape.Include.Empty() || s.shape.Include.Has(name))
}

func (s *search) groupKey(rec schema.Record) []any {
	key := []any{}
	for _, name := range s.groupNames {
		if v, ok := rec.Value(name); ok {
			key = append(key, v)
		}
	}
	return key
}

// hit shows one document.
func (s *search) hit(h rank.Hit, pinned bool, rec schema.Record, body []byte, marks *highlight.Request) map[string]any {
	view := map[string]any{"highlight": map[string]any{}}
	if s.p.HighlightsV1 {
		view["highlights"] = []any{}
	}
	if marks != nil && len(marks.Fields) > 0 {
		s.mark(view, h, rec, marks)
	}
	switch {
	case pinned:
		view["curated"] = true
	case h.Matched:
		view["text_match"] = h.Match
		view["text_match_info"] = s.info(h.Match)
	}
	if d := s.keys.Distances(h); d != nil && !pinned {
		view["geo_distance_meters"] = d
	}
	if s.asStored() {
		view["document"] = schema.Raw(body)
		return view
	}
	doc := maps.Clone(rec.Doc)
	s.ix.Schema().Unstored(doc)
	s.shape.Apply(doc)
	view["document"] = doc
	return view
}

// info takes a text match apart.
func (s *search) info(match int64) map[string]any {
	bits := func(from, n uint) int64 { return match >> from & (1<<n - 1) }
	words := bits(59, 4)
	info := map[string]any{
		"score": strconv.FormatInt(match, 10), "tokens_matched": words, "fields_matched": bits(0, 3),
		"num_tokens_dropped": max(0, int64(len(s.asked.include))-words),
	}
	if s.p.TextMatch == "max_score" {
		info["best_field_score"] = strconv.FormatInt(bits(11, 48), 10)
		info["best_field_weight"], info["typo_prefix_score"] = bits(3, 8), 255-bits(35, 8)
	} else {
		info["best_field_score"] = strconv.FormatInt(bits(3, 48), 10)
		info["best_field_weight"], info["typo_prefix_score"] = bits(51, 8), 255-bits(27, 8)
	}
	return info
}

// mark highlights a document.
func (s *search) mark(view map[string]any, h rank.Hit, rec schema.Record, marks *highlight.Request) {
	tree, list, names := marks.Document(h.Doc, rec, s.ix.Schema().NestedFields)
	if s.p.HighlightsV1 {
		view["highlights"] = list
	}
	if len(names) == 0 {
		return
	}
	// A parent that was asked for by its name is shown whole.
	parents := s.p.HighlightFields
	if len(parents) == 0 {
		parents = s.p.QueryBy
	}
	found := shape.NewNames(names...)
	for _, p := range parents {
		if found.Begins(p) {
			names = append(names, p)
		}
	}
	shape.Shape{Include: shape.NewNames(names...)}.Apply(tree)
	view["highlight"] = tree
}
