package corpus

import (
	"fmt"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

// Kind is a sort of search that people make.
type Kind struct {
	Name   string
	Facets bool                               // with the facets of a results page, as the storefront asks
	Query  func(c *Corpus, i int) index.Query // the i-th of them; they differ
}

// Params is the i-th search of a kind: a page of hits, with highlights.
func (k Kind) Params(c *Corpus, i int) *api.SearchCollectionParams {
	p := index.Params(k.Query(c, i))
	if !k.Facets {
		p.FacetBy = nil
	}
	return p
}

// Kinds are those that are measured.
func Kinds() []Kind {
	return []Kind{
		{"plain", false, func(c *Corpus, i int) index.Query { return index.Query{Text: c.word(i)} }},
		{"prefix", false, func(c *Corpus, i int) index.Query {
			w := c.word(i)
			return index.Query{Text: w[:max(2, len(w)/2)]}
		}},
		{"two_words", false, func(c *Corpus, i int) index.Query {
			return index.Query{Text: c.Words[i%400] + " " + c.Words[(i*7)%400]}
		}},
		{"typo", false, func(c *Corpus, i int) index.Query {
			w := c.Words[100+i%2000]
			return index.Query{Text: w[:1] + "x" + w[2:]}
		}},
		{"filtered", false, func(c *Corpus, i int) index.Query {
			return index.Query{Text: c.word(i), BrandID: fmt.Sprintf("house-%d", i%brands), MaxPrice: 5000}
		}},
		{"faceted", true, func(c *Corpus, i int) index.Query { return index.Query{Text: c.word(i)} }},
		{"browse", true, func(*Corpus, int) index.Query { return index.Query{Sort: index.SortSoonest} }},
		{"days", true, func(_ *Corpus, i int) index.Query {
			day := int32(20_260_101 + i%12*100)
			return index.Query{FromDay: day, ToDay: day + 6, Sort: index.SortSoonest}
		}},
		{"geo", false, func(_ *Corpus, i int) index.Query {
			return index.Query{Near: &index.Near{Lat: 50 + float64(i%80)/10, Lon: -5 + float64(i%60)/10, RadiusKm: 200}, Sort: index.SortNearest}
		}},
	}
}

// word is one of the common words of titles.
func (c *Corpus) word(i int) string { return c.Words[(i*31)%3000] }
