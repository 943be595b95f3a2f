package storefront

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/search/index"
)

// mostFacets is how many values of a field are offered.
const mostFacets = 12

// facets offers what the results can be narrowed by, with how many shows are left then. The group's site, which has many
// theatres, leads with cities. A field that would narrow nothing is left out.
func (v *visit) facets(found []index.Facet, a asking) []page.FacetLinks {
	by := map[string][]index.FacetValue{}
	for _, f := range found {
		by[f.Field] = f.Values
	}
	var out []page.FacetLinks
	if v.brand.Group {
		out = append(out, oneOf("City", by["city"], a.city, plain, func(value string) string { return a.with(func(a *asking) { a.city = value }) }))
	}
	out = append(out,
		oneOf("Kind", by["genre"], a.genre, plain, func(value string) string { return a.with(func(a *asking) { a.genre = value }) }),
		v.accessFacet(by["accessibility"], a),
		oneOf("Language", by["language"], a.language, wording.Language, func(value string) string { return a.with(func(a *asking) { a.language = value }) }))
	return slices.DeleteFunc(out, func(f page.FacetLinks) bool { return len(f.Values) == 0 })
}

func plain(value string) string { return value }

// oneOf offers the values of a field of which one can be chosen, or all.
func oneOf(name string, values []index.FacetValue, chosen string, text, address func(string) string) page.FacetLinks {
	if chosen == "" && len(values) < 2 {
		return page.FacetLinks{}
	}
	out := page.FacetLinks{Name: name, Values: []page.Link{{URL: address(""), Text: "All", Current: chosen == ""}}}
	listed := false
	for _, value := range values[:min(len(values), mostFacets)] {
		listed = listed || value.Value == chosen
		out.Values = append(out.Values, page.Link{URL: address(value.Value), Text: counted(text(value.Value), value.Count), Current: value.Value == chosen})
	}
	if chosen != "" && !listed {
		out.Values = append(out.Values, page.Link{URL: address(chosen), Text: text(chosen), Current: true})
	}
	return out
}

// accessFacet offers kinds of access. Several can be chosen: a link adds its own, or takes it away again.
func (v *visit) accessFacet(values []index.FacetValue, a asking) page.FacetLinks {
	counts := map[string]int{}
	for _, value := range values {
		counts[value.Value] = value.Count
	}
	out := page.FacetLinks{Name: "Access", Fields: true}
	for _, access := range v.words.AccessOf(accessKinds) {
		chosen := slices.Contains(a.access, access.Tag)
		if counts[access.Tag] == 0 && !chosen {
			continue
		}
		address := a.with(func(a *asking) {
			if chosen {
				a.access = slices.DeleteFunc(a.access, func(kind string) bool { return kind == access.Tag })
			} else {
				a.access = append(a.access, access.Tag)
			}
		})
		out.Values = append(out.Values, page.Link{URL: address, Text: counted(access.Name, counts[access.Tag]), Current: chosen})
	}
	return out
}

func counted(text string, count int) string { return text + " (" + wording.Count(count) + ")" }
