package query

import (
	"slices"

	"github.com/stagedoor/stagedoor/search/local/text"
)

// execute finds and ranks the documents.
func (s *search) execute() error {
	p := s.p
	s.limit = p.MaxCandidates
	if s.limit == 0 {
		switch {
		case p.Exhaustive:
			s.limit = manyCombinations
		case s.ix.Len() < 500000:
			s.limit = 10
		default:
			s.limit = 4
		}
	}
	if p.RankBy == "FREQUENCY" || p.RankBy != "DEFAULT_SORTING_FIELD" && s.ix.Schema().DefaultSort == "" {
		s.run.order = text.ByFrequency
	}
	s.synonyms = -1
	s.done, s.known = map[string]bool{}, map[string]bool{}
	s.found = s.blank()
	if err := s.filter(); err != nil {
		return err
	}
	s.banned = s.pins.settle(s)
	s.curated = !s.banned.Empty()
	if !s.curated && s.filtered && s.allowed.Empty() {
		return nil
	}
	if s.groups != nil {
		s.without = map[uint64]bool{}
		for _, i := range s.pins.included {
			s.without[s.groups.key(i.doc)] = true
		}
	}
	s.ban(s.asked.exclude)
	if len(s.asked.phrases) > 0 {
		found, weights := s.phrases(s.asked.phrases)
		found.AndNot(s.banned)
		if s.filtered {
			found.And(s.allowed)
		}
		s.filtered, s.allowed = true, found
		if s.wildcard {
			s.byPhrases(weights)
			return nil
		}
		if found.Empty() {
			return nil
		}
	}
	if s.wildcard {
		s.everything()
		return nil
	}
	return s.byWords()
}

// filter finds the documents that pass the filters.
func (s *search) filter() error {
	for _, node := range s.node {
		passed, err := s.filterRun().Find(node)
		if err != nil {
			return err
		}
		if s.filtered {
			s.allowed.And(passed)
		} else {
			s.filtered, s.allowed = true, passed
		}
	}
	return nil
}

// everything ranks all documents that may be found.
func (s *search) everything() {
	all := s.ix.Live()
	if s.filtered {
		all = s.allowed
	}
	if s.banned != nil {
		all = slices.Clone(all)
		all.AndNot(s.banned)
	}
	if s.groups == nil {
		s.top.Scan(all, wildcardText, s.queries)
	} else {
		all.Each(func(doc uint32) bool {
			s.add(doc, wildcardText, false)
			return true
		})
	}
	s.giveBack(s.found)
	s.found, s.count = all, all.Len()
	if s.filtered && s.groups == nil && len(s.node) == 1 && len(s.asked.phrases) == 0 {
		s.repeats = s.filterRun().Repeats(s.node[0], all)
	}
}

// byWords finds documents by the words of the query: as they are, with a space
// more or fewer, by their synonyms, with words dropped, and inside other words.
func (s *search) byWords() error {
	base := tokens(s.asked.include)
	variants := [][]token{base}
	plain := s.asked.include
	if len(s.asked.unstemmed) > 0 {
		plain = s.asked.unstemmed
		variants[0] = tokens(plain)
	}
	if s.p.Synonyms {
		for _, v := range s.c.Synonyms.Variants(plain, s.p.SynonymPrefix, s.p.SynonymTypos) {
			variants = append(variants, s.stemmed(v))
			s.synonyms = max(s.synonyms, len(v), len(base))
		}
	}
	s.search(base, nil, s.p.TypoThreshold)
	if s.p.SplitJoin == "always" || s.p.SplitJoin == "fallback" && s.count == 0 {
		if other := s.respace(s.asked.include); other != nil {
			s.search(tokens(other), nil, s.p.TypoThreshold)
		}
	}
	for _, v := range variants[1:] {
		clear(s.done)
		s.search(v, nil, 0)
	}
	if s.p.Exhaustive || s.count < s.p.DropThreshold {
		for _, v := range variants {
			s.dropping(v)
		}
	}
	return s.infix(s.asked.include[0])
}

func (s *search) stemmed(words []string) []token {
	out := tokens(words)
	if a := s.fields[0].ix.Analyzer; a.Stems() {
		for i := range out {
			out[i].text = text.Stem(out[i].text)
		}
	}
	return out
}

// dropping searches with fewer and fewer words until enough is found: first from
// one end of the query, then from the other.
func (s *search) dropping(words []token) {
	kept := s.synonyms
	s.synonyms = -1
	defer func() { s.synonyms = kept }()
	both := s.drop.both && len(words) <= s.drop.limit
	left := s.drop.left || both
	for turns, dropped := 0, 0; s.p.Exhaustive || s.count < s.p.DropThreshold || both; dropped++ {
		if dropped >= len(words)-1 {
			left, dropped = !left, 0
			turns++
		}
		if len(words) < 2 || turns > 1 {
			return
		}
		if left {
			s.search(words[dropped+1:], words[:dropped+1], s.p.TypoThreshold)
		} else {
			n := len(words) - dropped - 1
			s.search(words[:n], words[n:], s.p.TypoThreshold)
		}
	}
}
