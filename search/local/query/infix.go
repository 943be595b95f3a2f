package query

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// infix finds documents with words that contain the first word of the query, in
// the fields for which that was asked.
func (r *run) infix(word string) error {
	for i := range r.fields {
		f := &r.fields[i]
		if f.infix != "always" && (f.infix != "fallback" || r.count > 0) {
			continue
		}
		if !f.ix.Def.Infix {
			return fault.Bad("Could not find `%s` in the infix index. Make sure to enable infix search by specifying `infix: true` in the schema.", f.name)
		}
		docs := postings.NewBits(r.ix.Limit())
		f.ix.Words.Each(func(l *text.Leaf[*postings.List]) bool {
			at := strings.Index(l.Word, word)
			if at >= 0 && at <= r.p.MaxExtraPrefix && len(l.Word)-at-len(word) <= r.p.MaxExtraSuffix {
				l.Value.AddTo(docs)
			}
			return true
		})
		if docs.Empty() {
			continue
		}
		docs.Each(func(doc uint32) bool {
			if r.passes(doc) {
				r.add(doc, wildcardText, false)
			}
			return true
		})
		r.queries++
	}
	return nil
}
