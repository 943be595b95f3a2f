// Package query answers a search: it reads the parameters, finds and ranks the
// documents, and builds the answer.
//
// What is found and how it ranks follows Typesense: which spellings of a word are
// tried and in which order, when words are dropped, how matches in several fields
// add up.
package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// Params are the parameters of one search.
type Params struct {
	Q             string
	QueryBy       []string
	Weights       []int
	Filter        string
	Sort          string
	FacetBy       []string
	FacetQuery    string
	FacetTypos    int
	FacetValues   int
	FacetStrategy string
	FacetParents  []string
	GroupBy       []string
	GroupLimit    int
	GroupMissing  bool

	PerPage, Page, Offset, LimitHits int

	Typos           []int
	MinLen1Typo     int
	MinLen2Typo     int
	Prefix          []bool
	Infix           []string
	MaxExtraPrefix  int
	MaxExtraSuffix  int
	DropThreshold   int
	DropMode        string
	TypoThreshold   int
	MaxCandidates   int
	Exhaustive      bool
	SplitJoin       string // "off", "fallback" or "always"
	RankBy          string
	TextMatch       string // "max_score", "max_weight" or "sum_score"
	ExactFirst      bool   // prioritize_exact_match
	PositionFirst   bool   // prioritize_token_position
	CountFields     bool   // prioritize_num_matching_fields
	NumericTypos    bool
	AlnumTypos      bool
	PreSegmented    bool
	Vector          string
	Stopwords       string
	Synonyms        bool
	SynonymPrefix   bool
	SynonymTypos    int
	Overrides       bool
	OverrideTags    []string
	Pinned          string
	Hidden          []string
	FilterCurated   bool
	FilterWords     int // max_filter_by_candidates
	CheckFieldNames bool

	Include, Exclude []string

	SnippetThreshold int
	AffixTokens      int
	FullFields       []string
	HighlightFields  []string
	StartTag, EndTag string
	HighlightsV1     bool

	SamplePercent, SampleThreshold int
}

// ParseParams reads the parameters of a search.
func ParseParams(values map[string]string) (*Params, error) {
	p := &Params{
		FacetTypos: 2, FacetValues: 10, FacetStrategy: "automatic", GroupLimit: 3, GroupMissing: true,
		PerPage: 10, LimitHits: math.MaxUint32, Typos: []int{2}, MinLen1Typo: 4, MinLen2Typo: 7,
		Prefix: []bool{true}, Infix: []string{"off"}, MaxExtraPrefix: math.MaxInt16, MaxExtraSuffix: math.MaxInt16,
		DropThreshold: 1, DropMode: "right_to_left", TypoThreshold: 1, SplitJoin: "fallback", TextMatch: "max_score",
		ExactFirst: true, CountFields: true, NumericTypos: true, AlnumTypos: true, Synonyms: true, Overrides: true,
		FilterWords: 4, CheckFieldNames: true, SnippetThreshold: 30, AffixTokens: 4,
		StartTag: "<mark>", EndTag: "</mark>", HighlightsV1: true, SamplePercent: 100,
	}
	p.texts(values)
	p.switches(values)
	if err := p.numbers(values); err != nil {
		return nil, err
	}
	if values["facet_query"] != "" && !given(values, "per_page") {
		p.PerPage = 0
	}
	return p, p.lists(values)
}

func given(values map[string]string, name string) bool {
	_, ok := values[name]
	return ok
}

func (p *Params) texts(values map[string]string) {
	for name, into := range map[string]*string{
		"q": &p.Q, "filter_by": &p.Filter, "sort_by": &p.Sort, "facet_query": &p.FacetQuery,
		"facet_strategy": &p.FacetStrategy, "drop_tokens_mode": &p.DropMode, "stopwords": &p.Stopwords,
		"pinned_hits": &p.Pinned, "vector_query": &p.Vector, "highlight_start_tag": &p.StartTag, "highlight_end_tag": &p.EndTag,
	} {
		if v, ok := values[name]; ok {
			*into = v
		}
	}
	p.RankBy = strings.ToUpper(values["rank_tokens_by"])
	switch v := values["text_match_type"]; v {
	case "max_score", "max_weight", "sum_score":
		p.TextMatch = v
	}
	switch v := values["split_join_tokens"]; v {
	case "false", "off":
		p.SplitJoin = "off"
	case "always":
		p.SplitJoin = v
	}
}

