package curate

import (
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/search/local/schema"
	"github.com/stagedoor/stagedoor/search/local/text"
)

// Request is what a search asks for, as far as overrides look at it.
type Request struct {
	Query  string
	Filter string
	Tags   []string
	Now    time.Time
}

// Decision is what the overrides of a search come to.
type Decision struct {
	Query         string // what is searched
	Includes      []Pin
	Excludes      []Hide
	Sort          string // in place of the request's, when not ""
	FilterCurated bool
	Metadata      map[string]any

	filters []*Override // overrides with a filter of their own
}

// Decide applies the overrides of a collection to a search.
func (l *Overrides) Decide(r Request, c *schema.Collection) *Decision {
	d := &Decision{Query: r.Query}
	if len(l.list) == 0 {
		return d
	}
	query := r.Query
	if query != "*" {
		query = strings.Join(text.NewAnalyzer(c.Symbols, c.Separators, "", false).Words(query), " ")
	}
	p := pass{r: r, d: d, query: query}
	if len(r.Tags) == 0 {
		for _, o := range l.list {
			any := len(o.Rule.Tags) == 1 && o.Rule.Tags[0] == "*"
			if p.apply(o, false, any) && o.StopProcessing {
				break
			}
		}
		return d
	}
	l.tagged(&p)
	return d
}

// tagged applies the overrides with the request's tags: first those with exactly
// these tags, and when there is none, those with some of them.
func (l *Overrides) tagged(p *pass) {
	tags := slices.Clone(p.r.Tags)
	slices.Sort(tags)
	tags = slices.Compact(tags)
	done := map[string]bool{}
	if len(tags) > 1 {
		for _, o := range l.list {
			own := slices.Clone(o.Rule.Tags)
			slices.Sort(own)
			if slices.Equal(slices.Compact(own), tags) && p.apply(o, true, false) {
				done[o.ID] = true
				if o.StopProcessing {
					break
				}
			}
		}
		if len(done) > 0 {
			return
		}
	}
	for _, tag := range tags {
		for _, o := range l.list {
			if !done[o.ID] && slices.Contains(o.Rule.Tags, tag) && p.apply(o, true, false) {
				done[o.ID] = true
				if o.StopProcessing {
					break
				}
			}
		}
	}
}

// pass is the application of overrides one after the other.
type pass struct {
	r     Request
	d     *Decision
	query string // normalised, and shortened by matched words
}

// apply applies o when it is for this search and says so.
func (p *pass) apply(o *Override, tagged, any bool) bool {
	if !any && !tagged && len(o.Rule.Tags) > 0 {
		return false
	}
	now := p.r.Now.Unix()
	if o.From != nil && now < *o.From || o.To != nil && now > *o.To {
		return false
	}
	if o.FilterBy != "" {
		p.d.filters = append(p.d.filters, o)
	}
	if !((any || tagged) && o.Rule.Query == "" && o.Rule.FilterBy == "") && !p.fits(o) {
		return false
	}
	for _, h := range o.Excludes {
		p.d.Excludes = append(p.d.Excludes, h)
	}
	for _, i := range o.Includes {
		if !slices.Contains(p.d.Excludes, Hide{i.ID}) {
			p.d.Includes = append(p.d.Includes, i)
		}
	}
	switch {
	case o.ReplaceQuery != "":
		p.d.Query = o.ReplaceQuery
	case o.RemoveMatchedTokens && o.FilterBy == "":
		if o.query != "" {
			p.query = strings.TrimSpace(strings.ReplaceAll(p.query, o.query, ""))
		}
		if p.query == "" {
			p.query = "*"
		}
		p.d.Query = p.query
	}
	p.d.FilterCurated, p.d.Sort = o.FilterCuratedHits, o.SortBy
	p.d.note(o)
	return true
}

func (d *Decision) note(o *Override) {
	if len(d.Metadata) == 0 {
		d.Metadata = o.Metadata
	}
}

// fits says whether the rule's query and filter are those of the search.
func (p *pass) fits(o *Override) bool {
	byFilter := o.Rule.Query == "" && o.Rule.Match == "" && o.Rule.FilterBy != "" && o.Rule.FilterBy == p.r.Filter
	return (byFilter || o.matches(p.query)) && (o.Rule.FilterBy == "" || o.Rule.FilterBy == p.r.Filter)
}

func (o *Override) matches(query string) bool {
	switch o.Rule.Match {
	case "exact":
		return o.query == query
	case "contains":
		return o.query != "" && strings.Contains(" "+query+" ", " "+o.query+" ")
	}
	return false
}

// Filters applies the overrides that filter, given the words of the query. It
// returns their filters, the words that are left and the overrides whose pins
// are to be added. whole says whether some document's field consists of exactly
// the given words.
func (d *Decision) Filters(words []string, whole func(field string, words []string) bool) (filters, left []string, pins []*Override) {
	left = words
	for _, o := range d.filters {
		if !o.dynamic {
			if !o.filters(left) {
				continue
			}
			filters = append(filters, o.FilterBy)
			if o.RemoveMatchedTokens {
				left = without(left, text.NewAnalyzer(nil, nil, "", false).Words(o.Rule.Query))
			}
		} else {
			filter, absorbed, ok := o.resolve(left, whole)
			if !ok {
				continue
			}
			filters, pins = append(filters, filter), append(pins, o)
			if o.RemoveMatchedTokens {
				left = without(left, absorbed)
			}
		}
		d.note(o)
		if o.StopProcessing {
			break
		}
	}
	return filters, left, pins
}

// filters says whether the override's filter is for a query of these words.
func (o *Override) filters(words []string) bool {
	byTag := len(o.Rule.Tags) > 0 && o.Rule.FilterBy == "" && o.Rule.Query == ""
	any := len(o.Rule.Tags) == 1 && o.Rule.Tags[0] == "*"
	return byTag || any || o.matches(strings.Join(words, " "))
}

// without removes words; "*" is what is left when none is.
func without(words, remove []string) []string {
	out := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(remove, w) })
	if len(out) == 0 {
		return []string{"*"}
	}
	return out
}
