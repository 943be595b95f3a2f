package query

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/text"
)

const (
	fewCombinations  = 10
	manyCombinations = 10000
	manyTokens       = 30 // with more only the first combination is tried
)

// candidates are the spellings of a token with a number of typos.
type candidates struct {
	token token
	typos int
	words []string
}

// search finds documents with all words, in any field and with typos: first
// without typos, then with more and more until enough is found. dropped are words
// of the query that need not be there.
func (r *run) search(words, dropped []token, enough int) {
	if r.filtered && r.allowed.Empty() {
		return
	}
	costs := make([][]int, len(words))
	for i, w := range words {
		for c := range r.mostTypos(w.text) + 1 {
			costs[i] = append(costs[i], c)
		}
	}
	limit := fewCombinations
	if r.p.Exhaustive {
		limit = manyCombinations
	}
	cache := map[string][]string{}
	total := combinations(costs, len(words) > manyTokens)
	for n := 0; n < total && n < limit; n++ {
		typos := pick(costs, n)
		list, failed := r.candidates(words, typos, len(dropped) == 0, cache)
		switch {
		case failed >= 0:
			// That token is not in the index with so many typos: never try it again.
			costs[failed] = slices.DeleteFunc(costs[failed], func(c int) bool { return c == typos[failed] })
			if len(costs[failed]) == 0 {
				return
			}
			n, total = -1, combinations(costs, false)
		case list != nil:
			r.combine(list, dropped)
		}
		if found := r.results(); !r.p.Exhaustive && (found >= enough || found == 0 && r.curated) {
			return
		}
	}
}

// combinations is how many ways there are to pick one of each list, at most a
// large number.
func combinations(lists [][]int, one bool) int {
	total := 1
	for _, l := range lists {
		if total *= len(l); one || total > manyCombinations {
			break
		}
	}
	if one {
		return 1
	}
	return total
}

// pick returns the nth way to pick one of each list; the last list varies first.
func pick(lists [][]int, n int) []int {
	out := make([]int, len(lists))
	for i := len(lists) - 1; i >= 0; i-- {
		out[i] = lists[i][n%len(lists[i])]
		n /= len(lists[i])
	}
	return out
}

// mostTypos is how many typos a word may have for its length and characters.
func (r *run) mostTypos(word string) int {
	digits, alnum := true, true
	for i := range len(word) {
		c := word[i]
		digit := c >= '0' && c <= '9'
		digits = digits && digit
		alnum = alnum && (digit || c|0x20 >= 'a' && c|0x20 <= 'z')
	}
	switch {
	case !r.p.AlnumTypos && !alnum, !r.p.NumericTypos && digits, len(word) < r.p.MinLen1Typo:
		return 0
	case len(word) < r.p.MinLen2Typo:
		return 1
	}
	return 2
}

// candidates finds the spellings of every word with the given typos. failed is
// the word that has none, or -1. The list is nil when the last word cannot follow
// the one before it.
func (r *run) candidates(words []token, typos []int, whole bool, cache map[string][]string) (list []candidates, failed int) {
	seen := map[string]bool{}
	for i, w := range words {
		key := w.text + strconv.Itoa(typos[i])
		found, ok := cache[key]
		if !ok {
			s := speller{r: r, word: w, typos: typos[i], seen: seen, cache: cache, key: key}
			if i > 0 && i == len(words)-1 && whole {
				if !s.after(list[i-1].words[0]) {
					return nil, -1
				}
			} else {
				s.in(nil, "")
			}
			found = s.found
		}
		if len(found) == 0 {
			return nil, i
		}
		list = append(list, candidates{w, typos[i], found})
	}
	return list, -1
}

// speller finds the spellings of one word.
type speller struct {
	r     *run
	word  token
	typos int
	seen  map[string]bool
	cache map[string][]string
	key   string
	found []string
}