func (p *Params) switches(values map[string]string) {
	for name, into := range map[string]*bool{
		"prioritize_exact_match": &p.ExactFirst, "prioritize_token_position": &p.PositionFirst,
		"prioritize_num_matching_fields": &p.CountFields, "pre_segmented_query": &p.PreSegmented,
		"exhaustive_search": &p.Exhaustive, "enable_overrides": &p.Overrides, "enable_synonyms": &p.Synonyms,
		"enable_highlight_v1": &p.HighlightsV1, "group_missing_values": &p.GroupMissing,
		"enable_typos_for_numerical_tokens": &p.NumericTypos, "enable_typos_for_alpha_numerical_tokens": &p.AlnumTypos,
		"synonym_prefix": &p.SynonymPrefix, "filter_curated_hits": &p.FilterCurated,
		"validate_field_names": &p.CheckFieldNames,
	} {
		if v, ok := values[name]; ok {
			*into = v == "true"
		}
	}
}

// numbers reads the unsigned integers. They are checked in the order of their
// names, so that of several that are wrong always the same one is reported.
func (p *Params) numbers(values map[string]string) error {
	into := map[string]*int{
		"min_len_1typo": &p.MinLen1Typo, "min_len_2typo": &p.MinLen2Typo,
		"drop_tokens_threshold": &p.DropThreshold, "typo_tokens_threshold": &p.TypoThreshold,
		"max_facet_values": &p.FacetValues, "limit_hits": &p.LimitHits, "snippet_threshold": &p.SnippetThreshold,
		"highlight_affix_num_tokens": &p.AffixTokens, "page": &p.Page, "offset": &p.Offset,
		"per_page": &p.PerPage, "limit": &p.PerPage, "group_limit": &p.GroupLimit,
		"max_extra_prefix": &p.MaxExtraPrefix, "max_extra_suffix": &p.MaxExtraSuffix,
		"max_candidates": &p.MaxCandidates, "facet_query_num_typos": &p.FacetTypos,
		"facet_sample_percent": &p.SamplePercent, "facet_sample_threshold": &p.SampleThreshold,
		"synonym_num_typos": &p.SynonymTypos, "max_filter_by_candidates": &p.FilterWords,
		"search_cutoff_ms": new(int), "remote_embedding_timeout_ms": new(int), "remote_embedding_num_tries": new(int),
	}
	names := make([]string, 0, len(into))
	for name := range into {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v, ok := values[name]
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(v, 10, 32)
		if err != nil {
			return fault.Bad("Parameter `%s` must be an unsigned integer.", name)
		}
		*into[name] = int(n)
	}
	return nil
}

func (p *Params) lists(values map[string]string) error {
	for name, into := range map[string]*[]string{
		"query_by": &p.QueryBy, "group_by": &p.GroupBy, "facet_return_parent": &p.FacetParents,
		"highlight_fields": &p.HighlightFields, "highlight_full_fields": &p.FullFields,
		"hidden_hits": &p.Hidden, "override_tags": &p.OverrideTags,
	} {
		*into = splitList(values[name], ",")
	}
	p.FacetBy = splitFacets(values["facet_by"])
	p.Include = splitList(values["include_fields"], ",")
	p.Exclude = splitList(values["exclude_fields"], ",")
	if slices.Equal(p.Include, []string{"*"}) {
		p.Include = nil
	}
	p.Weights = unsigned(values["query_by_weights"])
	if given(values, "num_typos") {
		p.Typos = unsigned(values["num_typos"])
	}
	if v, ok := values["prefix"]; ok {
		p.Prefix = nil
		for _, s := range splitList(v, ",") {
			p.Prefix = append(p.Prefix, s == "true")
		}
	}
	if v, ok := values["infix"]; ok {
		p.Infix = nil
		for _, s := range splitList(v, ",") {
			switch s {
			case "off", "always", "fallback":
				p.Infix = append(p.Infix, s)
			}
		}
	}
	return nil
}

// unsigned reads a list of numbers up to the first that is none.
func unsigned(s string) []int {
	var out []int
	for _, part := range splitList(s, ",") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return out
		}
		out = append(out, int(n))
	}
	return out
}

// splitList splits s and trims the parts; empty ones are left out.
func splitList(s, separator string) []string {
	var out []string
	for part := range strings.SplitSeq(s, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// splitFacets splits at the commas outside parentheses.
func splitFacets(s string) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ',' && depth == 0 {
			if part := strings.TrimSpace(s[start:i]); part != "" {
				out = append(out, part)
			}
			start = i + 1
			continue
		}
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	return out
}
