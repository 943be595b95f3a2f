package index

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"
)

// A program may be newer than the collection that it searches: package swap
// replaces the collection, and until somebody applies that the old one goes on.
// A Searcher then leaves out of its queries what the collection does not have,
// rather than to find nothing at all.

// retryWhole is how many searches are trimmed before one is sent whole again, to
// see whether the collection has been replaced.
const retryWhole = 50

// known is what the collection was seen to have.
type known struct {
	fields map[string]bool
	used   atomic.Int64
}

// fieldMissing says that the server refused a query for a field that it does not
// have, and not because there is no collection.
func fieldMissing(err error) bool {
	var answer *typesense.HTTPError
	return errors.As(err, &answer) && (answer.Status == http.StatusNotFound || answer.Status == http.StatusBadRequest) &&
		unknownField.Match(answer.Body)
}

var unknownField = regexp.MustCompile(`Could not find a (facet |filter )?field (named|in the schema)`)

// ask searches the alias.
func (s *Searcher) ask(ctx context.Context, p *api.SearchCollectionParams) (*api.SearchResult, error) {
	send := p
	if k := s.known.Load(); k != nil && k.used.Add(1)%retryWhole != 0 {
		send = k.trim(p)
	}
	answer, err := s.client.Collection(Alias).Documents().Search(ctx, send)
	if err == nil {
		if send == p {
			s.known.Store(nil) // it has everything
		}
		return answer, nil
	}
	if !fieldMissing(err) {
		return nil, err
	}
	c, problem := s.client.Collection(Alias).Retrieve(ctx)
	if problem != nil {
		return nil, problem
	}
	k := &known{fields: map[string]bool{"id": true, "_text_match": true}}
	for _, f := range c.Fields {
		k.fields[f.Name] = f.Index == nil || *f.Index
	}
	s.known.Store(k)
	return s.client.Collection(Alias).Documents().Search(ctx, k.trim(p))
}

// trim returns p without the fields that are not there.
func (k *known) trim(p *api.SearchCollectionParams) *api.SearchCollectionParams {
	out := *p
	fields, weights := strings.Split(deref(p.QueryBy), ","), strings.Split(deref(p.QueryByWeights), ",")
	var by, weigh []string
	for i, f := range fields {
		if k.fields[f] {
			by = append(by, f)
			if i < len(weights) {
				weigh = append(weigh, weights[i])
			}
		}
	}
	out.QueryBy, out.QueryByWeights = ptr(strings.Join(by, ",")), ptr(strings.Join(weigh, ","))
	out.FacetBy = k.only(p.FacetBy, ",")
	out.HighlightFullFields = k.only(p.HighlightFullFields, ",")
	out.SortBy = k.only(p.SortBy, ",")
	out.FilterBy = k.only(p.FilterBy, and)
	return &out
}

// named finds the field that a piece of a filter or of an order begins with.
var named = regexp.MustCompile(`^\(*([a-z_.]+)`)

// only keeps the pieces of a list that are about fields which are there.
func (k *known) only(list *string, separator string) *string {
	if list == nil {
		return nil
	}
	pieces := slices.DeleteFunc(splitOutside(*list, separator), func(piece string) bool {
		m := named.FindStringSubmatch(strings.TrimSpace(piece))
		return m == nil || !k.fields[m[1]]
	})
	if len(pieces) == 0 {
		return nil
	}
	return ptr(strings.Join(pieces, separator))
}

// and joins the conditions of a filter.
const and = " && "

// splitOutside splits at separators that stand neither in parentheses nor in
// brackets nor between backticks.
func splitOutside(s, separator string) []string {
	var out []string
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '`':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], separator):
			out = append(out, s[start:i])
			start = i + len(separator)
			i = start - 1
		}
	}
	return append(out, s[start:])
}
