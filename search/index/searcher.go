package index

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Searcher finds shows. It is safe for concurrent use.
type Searcher struct {
	client *typesense.Client
	known  atomic.Pointer[known] // nil: the collection has all that is asked for
}

// NewSearcher returns a Searcher that asks through client.
func NewSearcher(client *typesense.Client) *Searcher { return &Searcher{client: client} }

// Results is one page of hits and what can be said of all of them.
type Results struct {
	Found   int // hits on all pages
	Page    int // from 1
	PerPage int
	Hits    []Hit
	Facets  []Facet
	TookMS  int // spent in the search server, milliseconds
}

// Hit is one show found.
type Hit struct {
	Show Show
	// Highlights holds, by field ("title", "description", ...), the text in
	// which words of the query were found; description is cut to a snippet.
	// Fields without a match are absent.
	Highlights map[string]Highlight
	// DistanceM is how far the show is from Query.Near, metres; -1 when the
	// order is not SortNearest or the show has no location.
	DistanceM int
}

// Highlight is a text in pieces: print them one after the other, each escaped,
// those that matched in <mark>.
type Highlight []Piece

// Piece is a run of text that matched the query, or did not.
type Piece struct {
	Text    string
	Matched bool
}

// Facet counts the values of one field over all hits.
type Facet struct {
	Field  string // "genre", "city", "brand", "venue", "availability", "accessibility" or "language"
	Values []FacetValue
}

// FacetValue is one value and how many hits have it.
type FacetValue struct {
	Value string
	Count int
}

// noDistance is what the server says of a document without a location.
const noDistance = 1<<31 - 1

// Search returns the page of shows that q asks for. Errors wrap ErrUnavailable
// when the server could not answer and ErrNoIndex when there is no index.
func (s *Searcher) Search(ctx context.Context, q Query) (Results, error) {
	p := q.params()
	answer, err := s.ask(ctx, p)
	if err != nil {
		return Results{}, classify("search", err)
	}
	out := Results{Found: deref(answer.Found), Page: *p.Page, PerPage: *p.PerPage, TookMS: deref(answer.SearchTimeMs)}
	for _, h := range deref(answer.Hits) {
		hit, err := toHit(h)
		if err != nil {
			return Results{}, err
		}
		out.Hits = append(out.Hits, hit)
	}
	for _, f := range deref(answer.FacetCounts) {
		facet := Facet{Field: deref(f.FieldName)}
		for _, c := range deref(f.Counts) {
			facet.Values = append(facet.Values, FacetValue{Value: deref(c.Value), Count: deref(c.Count)})
		}
		out.Facets = append(out.Facets, facet)
	}
	return out, nil
}

// toHit reads one hit of the answer.
func toHit(h api.SearchResultHit) (Hit, error) {
	hit := Hit{DistanceM: -1}
	raw, err := json.Marshal(h.Document)
	if err != nil {
		return hit, fmt.Errorf("index: read hit: %w", err)
	}
	if err := json.Unmarshal(raw, &hit.Show); err != nil {
		return hit, fmt.Errorf("index: read hit: %w", err)
	}
	if m, ok := deref(h.GeoDistanceMeters)["location"]; ok && m != noDistance {
		hit.DistanceM = m
	}
	for _, l := range deref(h.Highlights) {
		text := deref(l.Value)
		if text == "" {
			text = deref(l.Snippet)
		}
		if pieces := splitMarks(text); len(pieces) > 0 {
			if hit.Highlights == nil {
				hit.Highlights = map[string]Highlight{}
			}
			hit.Highlights[deref(l.Field)] = pieces
		}
	}
	return hit, nil
}

// splitMarks turns marked text into pieces.
func splitMarks(text string) Highlight {
	var out Highlight
	for text != "" {
		before, rest, found := strings.Cut(text, markStart)
		if before != "" {
			out = append(out, Piece{Text: before})
		}
		if !found {
			break
		}
		marked, after, _ := strings.Cut(rest, markEnd)
		if marked != "" {
			out = append(out, Piece{Text: marked, Matched: true})
		}
		text = after
	}
	return out
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
