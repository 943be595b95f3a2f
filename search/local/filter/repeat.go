package filter

import (
	"github.com/stagedoor/stagedoor/search/local/postings"
)

// Repeats is how many more documents Typesense counts than there are in found, which pass n: in one range of an
// array's numbers ("nums:[1..5]") it finds a document once for each of its numbers that lies there. Beside another
// value that finds something, or another condition, every document counts once.
func (r Run) Repeats(n *Node, found postings.Bits) int {
	if n == nil || n.on == nil || n.on.kind != byNumber || n.on.negate {
		return 0
	}
	column := r.Index.Field(n.on.field).Numbers
	if !column.Many() {
		return 0
	}
	var only *span
	for i := range n.on.ranges {
		s := &n.on.ranges[i]
		some := postings.NewBits(r.Index.Limit())
		switch column.Between(some, s.lo, s.hi); {
		case s.not:
			return 0
		case some.Empty(): // what finds nothing does not combine
		case only != nil || !s.between:
			return 0
		default:
			only = s
		}
	}
	if only == nil {
		return 0
	}
	return column.Count(found, only.lo, only.hi) - found.Len()
}
