package query

import (
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
)

// respace looks for a spelling of the query with a space more or fewer; nil when
// there is none.
func (r *run) respace(words []string) []string {
	for i := range r.fields {
		if out := respace(r.fields[i].ix, words); out != nil {
			return out
		}
	}
	return nil
}

// spaced is how many words of a query are joined and split.
const spaced = 5

func respace(f *memory.Field, words []string) []string {
	n := min(spaced, len(words))
	if len(words) > 1 {
		if all := strings.Join(words, ""); f.List(all) != nil {
			return []string{all}
		}
		for i := 0; n > 2 && i < n-1; i++ {
			joined := slices.Concat(words[:i], []string{words[i] + words[i+1]}, words[i+2:])
			if together(f, joined, false) {
				return joined
			}
		}
	}
	for i := range n {
		first, second, ok := split(f, words[i])
		if !ok {
			continue
		}
		parts := slices.Concat(words[:i], []string{first, second}, words[i+1:])
		if together(f, parts, false) {
			return parts
		}
	}
	return nil
}

// split finds two words that stand next to each other in some text and make up
// the given word.
func split(f *memory.Field, word string) (first, second string, ok bool) {
	for i := len(word) - 1; i > 0; i-- {
		if together(f, []string{word[:i], word[i:]}, true) {
			return word[:i], word[i:], true
		}
	}
	return "", "", false
}

// together says whether a document holds all words, or, as a phrase, one after the
// other.
func together(f *memory.Field, words []string, phrase bool) bool {
	lists := make([]*postings.List, len(words))
	for i, w := range words {
		if lists[i] = f.List(w); lists[i] == nil {
			return false
		}
	}
	found := false
	postings.Intersect(lists, func(doc uint32) bool {
		found = !phrase || memory.PhraseIn(lists, doc)
		return !found
	})
	return found
}
