package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/postings"
)

// pins are the documents that are pinned and hidden.
type pins struct {
	included []pin
	hidden   []uint32
	at       []position // what is pinned, by position
}

type pin struct {
	doc      uint32
	position int
}

// position is what is pinned at a place in the results: one document, or with
// groups a few.
type position struct {
	number int
	docs   []uint32
}

// parsePinned reads "id:position,id:position".
func parsePinned(s string) ([]curate.Pin, error) {
	bad := fault.Bad("Pinned hits are not in expected format.")
	var out []curate.Pin
	for _, part := range splitList(s, ",") {
		i := strings.LastIndexByte(part, ':')
		if i == 0 {
			return nil, bad
		}
		n, err := strconv.ParseUint(part[i+1:], 10, 31)
		if err != nil || i < 0 {
			return nil, bad
		}
		if n == 0 {
			return nil, fault.Bad("Pinned hits must start from position 1.")
		}
		out = append(out, curate.Pin{ID: part[:i], Position: int(n)})
	}
	slices.SortStableFunc(out, func(a, b curate.Pin) int { return a.Position - b.Position })
	return out, nil
}

// decide applies the overrides, and what the request pins and hides.
func (s *search) decide(pinned []curate.Pin) {
	s.decision = &curate.Decision{Query: s.p.Q}
	for _, id := range s.p.Hidden {
		s.pins.hide(s, id)
	}
	if s.p.Overrides {
		s.decision = s.c.Overrides.Decide(curate.Request{
			Query: s.p.Q, Filter: s.p.Filter, Tags: s.p.OverrideTags, Now: s.c.Now,
		}, s.ix.Schema())
	}
	s.query = s.decision.Query
	for _, h := range s.decision.Excludes {
		s.pins.hide(s, h.ID)
	}
	for _, i := range slices.Concat(s.decision.Includes, pinned) {
		s.pins.pin(s, i)
	}
}

func (p *pins) hide(s *search, id string) {
	if doc, ok := s.c.Source.Number(id); ok {
		p.hidden = append(p.hidden, doc)
	}
}

func (p *pins) pin(s *search, i curate.Pin) {
	if doc, ok := s.c.Source.Number(i.ID); ok && !slices.Contains(p.hidden, doc) {
		p.included = append(p.included, pin{doc, i.Position})
	}
}

// add adds the pins of overrides whose rule took a value from the query.
func (p *pins) add(s *search, list []*curate.Override) {
	for _, o := range list {
		for _, h := range o.Excludes {
			p.hide(s, h.ID)
		}
		for _, i := range o.Includes {
			p.pin(s, i)
		}
	}
}

// settle gives the pins their positions. Those that the filter removes make room
// for the following ones. It returns the documents that are left out of the other
// results, nil for none.
func (p *pins) settle(s *search) postings.Bits {
	perPosition := 1
	if s.groups != nil {
		perPosition = s.p.GroupLimit
	}
	byPosition := map[int][]uint32{}
	var all []int
	for _, i := range p.included {
		all = append(all, i.position)
		if (s.p.FilterCurated || s.decision.FilterCurated) && s.filtered && !s.allowed.Empty() && !s.allowed.Has(i.doc) {
			continue
		}
		byPosition[i.position] = append(byPosition[i.position], i.doc)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(p.included)+len(p.hidden) == 0 {
		return nil
	}
	out := postings.NewBits(s.ix.Limit())
	next := 0
	for _, number := range all {
		docs := byPosition[number]
		if len(docs) == 0 {
			continue
		}
		docs = docs[:min(perPosition, len(docs))]
		p.at = append(p.at, position{all[next], docs})
		next++
		for _, d := range docs {
			out.Add(d)
		}
	}
	for _, d := range p.hidden {
		out.Add(d)
	}
	return out
}
