package swap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Doubt is a kind of reason not to put the new collection in place.
type Doubt string

// The kinds. The first four are about the new collection and what the database says, the next three about it and what
// people search now: there the database agrees with the new one.
const (
	refused   Doubt = "refused"   // the new collection does not take it
	missing   Doubt = "missing"   // the new collection lacks it
	differing Doubt = "differing" // the new collection has something else
	extra     Doubt = "extra"     // the new collection has it, the database does not

	vanishes Doubt = "vanishes" // it is found now, and would not be any more
	appears  Doubt = "appears"  // it is not found now
	changes  Doubt = "changes"  // what is found now says something else

	synonyms  Doubt = "synonyms"
	overrides Doubt = "overrides"
	metadata  Doubt = "metadata"
	queries   Doubt = "queries"

	nothing Doubt = "nothing" // there is nothing to search for
)

// never are what nobody can overrule.
func (d Doubt) never() bool { return d == nothing }

// fewIDs are named where many documents are wrong.
const fewIDs = 10

// doubts are ids by what is wrong with them.
type doubts map[Doubt][]string

func (d doubts) add(kind Doubt, id string) { d[kind] = append(d[kind], id) }

// all are the ids in doubt, each once.
func (d doubts) all() []string {
	ids := map[string]bool{}
	for _, list := range d {
		for _, id := range list {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// both are those that stand in each of the two in the same way.
func (d doubts) both(e doubts) doubts {
	out := doubts{}
	for kind, ids := range d {
		also := set(e[kind])
		for _, id := range ids {
			if also[id] {
				out.add(kind, id)
			}
		}
	}
	return out
}

// without takes some kinds out and returns what was taken.
func (d doubts) without(kinds map[Doubt]bool) doubts {
	out := doubts{}
	for kind := range kinds {
		if ids := d[kind]; len(ids) > 0 {
			out[kind] = ids
			delete(d, kind)
		}
	}
	return out
}

// beside is the old collection, so far as the new one can be held against it.
type beside struct {
	old    *api.CollectionResponse // nil: there is none
	fields map[string]bool         // those that both have
	// tolerated are the kinds that are to be expected: they are told of, and are no reason to stop.
	tolerated map[Doubt]bool
}

func (b *beside) there() bool { return b.old != nil }

// against says what of the old collection the new one is held against.
func (r *run) against(old *api.CollectionResponse) *beside {
	if old == nil {
		return &beside{}
	}
	b := &beside{old: old, fields: shared(old, r.Schema(r.state.To)), tolerated: map[Doubt]bool{}}
	switch {
	case r.state.Rebuild, count(old) == 0: // it is replaced because something is wrong with it, or there is nothing in it
		b.tolerated = map[Doubt]bool{vanishes: true, appears: true, changes: true}
	case len(breaking(Diff(old, r.Schema(r.state.To)))) > 0: // it refuses shows as they are written now
		b.tolerated = map[Doubt]bool{appears: true, changes: true}
	}
	return b
}

// shared are the fields that a collection and a schema have alike. When a show was written is not what it says.
func shared(have *api.CollectionResponse, want *api.CollectionSchema) map[string]bool {
	types := map[string]string{}
	for _, f := range have.Fields {
		types[f.Name] = f.Type
	}
	out := map[string]bool{}
	for _, f := range want.Fields {
		if f.Name != "version" && types[f.Name] == f.Type {
			out[f.Name] = true
		}
	}
	return out
}

// findings are the reasons not to put the new collection in place, by kind.
type findings struct {
	reasons []string
	found   map[Doubt]int
	things  map[Doubt][]string
}

// add tells of n things; things say which, as they are found again.
func (f *findings) add(kind Doubt, n int, why string, things ...string) {
	if f.found == nil {
		f.found, f.things = map[Doubt]int{}, map[Doubt][]string{}
	}
	f.found[kind] += n
	f.things[kind] = append(f.things[kind], things...)
	f.reasons = append(f.reasons, why)
}

// sights are all that was found.
func (f *findings) sights() Sights {
	out := Sights{}
	for kind, n := range f.found {
		out[kind] = sightOf(n, f.things[kind])
	}
	return out
}

// told are the doubts about documents in words, in the order in which people should read them.
func (r *run) told(d doubts, each func(kind Doubt, n int, why string, ids ...string)) {
	for _, kind := range []Doubt{missing, differing, extra, vanishes, appears, changes} {
		if ids := d[kind]; len(ids) > 0 {
			each(kind, len(ids), fmt.Sprintf("%s: %s", r.saying(kind, len(ids)), named(ids)), ids...)
		}
	}
}

// saying is what is wrong with n shows.
func (r *run) saying(kind Doubt, n int) string {
	shows, are, say := "shows", "are", "say"
	if n == 1 {
		shows, are, say = "show", "is", "says"
	}
	switch kind {
	case missing:
		return fmt.Sprintf("%d %s %s missing from the new collection", n, shows, are)
	case differing:
		return fmt.Sprintf("%d %s %s not what the database says in the new collection", n, shows, are)
	case extra:
		return fmt.Sprintf("%d %s %s in the new collection and not in the database", n, shows, are)
	case vanishes:
		return fmt.Sprintf("%d %s that people find now %s neither in the new collection nor in the database", n, shows, are)
	case appears:
		return fmt.Sprintf("%d %s that the database has %s missing from %s, which people search now", n, shows, are, r.state.From)
	}
	return fmt.Sprintf("%d %s %s something else in %s, which people search now, than in the database and in the new collection", n, shows, say, r.state.From)
}

// named lists the first few ids.
func named(ids []string) string {
	ids = slices.Sorted(maps.Keys(set(ids)))
	if len(ids) > fewIDs {
		return strings.Join(ids[:fewIDs], ", ") + fmt.Sprintf(" and %d more", len(ids)-fewIDs)
	}
	return strings.Join(ids, ", ")
}

func set(ids []string) map[string]bool {
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