// after finds the spellings that follow a word: first in the fields in which that
// word is most frequent and in documents that hold it, then, when that is not
// enough, anywhere. It is false when no field holds the word before.
func (s *speller) after(before string) bool {
	type popular struct{ field, docs int }
	var list []popular
	for i := range s.r.fields {
		if l := s.r.fields[i].ix.List(before); l != nil {
			list = append(list, popular{i, l.Len()})
		}
	}
	if len(list) == 0 {
		return false
	}
	slices.SortStableFunc(list, func(a, b popular) int { return b.docs - a.docs })
	order := make([]int, len(list))
	for i, p := range list {
		order[i] = p.field
	}
	if !s.in(order, before) && len(s.r.fields) > 1 {
		s.in(nil, "")
	}
	return true
}

// in finds spellings in the fields, nil for all in their order, that occur
// together with the word before. It says whether there are enough of them.
func (s *speller) in(fields []int, before string) bool {
	for i := range s.r.fields {
		if fields != nil {
			if i >= len(fields) {
				break
			}
			i = fields[i]
		}
		f := &s.r.fields[i]
		if s.typos > f.fuzzy() {
			continue
		}
		leaves := f.ix.Words.Find(text.Query[*postings.List]{
			Word: s.word.text, MinTypos: s.typos, MaxTypos: s.typos, Prefix: f.prefix && s.word.prefix,
			Limit: s.r.limit, Order: s.r.order, Seen: s.seen, Accept: s.accept(f, before),
		})
		if len(leaves) == 0 {
			continue
		}
		for _, l := range leaves {
			s.found = append(s.found, l.Word)
		}
		if _, ok := s.cache[s.key]; !ok {
			s.cache[s.key] = slices.Clone(s.found)
		}
		if len(s.found) >= s.r.limit {
			return true
		}
	}
	return false
}

// accept says which spellings are of use: those of documents that may be found
// and that hold the word before.
func (s *speller) accept(f *field, before string) func(*text.Leaf[*postings.List]) bool {
	var prev *postings.List
	if before != "" {
		prev = f.ix.List(before)
	}
	switch {
	case prev != nil && s.r.filtered:
		return func(l *text.Leaf[*postings.List]) bool { return postings.MeetIn(prev, l.Value, s.r.allowed) }
	case prev != nil:
		return func(l *text.Leaf[*postings.List]) bool { return postings.Meet(prev, l.Value) }
	case s.r.filtered:
		return func(l *text.Leaf[*postings.List]) bool { return l.Value.Meets(s.r.allowed) }
	}
	return nil
}

// combine tries the combinations of spellings; that of the first word varies
// first.
func (r *run) combine(list []candidates, dropped []token) {
	total := 1
	for _, c := range list {
		total = min(total*len(c.words), manyCombinations*manyCombinations)
	}
	limit := max(fewCombinations, r.limit)
	if len(r.fields) == 1 && at(r.p.Prefix, 0, true) {
		limit = r.limit
	}
	words := make([]spelling, len(list))
	var key strings.Builder
	for n := 0; n < total && n < limit; n++ {
		rest, cost := n, 0
		key.Reset()
		for i, c := range list {
			word := c.words[rest%len(c.words)]
			rest /= len(c.words)
			words[i] = c.spell(word)
			cost += 2 * words[i].typos
			if words[i].prefix {
				cost++
			}
			key.WriteString(word)
			key.WriteByte(0)
		}
		if r.done[key.String()] {
			continue
		}
		r.across(words, cost, dropped)
		r.done[key.String()] = true
	}
}

// spell is word as a spelling of c's token.
func (c *candidates) spell(word string) spelling {
	typos := c.typos
	if first, _ := utf8.DecodeRuneInString(word); typos == 1 && first >= 0x600 && first <= 0x6ff {
		typos = 2 // an Arabic letter is two bytes
	}
	return spelling{
		text: word, typos: typos, root: len(c.token.text),
		prefix: c.token.prefix && len(word) > len(c.token.text)+typos,
	}
}
