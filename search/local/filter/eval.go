package filter

import (
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/postings"
	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Source is where the documents are that an expression is about.
type Source interface {
	// Number returns the number of the document with an id.
	Number(id string) (uint32, bool)
	// Body returns a document by its number, as schema.Encode wrote it.
	Body(number uint32) ([]byte, error)
	// Document returns the same, read.
	Document(number uint32) (schema.Document, error)
}

// Run is one evaluation of an expression.
type Run struct {
	Index  *memory.Index
	Source Source
	// MaxWords is how many words an unfinished word ("Ham*") may stand for.
	MaxWords int
}

// Find returns the documents that pass n; nil n lets all pass.
func (r Run) Find(n *Node) (postings.Bits, error) {
	if n == nil {
		return slices.Clone(r.Index.Live()), nil
	}
	if n.on != nil {
		return r.condition(n.on)
	}
	if n.operator == and {
		return r.all(n.chain(nil))
	}
	left, err := r.Find(n.left)
	if err != nil {
		return nil, err
	}
	right, err := r.Find(n.right)
	if err != nil {
		return nil, err
	}
	left.Or(right)
	return left, nil
}

// chain appends to list the operands of n, and of those of its operands that are
// of the same kind.
func (n *Node) chain(list []*Node) []*Node {
	for _, side := range []*Node{n.left, n.right} {
		if side.on == nil && side.operator == and {
			list = side.chain(list)
		} else {
			list = append(list, side)
		}
	}
	return list
}

// all returns the documents that pass all nodes. Ranges of numbers come last:
// documents that do not pass the others need not be looked at.
func (r Run) all(list []*Node) (postings.Bits, error) {
	var out postings.Bits
	for _, ranges := range []bool{false, true} {
		for _, n := range list {
			isRange := n.on != nil && n.on.kind == byNumber
			if isRange != ranges {
				continue
			}
			if isRange && out != nil && r.keep(n.on, out) {
				continue
			}
			passed, err := r.Find(n)
			if err != nil {
				return nil, err
			}
			if out == nil {
				out = passed
			} else {
				out.And(passed)
			}
		}
	}
	return out, nil
}

// keep takes out of b what is not in a range of numbers. It is false when it is
// better done in another way.
func (r Run) keep(c *cond, b postings.Bits) bool {
	column := r.Index.Field(c.field).Numbers
	if c.negate || len(c.ranges) != 1 || c.ranges[0].not || column.Many() || b.Len() > r.Index.Len()/2 {
		return false
	}
	column.Keep(b, c.ranges[0].lo, c.ranges[0].hi)
	return true
}

func (r Run) condition(c *cond) (postings.Bits, error) {
	out := postings.NewBits(r.Index.Limit())
	var err error
	switch c.kind {
	case byID:
		r.ids(c, out)
	case byNumber:
		r.numbers(c, out)
	case byText:
		err = r.texts(c, out)
	case byPlace:
		for _, region := range c.regions {
			r.Index.Field(c.field).Places.Within(out, region)
		}
	case byObject:
		return r.objects(c)
	}
	if c.negate {
		r.invert(out)
	}
	return out, err
}

// invert turns b into the documents that are not in it.
func (r Run) invert(b postings.Bits) {
	for i, live := range r.Index.Live() {
		b[i] = live &^ b[i]
	}
}

func (r Run) ids(c *cond, out postings.Bits) {
	if c.all {
		out.Or(r.Index.Live())
	}
	for _, id := range c.texts {
		if n, ok := r.Source.Number(id); ok {
			out.Add(n)
		}
	}
}

func (r Run) numbers(c *cond, out postings.Bits) {
	column := r.Index.Field(c.field).Numbers
	for i, s := range c.ranges {
		if slices.Contains(c.ranges[:i], s) {
			continue
		}
		if !s.not {
			column.Between(out, s.lo, s.hi)
			continue
		}
		but := postings.NewBits(r.Index.Limit())
		column.Between(but, s.lo, s.hi)
		r.invert(but)
		out.Or(but)
	}
}

func (r Run) texts(c *cond, out postings.Bits) error {
	f := r.Index.Field(c.field)
	for _, value := range c.texts {
		words, unfinished := terms(f.Analyzer, value)
		if len(words) == 0 {
			return fault.Bad("Error with filter field `%s`: Filter value cannot be empty.", c.field)
		}
		if unfinished {
			r.unfinished(f, words, c.exact, out)
		} else {
			match(f, words, c.exact, false, out)
		}
	}
	return nil
}

// terms are the words of a filter value; unfinished tells that it ends with an
// asterisk.
func terms(a *text.Analyzer, value string) (words []string, unfinished bool) {
	if len(value) > 1 && strings.HasSuffix(value, "*") {
		value, unfinished = value[:len(value)-1], true
	}
	for _, w := range a.Words(value) {
		words = append(words, text.Cut(w))
	}
	return words, unfinished
}

// match adds the documents in which the words occur; with exact, in which they
// are a whole text, with open, the beginning of one.
func match(f *memory.Field, words []string, exact, open bool, out postings.Bits) {
	if exact && !open && f.Facet != nil {
		f.Facet.Whole(words, out)
		return
	}
	lists := make([]*postings.List, len(words))
	for i, w := range words {
		if lists[i] = f.List(w); lists[i] == nil {
			return
		}
	}
	postings.Intersect(lists, func(id uint32) bool {
		if !exact || memory.WholeIn(lists, id, open) {
			out.Add(id)
		}
		return true
	})
}

// unfinished is match with every word that the last one may become.
func (r Run) unfinished(f *memory.Field, words []string, exact bool, out postings.Bits) {
	last := len(words) - 1
	found := f.Words.Find(text.Query[*postings.List]{
		Word: words[last], Prefix: true, Limit: max(r.MaxWords, 1), Seen: map[string]bool{},
		Accept: func(l *text.Leaf[*postings.List]) bool {
			if last == 0 {
				return true
			}
			before := f.List(words[last-1])
			return before == nil || postings.Meet(before, l.Value)
		},
	})
	for _, leaf := range found {
		match(f, append(slices.Clone(words[:last]), leaf.Word), exact, exact, out)
	}
}
